/* SPDX-License-Identifier: MIT
 *
 * Feed state: the `state` object of the feed and of snapshots (docs/wire/feed.md). It has no names and no addresses.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_FEED_FEED_STATE_H
#define VIGIL_ALERTING_FEED_FEED_STATE_H

#include <stddef.h>

struct response;

/* Return: 0 and malloc'd text that the caller frees, or -ENOMEM. */
int feed_state_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

#endif
