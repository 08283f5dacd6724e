/* SPDX-License-Identifier: MIT
 *
 * One run of one test: the shipped engine, book and ladders around a clock that nothing but the test
 * moves. run.c moves it; recipients.c is everybody who can be paged.
 */
#ifndef VIGIL_CLI_RULE_TEST_RUN_H
#define VIGIL_CLI_RULE_TEST_RUN_H

#include "alerting/response/book.h"
#include "alerting/route/route.h"
#include "cli/rule_test/read/test_file.h"
#include "rules/eval/engine.h"

enum { TEST_RECIPIENTS_MAX = 64, TEST_BATCH = 64 };

struct test_recipient {
        char id[REGISTRY_ID_BYTES];
        enum test_reach reach;
};

/* What a killed engine had written down. */
struct test_saved {
        char elder_id[ELDER_ID_BYTES];
        void *blob;
        size_t bytes;
};

struct test_run {
        struct test_case *test;
        struct coverage *coverage;
        struct timeline *timeline;
        struct registry *registry;
        int64_t now_ms;
        int failed; /* -ENOMEM met in a callback */

        struct engine *engine; /* NULL: killed */
        const struct rule_set *rules;
        int64_t due_ms;                      /* the engine's next deadline, as of the last moment */
        int64_t up_ms;                       /* when a killed engine comes back */
        int64_t deaf_from_ms, deaf_until_ms; /* the broker is, or was, away: [from, until) */
        int64_t say_ms; /* when ingest says again whether it listens; 0: never in this test */
        struct test_saved *saved;
        size_t saved_count;
        uint64_t sequence;
        size_t change_at, answer_at;

        struct book *book;
        struct zones *zones;
        struct view view;
        struct outcome *outcome, *sent;
        int64_t offset;
        uint32_t nonces;
        struct test_recipient recipients[TEST_RECIPIENTS_MAX];
        size_t recipients_count;
};

/* --- recipients.c ----------------------------------------------------------------------------------- */

/* Return: 0 or -errno. */
int recipients_init(struct test_run *run);
void recipients_fini(struct test_run *run);

/* A transition the rules found, as alerting reads it from vigil.alerts. */
void recipients_take(struct test_run *run, const struct alert *alert);
/* Do what is due now. */
void recipients_tick(struct test_run *run);
/* INT64_MAX: nothing is. */
int64_t recipients_next_ms(const struct test_run *run);

void recipients_answer(struct test_run *run, const struct test_answer *answer);
void recipients_reach(struct test_run *run, const struct test_change *change);

#endif
