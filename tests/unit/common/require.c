/* SPDX-License-Identifier: MIT */
#include "common/base/require.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "tests/unit/common/unit.h"

static char told[4096];

/* Run a child in which a require() fails, for partition 7 of 4. Stores its standard error in told. Return: its status,
 * as of waitpid(). */
static int end_of_child(bool has_log) {
        int ends[2], status;
        size_t used = 0;
        ssize_t got;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                const struct rlimit no_core = {0, 0};
                int partition = 7, count = 4;

                setrlimit(RLIMIT_CORE, &no_core);
                signal(SIGABRT, SIG_DFL);
                dup2(ends[1], STDERR_FILENO);
                if (has_log)
                        log_open("rules", false, LOG_INFO);
                require(partition < count, "partition %d of %d", partition, count);
                _exit(0);
        }
        close(ends[1]);
        while ((got = read(ends[0], told + used, sizeof(told) - 1 - used)) > 0)
                used += (size_t)got;
        told[used] = '\0';
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        return status;
}

static void test_what_does_not_hold_ends_the_program_with_its_ids(void **state) {
        int status = end_of_child(false);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_non_null(strstr(told, "tests/unit/common/require.c:"));
        assert_non_null(strstr(told, ": required: partition < count: partition 7 of 4\n"));
}

static void test_a_program_with_a_log_says_it_there(void **state) {
        int status = end_of_child(true);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_non_null(strstr(told, " level=error stage=rules id=V0001 "));
        assert_non_null(strstr(told, " required=\"partition < count\" ids=\"partition 7 of 4\" "));
        assert_non_null(strstr(told, " file=tests/unit/common/require.c line="));
}

static void test_what_holds_costs_no_evaluation_of_its_ids(void **state) {
        int evaluated = 0;

        require(evaluated == 0, "%d", ++evaluated);
        assert_int_equal(evaluated, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_does_not_hold_ends_the_program_with_its_ids),
                cmocka_unit_test(test_a_program_with_a_log_says_it_there),
                cmocka_unit_test(test_what_holds_costs_no_evaluation_of_its_ids),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
