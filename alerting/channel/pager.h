/* SPDX-License-Identifier: MIT
 *
 * Step 12 of 12: how one alert reaches every recipient at once.
 *
 * In: frames for a recipient. Out: the same frames at each of the recipient's endpoints, and their answers.
 * When things go wrong: an endpoint that is slow or gone costs nobody else anything; its frame was not sent, the
 * caller keeps it in its state and sends it again.
 *
 * A ROUTER with CURVE. Who a message is from is what ZAP says of its connection's key (gate.h), looked up
 * again with every message; a routing id only says where to answer. A peer that chose its own
 * routing id is refused: it could wait for another's to become free.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_CHANNEL_PAGER_H
#define VIGIL_ALERTING_CHANNEL_PAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/base/role.h"
#include "alerting/zeromq/socket.h"

enum {
        FANOUT_BEAT_MS = 5 * 1000,
        FANOUT_SILENT_MS = 15 * 1000, /* an endpoint that says nothing for so long is not there */
};

struct fanout;

struct fanout_handler {
        /* An endpoint of @id is new, or said hello. It is welcomed already. */
        void (*joined)(void *context, const char *id, enum role role);
        /* A message that is neither hello nor beat. The frames are valid during the call. */
        void (*said)(void *context, const char *id, enum role role, const void *type,
                     size_t type_bytes, const void *body, size_t body_bytes);
        /* It says hello and that it connects to fewer alerting processes than there are. */
        void (*partly)(void *context, const char *id, int instances);
        /* A beat that names the cards its endpoint shows. */
        void (*shows)(void *context, const char *id, const void *body, size_t body_bytes);
        void *context;
};

int fanout_open(struct fanout **ret, const struct socket_options *options, const char *endpoint,
                const struct fanout_handler *handler);
struct fanout *fanout_close(struct fanout *fanout);

/* For zmq_poll(). */
void *fanout_socket(const struct fanout *fanout);

/* Take up to @most messages. Return: how many there were. */
int fanout_receive(struct fanout *fanout, int64_t now_mono_ms, int most);

/* Return: how many endpoints of @id took the frame; 0: send it again later. */
int fanout_send(struct fanout *fanout, const char *id, const char *type, const char *body,
                size_t body_bytes);

/* Beats, and endpoints that fell silent. @now_time_ms is what a beat tells. */
void fanout_tick(struct fanout *fanout, int64_t now_mono_ms, int64_t now_time_ms);

bool fanout_is_connected(const struct fanout *fanout, const char *id);
/* The ids of @role that are connected, each once, at most @most. They are valid until the next call that is not
 * const. Return: how many. */
size_t fanout_connected(const struct fanout *fanout, enum role role, const char **ret, size_t most);

#endif
