/* SPDX-License-Identifier: MIT
 *
 * Shared by table and report: words in the reader's language, and the format of times and numbers.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_PRINT_WORDING_H
#define VIGIL_CLI_BACKTEST_PRINT_WORDING_H

#include <stddef.h>
#include <stdint.h>

#include "cli/backtest/compare/compare.h"

enum { WORDING_TIME_BYTES = 32, WORDING_NUMBER_BYTES = 32 };

/* Translate @english into the language of the reader. */
const char *wording_pick(const struct backtest *backtest, const char *english)
        __attribute__((format_arg(2)));

/* "2026-11-24 03:12" in the site's time. Return: @ret[WORDING_TIME_BYTES]. */
const char *wording_time(const struct backtest *backtest, int64_t time_ms, char *ret);

/* "+12 s", "-3 min", "+2 h 05 min". Return: @ret[WORDING_NUMBER_BYTES]. */
const char *wording_moved(const struct backtest *backtest, int64_t moved_ms, char *ret);

/* About three significant digits: "0.042", "3.5", "143". Return: @ret[WORDING_NUMBER_BYTES]. */
const char *wording_number(double number, char *ret);

/* A word for a change ("gained"), a word for a grade ("ok"), and the title of a rule, in the reader's language. */
const char *wording_change(const struct backtest *backtest, enum match_change_type type);
const char *wording_grade(const struct backtest *backtest, enum load_grade grade);
const char *wording_title(const struct backtest *backtest, const struct backtest_rule *rule);

#endif
