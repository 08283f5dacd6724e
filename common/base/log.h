/* SPDX-License-Identifier: MIT
 *
 * Log lines of the programs: logfmt on a terminal, JSON with --log-format json, to standard error.
 * One call is one line: ts, level, stage, id, msg, then the pairs given.
 *
 *      log_event(LOG_INFO, "V1204", "rule set loaded", "version", version, "rules", rules_text, NULL);
 *
 * @id is stable and has a row in docs/runbook.md. Never a name, an address, a reading or a phone
 * number at info level or above: event and alert ids only.
 *
 * Thread: any; a line is one write(2). Blocks: as long as that write.
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

/* Called by main() before other threads start. @stage: "ingest", "rules", … kept, not copied. From then on a require() that
 * does not hold is a log line, too. */
void log_open(const char *stage, bool json, enum log_level least);

/* Pairs of const char *key, const char *value; NULL ends them. Values are quoted as needed. */
void log_event(enum log_level level, const char *id, const char *msg, ...)
        __attribute__((sentinel));

/* For pair values: text of a number, in one of a few per-thread buffers (valid for this call). */
const char *log_number(long long number);

#endif
