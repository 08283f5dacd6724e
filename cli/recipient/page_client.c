/* SPDX-License-Identifier: MIT */
#include "cli/recipient/page_client.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/err.h"

static const char magic[] = "VP1";

_Static_assert((int)PAGE_CARD_LINKS_MAX == (int)CONF_INSTANCES_MAX, "a link for each instance");

/* One alerting process. */
struct link {
        char *endpoint;
        void *socket;  /* DEALER */
        void *monitor; /* PAIR: connection events of libzmq */
        enum page_client_link state;
        int64_t connected_mono_ms; /* of this connection or the last attempt */
        int64_t hello_mono_ms;
        int64_t heard_mono_ms;
        int64_t beat_due_mono_ms;
};

struct page_client {
        struct page_book *book;
        char id[REGISTRY_ID_BYTES];
        char language[8];
        struct link links[PAGE_CARD_LINKS_MAX];
        int link_count;
        int64_t prune_due_mono_ms;
        page_client_news news;
        page_client_notice notice;
        struct page_notices *notices; /* of a desk; NULL before the first notice */
        void *context;
};

static int zmq_raise(void) {
        return -zmq_errno();
}

static int option_int(void *socket, int option, int value) {
        return zmq_setsockopt(socket, option, &value, sizeof(value)) < 0 ? zmq_raise() : 0;
}

static int socket_configure(void *socket, const struct page_client_options *options) {
        const struct {
                int option;
                int value;
        } numbers[] = {
                {ZMQ_LINGER, 0},
                {ZMQ_IMMEDIATE, 1}, /* queue nothing while disconnected */
                {ZMQ_RECONNECT_IVL, 200},
                {ZMQ_RECONNECT_IVL_MAX, 1000},
        };
        const struct {
                int option;
                const char *value;
        } texts[] = {
                {ZMQ_CURVE_SERVERKEY, options->server_public},
                {ZMQ_CURVE_PUBLICKEY, options->keys->public_key},
                {ZMQ_CURVE_SECRETKEY, options->keys->secret_key},
        };

        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                int r = option_int(socket, numbers[i].option, numbers[i].value);

                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                if (zmq_setsockopt(socket, texts[i].option, texts[i].value, CURVE_TEXT_BYTES) < 0)
                        return zmq_raise();
        return 0;
}

static int monitor_open(struct link *link, void *zmq) {
        static _Atomic uint64_t numbers;
        char address[48];

        snprintf(address, sizeof(address), "inproc://vigil-page-client-%llu",
                 (unsigned long long)atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed));
        if (zmq_socket_monitor(link->socket, address,
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) < 0)
                return zmq_raise();
        link->monitor = zmq_socket(zmq, ZMQ_PAIR);
        if (!link->monitor || option_int(link->monitor, ZMQ_LINGER, 0) < 0 ||
            zmq_connect(link->monitor, address) < 0)
                return zmq_raise();
        return 0;
}

static int link_open(struct page_client *client, const char *endpoint,
                     const struct page_client_options *options, int64_t now_mono_ms) {
        struct link *link = &client->links[client->link_count++];
        int r;

        link->connected_mono_ms = now_mono_ms;
        link->endpoint = strdup(endpoint);
        if (!link->endpoint)
                return err_raise(-ENOMEM);
        link->socket = zmq_socket(options->zmq, ZMQ_DEALER);
        r = link->socket ? socket_configure(link->socket, options) : zmq_raise();
        if (r == 0)
                r = monitor_open(link, options->zmq);
        if (r == 0 && zmq_connect(link->socket, link->endpoint) < 0)
                r = zmq_raise();
        return r < 0 ? err_raise_why(r, "cannot open the page connection of %s to %s", client->id,
                                     link->endpoint)
                     : 0;
}

static void link_close(struct link *link) {
        if (link->socket)
                zmq_socket_monitor(link->socket, NULL, 0);
        if (link->monitor)
                zmq_close(link->monitor);
        if (link->socket)
                zmq_close(link->socket);
        free(link->endpoint);
}

