/* SPDX-License-Identifier: MIT */
#include "tests/unit/ingest/peer.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
        WAIT_MS = 20 * 1000, /* for a packet that must come; reached only by a test that fails */
        PINGREQ = 12,
        UNSUBSCRIBE = 10,
        FILTERS_MAX = 64,
};

void peer_open(struct peer *peer) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t bytes = sizeof(address);

        *peer = (struct peer){.fd = -1};
        peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(peer->listener, 4), 0);
        assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &bytes), 0);
        peer->port = ntohs(address.sin_port);
}

void peer_close(struct peer *peer) {
        if (peer->fd >= 0)
                close(peer->fd);
        close(peer->listener);
}

static bool readable(int fd, int wait_ms) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        return poll(&poll_fd, 1, wait_ms) > 0;
}

static void send_all(struct peer *peer, const void *bytes, size_t count) {
        const char *at = bytes;

        while (count > 0) {
                ssize_t sent = send(peer->fd, at, count, MSG_NOSIGNAL);

                assert_true(sent > 0);
                at += sent;
                count -= (size_t)sent;
        }
}

static bool read_byte(struct peer *peer, unsigned char *ret) {
        return readable(peer->fd, WAIT_MS) && read(peer->fd, ret, 1) == 1;
}

/* Return: the type of the packet, or PEER_CLOSED. */
static int read_packet(struct peer *peer) {
        unsigned char first, byte;
        size_t left = 0;
        unsigned shift = 0;

        if (!read_byte(peer, &first))
                return PEER_CLOSED;
        do {
                if (!read_byte(peer, &byte))
                        return PEER_CLOSED;
                left |= (size_t)(byte & 127) << shift;
                shift += 7;
        } while (byte & 128);
        for (peer->body_bytes = 0; left > 0; left--) {
                if (!read_byte(peer, &byte))
                        return PEER_CLOSED;
                if (peer->body_bytes < sizeof(peer->body))
                        peer->body[peer->body_bytes++] = byte;
        }
        return first >> 4;
}

int peer_next(struct peer *peer, int wait_ms) {
        while (readable(peer->fd, wait_ms)) {
                int type = read_packet(peer);
                const unsigned char unsuback[] = {0xB0, 4, peer->body[0], peer->body[1], 0, 0x11};
                const unsigned char pingresp[] = {0xD0, 0};

                if (type != UNSUBSCRIBE && type != PINGREQ)
                        return type;
                if (!peer->mute && type == UNSUBSCRIBE)
                        send_all(peer, unsuback, sizeof(unsuback));
                if (!peer->mute && type == PINGREQ)
                        send_all(peer, pingresp, sizeof(pingresp));
        }
        return PEER_NOTHING;
}

void peer_wait(struct peer *peer, int type) {
        int found;

        do {
                found = peer_next(peer, WAIT_MS);
                assert_int_not_equal(found, PEER_NOTHING);
                if (type != PEER_CLOSED)
                        assert_int_not_equal(found, PEER_CLOSED);
        } while (found != type);
}

bool peer_is_called(struct peer *peer, int wait_ms) {
        return readable(peer->listener, wait_ms);
}

void peer_accept(struct peer *peer) {
        static const unsigned char connack[] = {0x20, 3, 0, 0, 0};

        if (peer->fd >= 0)
                close(peer->fd);
        assert_true(peer_is_called(peer, WAIT_MS));
        peer->fd = accept(peer->listener, NULL, NULL);
        assert_true(peer->fd >= 0);
        peer_wait(peer, PEER_CONNECT);
        send_all(peer, connack, sizeof(connack));
}

void peer_grant(struct peer *peer, unsigned char last) {
        unsigned char answer[5 + FILTERS_MAX] = {0x90, 0, peer->body[0], peer->body[1], 0};
        unsigned char filters = 0;

        /* SUBSCRIBE (MQTT 5, 3.8): packet identifier, property length 0, then length, filter and options of each. */
        for (size_t at = 3; at + 2 < peer->body_bytes; filters++)
                at += 2 + ((size_t)peer->body[at] << 8 | peer->body[at + 1]) + 1;
        assert_in_range(filters, 1, FILTERS_MAX);
        memset(answer + 5, 1, filters);
        answer[4 + filters] = last;
        answer[1] = (unsigned char)(3 + filters);
        send_all(peer, answer, 5u + filters);
}

void peer_serve(struct peer *peer) {
        peer_accept(peer);
        peer_wait(peer, PEER_SUBSCRIBE);
        peer_grant(peer, 1);
}

void peer_publish(struct peer *peer, unsigned number, const char *topic, const char *payload) {
        size_t topic_bytes = strlen(topic), payload_bytes = strlen(payload);
        size_t left = 2 + topic_bytes + 2 + 1 + payload_bytes;
        unsigned char *packet = malloc(left + 8);
        size_t at = 0;

        packet[at++] = 0x32;
        for (size_t rest = left; rest > 0; rest >>= 7)
                packet[at++] = (unsigned char)((rest & 127) | (rest > 127 ? 128 : 0));
        packet[at++] = (unsigned char)(topic_bytes >> 8);
        packet[at++] = (unsigned char)topic_bytes;
        memcpy(packet + at, topic, topic_bytes);
        at += topic_bytes;
        packet[at++] = (unsigned char)(number >> 8);
        packet[at++] = (unsigned char)number;
        packet[at++] = 0;
        memcpy(packet + at, payload, payload_bytes);
        send_all(peer, packet, at + payload_bytes);
        free(packet);
}

void peer_leave(struct peer *peer, unsigned char reason) {
        const unsigned char disconnect[] = {0xE0, 2, reason, 0};

        send_all(peer, disconnect, sizeof(disconnect));
        shutdown(peer->fd, SHUT_WR);
}

void peer_hang_up(struct peer *peer) {
        close(peer->fd);
        peer->fd = -1;
}
