/* SPDX-License-Identifier: MIT
 *
 * Feed: everything that happens to alerts, for whoever watches (docs/wire/feed.md). An XPUB with numbered messages,
 * and a ROUTER that answers with a snapshot or with the messages somebody missed, so that a
 * reader who was away, or too slow, always converges.
 *
 * The last FEED_KEPT messages are kept for replay; a reader that is further behind takes a snapshot.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_FEED_FEED_H
#define VIGIL_ALERTING_FEED_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/zeromq/socket.h"

enum {
        FEED_KEPT = 4096,
        FEED_REPLAY_MAX = 1024, /* messages in one reply; the reader asks on */
        FEED_BEAT_MS = 1000,
        FEED_TOPIC_BYTES = 64,
};

struct feed;

/* Writes the states of everything open, comma-separated, into malloc'd @ret. Return: 0 or -ENOMEM. */
typedef int (*feed_snapshot)(void *context, char **ret, size_t *ret_bytes);

/* @epoch: unlike that of any other run, "<start ms>-<pid>". */
int feed_open(struct feed **ret, const struct socket_options *options, const char *feed_endpoint,
              const char *snapshot_endpoint, const char *epoch, feed_snapshot snapshot,
              void *context);
struct feed *feed_close(struct feed *feed);

void *feed_socket(const struct feed *feed);
void *feed_snapshot_socket(const struct feed *feed);

/* @change: a word of docs/wire/feed.md; @state: JSON. Return: 0 or -ENOMEM. */
int feed_publish(struct feed *feed, const char *district, int severity, const char *change,
                 const char *state, size_t state_bytes, int64_t now_time_ms);

/* Subscriptions come and go, requests are answered: up to @most of each. */
void feed_receive(struct feed *feed, int most);

/* The heartbeat, when due. */
void feed_tick(struct feed *feed, int64_t now_mono_ms, int64_t now_time_ms);

uint64_t feed_sequence(const struct feed *feed);

#endif
