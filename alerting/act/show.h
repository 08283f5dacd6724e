/* SPDX-License-Identifier: MIT
 *
 * Show: what happens to alerts, on the feed (docs/wire/feed.md).
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_SHOW_H
#define VIGIL_ALERTING_ACT_SHOW_H

#include "alerting/act/alerting.h"

/* A bit per enum outcome_type of @outcome that the feed shows by itself. */
uint32_t show_changes(const struct outcome *outcome);
/* Shows @changes, in order, with @state as it was when they were decided. Return: 0 or -ENOMEM. */
int show_publish(struct alerting *alerting, const struct response *response, uint32_t changes,
                 const char *state, size_t state_bytes);

/* All that is open of @partition. It was another process's, or this one's before it was started: a reader that took its
 * snapshot earlier does not know that it is open. */
void show_open(struct alerting *alerting, int32_t partition);

/* A feed_snapshot; @context: the struct alerting. */
int show_snapshot(void *context, char **ret, size_t *ret_bytes);

#endif
