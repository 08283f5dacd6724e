/* SPDX-License-Identifier: MIT
 *
 * The values of a rule that apply to one elder, and where each comes from.
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

/* One value in force. */
struct explain_setting {
        const struct lang_origin *origin;
        const struct lang_source *layer;  /* override that sets it; NULL: the rule */
        const struct lang_origin *former; /* value that it replaces; NULL: none */
};

/* One selector of the rule, compared with the elder. */
struct explain_selector {
        const struct lang_origin *origin;
        char has[256]; /* the elder's value */
        bool passes;
};

struct explain_rule {
        struct explain_world *world;
        const struct rule *rule;
        uint32_t index;
        const struct lang_source *source;

        const struct registry_elder *elder; /* NULL: no elder was named */
        struct elder_profile profile;
        const struct zone *zone;
        struct rule_calendar calendar;

        /* layers: overrides in force, from city to elder. ended: overrides that have ended. */
        const struct lang_source *layers[EXPLAIN_LAYERS_MAX];
        size_t layer_count;
        const struct lang_source *ended[EXPLAIN_LAYERS_MAX];
        size_t ended_count;
        bool contradictory; /* the overrides contradict each other: only the nearest applies */

        struct explain_setting *settings;
        size_t setting_count;
        struct rule_condition condition; /* with all layers applied, as the engine evaluates it */

        struct explain_selector selectors[EXPLAIN_SELECTORS_MAX];
        size_t selector_count;
        bool applies;

        const struct ladder *ladder; /* NULL: pages nobody, or no ladders loaded */
        struct first_recipient first[FIRST_RECIPIENTS_MAX];
        size_t first_count;
};

/* Explain @rule_id for the elder of the options, if any. Errors are reported. Return: CLI_DONE, or the exit code.
 * Call explain_rule_fini() in either case. */
enum cli_exit explain_rule_make(struct explain_rule *ret, struct explain_world *world,
                                const char *rule_id);
void explain_rule_fini(struct explain_rule *explain);

/* Index of the slot in force at the time of the options; -1: none. */
int explain_slot_now(const struct explain_rule *explain, const struct day_slot *slots,
                     uint8_t count);

/* Write "city", "district gongshu" or "elder E0042" to @ret[64]; "rule" when @layer is NULL. Return: @ret. */
const char *explain_whose(const struct lang_source *layer, const struct language *language,
                          char *ret);

#endif
