/* SPDX-License-Identifier: MIT
 *
 * The pager: a ROUTER with CURVE, to which pagers of family, teams and desks connect, and ingest with its notices
 * (docs/wire/pages.md). A message goes to each endpoint of its person; one that is slow or gone costs nobody else
 * anything.
 *
 * Who a message is from is what ZAP says of its connection's key (zap.h), looked up again with every message; a
 * routing id only says where to answer. A peer that chose its own routing id is refused: it could wait for another's to
 * become free.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/base/stats.h"
#include "alerting/channel/channel.h"
#include "alerting/zeromq/socket.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/require.h"
#include "common/wire/json_number.h"

enum {
        BEAT_MS = 5 * 1000,
        SILENT_MS = 15 * 1000, /* an endpoint that says nothing for so long is not there */
        FRAMES = 4,            /* routing id, magic, type, body */
        ROUTING_ID_BYTES = 5,  /* as ROUTER gives them: a zero and 32 random bits, counted up */
        PEER_BUCKETS = 4096,
        PEERS_PER_ID_MAX = 16,
        HELLO_BYTES_MAX = 1024,
        JOIN_AGAIN_MS =
                1000, /* a hello right after the probe of the same connection is one joining */
};

static const char magic[] = "VP1";

struct peer {
        unsigned char routing_id[ROUTING_ID_BYTES];
        char id[REGISTRY_ID_BYTES];
        char key[ALLOW_KEY_BYTES];
        enum role role;
        int instances; /* alerting processes it connects to, as it says */
        int64_t heard_mono_ms;
        int64_t joined_mono_ms;    /* when it was last sent what is open */
        struct peer *next_routing; /* in the bucket of routing ids */
        struct peer *next_id;      /* in the bucket of ids */
};

struct pager {
        struct channel channel;
        const char *endpoint;
        void *socket;
        const struct zap *zap;
        struct channel_handler handler;
        struct peer *by_routing[PEER_BUCKETS];
        struct peer *by_id[PEER_BUCKETS];
        size_t pager_count; /* peers that are somebody's, not an ingest process */
        int instances;      /* of the site */
        int64_t beat_mono_ms;
};

/* --- peers ------------------------------------------------------------------------------------- */

static size_t hash(const void *bytes, size_t count) {
        const unsigned char *at = bytes;
        uint32_t value = 2166136261u;

        for (size_t i = 0; i < count; i++)
                value = (value ^ at[i]) * 16777619u;
        return value % PEER_BUCKETS;
}

static struct peer **routing_at(struct pager *pager, const void *routing_id) {
        struct peer **at = &pager->by_routing[hash(routing_id, ROUTING_ID_BYTES)];

        while (*at && memcmp((*at)->routing_id, routing_id, ROUTING_ID_BYTES) != 0)
                at = &(*at)->next_routing;
        return at;
}

static void peer_remove(struct pager *pager, struct peer *peer) {
        struct peer **at = routing_at(pager, peer->routing_id);

        require(*at == peer, "an endpoint of %s is not at its routing id", peer->id);
        *at = peer->next_routing;
        at = &pager->by_id[hash(peer->id, strlen(peer->id))];
        while (*at && *at != peer)
                at = &(*at)->next_id;
        require(*at, "an endpoint of %s is not among its own", peer->id);
        *at = peer->next_id;
        pager->pager_count -= peer->role != ROLE_INGEST;
        stats_set(STAT_CONNECTED, (int64_t)pager->pager_count);
        free(peer);
}

/* A recipient whose endpoints come and go without goodbye must not fill the table. */
static void make_room(struct pager *pager, const char *id) {
        struct peer *oldest = NULL;
        size_t count = 0;

        for (struct peer *peer = pager->by_id[hash(id, strlen(id))]; peer; peer = peer->next_id) {
                if (strcmp(peer->id, id) != 0)
                        continue;
                count++;
                if (!oldest || peer->heard_mono_ms < oldest->heard_mono_ms)
                        oldest = peer;
        }
        if (count >= PEERS_PER_ID_MAX)
                peer_remove(pager, oldest);
}

