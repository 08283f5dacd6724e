/* SPDX-License-Identifier: MIT
 *
 * Feed: every change of an alert, published to readers (docs/wire/feed.md). An XPUB sends numbered messages; a ROUTER
 * answers requests for a snapshot or for missed messages, so that a reader that was disconnected or too slow catches
 * up.
 *
 * The last FEED_KEPT messages are kept for replay; a reader that is further behind requests a snapshot.
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
        FEED_REPLAY_MAX = 1024, /* messages in one reply; the reader requests the next ones */
        FEED_BEAT_MS = 1000,
        FEED_TOPIC_BYTES = 64,
};

struct feed;

/* Write the states of all open alerts, comma-separated, into malloc'd *ret (NULL: none), which the feed frees.
 * Return: 0 or -ENOMEM. */
typedef int (*feed_snapshot)(void *context, char **ret, size_t *ret_bytes);

/* @epoch: different for every run, "<start ms>-<pid>". Return: 0; -errno with err_why(). */
int feed_open(struct feed **ret, const struct socket_options *options, const char *feed_endpoint,
              const char *snapshot_endpoint, const char *epoch, feed_snapshot snapshot,
              void *context);
struct feed *feed_close(struct feed *feed);

void *feed_socket(const struct feed *feed);
void *feed_snapshot_socket(const struct feed *feed);

/* Publish a message. @change: a word of docs/wire/feed.md; @state: JSON, copied. Return: 0 or -ENOMEM. */
int feed_publish(struct feed *feed, const char *district, int severity, const char *change,
                 const char *state, size_t state_bytes, int64_t now_time_ms);

/* Handle up to @most changes of subscriptions and up to @most requests. */
void feed_receive(struct feed *feed, int most);

/* Send the heartbeat when it is due. */
void feed_tick(struct feed *feed, int64_t now_mono_ms, int64_t now_time_ms);

/* The sequence number of the latest message; 0: none yet. */
uint64_t feed_sequence(const struct feed *feed);

#endif
