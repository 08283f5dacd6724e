/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/descriptors.h"
#include "tests/unit/common/unit.h"

static void test_a_soft_limit_is_raised_to_the_hard_one(void **state) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        limit.rlim_max = limit.rlim_max < 2000 ? limit.rlim_max : 2000;
        limit.rlim_cur = 64;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_true(fcntl(STDERR_FILENO, F_DUPFD, 100) < 0);

        assert_int_equal(descriptors_raise(), limit.rlim_max);

        int fd = fcntl(STDERR_FILENO, F_DUPFD, 100);

        assert_true(fd >= 100);
        close(fd);
        assert_int_equal(descriptors_raise(), limit.rlim_max);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_soft_limit_is_raised_to_the_hard_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
