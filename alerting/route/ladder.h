/* SPDX-License-Identifier: MIT
 *
 * Ladder 升级策略: the ordered escalation steps of an alert, read from escalation.yaml.
 *
 *      ladders:
 *        - id: sos-now
 *          arrive_within: 20m
 *          steps:
 *            - { page: [family, nearest_team], skill: first_aid, answer_within: 45s }
 *            - { page: [desk], answer_within: 30s }
 *
 * A file is accepted whole or not at all. The last step of every ladder must name the desk and is repeated until
 * somebody answers, so no ladder ends without an answer. Diagnostics: L001 … L012.
 *
 * Thread: any; a set is constant once loaded. Blocks: ladders_load() reads the file.
 */
#ifndef VIGIL_ALERTING_ROUTE_LADDER_H
#define VIGIL_ALERTING_ROUTE_LADDER_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/files/diag.h"
#include "common/registry/registry.h"

enum {
        LADDER_STEPS_MAX = 16,
        LADDER_TARGETS_MAX = 5,
};

enum ladder_target {
        LADDER_TARGET_FAMILY,       /* every contact */
        LADDER_TARGET_FAMILY_FIRST, /* the first contact by order */
        LADDER_TARGET_NEAREST_TEAM, /* the best team on duty (route.h) */
        LADDER_TARGET_NEXT_TEAM,    /* the same among those not yet paged in this round */
        LADDER_TARGET_DESK,         /* the district's duty desk */
};

struct ladder_step {
        enum ladder_target targets[LADDER_TARGETS_MAX];
        size_t target_count;
        char skill[REGISTRY_ID_BYTES]; /* "" = any team */
        int64_t answer_within_ms;
};

struct ladder {
        char id[ALERT_LADDER_ID_BYTES];
        int64_t arrive_within_ms;
        struct ladder_step steps[LADDER_STEPS_MAX];
        size_t step_count; /* at least 1 */
};

struct ladders;

/* Return: 0, and the caller frees *ret; LADDERS_REFUSED when the diag holds errors; -errno. */
enum { LADDERS_REFUSED = 1 };
int ladders_load(struct ladders **ret, const char *path, struct diag *diag);
int ladders_parse(struct ladders **ret, const char *file, const char *text, size_t text_bytes,
                  struct diag *diag);
struct ladders *ladders_free(struct ladders *ladders);

/* The ladder of that id, or NULL. */
const struct ladder *ladders_find(const struct ladders *ladders, const char *id);

/* The same, but an unknown id gives the desk-only ladder: an alert whose ladder was misspelt or removed still pages
 * somebody. */
const struct ladder *ladders_get(const struct ladders *ladders, const char *id);

/* The desk of a district; never empty. */
const char *ladders_desk(const struct ladders *ladders, const char *district);
/* The desk of every district not named. */
const char *ladders_desk_default(const struct ladders *ladders);

size_t ladders_count(const struct ladders *ladders);
/* The i-th ladder, or NULL past the end. */
const struct ladder *ladders_at(const struct ladders *ladders, size_t index);

#endif
