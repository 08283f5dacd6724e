/* SPDX-License-Identifier: MIT */
#include "cli/replay/replay_send.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yyjson.h>

#include "cli/record/event_json.h"
#include "cli/record/line_reader.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/base/murmur2.h"
#include "common/kafka/kafka_topics.h"
#include "common/language/say.h"

enum {
        FRAME_ROOM = FRAME_BYTES_MAX / 4, /* of a telemetry frame; the largest event takes 25 KB */
        POLL_MS = 100,
        TOPIC_BYTES = 128,
};

struct replay {
        struct cli *cli;
        const struct conf *conf;
        const char *name; /* of the file, for messages */
        bool dry_run;
        long long timeout_s;

        rd_kafka_t *producer; /* NULL: dry run */
        char topics[LANE_COUNT][TOPIC_BYTES];
        struct frame_writer *frames; /* one telemetry frame per partition; bytes: NULL before use */
        int16_t samples[EVENT_SAMPLES_MAX * 3];

        size_t line, events, bad_lines;
        size_t sent, acknowledged, failed; /* records */
        rd_kafka_resp_err_t last_error;
};

/* Called from rd_kafka_poll() on this thread. */
static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
        struct replay *replay = opaque;

        if (message->err) {
                replay->failed++;
                replay->last_error = message->err;
                return;
        }
        replay->acknowledged++;
}

/* --- records ------------------------------------------------------------------------------------------ */

/* Send one record. @key: NULL for none. Blocks: while the client's queue is full, at most the timeout. */
static int record_send(struct replay *replay, enum lane lane, int32_t partition, const char *key,
                       const void *bytes, size_t count) {
        int64_t deadline_mono_ms = clock_mono_ms() + replay->timeout_s * 1000;

        while (replay->producer) {
                rd_kafka_resp_err_t error = rd_kafka_producev(
                        replay->producer, RD_KAFKA_V_TOPIC(replay->topics[lane]),
                        RD_KAFKA_V_PARTITION(partition),
                        RD_KAFKA_V_KEY((void *)(uintptr_t)key, key ? strlen(key) : 0),
                        RD_KAFKA_V_VALUE((void *)(uintptr_t)bytes, count),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);

                rd_kafka_poll(replay->producer, error ? POLL_MS : 0);
                if (!error)
                        break;
                if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                        return err_raise_why(-EIO, "kafka: %s: %s", replay->topics[lane],
                                             rd_kafka_err2str(error));
                if (cli_interrupted())
                        return -EINTR;
                if (clock_mono_ms() >= deadline_mono_ms)
                        return err_raise_why(-ETIMEDOUT, "kafka: no acknowledgement for %lld s",
                                             replay->timeout_s);
        }
        replay->sent++;
        return 0;
}

static int frame_send(struct replay *replay, int32_t partition) {
        struct frame_writer *frame = &replay->frames[partition];

        if (!frame->bytes || frame->event_count == 0)
                return 0;

        size_t count = frame_end(frame);
        int r = record_send(replay, LANE_TELEMETRY, partition, NULL, frame->bytes, count);

        frame_begin(frame, LANE_TELEMETRY, frame->bytes, FRAME_ROOM);
        return r;
}

static int frames_send(struct replay *replay) {
        int r = 0;

        for (int32_t i = 0; r == 0 && i < replay->conf->kafka.partitions; i++)
                r = frame_send(replay, i);
        return r;
}

/* --- events ------------------------------------------------------------------------------------------- */

/* Alarm lane: each event is sent at once in a record of its own. */
static int alarm_put(struct replay *replay, const struct event *event, int32_t partition) {
        static unsigned char bytes[FRAME_HEADER_BYTES + EVENT_BYTES +
                                   EVENT_SAMPLES_MAX * EVENT_SAMPLE_BYTES + 8];
        struct frame_writer frame;

        frame_begin(&frame, LANE_ALARM, bytes, sizeof(bytes));
        frame_append(&frame, event, replay->samples);
        return record_send(replay, LANE_ALARM, partition, event->elder_id, bytes,
                           frame_end(&frame));
}

