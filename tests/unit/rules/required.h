/* SPDX-License-Identifier: MIT
 *
 * Tests of what must hold (common/base/require.h): in a child process, which ends.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_REQUIRED_H
#define VIGIL_TESTS_UNIT_RULES_REQUIRED_H

/* Fails unless @act ends the program with SIGABRT and a line that has @said in it. */
void assert_required(void (*act)(void *context), void *context, const char *said);

#endif
