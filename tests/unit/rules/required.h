/* SPDX-License-Identifier: MIT
 *
 * Tests of require() (common/base/require.h). The failing call runs in a child process, because it aborts.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_REQUIRED_H
#define VIGIL_TESTS_UNIT_RULES_REQUIRED_H

/* Run @act(@context) in a child process. Fails the test unless the child ends with SIGABRT and its standard error
 * contains @said. Blocks: until the child has ended. */
void assert_required(void (*act)(void *context), void *context, const char *said);

#endif
