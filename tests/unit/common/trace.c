/* SPDX-License-Identifier: MIT
 *
 * The trace of a failed load names every level, from the origin of the error to the call that reports it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "common/files/conf.h"
#include "common/files/diag.h"

static char told[4096];

/* Store what err_report() writes in told. */
static void report(int r) {
        int ends[2], kept = dup(STDERR_FILENO);
        ssize_t got;

        assert_int_equal(pipe(ends), 0);
        dup2(ends[1], STDERR_FILENO);
        err_report("vigil-test", r);
        dup2(kept, STDERR_FILENO);
        close(kept);
        close(ends[1]);
        got = read(ends[0], told, sizeof(told) - 1);
        close(ends[0]);
        assert_true(got > 0);
        told[got] = '\0';
}

static void test_a_missing_configuration_is_traced_from_the_file_to_the_load(void **state) {
        struct conf *conf = NULL;
        struct diag *diag = NULL;
        const char *at;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(conf_load(&conf, "/nowhere/vigil.yaml", diag), -ENOENT);
        report(-ENOENT);
        at = strstr(told, " at file_read (common/files/yaml.c:");
        assert_non_null(at);
        at = strstr(at, " from yaml_load (common/files/yaml.c:");
        assert_non_null(at);
        at = strstr(at, " from conf_load (common/files/conf.c:");
        assert_non_null(at);
        diag_free(diag);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_missing_configuration_is_traced_from_the_file_to_the_load),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