static int telemetry_put(struct replay *replay, const struct event *event, int32_t partition) {
        struct frame_writer *frame = &replay->frames[partition];
        int r = 0;

        if (!frame->bytes) {
                void *bytes = malloc(FRAME_ROOM);

                if (!bytes)
                        return err_raise(-ENOMEM);
                frame_begin(frame, LANE_TELEMETRY, bytes, FRAME_ROOM);
        }
        if (frame_append(frame, event, replay->samples) == FRAME_FULL) {
                r = frame_send(replay, partition);
                if (r == 0)
                        frame_append(frame, event, replay->samples);
        }
        return r;
}

static void line_complain(struct replay *replay, size_t column) {
        replay->bad_lines++;
        fprintf(stderr, "%s:%zu", replay->name, replay->line);
        if (column)
                fprintf(stderr, ":%zu", column);
        fprintf(stderr, ": %s: %s\n", say(replay->cli->language, "error"), err_why());
}

static int event_take(struct replay *replay, const char *text, size_t bytes) {
        struct event event;
        enum lane lane;
        size_t column = 0;
        int r = event_json_decode(text, bytes, &event, &lane, replay->samples, &column);

        if (r == EVENT_JSON_REFUSED) {
                line_complain(replay, column);
                return 0;
        }
        if (r < 0)
                return r;
        replay->events++;

        int32_t partition = murmur2_partition(event.elder_hash, replay->conf->kafka.partitions);

        return lane == LANE_ALARM ? alarm_put(replay, &event, partition)
                                  : telemetry_put(replay, &event, partition);
}

