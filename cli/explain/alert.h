/* SPDX-License-Identifier: MIT
 *
 * The records of one alert: the evidence that led to it, its transitions and its ledger.
 *
 * Thread: main. Blocks: reads files or Kafka, up to the timeout; one request to vigil-rules.
 */
#ifndef VIGIL_CLI_EXPLAIN_ALERT_H
#define VIGIL_CLI_EXPLAIN_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/explain/world.h"
#include "common/wire/alert.h"

/* Further records of one alert are ignored. */
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
        struct alert *transitions; /* in the order of the topic, without repetitions */
        size_t transition_count;
        struct explain_ledger *ledger; /* in the order of the topic */
        size_t ledger_count;
        bool ledger_read;
        const struct zone *zone;
        /* Version of the current rules, or its first digits; "": unknown. */
        char loaded[ALERT_RULE_SET_BYTES];
};

/* Whether the current rules are those that raised the alert. */
bool explain_same_rules(const struct explain_alert *explain);

/* Read everything recorded of @alert_id. Errors are reported. Return: CLI_DONE, or the exit code. Call
 * explain_alert_fini() in either case. */
enum cli_exit explain_alert_make(struct explain_alert *ret, struct explain_world *world,
                                 const char *alert_id);
void explain_alert_fini(struct explain_alert *explain);

#endif