int page_client_new(struct page_client **ret, const struct page_client_options *options,
                    int64_t now_mono_ms) {
        struct page_client *client = calloc(1, sizeof(*client));
        int count = (int)options->conf->alerting.instance_count;
        int r;

        if (!client)
                return err_raise(-ENOMEM);
        client->news = options->news;
        client->notice = options->notice;
        client->context = options->context;
        snprintf(client->id, sizeof(client->id), "%s", options->id);
        snprintf(client->language, sizeof(client->language), "%s", options->language);
        r = page_book_new(&client->book, count);
        for (int i = 0; i < count && r == 0; i++)
                r = link_open(client, options->conf->alerting.instances[i].pages, options,
                              now_mono_ms);
        if (r < 0) {
                page_client_free(client);
                return r;
        }
        *ret = client;
        return 0;
}

struct page_client *page_client_free(struct page_client *client) {
        if (!client)
                return NULL;
        for (int i = 0; i < client->link_count; i++)
                link_close(&client->links[i]);
        page_book_free(client->book);
        free(client->notices);
        free(client);
        return NULL;
}

int page_client_fds(const struct page_client *client, int ret[PAGE_CLIENT_FDS_MAX]) {
        int count = 0;

        for (int i = 0; i < client->link_count; i++) {
                void *const sockets[2] = {client->links[i].socket, client->links[i].monitor};

                for (int j = 0; j < 2; j++) {
                        size_t bytes = sizeof(ret[count]);

                        ret[count] = -1;
                        zmq_getsockopt(sockets[j], ZMQ_FD, &ret[count++], &bytes);
                }
        }
        return count;
}

const char *page_client_id(const struct page_client *client) {
        return client->id;
}

enum page_client_link page_client_link(const struct page_client *client) {
        enum page_client_link best = PAGE_CLIENT_LINK_DOWN;

        for (int i = 0; i < client->link_count; i++)
                if (client->links[i].state > best)
                        best = client->links[i].state;
        return best;
}

int page_client_missing(const struct page_client *client, int *ret_count) {
        int missing = 0;

        for (int i = 0; i < client->link_count; i++)
                missing += client->links[i].state != PAGE_CLIENT_LINK_WELCOME;
        *ret_count = client->link_count;
        /* Count processes that alerting reports but this configuration does not list. */
        if (page_book_instances(client->book) > *ret_count) {
                missing += page_book_instances(client->book) - *ret_count;
                *ret_count = page_book_instances(client->book);
        }
        return missing;
}

const struct page_notices *page_client_notices(const struct page_client *client) {
        return client->notices;
}

struct page_book *page_client_book(struct page_client *client) {
        return client->book;
}

int64_t page_client_heard_mono_ms(const struct page_client *client) {
        int64_t latest = 0;

        for (int i = 0; i < client->link_count; i++)
                if (client->links[i].heard_mono_ms > latest)
                        latest = client->links[i].heard_mono_ms;
        return latest;
}

/* --- reading ----------------------------------------------------------------------------------- */

static int number_of(const struct page_client *client, const struct link *link) {
        return (int)(link - client->links);
}

static void connection_began(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        link->state = PAGE_CLIENT_LINK_UP;
        link->connected_mono_ms = link->hello_mono_ms = now_mono_ms;
        link->heard_mono_ms = 0;
        link->beat_due_mono_ms = now_mono_ms + PAGE_CLIENT_BEAT_MS;
        page_book_connected(client->book, number_of(client, link), client->language);
}

static void connection_ended(struct page_client *client, struct link *link,
                             enum page_client_link state) {
        link->state = state;
        page_book_disconnected(client->book, number_of(client, link));
}

/* A monitor message has two frames: event (16 bits) and value (32 bits), then the address. */
static bool monitor_read(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        unsigned char frame[64];
        char address[256];
        uint16_t event;
        int bytes = zmq_recv(link->monitor, frame, sizeof(frame), ZMQ_DONTWAIT);

        if (bytes < 0)
                return false;
        zmq_recv(link->monitor, address, sizeof(address), ZMQ_DONTWAIT);
        if (bytes < (int)sizeof(event))
                return true;
        memcpy(&event, frame, sizeof(event));
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
                connection_began(client, link, now_mono_ms);
        else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
                connection_ended(client, link, PAGE_CLIENT_LINK_REFUSED);
        else if (link->state != PAGE_CLIENT_LINK_REFUSED)
                /* A refused connection is closed as well; keep the more specific state. */
                connection_ended(client, link, PAGE_CLIENT_LINK_DOWN);
        return true;
}

