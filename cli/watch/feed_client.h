/* SPDX-License-Identifier: MIT
 *
 * Feed client: a subscriber of docs/wire/feed.md over ZeroMQ with CURVE; what it knows is a feed_book. It
 * subscribes to everything, since only who hears every number can tell a gap: choosing is the
 * caller's.
 *
 * A site with several alerting processes has as many feeds: a client each, and each alert on one of them.
 *
 * Driven as page_client is: feed_client_fds(), feed_client_turn().
 *
 * Thread: a client belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_CLI_WATCH_FEED_CLIENT_H
#define VIGIL_CLI_WATCH_FEED_CLIENT_H

#include <stdint.h>

#include "cli/keys/curve.h"
#include "cli/watch/feed_book.h"

enum { FEED_CLIENT_SILENCE_MS = 15000 /* connect anew after it */ };

struct feed_client;

struct feed_client_options {
        void *zmq;                   /* context, the caller's */
        const char *feed, *snapshot; /* endpoints */
        const struct curve_pair *keys;
        const char *server_public;
        feed_book_change change;
        void *context;
};

int feed_client_new(struct feed_client **ret, const struct feed_client_options *options,
                    int64_t now_mono_ms);
struct feed_client *feed_client_free(struct feed_client *client);
void feed_client_fds(const struct feed_client *client, int ret[2]);

/* Return: milliseconds until the next turn is due, or -errno. */
int feed_client_turn(struct feed_client *client, int64_t now_mono_ms);

/* How long nothing has been heard, beats included. */
int64_t feed_client_silent_ms(const struct feed_client *client, int64_t now_mono_ms);

/* Where it connects to. */
const char *feed_client_endpoint(const struct feed_client *client);

const struct feed_book *feed_client_book(const struct feed_client *client);

#endif
