/* SPDX-License-Identifier: MIT
 *
 * The other end of an ingest session: an MQTT 5 broker that says exactly what a test tells it to say.
 */
#ifndef VIGIL_TESTS_UNIT_INGEST_PEER_H
#define VIGIL_TESTS_UNIT_INGEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        PEER_CONNECT = 1,
        PEER_PUBLISH = 3,
        PEER_PUBACK = 4,
        PEER_SUBSCRIBE = 8,
        PEER_DISCONNECT = 14,
        PEER_CLOSED = 0, /* no packet: the other end is gone */
        PEER_NOTHING = -1,
        PEER_SUBACK_REFUSED = 0x87,
        PEER_SESSION_TAKEN_OVER = 0x8E,
};

struct peer {
        int listener;
        int port;
        int fd;
        unsigned char body[4096]; /* of the packet read last, cut there */
        size_t body_bytes;
        bool mute; /* answers no question of its own accord */
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* Wait for a connection and its CONNECT, and answer it. */
void peer_accept(struct peer *peer);
/* Is somebody connecting within @wait_ms? */
bool peer_is_called(struct peer *peer, int wait_ms);

/* The type of the next packet, PEER_CLOSED, or PEER_NOTHING after @wait_ms. Questions whether we live are answered. */
int peer_next(struct peer *peer, int wait_ms);
/* peer_next() until that type comes; fails the test when it does not. */
void peer_wait(struct peer *peer, int type);

/* After PEER_SUBSCRIBE: grant every filter with QoS 1, but the last one with @last. */
void peer_grant(struct peer *peer, unsigned char last);
/* peer_accept(), and its subscription granted. */
void peer_serve(struct peer *peer);

void peer_publish(struct peer *peer, unsigned number, const char *topic, const char *payload);
/* DISCONNECT with @reason, and our end is closed for writing. */
void peer_leave(struct peer *peer, unsigned char reason);
/* Without a word. */
void peer_hang_up(struct peer *peer);

#endif
