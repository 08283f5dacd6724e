/* SPDX-License-Identifier: MIT
 *
 * First: the recipients of the first step of a ladder, as alerting would choose them from the registry and the time.
 * Which pagers are connected and who is busy is known to the running program only; here everybody counts as reachable
 * and free.
 *
 * Thread: one at a time. Blocks: reads zone files.
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
 * Return: 0 and @ret[FIRST_RECIPIENTS_MAX]; -ENOMEM, or what zone_open() returns. */
int first_recipients(const struct registry *registry, const struct ladders *ladders,
                     const struct ladder *ladder, const char *time_zone,
                     const struct registry_elder *elder, int64_t now_ms,
                     struct first_recipient *ret, size_t *ret_count);

#endif
