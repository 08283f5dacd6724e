/* SPDX-License-Identifier: MIT
 *
 * In which language a verb speaks to the person at the terminal: Chinese or English.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_LANGUAGE_LANGUAGE_H
#define VIGIL_CLI_LANGUAGE_LANGUAGE_H

#include <stdbool.h>

#include "cli/command/cli.h"

/* By LC_ALL, LC_MESSAGES, LANG, the first that is set: English for en…, C and POSIX too; else Chinese. */
bool language_is_english(void);

/* "zh" or "en" of an option. Return: false, complained about. */
bool language_read(const struct cli *cli, const char *text, bool *ret_english);

#endif
