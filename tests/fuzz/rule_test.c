/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: rule test files. Any bytes are either refused with at least one error, or become a test suite. The suite
 * is not run, because a few bytes can request a year of events.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/rule_test/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(bool holds, const char *what) {
        if (holds)
                return;
        fprintf(stderr, "rule_test: %s\n", what);
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
        static FILE *nowhere;
        struct rule_test_suite *suite = NULL;
        struct diag *diag = NULL;
        int r;

        if (!nowhere)
                nowhere = fopen("/dev/null", "w");
        if (diag_new(&diag) < 0)
                return 0;
        r = rule_test_suite_parse(&suite, "configs/rules/30-vitals.test.yaml", (const char *)data,
                                  bytes, diag);
        check(r == 0 || r == RULE_TEST_SUITE_REFUSED, "neither taken nor refused");
        check((r == 0) == (suite != NULL), "the answer and the suite disagree");
        check((r == 0) == (diag_errors(diag) == 0), "the answer and the complaints disagree");
        diag_print(diag, nowhere, true);
        rule_test_suite_free(suite);
        diag_free(diag);
        return 0;
}
