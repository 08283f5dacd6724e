/* SPDX-License-Identifier: MIT
 *
 * Who is paged first: the recipients of the first step of a ladder, by the shipped routes. The registry and the hour decide;
 * whose pager is connected and who is busy, only the running program knows, so everybody counts as reachable and free.
 *
 * Thread: one. Blocks: reads zone files.
 * Proof: tests/unit/alerting/rehearsal.c, tests/unit/cli/explain/explain.c
 */
#ifndef VIGIL_ALERTING_REHEARSAL_FIRST_H
#define VIGIL_ALERTING_REHEARSAL_FIRST_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/route/ladder.h"
#include "common/registry/registry.h"

enum { FIRST_RECIPIENTS_MAX = 24 };

struct first_recipient {
        const char *role; /* "family"; constant */
        char id[REGISTRY_ID_BYTES];
};

/* @ladder: one of @ladders. @time_zone: of the site. *ret_count may be 0: then alerting goes to the next step at once.
 * Return: 0 and @ret[FIRST_RECIPIENTS_MAX]; -ENOMEM, or what zone_open() says. */
int first_recipients(const struct registry *registry, const struct ladders *ladders,
                     const struct ladder *ladder, const char *time_zone,
                     const struct registry_elder *elder, int64_t now_ms,
                     struct first_recipient *ret, size_t *ret_count);

#endif