static struct peer *peer_add(struct pager *pager, const void *routing_id, const char *id,
                             const char *key, enum role role) {
        struct peer *peer, **at;

        make_room(pager, id);
        peer = calloc(1, sizeof(*peer));
        if (!peer)
                return NULL; /* it says hello again in a few seconds */
        memcpy(peer->routing_id, routing_id, sizeof(peer->routing_id));
        snprintf(peer->id, sizeof(peer->id), "%s", id);
        snprintf(peer->key, sizeof(peer->key), "%s", key);
        peer->role = role;
        peer->instances = 1;
        peer->joined_mono_ms = INT64_MIN / 2;
        at = routing_at(pager, routing_id);
        require(!*at, "%s joins with the routing id of %s", id, (*at)->id);
        peer->next_routing = *at;
        *at = peer;
        at = &pager->by_id[hash(id, strlen(id))];
        peer->next_id = *at;
        *at = peer;
        pager->pager_count += role != ROLE_INGEST;
        stats_set(STAT_CONNECTED, (int64_t)pager->pager_count);
        return peer;
}

/* --- out --------------------------------------------------------------------------------------- */

/* MANDATORY makes the first frame tell whether the peer is there (EHOSTUNREACH) and has room (EAGAIN);
 * once it is in, the rest of the message is too. */
