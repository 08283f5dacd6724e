/* SPDX-License-Identifier: MIT
 *
 * The recipients of a test: alerting's decisions (alerting/rehearsal/rehearsal.h) and the answers that the test
 * gives.
 *
 * Thread: one. Blocks: reads the file of a time zone on its first use.
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

/* @registry: may change during the test. The arguments must outlive @recipients. Return: 0 or -errno; call
 * recipients_fini() in any case. */
int recipients_init(struct recipients *recipients, struct rule_test_case *test,
                    struct coverage *coverage, const struct registry *registry);
void recipients_fini(struct recipients *recipients);

/* Process a transition, as alerting reads it from vigil.alerts. Return: 0 or -errno, as the calls below. */
int recipients_take(struct recipients *recipients, const struct alert *alert, int64_t now_ms);
/* Perform what is due at @now_ms. */
int recipients_tick(struct recipients *recipients, int64_t now_ms);
/* Time of the next action; INT64_MAX: none. */
int64_t recipients_next_ms(const struct recipients *recipients);

/* Apply an answer, or a change of a recipient's connection, of the test. If it is refused, the test fails. */
int recipients_answer(struct recipients *recipients, const struct rule_test_answer *answer,
                      int64_t now_ms);
int recipients_reach(struct recipients *recipients, const struct rule_test_change *change,
                     int64_t now_ms);

#endif
