/* SPDX-License-Identifier: MIT
 *
 * Origins: what the rule files say and where, kept beside the compiled rule set for `vigil explain`. The
 * engine never sees it. Values are the words of the files, so a new kind of condition needs nothing
 * here.
 *
 * Thread: any; nothing here is shared. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_ORIGINS_H
#define VIGIL_RULES_LANG_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/rule/rule_set.h"

/* One value as it stands in a file: "above", "120", configs/rules/30-vitals.yaml:8:14. */
struct lang_origin {
        char *key; /* "above", "applies_to.tags": without the when. or set. before it */
        char *text;
        char *file;
        int line, column;
};

/* A rule or an override. */
struct lang_source {
        uint32_t rule_index;           /* in the rule set */
        uint8_t scope;                 /* of an override: enum rule_override_scope */
        char id[EVENT_ELDER_ID_BYTES]; /* of an override: the elder, the district, "" for the city */
        struct lang_origin here;       /* where it begins; key and text are NULL */
        struct lang_origin *values;
        size_t value_count;
        struct lang_origin reason, until; /* of an override; their text may be NULL */
};

struct lang_origins {
        struct lang_source *rules; /* by rule_index */
        size_t rule_count;
        struct lang_source *overrides; /* as the files have them */
        size_t override_count;
};

/* Empties it; @origins itself is the caller's. */
void lang_origins_fini(struct lang_origins *origins);

/* The value called @key, or NULL. */
const struct lang_origin *lang_origin_find(const struct lang_source *source, const char *key);

struct lang_reading;

/* For lang.c. What the files say and where. Return: 0, or -ENOMEM and *ret is empty. */
int lang_origins_collect(struct lang_origins *ret, const struct lang_reading *reading);

#endif
