/* SPDX-License-Identifier: MIT
 *
 * Tests of require() (common/base/require.h). The failing call runs in a child process, because it aborts.
 */
#ifndef VIGIL_TESTS_UNIT_COMMON_DIES_H
#define VIGIL_TESTS_UNIT_COMMON_DIES_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error of the last child. */
static char dies_said[4096];

/* Run @call(@context) in a child process. Fails the test unless a require() in it fails and its log line contains
 * @words, for example the ids. Blocks: until the child has ended. */
static inline void dies_with(void (*call)(void *context), void *context, const char *words) {
        int ends[2], status;
        size_t used = 0;
        ssize_t got;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                const struct rlimit no_core = {0, 0};

                setrlimit(RLIMIT_CORE, &no_core);
                signal(SIGABRT, SIG_DFL);
                dup2(ends[1], STDERR_FILENO);
                call(context);
                _exit(0);
        }
        close(ends[1]);
        while ((got = read(ends[0], dies_said + used, sizeof(dies_said) - 1 - used)) > 0)
                used += (size_t)got;
        dies_said[used] = '\0';
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT ||
            !strstr(dies_said, ": required: ") || !strstr(dies_said, words))
                fail_msg("status %d, \"%s\" is not in: %s", status, words, dies_said);
}

#endif
