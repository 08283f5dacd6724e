/* SPDX-License-Identifier: MIT
 *
 * Everybody who can be paged in a test: the shipped book and ladders, and people who answer as the test says.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_RECIPIENTS_H
#define VIGIL_CLI_RULE_TEST_RECIPIENTS_H

#include <stdint.h>

#include "alerting/response/book.h"
#include "alerting/route/route.h"
#include "cli/rule_test/coverage.h"
#include "cli/rule_test/read/test_file.h"
#include "cli/rule_test/timeline/timeline.h"
#include "common/alert.h"
#include "common/registry.h"

enum { TEST_RECIPIENTS_MAX = 64 };

struct test_recipient {
        char id[REGISTRY_ID_BYTES];
        enum test_reach reach;
};

struct recipients {
        struct test_case *test;
        struct coverage *coverage;
        struct timeline *timeline;
        int64_t now_ms; /* of the call */
        int failed;     /* -ENOMEM met on the way; the first of them */
        struct book *book;
        struct zones *zones;
        struct view view;
        struct outcome *outcome, *sent;
        int64_t offset;
        uint32_t nonces;
        struct test_recipient all[TEST_RECIPIENTS_MAX]; /* who cannot be reached as usual */
        size_t count;
};

/* @registry: as it stands while the test runs. Return: 0 or -errno; recipients_fini() in any case. */
int recipients_init(struct recipients *recipients, struct test_case *test,
                    struct coverage *coverage, const struct registry *registry);
void recipients_fini(struct recipients *recipients);

/* A transition the rules found, as alerting reads it from vigil.alerts. */
void recipients_take(struct recipients *recipients, const struct alert *alert, int64_t now_ms);
/* Do what is due now. */
void recipients_tick(struct recipients *recipients, int64_t now_ms);
/* INT64_MAX: nothing is. */
int64_t recipients_next_ms(const struct recipients *recipients);

void recipients_answer(struct recipients *recipients, const struct test_answer *answer,
                       int64_t now_ms);
void recipients_reach(struct recipients *recipients, const struct test_change *change,
                      int64_t now_ms);

#endif
