/* SPDX-License-Identifier: MIT */
#include "cli/watch/feed_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "common/base/err.h"

static const char magic[] = "VF1";

enum { FRAMES = 3, TURN_MS = 250 };

struct feed_client {
        struct feed_book *book;
        void *feed;     /* SUB */
        void *snapshot; /* DEALER */
        char *feed_endpoint, *snapshot_endpoint;
        int64_t heard_mono_ms;
        int64_t connected_mono_ms; /* of the last zmq_connect() */
};

static int socket_open(void **ret, void *zmq, int type, const char *endpoint,
                       const struct feed_client_options *options) {
        const struct {
                int option;
                int value;
        } numbers[] = {{ZMQ_LINGER, 0},
                       {ZMQ_RECONNECT_IVL, 200},
                       {ZMQ_RECONNECT_IVL_MAX, 1000},
                       {ZMQ_RCVHWM, 20000}};
        const struct {
                int option;
                const char *value;
        } texts[] = {
                {ZMQ_CURVE_SERVERKEY, options->server_public},
                {ZMQ_CURVE_PUBLICKEY, options->keys->public_key},
                {ZMQ_CURVE_SECRETKEY, options->keys->secret_key},
        };
        void *socket = zmq_socket(zmq, type);
        int failed = socket ? 0 : -1;

        for (size_t i = 0; !failed && i < sizeof(numbers) / sizeof(numbers[0]); i++)
                failed = zmq_setsockopt(socket, numbers[i].option, &numbers[i].value, sizeof(int));
        for (size_t i = 0; !failed && i < sizeof(texts) / sizeof(texts[0]); i++)
                failed = zmq_setsockopt(socket, texts[i].option, texts[i].value, CURVE_TEXT_BYTES);
        if (!failed && type == ZMQ_SUB) {
                failed = zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "feed/", 5);
                if (!failed)
                        failed = zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "beat/", 5);
        }
        if (!failed)
                failed = zmq_connect(socket, endpoint);
        if (failed) {
                int r = -zmq_errno();

                if (socket)
                        zmq_close(socket);
                return err_raise_why(r, "cannot open the feed connection to %s", endpoint);
        }
        *ret = socket;
        return 0;
}

int feed_client_new(struct feed_client **ret, const struct feed_client_options *options,
                    int64_t now_mono_ms) {
        struct feed_client *client = calloc(1, sizeof(*client));
        int r;

        if (!client)
                return err_raise(-ENOMEM);
        client->heard_mono_ms = client->connected_mono_ms = now_mono_ms;
        client->feed_endpoint = strdup(options->feed);
        client->snapshot_endpoint = strdup(options->snapshot);
        r = client->feed_endpoint && client->snapshot_endpoint ? 0 : err_raise(-ENOMEM);
        if (r == 0)
                r = feed_book_new(&client->book, options->change, options->context);
        /* Subscribe before requesting a snapshot, so that no change between the two is missed. */
        if (r == 0)
                r = socket_open(&client->feed, options->zmq, ZMQ_SUB, options->feed, options);
        if (r == 0)
                r = socket_open(&client->snapshot, options->zmq, ZMQ_DEALER, options->snapshot,
                                options);
        if (r < 0) {
                feed_client_free(client);
                return r;
        }
        *ret = client;
        return 0;
}

struct feed_client *feed_client_free(struct feed_client *client) {
        if (!client)
                return NULL;
        if (client->feed)
                zmq_close(client->feed);
        if (client->snapshot)
                zmq_close(client->snapshot);
        feed_book_free(client->book);
        free(client->feed_endpoint);
        free(client->snapshot_endpoint);
        free(client);
        return NULL;
}

void feed_client_fds(const struct feed_client *client, int ret[2]) {
        void *const sockets[2] = {client->feed, client->snapshot};

        for (int i = 0; i < 2; i++) {
                size_t bytes = sizeof(ret[i]);

                ret[i] = -1;
                zmq_getsockopt(sockets[i], ZMQ_FD, &ret[i], &bytes);
        }
}

int64_t feed_client_silent_ms(const struct feed_client *client, int64_t now_mono_ms) {
        return now_mono_ms - client->heard_mono_ms;
}

