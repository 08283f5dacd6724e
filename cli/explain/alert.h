/* SPDX-License-Identifier: MIT
 *
 * What is recorded of an alert: what led to it and what became of it.
 *
 * Thread: main. Blocks: reads files; asks Kafka when told to.
 */
#ifndef VIGIL_CLI_EXPLAIN_ALERT_H
#define VIGIL_CLI_EXPLAIN_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/explain/world.h"
#include "common/wire/alert.h"

/* More of one alert than that are not shown. */
enum { EXPLAIN_TRANSITIONS_MAX = 64, EXPLAIN_LEDGER_MAX = 512 };

struct explain_ledger {
        char type[24];
        char recipient[REGISTRY_ID_BYTES];
        char role[24];
        char by[REGISTRY_ID_BYTES];
        char reason[48];
        int64_t time_ms;
        int step, attempt;
};

struct explain_alert {
        struct explain_world *world;
        const char *alert_id;
        struct alert *transitions; /* in the order they were told, each once */
        size_t transition_count;
        struct explain_ledger *ledger; /* in the order it was written */
        size_t ledger_count;
        bool ledger_read;
        const struct zone *zone;
        char loaded
                [ALERT_RULE_SET_BYTES]; /* of the rules there are now, or its begin; "": not known */
};

/* Did the rules there are now judge it? */
bool explain_same_rules(const struct explain_alert *explain);

enum cli_exit explain_alert_make(struct explain_alert *ret, struct explain_world *world,
                                 const char *alert_id);
void explain_alert_fini(struct explain_alert *explain);

#endif
