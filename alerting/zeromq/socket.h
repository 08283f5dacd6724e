/* SPDX-License-Identifier: MIT
 *
 * Server sockets: every socket that alerting binds is opened here, so that each has CURVE, a ZAP domain, and limits of
 * queue and message size.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_SOCKET_H
#define VIGIL_ALERTING_ZEROMQ_SOCKET_H

#include <zmq.h>

#include "alerting/zeromq/zap.h"

enum {
        SOCKET_SEND_HIGH_WATER = 1000, /* queued for a peer; ROUTER refuses more (EAGAIN) */
        SOCKET_RECEIVE_HIGH_WATER = 1000,
        SOCKET_MESSAGE_BYTES_MAX = 64 * 1024, /* from a peer; more ends its connection */
};

/* What all server sockets share. */
struct socket_options {
        void *zmq;
        const struct zap *zap; /* NULL: socket_open() fails */
        const char *server_secret;
        int instances; /* alerting processes of the site, told to clients */
};

/* Open and bind a socket. @type: ZMQ_ROUTER …; @domain: ALLOW_PAGES or ALLOW_FEED; @send_high_water: messages queued
 * for a peer. Return: 0, and the caller closes *ret with socket_close(); -EINVAL without options->zap; -errno with
 * err_why(). */
int socket_open(void **ret, const struct socket_options *options, int type, const char *domain,
                const char *endpoint, int send_high_water);
/* Takes NULL. Return: NULL. */
void *socket_close(void *socket);

/* Receive one message into @frames[@most]; further frames of it are dropped. Call socket_release() next. Return: how
 * many frames the message had, maybe more than @most; 0: there is no message. */
int socket_receive(void *socket, zmq_msg_t *frames, int most);
void socket_release(zmq_msg_t *frames, int count, int most);

#endif