enum { FRAMES = 3 };

/* Read one whole message. Return: number of frames (those beyond FRAMES are counted but not kept), 0: none. */
static int message_read(void *socket, zmq_msg_t *frames) {
        int count = 0;
        int more = 1;

        while (more) {
                zmq_msg_t extra;
                zmq_msg_t *frame = count < FRAMES ? &frames[count] : &extra;

                if (frame == &extra)
                        zmq_msg_init(&extra);
                if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
                        break;
                more = zmq_msg_more(frame);
                if (frame == &extra)
                        zmq_msg_close(&extra);
                count++;
        }
        return count;
}

/* Return: true when the socket took the whole message. */
static bool message_send(void *socket, const char *type, const char *json) {
        if (zmq_send(socket, magic, sizeof(magic) - 1, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
                return false;
        /* After the first frame the others are accepted too: libzmq routes a message as a whole. */
        zmq_send(socket, type, strlen(type), ZMQ_SNDMORE);
        zmq_send(socket, json, strlen(json), 0);
        return true;
}

/* Show a notice and confirm it; alerting repeats a notice that is not confirmed. */
static void notice_take(struct page_client *client, struct link *link, zmq_msg_t *frames) {
        const struct page_notice *known, *news;
        char *json;

        if (!client->notices)
                client->notices = calloc(1, sizeof(*client->notices));
        if (!client->notices)
                return; /* alerting repeats it */
        news = page_notice_take(client->notices, zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]),
                                zmq_msg_data(&frames[2]), zmq_msg_size(&frames[2]), &known);
        if (news && client->notice)
                client->notice(client->context, news);
        if (!known || known->settled)
                return;
        json = page_notice_confirm(known);
        if (json)
                (void)message_send(link->socket, "noticed", json);
        free(json);
}

static int message_take(struct page_client *client, struct link *link, zmq_msg_t *frames, int count,
                        int64_t now_mono_ms) {
        struct page_news news = {.kind = PAGE_NEWS_UNREADABLE};
        int r = 0;

        link->heard_mono_ms = now_mono_ms;
        if (count == FRAMES && page_notice_is(zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]))) {
                notice_take(client, link, frames);
                return 0;
        }
        if (count == FRAMES && zmq_msg_size(&frames[0]) == sizeof(magic) - 1 &&
            memcmp(zmq_msg_data(&frames[0]), magic, sizeof(magic) - 1) == 0)
                r = page_book_take(client->book, number_of(client, link), zmq_msg_data(&frames[1]),
                                   zmq_msg_size(&frames[1]), zmq_msg_data(&frames[2]),
                                   zmq_msg_size(&frames[2]), now_mono_ms, clock_wall_us(), &news);
        if (r < 0)
                return r;
        if (news.kind == PAGE_NEWS_WELCOMED)
                link->state = PAGE_CLIENT_LINK_WELCOME;
        if (news.kind != PAGE_NEWS_NONE && client->news)
                client->news(client->context, client, &news);
        return 0;
}

static int messages_read(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        int r = 0;
        int count = 1;

        while (count > 0 && r == 0) {
                zmq_msg_t frames[FRAMES];

                for (int i = 0; i < FRAMES; i++)
                        zmq_msg_init(&frames[i]);
                count = message_read(link->socket, frames);
                if (count > 0)
                        r = message_take(client, link, frames, count, now_mono_ms);
                for (int i = 0; i < FRAMES; i++)
                        zmq_msg_close(&frames[i]);
        }
        return r;
}

/* --- writing ------------------------------------------------------------------------------------ */

/* the socket accepts nothing now */
enum { PAGE_CLIENT_STUCK = 1 };

static int beat_send(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        char *json;
        bool sent;
        int r;

        if (now_mono_ms < link->beat_due_mono_ms)
                return 0;
        r = page_book_beat(client->book, number_of(client, link), &json);
        if (r < 0)
                return r;
        sent = message_send(link->socket, "beat", json);
        free(json);
        if (!sent)
                return PAGE_CLIENT_STUCK;
        link->beat_due_mono_ms = now_mono_ms + PAGE_CLIENT_BEAT_MS;
        return 0;
}