/* A line of `vigil tap quarantine`: the events of a frame that vigil-rules rejected. */
static int frame_take(struct replay *replay, yyjson_val *events) {
        size_t index, count;
        yyjson_val *event;

        yyjson_arr_foreach(events, index, count, event) {
                size_t bytes = 0;
                char *text = yyjson_val_write(event, YYJSON_WRITE_NOFLAG, &bytes);
                int r = text ? event_take(replay, text, bytes) : err_raise(-ENOMEM);

                free(text);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int line_take(struct replay *replay, const char *text, size_t bytes) {
        replay->line++;
        if (strspn(text, " \t\r") == bytes)
                return 0;
        if (!memmem(text, bytes, "\"events\"", 8))
                return event_take(replay, text, bytes);

        yyjson_doc *doc = yyjson_read(text, bytes, YYJSON_READ_NOFLAG);
        yyjson_val *events = yyjson_obj_get(yyjson_doc_get_root(doc), "events");
        int r = yyjson_is_arr(events) ? frame_take(replay, events)
                                      : event_take(replay, text, bytes);

        yyjson_doc_free(doc);
        return r;
}

static int answer_take(struct replay *replay, int answer, const char *text, size_t bytes,
                       bool *idle) {
        switch (answer) {
        case 0:
                *idle = false;
                return line_take(replay, text, bytes);
        case LINE_READER_TOO_LONG:
                replay->line++;
                err_raise_why(EVENT_JSON_REFUSED, "the line is longer than %d bytes",
                              LINE_READER_BYTES_MAX);
                line_complain(replay, 0);
                return 0;
        case LINE_READER_NONE_YET:
                if (*idle)
                        return 0;
                *idle = true;
                return frames_send(replay);
        default:
                return answer;
        }
}

static int lines_take(struct replay *replay, int fd) {
        struct line_reader *reader = NULL;
        bool idle = false;
        int r = line_reader_new(&reader, fd);

        while (r == 0) {
                const char *text = NULL;
                size_t bytes = 0;

                if (cli_interrupted()) {
                        r = -EINTR;
                        break;
                }
                /* Send incomplete frames after ingest's frame_wait without input, so that events from a live pipe
                 * are not delayed. */
                r = line_reader_next(reader,
                                     idle ? POLL_MS : (int)replay->conf->ingest.frame_wait_ms,
                                     &text, &bytes);
                r = answer_take(replay, r, text, bytes, &idle);
        }
        line_reader_free(reader);
        return r == LINE_READER_END ? frames_send(replay) : r;
}

/* --- the whole ------------------------------------------------------------------------------------------- */

static int all_await(struct replay *replay) {
        int64_t deadline_mono_ms = clock_mono_ms() + replay->timeout_s * 1000;

        while (replay->producer && replay->acknowledged + replay->failed < replay->sent) {
                if (cli_interrupted())
                        return -EINTR;
                if (clock_mono_ms() >= deadline_mono_ms)
                        return err_raise_why(-ETIMEDOUT,
                                             "kafka: %zu of %zu records not acknowledged",
                                             replay->sent - replay->acknowledged, replay->sent);
                rd_kafka_poll(replay->producer, POLL_MS);
        }
        if (replay->failed)
                return err_raise_why(-EIO, "kafka: %zu records were refused: %s", replay->failed,
                                     rd_kafka_err2str(replay->last_error));
        return 0;
}

static void summary_print(const struct replay *replay) {
        if (replay->cli->json)
                printf("{\"events\":%zu,\"records\":%zu,\"bad_lines\":%zu,\"dry_run\":%s}\n",
                       replay->events, replay->sent, replay->bad_lines,
                       replay->dry_run ? "true" : "false");
        else if (replay->dry_run)
                printf(say(replay->cli->language,
                           "%zu events in %zu records would be published, %zu bad lines\n"),
                       replay->events, replay->sent, replay->bad_lines);
        else
                printf(say(replay->cli->language, "%zu events in %zu records published, all "
                                                  "acknowledged; %zu bad lines\n"),
                       replay->events, replay->sent, replay->bad_lines);
}

static enum cli_exit fd_feed(struct replay *replay, int fd) {
        enum cli_exit result = CLI_DONE;
        int r = 0;

        conf_topic(replay->conf, KAFKA_EVENTS_ALARM_TOPIC, replay->topics[LANE_ALARM], TOPIC_BYTES);
        conf_topic(replay->conf, KAFKA_EVENTS_TELEMETRY_TOPIC, replay->topics[LANE_TELEMETRY],
                   TOPIC_BYTES);
        replay->frames = calloc((size_t)replay->conf->kafka.partitions, sizeof(*replay->frames));
        if (!replay->frames)
                r = err_raise(-ENOMEM);
        if (r == 0 && !replay->dry_run)
                r = kafka_topics_ensure(replay->conf, (int)replay->timeout_s * 1000);
        if (r == 0 && !replay->dry_run)
                r = kafka_producer_new(&replay->producer, replay->conf, "vigil-replay",
                                       on_delivered, replay);
        if (r == 0)
                r = lines_take(replay, fd);
        if (r == 0)
                r = all_await(replay);
        if (r == -EINTR)
                result = CLI_INTERRUPTED;
        else if (r < 0)
                result = cli_fail(replay->cli, r);
        else
                summary_print(replay);
        if (result == CLI_DONE && replay->bad_lines)
                result = CLI_BAD;

        if (replay->producer)
                rd_kafka_destroy(replay->producer);
        for (int32_t i = 0; replay->frames && i < replay->conf->kafka.partitions; i++)
                free(replay->frames[i].bytes);
        free(replay->frames);
        return result;
}

static enum cli_exit file_feed(struct replay *replay, const char *path) {
        bool standard_input = strcmp(path, "-") == 0;
        int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0) {
                cli_tell(replay->cli, "%s: %s", path, err_text(errno));
                return CLI_BAD;
        }
        replay->name = standard_input ? "standard input" : path;

        enum cli_exit result = fd_feed(replay, fd);

        if (!standard_input)
                close(fd);
        return result;
}

enum cli_exit replay_send(struct cli *cli, const char *path, bool dry_run, long long timeout_s) {
        struct replay *replay = calloc(1, sizeof(*replay));
        struct conf *conf = NULL;
        enum cli_exit result;

        if (!replay)
                return cli_fail(cli, err_raise(-ENOMEM));
        replay->cli = cli;
        replay->dry_run = dry_run;
        replay->timeout_s = timeout_s;
        result = cli_conf_load(cli, &conf);
        if (result == CLI_DONE) {
                replay->conf = conf;
                result = file_feed(replay, path);
        }
        conf_free(conf);
        free(replay);
        return result;
}
