/* SPDX-License-Identifier: MIT
 *
 * Origins: the source text and position of every value in the rule files, for `vigil explain`. The engine
 * does not use them. Values are kept as text, so a new kind of condition needs no change
 * here.
 *
 * Thread: any; nothing here is shared. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_ORIGINS_H
#define VIGIL_RULES_LANG_ORIGINS_H

#include <stddef.h>
#include <stdint.h>

#include "rules/eval/rule/rule_set.h"

/* A value as written in a file, for example "above", "120", configs/rules/30-vitals.yaml:8:14. */
struct lang_origin {
        char *key; /* "above", "applies_to.tags"; without a leading when. or set. */
        char *text;
        char *file;
        int line, column;
};

/* A rule or an override. */
struct lang_source {
        uint32_t rule_index;           /* in the rule set */
        uint8_t scope;                 /* of an override: enum rule_override_scope */
        char id[EVENT_ELDER_ID_BYTES]; /* of an override: the elder, the district, "" for the city */
        struct lang_origin here;       /* where it begins */
        struct lang_origin *values;
        size_t value_count;
        struct lang_origin reason, until; /* of an override; their text may be NULL */
};

struct lang_origins {
        struct lang_source *rules; /* by rule_index */
        size_t rule_count;
        struct lang_source *overrides; /* city, then districts, then elders; each in file order */
        size_t override_count;
};

/* Frees the contents; the caller owns @origins itself. */
void lang_origins_fini(struct lang_origins *origins);

/* Return: the value of @key, or NULL. */
const struct lang_origin *lang_origin_find(const struct lang_source *source, const char *key);

struct lang_reading;

/* For lang.c: collect the origins of all values. Return: 0, or -ENOMEM and *ret is empty. */
int lang_origins_collect(struct lang_origins *ret, const struct lang_reading *reading);

#endif