static int messages_send(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        if (link->state < PAGE_CLIENT_LINK_UP)
                return 0;
        for (;;) {
                const char *type;
                char *json;
                bool sent;
                int r = page_book_next(client->book, number_of(client, link), now_mono_ms, &type,
                                       &json);

                if (r < 0)
                        return r;
                if (r == PAGE_BOOK_IDLE)
                        return beat_send(client, link, now_mono_ms);
                sent = message_send(link->socket, type, json);
                free(json);
                if (!sent)
                        return PAGE_CLIENT_STUCK;
                page_book_sent(client->book, now_mono_ms, clock_wall_us());
        }
}

/* --- the turn ------------------------------------------------------------------------------------ */

/* Reconnect after silence: libzmq does not detect a peer whose program hangs while its kernel keeps the connection. */
static void silence_check(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        int64_t heard = link->heard_mono_ms > link->connected_mono_ms ? link->heard_mono_ms
                                                                      : link->connected_mono_ms;

        if (link->state == PAGE_CLIENT_LINK_UP &&
            now_mono_ms - link->hello_mono_ms > PAGE_CLIENT_WELCOME_MS) {
                link->hello_mono_ms = now_mono_ms;
                page_book_connected(client->book, number_of(client, link), client->language);
        }
        if (link->state < PAGE_CLIENT_LINK_UP || now_mono_ms - heard <= PAGE_CLIENT_SILENCE_MS)
                return;
        zmq_disconnect(link->socket, link->endpoint);
        zmq_connect(link->socket, link->endpoint);
        connection_ended(client, link, PAGE_CLIENT_LINK_DOWN);
        link->connected_mono_ms = now_mono_ms;
}

static bool socket_has_input(void *socket) {
        int events = 0;
        size_t bytes = sizeof(events);

        return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &bytes) == 0 && (events & ZMQ_POLLIN);
}

/* Return: as messages_send(). */
static int link_turn(struct page_client *client, struct link *link, int64_t now_mono_ms) {
        int r;

        /* Sending may process commands and thereby clear the edge of a message that has arrived: repeat until both
         * sockets are empty after the last send. */
        do {
                while (monitor_read(client, link, now_mono_ms))
                        ;
                r = messages_read(client, link, now_mono_ms);
                if (r < 0)
                        return r;
                silence_check(client, link, now_mono_ms);
                r = messages_send(client, link, now_mono_ms);
                if (r < 0)
                        return r;
        } while (socket_has_input(link->socket) || socket_has_input(link->monitor));
        return r;
}

static int turn_due_ms(const struct page_client *client, int64_t now_mono_ms) {
        int64_t due = 1000;
        int64_t owed = page_book_due_ms(client->book, now_mono_ms);

        for (int i = 0; i < client->link_count; i++) {
                const struct link *link = &client->links[i];
                int64_t beat = link->beat_due_mono_ms - now_mono_ms;

                if (link->state >= PAGE_CLIENT_LINK_UP && beat < due)
                        due = beat;
        }
        if (owed >= 0 && owed < due)
                due = owed;
        return due < 0 ? 0 : (int)due;
}

int page_client_turn(struct page_client *client, int64_t now_mono_ms) {
        bool stuck = false;

        for (int i = 0; i < client->link_count; i++) {
                int r = link_turn(client, &client->links[i], now_mono_ms);

                if (r < 0)
                        return r;
                stuck |= r == PAGE_CLIENT_STUCK;
        }
        if (now_mono_ms >= client->prune_due_mono_ms) {
                page_book_prune(client->book, now_mono_ms);
                client->prune_due_mono_ms = now_mono_ms + 60000;
        }
        return stuck ? 50 : turn_due_ms(client, now_mono_ms);
}

int page_client_answer(struct page_client *client, const char *alert_id,
                       enum page_card_answer answer, int eta_s, const char *reason,
                       int64_t now_mono_ms) {
        int r = page_book_answer(client->book, alert_id, answer, eta_s, reason, now_mono_ms);

        for (int i = 0; r == 0 && i < client->link_count; i++) {
                int sent = messages_send(client, &client->links[i], now_mono_ms);

                if (sent < 0)
                        return sent;
        }
        return r;
}
