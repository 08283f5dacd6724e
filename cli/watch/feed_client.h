/* SPDX-License-Identifier: MIT
 *
 * Feed client: a subscriber of docs/wire/feed.md over ZeroMQ with CURVE; its state is a feed_book. It subscribes to
 * all topics, because a gap shows only to a subscriber that receives every sequence number; filtering is left to
 * the caller.
 *
 * A site with several alerting processes has as many feeds: use one client for each. An alert is published on one
 * of them.
 *
 * Event loop as for page_client: feed_client_fds(), feed_client_turn().
 *
 * Thread: a client belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_CLI_WATCH_FEED_CLIENT_H
#define VIGIL_CLI_WATCH_FEED_CLIENT_H

#include <stdint.h>

#include "cli/keys/curve.h"
#include "cli/watch/feed_book.h"

enum { FEED_CLIENT_SILENCE_MS = 15000 /* reconnect after so long without a message */ };

struct feed_client;

struct feed_client_options {
        void *zmq;                   /* context, owned by the caller */
        const char *feed, *snapshot; /* endpoints */
        const struct curve_pair *keys;
        const char *server_public;
        feed_book_change change;
        void *context;
};

/* @options and what it points to need to last for this call only, except zmq and context. Return: 0, -ENOMEM, or
 * -errno of ZeroMQ with err_why(). */
int feed_client_new(struct feed_client **ret, const struct feed_client_options *options,
                    int64_t now_mono_ms);
struct feed_client *feed_client_free(struct feed_client *client);
/* Descriptors to poll for input, then call feed_client_turn(). */
void feed_client_fds(const struct feed_client *client, int ret[2]);

/* Read all input, send what is due. Return: milliseconds until the next call is due, or -errno. */
int feed_client_turn(struct feed_client *client, int64_t now_mono_ms);

/* Time since the last message, heartbeats included, or since feed_client_new(). */
int64_t feed_client_silent_ms(const struct feed_client *client, int64_t now_mono_ms);

/* Endpoint of the feed. */
const char *feed_client_endpoint(const struct feed_client *client);

const struct feed_book *feed_client_book(const struct feed_client *client);

#endif
