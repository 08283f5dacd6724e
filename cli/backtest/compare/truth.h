/* SPDX-License-Identifier: MIT
 *
 * Truth: what people found when they looked, real or false, from a CSV file:
 *
 *      elder,time,verdict,rule
 *      E0017,2026-11-24T03:12:00+08:00,false,fall
 *      E0017,2026-11-25T19:40:00+08:00,real,
 *
 * Without a rule a row is about falls. A column alert_id, when it is there and not empty, names the very
 * alert (the ledger has it) and then elder and time may be empty.
 *
 * Mistakes are named with the codes of CSV files (cli/registry/registry_csv.h): G011, G012, G020, G028, G032,
 * and those of the reader.
 *
 * Thread: one. Blocks: reads the file.
 */
#ifndef VIGIL_CLI_BACKTEST_COMPARE_TRUTH_H
#define VIGIL_CLI_BACKTEST_COMPARE_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/backtest/engines/raised.h"
#include "common/wire/alert.h"
#include "common/files/diag.h"

struct truth {
        char elder_id[EVENT_ELDER_ID_BYTES];
        char rule_id[ALERT_RULE_ID_BYTES]; /* "": falls */
        char alert_id[ALERT_ID_BYTES];     /* "": by elder and time */
        int64_t time_ms;
        bool real;
};

struct truths {
        struct truth *all; /* by elder and time */
        uint32_t count, capacity;
        uint32_t *ids; /* those with an alert id, by it */
        uint32_t id_count;
};

/* Return: 0; TRUTH_REFUSED when the diag holds errors; -errno of reading with err_why(). */
enum { TRUTH_REFUSED = 1 };
int truth_load(const char *path, struct diag *diag, struct truths *ret);
void truth_fini(struct truths *truths);

/* What is known of an alert: the row of its id, else the nearest about the same elder and rule within
 * @window_ms of the event or of the alert. Return: index of the row, or -1. */
int64_t truth_find(const struct truths *truths, const struct raised *raised, const char *elder_id,
                   const char *rule_id, int64_t window_ms);

#endif
