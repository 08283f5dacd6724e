/* SPDX-License-Identifier: MIT */
#include "alerting/feed/feed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/base/stats.h"
#include "common/base/err.h"
#include "common/base/require.h"

static const char magic[] = "VF1";

/* One published message, kept for replay. */
struct kept {
        char *json;
        size_t bytes;
};

struct feed {
        void *publisher;
        void *snapshots;
        char epoch[48];
        int instances;
        uint64_t sequence;           /* of the latest message, 0: none yet */
        struct kept kept[FEED_KEPT]; /* message n is at n % FEED_KEPT */
        int64_t beat_mono_ms;
        int64_t subscriptions;
        feed_snapshot snapshot;
        void *context;
};

int feed_open(struct feed **ret, const struct socket_options *options, const char *feed_endpoint,
              const char *snapshot_endpoint, const char *epoch, feed_snapshot snapshot,
              void *context) {
        struct feed *feed = calloc(1, sizeof(*feed));
        int on = 1;
        int r;

        if (!feed)
                return err_raise(-ENOMEM);
        snprintf(feed->epoch, sizeof(feed->epoch), "%s", epoch);
        feed->instances = options->instances;
        feed->snapshot = snapshot;
        feed->context = context;
        r = socket_open(&feed->publisher, options, ZMQ_XPUB, ALLOW_FEED, feed_endpoint, FEED_KEPT);
        if (r == 0)
                r = socket_open(&feed->snapshots, options, ZMQ_ROUTER, ALLOW_FEED,
                                snapshot_endpoint, SOCKET_SEND_HIGH_WATER);
        if (r == 0 && (zmq_setsockopt(feed->publisher, ZMQ_XPUB_VERBOSER, &on, sizeof(on)) < 0 ||
                       zmq_setsockopt(feed->snapshots, ZMQ_ROUTER_MANDATORY, &on, sizeof(on)) < 0))
                r = err_raise(-zmq_errno());
        if (r == 0) {
                *ret = feed;
                feed = NULL;
        }
        feed_close(feed);
        return r;
}

struct feed *feed_close(struct feed *feed) {
        if (!feed)
                return NULL;
        for (size_t i = 0; i < FEED_KEPT; i++)
                free(feed->kept[i].json);
        socket_close(feed->publisher);
        socket_close(feed->snapshots);
        free(feed);
        return NULL;
}

void *feed_socket(const struct feed *feed) {
        return feed->publisher;
}

void *feed_snapshot_socket(const struct feed *feed) {
        return feed->snapshots;
}

uint64_t feed_sequence(const struct feed *feed) {
        return feed->sequence;
}

/* --- out --------------------------------------------------------------------------------------- */

static void send_message(struct feed *feed, const char *topic, const char *json, size_t bytes) {
        char sequence[24];
        int sequence_bytes =
                snprintf(sequence, sizeof(sequence), "%llu", (unsigned long long)feed->sequence);

        /* If the queue of a subscriber is full, XPUB drops the whole message for it. The sequence of the next heartbeat
         * shows the gap, and the subscriber requests a replay. */
        (void)zmq_send(feed->publisher, topic, strlen(topic), ZMQ_DONTWAIT | ZMQ_SNDMORE);
        (void)zmq_send(feed->publisher, sequence, (size_t)sequence_bytes,
                       ZMQ_DONTWAIT | ZMQ_SNDMORE);
        (void)zmq_send(feed->publisher, json, bytes, ZMQ_DONTWAIT);
}

int feed_publish(struct feed *feed, const char *district, int severity, const char *change,
                 const char *state, size_t state_bytes, int64_t now_time_ms) {
        char topic[FEED_TOPIC_BYTES];
        size_t room = state_bytes + 192;
        struct kept *kept = &feed->kept[(feed->sequence + 1) % FEED_KEPT];
        char *json = malloc(room);
        int bytes;

        if (!json)
                return err_raise(-ENOMEM);
        feed->sequence++;
        snprintf(topic, sizeof(topic), "feed/%s/%d/", district, severity);
        bytes = snprintf(json, room,
                         "{\"seq\":%llu,\"epoch\":\"%s\",\"time_ms\":%lld,\"change\":\"%s\","
                         "\"alert\":%.*s}",
                         (unsigned long long)feed->sequence, feed->epoch, (long long)now_time_ms,
                         change, (int)state_bytes, state);
        free(kept->json);
        kept->json = json;
        kept->bytes = (size_t)bytes;
        stats_add(STAT_FEED_MESSAGES, 1);
        send_message(feed, topic, kept->json, kept->bytes);
        return 0;
}

void feed_tick(struct feed *feed, int64_t now_mono_ms, int64_t now_time_ms) {
        char json[160];
        int bytes;

        if (now_mono_ms < feed->beat_mono_ms)
                return;
        feed->beat_mono_ms = now_mono_ms + FEED_BEAT_MS;
        bytes = snprintf(json, sizeof(json), "{\"seq\":%llu,\"epoch\":\"%s\",\"time_ms\":%lld}",
                         (unsigned long long)feed->sequence, feed->epoch, (long long)now_time_ms);
        send_message(feed, "beat/", json, (size_t)bytes);
}

/* --- in ---------------------------------------------------------------------------------------- */

