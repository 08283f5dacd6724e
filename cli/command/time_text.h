/* SPDX-License-Identifier: MIT
 *
 * Moments as people write them in files and options.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_COMMAND_TIME_TEXT_H
#define VIGIL_CLI_COMMAND_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-01" (midnight, UTC) or RFC 3339 with seconds and an offset: "2026-11-01T08:00:00+08:00".
 * Return: false when it is neither. */
bool time_text_parse(const char *text, int64_t *ret_ms);

#endif
