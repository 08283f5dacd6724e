/* SPDX-License-Identifier: MIT
 *
 * Server sockets: every one of alerting's is opened here, so that none is without CURVE, without a ZAP domain, or
 * without bounds.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_SOCKET_H
#define VIGIL_ALERTING_ZEROMQ_SOCKET_H

#include <zmq.h>

#include "alerting/zeromq/zap.h"

enum {
        SOCKET_SEND_HIGH_WATER = 1000, /* messages a peer; what is beyond stays in the state */
        SOCKET_RECEIVE_HIGH_WATER = 1000,
        SOCKET_MESSAGE_BYTES_MAX = 64 * 1024, /* from a peer; larger ends its connection */
};

/* What all server sockets share. */
struct socket_options {
        void *zmq;
        const struct zap *zap; /* not NULL: without it there is no socket */
        const char *server_secret;
        int instances; /* alerting processes of the site, for clients to know */
};

/* Return: 0 and the bound socket; -EINVAL without a struct zap; -errno with err_why(). */
int socket_open(void **ret, const struct socket_options *options, int type, const char *domain,
                const char *endpoint, int send_high_water);
void *socket_close(void *socket);

/* The frames of one message, at most @most; what is beyond is read and dropped. Call
 * socket_release() after. Return: how many it had, or 0 when there is no message. */
int socket_receive(void *socket, zmq_msg_t *frames, int most);
void socket_release(zmq_msg_t *frames, int count, int most);

#endif