static void receive_subscriptions(struct feed *feed, int most) {
        zmq_msg_t frame;

        for (int i = 0; i < most; i++) {
                int count = socket_receive(feed->publisher, &frame, 1);

                if (count == 0)
                        break;
                if (zmq_msg_size(&frame) > 0) {
                        feed->subscriptions += *(const char *)zmq_msg_data(&frame) == 1 ? 1 : -1;
                        stats_set(STAT_FEED_SUBSCRIPTIONS, feed->subscriptions);
                }
                socket_release(&frame, count, 1);
        }
}

struct text {
        char *bytes;
        size_t used, room;
        bool failed;
};

static void text_add(struct text *text, const char *bytes, size_t count) {
        if (count == 0)
                return; /* an empty snapshot: @bytes is NULL */
        if (text->used + count > text->room) {
                size_t room = (text->used + count) * 2;
                char *grown = text->failed ? NULL : realloc(text->bytes, room);

                if (!grown) {
                        text->failed = true;
                        return;
                }
                text->bytes = grown;
                text->room = room;
        }
        memcpy(text->bytes + text->used, bytes, count);
        text->used += count;
}

static void text_words(struct text *text, const char *words) {
        text_add(text, words, strlen(words));
}

static void write_snapshot(struct feed *feed, struct text *text) {
        char head[160], *states = NULL;
        size_t bytes = 0;

        if (feed->snapshot(feed->context, &states, &bytes) < 0) {
                text->failed = true;
                return;
        }
        snprintf(head, sizeof(head),
                 "{\"snapshot\":true,\"epoch\":\"%s\",\"seq\":%llu,\"instances\":%d,\"alerts\":[",
                 feed->epoch, (unsigned long long)feed->sequence, feed->instances);
        text_words(text, head);
        text_add(text, states, bytes);
        text_words(text, "]}");
        free(states);
}

static void write_replay(struct feed *feed, struct text *text, const char *epoch, uint64_t from) {
        uint64_t oldest = feed->sequence < FEED_KEPT ? 1 : feed->sequence - FEED_KEPT + 1;
        uint64_t to;

        if (strcmp(epoch, feed->epoch) != 0 || from < oldest || from > feed->sequence + 1) {
                text_words(text, "{\"gone\":true}");
                stats_add(STAT_FEED_GONE, 1);
                return;
        }
        to = feed->sequence + 1 - from > FEED_REPLAY_MAX ? from + FEED_REPLAY_MAX - 1
                                                         : feed->sequence;
        text_words(text, "{\"replay\":true,\"epoch\":\"");
        text_words(text, feed->epoch);
        text_words(text, "\",\"messages\":[");
        for (uint64_t sequence = from; sequence <= to; sequence++) {
                const struct kept *kept = &feed->kept[sequence % FEED_KEPT];

                require(kept->json, "feed %s: message %llu of %llu is not kept", feed->epoch,
                        (unsigned long long)sequence, (unsigned long long)feed->sequence);
                if (sequence > from)
                        text_words(text, ",");
                text_add(text, kept->json, kept->bytes);
        }
        text_words(text, "]}");
}

static void write_reply(struct feed *feed, struct text *text, const void *json, size_t bytes) {
        yyjson_doc *doc = yyjson_read(json, bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        const char *want = yyjson_get_str(yyjson_obj_get(root, "want"));
        const char *epoch = yyjson_get_str(yyjson_obj_get(root, "epoch"));
        yyjson_val *from = yyjson_obj_get(root, "from_seq");

        if (want && strcmp(want, "snapshot") == 0) {
                stats_add(STAT_FEED_REPLAYS, 1);
                write_snapshot(feed, text);
        } else if (want && strcmp(want, "replay") == 0 && epoch && yyjson_is_uint(from)) {
                stats_add(STAT_FEED_REPLAYS, 1);
                write_replay(feed, text, epoch, yyjson_get_uint(from));
        } else {
                stats_add(STAT_FRAMES_REFUSED, 1);
                text_words(text, "{\"refused\":\"want must be snapshot or replay\"}");
        }
        yyjson_doc_free(doc);
}

static void answer_request(struct feed *feed, zmq_msg_t *frames) {
        struct text text = {0};

        write_reply(feed, &text, zmq_msg_data(&frames[2]), zmq_msg_size(&frames[2]));
        /* A reply that fails is dropped: the reader requests it again. */
        if (!text.failed && zmq_send(feed->snapshots, zmq_msg_data(&frames[0]),
                                     zmq_msg_size(&frames[0]), ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0) {
                (void)zmq_send(feed->snapshots, magic, sizeof(magic) - 1,
                               ZMQ_DONTWAIT | ZMQ_SNDMORE);
                (void)zmq_send(feed->snapshots, text.bytes, text.used, ZMQ_DONTWAIT);
        }
        free(text.bytes);
}

void feed_receive(struct feed *feed, int most) {
        receive_subscriptions(feed, most);
        for (int i = 0; i < most; i++) {
                zmq_msg_t frames[3];
                int count = socket_receive(feed->snapshots, frames, 3);

                if (count == 0)
                        break;
                if (count == 3 && zmq_msg_size(&frames[1]) == sizeof(magic) - 1 &&
                    memcmp(zmq_msg_data(&frames[1]), magic, sizeof(magic) - 1) == 0)
                        answer_request(feed, frames);
                else
                        stats_add(STAT_FRAMES_REFUSED, 1);
                socket_release(frames, count, 3);
        }
}
