/* SPDX-License-Identifier: MIT
 *
 * The peer of an ingest session: an MQTT 5 broker on a loopback port that sends what the test tells it to send. One
 * connection at a time. Every call fails the test on an error.
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
        PEER_CLOSED = 0,   /* not a packet: ingest has closed the connection */
        PEER_NOTHING = -1, /* not a packet: nothing came in time */
        PEER_SUBACK_REFUSED = 0x87,
        PEER_SESSION_TAKEN_OVER = 0x8E,
};

struct peer {
        int listener;
        int port;
        int fd;
        unsigned char body[4096]; /* of the last packet read; the rest of a longer one is dropped */
        size_t body_bytes;
        bool mute; /* do not answer PINGREQ and UNSUBSCRIBE */
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);

/* Wait for a connection and its CONNECT, and answer with CONNACK. Closes the previous connection first. */
void peer_accept(struct peer *peer);
/* Does a client connect within @wait_ms? */
bool peer_is_called(struct peer *peer, int wait_ms);

/* The type of the next packet; PEER_CLOSED; PEER_NOTHING if @wait_ms pass without one. PINGREQ and UNSUBSCRIBE are
 * answered here and not returned. */
int peer_next(struct peer *peer, int wait_ms);
/* Skip packets until one of @type comes; fails the test after 20 s without a packet. */
void peer_wait(struct peer *peer, int type);

/* After PEER_SUBSCRIBE: answer with SUBACK, reason code 1 (QoS 1) for every filter and @last for the last one. */
void peer_grant(struct peer *peer, unsigned char last);
/* peer_accept(), then grant every filter of its SUBSCRIBE. */
void peer_serve(struct peer *peer);

/* PUBLISH with QoS 1; @number is its packet identifier. */
void peer_publish(struct peer *peer, unsigned number, const char *topic, const char *payload);
/* DISCONNECT with @reason, then close our side for writing. */
void peer_leave(struct peer *peer, unsigned char reason);
/* Close the connection without DISCONNECT. */
void peer_hang_up(struct peer *peer);

#endif
