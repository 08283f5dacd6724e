/* SPDX-License-Identifier: MIT
 *
 * What holds of a rule for one elder, and where each value comes from.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_EXPLAIN_RULE_H
#define VIGIL_CLI_EXPLAIN_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/rehearsal/first.h"
#include "alerting/route/ladder.h"
#include "cli/explain/world.h"
#include "common/registry/registry.h"
#include "rules/eval/engine.h"
#include "rules/eval/rule/day_slot.h"
#include "rules/lang/origins.h"

struct language;

enum { EXPLAIN_LAYERS_MAX = 2 + RULE_DISTRICT_DEPTH_MAX, EXPLAIN_SELECTORS_MAX = 8 };

/* One value that holds. */
struct explain_setting {
        const struct lang_origin *origin;
        const struct lang_source *layer;  /* the override it comes from; NULL: the rule */
        const struct lang_origin *former; /* what it replaces; NULL: nothing */
};

/* One question a rule asks of an elder. */
struct explain_selector {
        const struct lang_origin *origin;
        char has[256]; /* what the elder is */
        bool passes;
};

struct explain_rule {
        struct explain_world *world;
        const struct rule *rule;
        uint32_t index;
        const struct lang_source *source;

        const struct registry_elder *elder; /* NULL: for nobody in particular */
        struct elder_profile profile;
        const struct zone *zone;
        struct rule_calendar calendar;

        /* Overrides that hold, farthest first; then those that ended or give way. */
        const struct lang_source *layers[EXPLAIN_LAYERS_MAX];
        size_t layer_count;
        const struct lang_source *ended[EXPLAIN_LAYERS_MAX];
        size_t ended_count;
        bool contradictory; /* together they made no sense: the nearest alone holds */

        struct explain_setting *settings;
        size_t setting_count;
        struct rule_condition condition; /* all of it, as the engine judges */

        struct explain_selector selectors[EXPLAIN_SELECTORS_MAX];
        size_t selector_count;
        bool applies;

        const struct ladder *ladder; /* NULL: pages nobody, or no ladders are known */
        struct first_recipient first[FIRST_RECIPIENTS_MAX];
        size_t first_count;
};

/* Return: CLI_DONE and *ret (explain_rule_fini()), or what to exit with; complained about. */
enum cli_exit explain_rule_make(struct explain_rule *ret, struct explain_world *world,
                                const char *rule_id);
void explain_rule_fini(struct explain_rule *explain);

/* The slot of @slots in force now, or -1. */
int explain_slot_now(const struct explain_rule *explain, const struct day_slot *slots,
                     uint8_t count);

/* "city", "district gongshu", "elder E0042" into @ret[64]; the rule for NULL. */
const char *explain_whose(const struct lang_source *layer, const struct language *language,
                          char *ret);

#endif
