/* SPDX-License-Identifier: MIT
 *
 * Log lines of the programs, on standard error: logfmt by default, JSON with --log-format json.
 * One call writes one line: ts, level, stage, id, msg, then the given pairs.
 *
 *      log_event(LOG_INFO, "V1204", "rule set loaded", "version", version, "rules", rules_text, NULL);
 *
 * @id is stable and has a row in docs/runbook.md. At info level or above never log a name, an
 * address, a reading or a phone number, only ids of events and alerts.
 *
 * Thread: any; a line is one write(2). Blocks: as long as that write(2).
 */
#ifndef VIGIL_COMMON_BASE_LOG_H
#define VIGIL_COMMON_BASE_LOG_H

#include <stdbool.h>

enum log_level {
        LOG_DEBUG,
        LOG_INFO,
        LOG_WARN,
        LOG_ERROR,
};

/* Thread: main(), before other threads start. @stage: "ingest", "rules", …; not copied, it must stay valid. Lines below
 * @least are dropped. From this call on, a failed require() is written as a log line. */
void log_open(const char *stage, bool json, enum log_level least);

/* @...: pairs of const char *key, const char *value, ended by NULL. Values are quoted as needed. Pairs that do not fit
 * into a line of 4 KiB are dropped, and the line ends with cut=true. */
void log_event(enum log_level level, const char *id, const char *msg, ...)
        __attribute__((sentinel));

/* A number as text, for the value of a pair. Valid until the eighth further call on the same thread. */
const char *log_number(long long number);

#endif
