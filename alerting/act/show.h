/* SPDX-License-Identifier: MIT
 *
 * Show: publish changes of alerts on the feed (docs/wire/feed.md).
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_SHOW_H
#define VIGIL_ALERTING_ACT_SHOW_H

#include "alerting/act/alerting.h"

/* The entries of @outcome that the feed has a message for, a bit per enum outcome_type. */
uint32_t show_changes(const struct outcome *outcome);
/* Publish a message for each of @changes, in the order of enum outcome_type, with @state as it was when they were
 * decided. Return: 0 or -ENOMEM. */
int show_publish(struct alerting *alerting, const struct response *response, uint32_t changes,
                 const char *state, size_t state_bytes);

/* Publish all open alerts of @partition, which has just been read back: a reader that took its snapshot before does not
 * know them. */
void show_open(struct alerting *alerting, int32_t partition);

/* feed_snapshot of the feed; @context: the struct alerting. */
int show_snapshot(void *context, char **ret, size_t *ret_bytes);

#endif