const char *feed_client_endpoint(const struct feed_client *client) {
        return client->feed_endpoint;
}

const struct feed_book *feed_client_book(const struct feed_client *client) {
        return client->book;
}

/* Return: number of frames of the next message (only the first FRAMES - 1 and the last are kept), 0: none. */
static int message_read(void *socket, zmq_msg_t *frames) {
        int count = 0;
        int more = 1;

        while (more) {
                zmq_msg_t *frame = &frames[count < FRAMES ? count : FRAMES - 1];

                zmq_msg_close(frame);
                zmq_msg_init(frame);
                if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
                        return 0;
                more = zmq_msg_more(frame);
                count++;
        }
        return count;
}

static int feed_take(struct feed_client *client, zmq_msg_t *frames, int count) {
        const char *json = zmq_msg_data(&frames[2]);

        if (count != 3)
                return FEED_BOOK_UNREADABLE;
        if (zmq_msg_size(&frames[0]) >= 5 && memcmp(zmq_msg_data(&frames[0]), "beat/", 5) == 0)
                return feed_book_beat(client->book, json, zmq_msg_size(&frames[2]));
        return feed_book_message(client->book, json, zmq_msg_size(&frames[2]));
}

static int snapshot_take(struct feed_client *client, zmq_msg_t *frames, int count) {
        if (count != 2 || zmq_msg_size(&frames[0]) != sizeof(magic) - 1 ||
            memcmp(zmq_msg_data(&frames[0]), magic, sizeof(magic) - 1) != 0)
                return FEED_BOOK_UNREADABLE;
        return feed_book_reply(client->book, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]));
}

/* Read all messages. Unreadable ones are skipped. Return: 0 or -errno. */
static int sockets_read(struct feed_client *client, int64_t now_mono_ms) {
        zmq_msg_t frames[FRAMES];
        int count;
        int r = 0;

        for (int i = 0; i < FRAMES; i++)
                zmq_msg_init(&frames[i]);
        while (r >= 0 && (count = message_read(client->feed, frames)) > 0) {
                client->heard_mono_ms = now_mono_ms;
                r = feed_take(client, frames, count);
        }
        while (r >= 0 && (count = message_read(client->snapshot, frames)) > 0) {
                client->heard_mono_ms = now_mono_ms;
                r = snapshot_take(client, frames, count);
        }
        for (int i = 0; i < FRAMES; i++)
                zmq_msg_close(&frames[i]);
        return r < 0 ? r : 0;
}

static void request_send(struct feed_client *client, int64_t now_mono_ms) {
        char request[192];

        if (!feed_book_request(client->book, now_mono_ms, request, sizeof(request)))
                return;
        if (zmq_send(client->snapshot, magic, sizeof(magic) - 1, ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0)
                zmq_send(client->snapshot, request, strlen(request), ZMQ_DONTWAIT);
}

static void silence_check(struct feed_client *client, int64_t now_mono_ms) {
        int64_t heard = client->heard_mono_ms > client->connected_mono_ms
                                ? client->heard_mono_ms
                                : client->connected_mono_ms;

        if (now_mono_ms - heard <= FEED_CLIENT_SILENCE_MS)
                return;
        zmq_disconnect(client->feed, client->feed_endpoint);
        zmq_disconnect(client->snapshot, client->snapshot_endpoint);
        zmq_connect(client->feed, client->feed_endpoint);
        zmq_connect(client->snapshot, client->snapshot_endpoint);
        client->connected_mono_ms = now_mono_ms;
        feed_book_connected(client->book);
}

static bool has_input(void *socket) {
        int events = 0;
        size_t bytes = sizeof(events);

        return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &bytes) == 0 && (events & ZMQ_POLLIN);
}

int feed_client_turn(struct feed_client *client, int64_t now_mono_ms) {
        int r;

        do {
                r = sockets_read(client, now_mono_ms);
                if (r < 0)
                        return r;
                silence_check(client, now_mono_ms);
                request_send(client, now_mono_ms);
        } while (has_input(client->feed) || has_input(client->snapshot));
        return TURN_MS;
}
