/* SPDX-License-Identifier: MIT
 *
 * The `state` object of the feed and of snapshots (docs/wire/feed.md). No name, no address.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_FEED_FEED_STATE_H
#define VIGIL_ALERTING_FEED_FEED_STATE_H

#include <stddef.h>

struct response;

/* malloc'd, the caller frees it. Return: 0 or -ENOMEM. */
int feed_state_encode(const struct response *response, char **ret_json, size_t *ret_bytes);

#endif
