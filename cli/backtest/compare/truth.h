/* SPDX-License-Identifier: MIT
 *
 * Truth: verdicts of people on alerts, real or false, from a CSV file:
 *
 *      elder,time,verdict,rule
 *      E0017,2026-11-24T03:12:00+08:00,false,fall
 *      E0017,2026-11-25T19:40:00+08:00,real,
 *
 * A row without a rule is about falls. A column alert_id that is not empty names the alert itself (the ledger
 * contains the id); elder and time may then be empty.
 *
 * Errors have the codes of CSV files (cli/registry/registry_csv.h): G011, G012, G020, G024, G028, G032, G033, and
 * those of the CSV reader.
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
        char alert_id[ALERT_ID_BYTES];     /* "": match by elder and time */
        int64_t time_ms;
        bool real;
};

struct truths {
        struct truth *all; /* sorted by elder and time */
        uint32_t count, capacity;
        uint32_t *ids; /* rows with an alert id, sorted by it */
        uint32_t id_count;
};

/* Read @path. Return: 0 and *ret, freed with truth_fini(); TRUTH_REFUSED when @diag holds errors; -ENOMEM or -errno
 * of reading, with err_why(). */
enum { TRUTH_REFUSED = 1 };
int truth_load(const char *path, struct diag *diag, struct truths *ret);
void truth_fini(struct truths *truths);

/* Find the verdict on an alert: the row with its id, else the nearest row of the same elder and rule (or of falls)
 * within @window_ms of the event or of the alert. Return: index of the row, or -1. */
int64_t truth_find(const struct truths *truths, const struct raised *raised, const char *elder_id,
                   const char *rule_id, int64_t window_ms);

#endif
