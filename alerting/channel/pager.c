/* SPDX-License-Identifier: MIT
 *
 * Pager: the channel to pagers of family, teams and desks, and to ingest with its notices (docs/wire/pages.md): a
 * ROUTER with CURVE. A message goes to every endpoint of its recipient; one that is slow or gone delays no other.
 *
 * The sender of a message is the id that ZAP assigns to the key of its connection (zap.h), checked again for every
 * message. A routing id serves only as the address of a reply. A peer with a routing id of its own choice is refused:
 * it could take over that of an endpoint that has gone.
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
        SILENT_MS = 15 * 1000, /* an endpoint that sends nothing for so long counts as gone */
        FRAMES = 4,            /* routing id, magic, type, body */
        ROUTING_ID_BYTES = 5,  /* a zero byte and the 32-bit counter of ROUTER, random start */
        PEER_BUCKETS = 4096,
        PEERS_PER_ID_MAX = 16,
        HELLO_BYTES_MAX = 1024,
        JOIN_AGAIN_MS =
                1000, /* a hello so soon after the probe of its connection does not send open pages again */
};

static const char magic[] = "VP1";

struct peer {
        unsigned char routing_id[ROUTING_ID_BYTES];
        char id[REGISTRY_ID_BYTES];
        char key[ALLOW_KEY_BYTES];
        enum role role;
        int instances;             /* alerting processes that it connects to, by its own account */
        int64_t heard_mono_ms;     /* of its latest message */
        int64_t joined_mono_ms;    /* when open pages were last sent to it */
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
        size_t pager_count;   /* peers, without ingest processes */
        int instances;        /* alerting processes of the site */
        int64_t beat_mono_ms; /* when the next beat is due */
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

/* Endpoints that vanish without a disconnect must not fill the table: beyond PEERS_PER_ID_MAX of one recipient, drop
 * the one that was silent for longest. */
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
                return NULL; /* no memory: its next message tries again */
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

/* With ZMQ_ROUTER_MANDATORY the first frame fails if the peer is gone (EHOSTUNREACH) or its queue is full (EAGAIN).
 * Once it is accepted, the rest of the message is too. Return: 0 or -errno. */
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
                /* The key may have been removed from the allow-list while its connection stayed open. */
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

/* A pager that connects to one of two processes gets the alerts of that one only: report it. */
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

/* Return: the peer of the connection, added if it is new (*ret_new); NULL: it is not admitted (any more). */
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
        /* ROUTER may assign the routing id of an ended connection to another one. */
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

                /* joined() sends, which frees the peer if it is gone. */
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
