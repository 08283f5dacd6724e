/* SPDX-License-Identifier: MIT
 *
 * Everybody who can be paged in a test: what alerting would do (alerting/rehearsal/rehearsal.h), and people who answer as the test
 * says.
 *
 * Thread: one. Blocks: a zone's file is read the first time it is met.
 */
#ifndef VIGIL_CLI_RULE_TEST_RECIPIENTS_H
#define VIGIL_CLI_RULE_TEST_RECIPIENTS_H

#include <stdint.h>

#include "alerting/rehearsal/rehearsal.h"
#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"
#include "common/wire/alert.h"
#include "common/registry/registry.h"

struct recipients {
        struct rule_test_case *test;
        struct coverage *coverage;
        struct rehearsal *rehearsal;
};

/* @registry: as it stands while the test runs. Return: 0 or -errno; recipients_fini() in any case. */
int recipients_init(struct recipients *recipients, struct rule_test_case *test,
                    struct coverage *coverage, const struct registry *registry);
void recipients_fini(struct recipients *recipients);

/* A transition the rules found, as alerting reads it from vigil.alerts. Return: 0 or -errno, as those below. */
int recipients_take(struct recipients *recipients, const struct alert *alert, int64_t now_ms);
/* Do what is due now. */
int recipients_tick(struct recipients *recipients, int64_t now_ms);
/* INT64_MAX: nothing is. */
int64_t recipients_next_ms(const struct recipients *recipients);

/* What cannot be done becomes a failure of the test. */
int recipients_answer(struct recipients *recipients, const struct rule_test_answer *answer,
                      int64_t now_ms);
int recipients_reach(struct recipients *recipients, const struct rule_test_change *change,
                     int64_t now_ms);

#endif