static int peer_send(struct pager *pager, const struct peer *peer, const char *type,
                     const char *body, size_t body_bytes) {
        if (zmq_send(pager->socket, peer->routing_id, sizeof(peer->routing_id),
                     ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
                return -zmq_errno();
        if (zmq_send(pager->socket, magic, sizeof(magic) - 1, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
            zmq_send(pager->socket, type, strlen(type), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0 ||
            zmq_send(pager->socket, body, body_bytes, ZMQ_DONTWAIT) < 0)
                return -zmq_errno();
        return 0;
}

static int pager_send(struct channel *channel, const struct message *message) {
        struct pager *pager = (struct pager *)channel;
        const char *id = message->to;
        struct peer *next;
        int took = 0;

        for (struct peer *peer = pager->by_id[hash(id, strlen(id))]; peer; peer = next) {
                int r;

                next = peer->next_id;
                if (strcmp(peer->id, id) != 0)
                        continue;
                /* The key may have been taken off the list while its connection stayed open. */
                if (zap_role(pager->zap, peer->id, peer->key) != (int)peer->role) {
                        peer_remove(pager, peer);
                        continue;
                }
                r = peer_send(pager, peer, message_type_name(message->type), message->json,
                              message->json_bytes);
                if (r == 0)
                        took++;
                else if (r == -EHOSTUNREACH)
                        peer_remove(pager, peer);
        }
        return took;
}

static void send_beat(struct pager *pager, struct peer *peer, const char *body, size_t body_bytes) {
        if (peer_send(pager, peer, "beat", body, body_bytes) == -EHOSTUNREACH)
                peer_remove(pager, peer);
}

static void pager_tick(struct channel *channel, int64_t now_mono_ms, int64_t now_time_ms) {
        struct pager *pager = (struct pager *)channel;
        char body[64];
        int64_t partly = 0;
        int bytes;

        if (now_mono_ms < pager->beat_mono_ms)
                return;
        pager->beat_mono_ms = now_mono_ms + BEAT_MS;
        bytes = snprintf(body, sizeof(body), "{\"time_ms\":%lld}", (long long)now_time_ms);
        for (size_t i = 0; i < PEER_BUCKETS; i++) {
                for (struct peer *peer = pager->by_id[i], *next; peer; peer = next) {
                        next = peer->next_id;
                        if (now_mono_ms - peer->heard_mono_ms > SILENT_MS ||
                            zap_role(pager->zap, peer->id, peer->key) != (int)peer->role)
                                peer_remove(pager, peer);
                        else {
                                partly += peer->instances < pager->instances;
                                send_beat(pager, peer, body, (size_t)bytes);
                        }
                }
        }
        stats_set(STAT_CONNECTED_PARTLY, partly);
}

/* --- who ----------------------------------------------------------------------------------------- */

static bool pager_can_reach(const struct channel *channel, const char *id) {
        return zap_has(((const struct pager *)channel)->zap, id);
}

static bool pager_is_connected(const struct channel *channel, const char *id) {
        const struct pager *pager = (const struct pager *)channel;

        for (const struct peer *peer = pager->by_id[hash(id, strlen(id))]; peer;
             peer = peer->next_id) {
                if (strcmp(peer->id, id) == 0)
                        return true;
        }
        return false;
}

static bool is_listed(const char *const *ids, size_t count, const char *id) {
        for (size_t i = 0; i < count; i++) {
                if (strcmp(ids[i], id) == 0)
                        return true;
        }
        return false;
}

static size_t pager_connected(const struct channel *channel, enum role role, const char **ret,
                              size_t most) {
        const struct pager *pager = (const struct pager *)channel;
        size_t count = 0;

        for (size_t i = 0; i < PEER_BUCKETS; i++) {
                for (const struct peer *peer = pager->by_id[i]; peer && count < most;
                     peer = peer->next_id) {
                        if (peer->role == role && !is_listed(ret, count, peer->id))
                                ret[count++] = peer->id;
                }
        }
        return count;
}

/* --- in ---------------------------------------------------------------------------------------- */

static void welcome(struct pager *pager, const struct peer *peer) {
        char body[160];
        int bytes = snprintf(body, sizeof(body),
                             "{\"id\":\"%s\",\"role\":\"%s\",\"instances\":%d,\"time_ms\":%lld}",
                             peer->id, role_name(peer->role), pager->instances,
                             (long long)clock_wall_ms());

        (void)peer_send(pager, peer, "welcome", body, (size_t)bytes);
}

/* Who connects to one of two processes hears of half of the alerts only. */
static void read_hello(struct pager *pager, struct peer *peer, zmq_msg_t *body) {
        yyjson_doc *doc = zmq_msg_size(body) <= HELLO_BYTES_MAX
                                  ? yyjson_read(zmq_msg_data(body), zmq_msg_size(body), 0)
                                  : NULL;
        int instances = json_count(yyjson_doc_get_root(doc), "instances");

        yyjson_doc_free(doc);
        peer->instances = instances > 1 ? instances : 1;
        if (peer->instances < pager->instances)
                pager->handler.partly(pager->handler.context, peer->id, peer->instances);
}

static bool is_word(zmq_msg_t *frame, const char *word) {
        return zmq_msg_size(frame) == strlen(word) &&
               memcmp(zmq_msg_data(frame), word, strlen(word)) == 0;
}

/* Whose connection is this? Return: its peer, NULL when it may not be here. */
static struct peer *peer_of(struct pager *pager, zmq_msg_t *frames, bool *ret_new) {
        const char *id = zmq_msg_gets(&frames[1], "User-Id");
        const char *key = zmq_msg_gets(&frames[1], ZAP_KEY);
        const unsigned char *routing_id = zmq_msg_data(&frames[0]);
        struct peer *peer;
        int role;

        if (zmq_msg_size(&frames[0]) != ROUTING_ID_BYTES || routing_id[0] != 0 || !id || !key)
                return NULL;
        role = zap_role(pager->zap, id, key);
        peer = *routing_at(pager, routing_id);
        /* The routing id of a connection that ended may be given to another later. */
        if (peer && (role < 0 || strcmp(peer->id, id) != 0 || strcmp(peer->key, key) != 0 ||
                     peer->role != (enum role)role)) {
                peer_remove(pager, peer);
                peer = NULL;
        }
        if (role < 0)
                return NULL;
        *ret_new = peer == NULL;
        return peer ? peer : peer_add(pager, routing_id, id, key, (enum role)role);
}

static void take(struct pager *pager, zmq_msg_t *frames, int count, int64_t now_mono_ms) {
        bool is_new = false;
        struct peer *peer = count >= 2 ? peer_of(pager, frames, &is_new) : NULL;
        bool is_probe = count == 2 && zmq_msg_size(&frames[1]) == 0;
        bool is_ours = count == FRAMES && is_word(&frames[1], magic);
        bool is_hello = is_ours && is_word(&frames[2], "hello");

        if (!peer || (!is_probe && !is_ours)) {
                stats_add(STAT_FRAMES_REFUSED, 1);
                return;
        }
        peer->heard_mono_ms = now_mono_ms;
        if (is_hello)
                read_hello(pager, peer, &frames[3]);
        if (is_new || is_hello) {
                char id[REGISTRY_ID_BYTES];
                enum role role = peer->role;

                /* joined() sends, and sending may find the peer gone. */
                memcpy(id, peer->id, sizeof(id));
                welcome(pager, peer);
                if (!is_new && now_mono_ms - peer->joined_mono_ms < JOIN_AGAIN_MS)
                        return;
                peer->joined_mono_ms = now_mono_ms;
                pager->handler.joined(pager->handler.context, id, role);
        }
        if (is_ours && !is_hello) {
                const char *id = zmq_msg_gets(&frames[1], "User-Id");
                const char *key = zmq_msg_gets(&frames[1], ZAP_KEY);
                int role = zap_role(pager->zap, id, key);

                if (role >= 0 && is_word(&frames[2], "beat"))
                        pager->handler.shows(pager->handler.context, id, zmq_msg_data(&frames[3]),
                                             zmq_msg_size(&frames[3]));
                else if (role >= 0)
                        pager->handler.said(pager->handler.context, id, (enum role)role,
                                            zmq_msg_data(&frames[2]), zmq_msg_size(&frames[2]),
                                            zmq_msg_data(&frames[3]), zmq_msg_size(&frames[3]));
        }
}

static int pager_receive(struct channel *channel, int64_t now_mono_ms, int most) {
        struct pager *pager = (struct pager *)channel;
        int taken = 0;

        while (taken < most) {
                zmq_msg_t frames[FRAMES];
                int count = socket_receive(pager->socket, frames, FRAMES);

                if (count == 0)
                        break;
                take(pager, frames, count, now_mono_ms);
                socket_release(frames, count, FRAMES);
                taken++;
        }
        return taken;
}

/* --- opening and closing ----------------------------------------------------------------------- */

static int pager_read(struct channel **ret, const struct conf *conf, const char *file,
                      struct diag *diag) {
        struct pager *pager = calloc(1, sizeof(*pager));

        if (!pager)
                return err_raise(-ENOMEM);
        pager->endpoint = conf->alerting.pages;
        *ret = &pager->channel;
        return 0;
}

static int pager_start(struct channel *channel, const struct channel_setup *setup) {
        struct pager *pager = (struct pager *)channel;
        int mandatory = 1;
        int r;

        pager->zap = setup->sockets->zap;
        pager->instances = setup->sockets->instances;
        pager->handler = *setup->handler;
        r = socket_open(&pager->socket, setup->sockets, ZMQ_ROUTER, ALLOW_PAGES, pager->endpoint,
                        SOCKET_SEND_HIGH_WATER);
        if (r == 0 &&
            zmq_setsockopt(pager->socket, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof(mandatory)) < 0)
                r = err_raise(-zmq_errno());
        return r;
}

static void pager_close(struct channel *channel) {
        struct pager *pager = (struct pager *)channel;

        for (size_t i = 0; i < PEER_BUCKETS; i++) {
                while (pager->by_id[i])
                        peer_remove(pager, pager->by_id[i]);
        }
        socket_close(pager->socket);
        free(pager);
}

static size_t pager_descriptors(const struct channel *channel, struct channel_descriptor *ret) {
        ret[0] = (struct channel_descriptor){.socket = ((const struct pager *)channel)->socket};
        return 1;
}

const struct channel_type channel_pager = {
        .name = "pager",
        .receipt = &receipt_usual,
        .read = pager_read,
        .start = pager_start,
        .close = pager_close,
        .can_reach = pager_can_reach,
        .is_connected = pager_is_connected,
        .connected = pager_connected,
        .send = pager_send,
        .receive = pager_receive,
        .tick = pager_tick,
        .descriptors = pager_descriptors,
};
