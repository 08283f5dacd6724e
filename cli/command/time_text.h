/* SPDX-License-Identifier: MIT
 *
 * Parses dates and times in files and options.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_COMMAND_TIME_TEXT_H
#define VIGIL_CLI_COMMAND_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* @text: "2026-11-01" (midnight UTC), or RFC 3339 with seconds and an offset or Z: "2026-11-01T08:00:00+08:00"; a
 * space may replace the T. *ret_ms: Unix time in milliseconds. Return: false when @text has another form. */
bool time_text_parse(const char *text, int64_t *ret_ms);

#endif
