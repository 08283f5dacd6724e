/* SPDX-License-Identifier: MIT
 *
 * A test file as it was read: whom a test is about, what goes in, what is expected, and, after the run, what came
 * of it.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_TEST_FILE_H
#define VIGIL_CLI_RULE_TEST_READ_TEST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/rehearsal/rehearsal.h"
#include "alerting/route/ladder.h"
#include "cli/rule_test/timeline/timeline.h"
#include "common/wire/alert.h"
#include "common/files/diag.h"
#include "common/registry/registry.h"
#include "common/files/yaml.h"
#include "common/base/zone.h"
#include "rules/eval/rule/rule_set.h"

struct language;

/* "At 60 s" is the second that begins then: deadlines are kept to within one (docs/engine.md). */
enum { RULE_TEST_SECOND_MS = 1000 };

/* --- what goes in ------------------------------------------------------------------------------- */

/* One item of events: a row of readings, made one by one while the clock runs. */
struct rule_test_source {
        const struct yaml_node *node;
        struct event event; /* all but times, value and sequence */
        double *values;     /* one after the other, over and over */
        size_t value_count;
        uint64_t count;     /* events in all */
        int64_t at_ms;      /* when the first one happens */
        int64_t every_ms;   /* 0 when there is one */
        int64_t late_ms;    /* each reaches us that long after it happened */
        int64_t arrives_ms; /* all reach us together then; 0: not so */
        bool unlisted;      /* said by a device that the registry does not know, and meant so */
        int64_t clock_ms;   /* the device's clock is ahead by that, behind when negative */
        int16_t *samples;   /* acceleration: @count blocks of @block x, y, z */
        size_t sample_rows;
        uint32_t block;
        uint64_t sent; /* while running */
};

enum rule_test_change_type {
        RULE_TEST_RESTART, /* the engine is killed and comes back after @down_ms */
        RULE_TEST_DEAF,    /* the MQTT broker is away for @down_ms */
        RULE_TEST_RELOAD,  /* other rules are taken up */
        RULE_TEST_RECORD,  /* an elder or a device is added, changed or taken away */
        RULE_TEST_PERSON,  /* somebody's pager goes away or comes back */
};

struct rule_test_change {
        const struct yaml_node *node;
        enum rule_test_change_type type;
        int64_t at_ms;
        int64_t down_ms;
        struct rule_set *rules; /* RULE_TEST_RELOAD */
        enum registry_type record_type;
        bool removed;
        char id[EVENT_DEVICE_ID_BYTES];
        union {
                struct registry_elder elder;
                struct registry_device device;
        };
        enum rehearsal_reach reach;
};

struct rule_test_answer {
        const struct yaml_node *node;
        int64_t at_ms;
        char who[REGISTRY_ID_BYTES];
        const char *answer; /* of rehearsal_answers() */
        char rule[ALERT_RULE_ID_BYTES];
        char reason[REHEARSAL_REASON_BYTES];
};

/* --- what is expected --------------------------------------------------------------------------- */

enum rule_test_expect_type {
        RULE_TEST_EXPECT_OPEN,     /* exactly these alerts are open then */
        RULE_TEST_EXPECT_FOUND,    /* raised, late, cleared, cancelled, severity_changed */
        RULE_TEST_EXPECT_NONE,     /* no such alert is raised in the window */
        RULE_TEST_EXPECT_PAGED,    /* exactly these are paged in the window */
        RULE_TEST_EXPECT_PAGES,    /* so many pages */
        RULE_TEST_EXPECT_RESPONSE, /* how far people have come then */
        RULE_TEST_EXPECT_LEDGER,   /* that word is in the ledger */
};

struct rule_test_expect {
        const struct yaml_node *node;
        enum rule_test_expect_type type;
        int64_t from_ms, to_ms; /* inclusive */
        bool is_moment;         /* said with at: */
        char elder[EVENT_ELDER_ID_BYTES];
        char (*names)[ALERT_RULE_ID_BYTES]; /* rules of open and none, recipients of paged */
        size_t name_count;
        bool any;                       /* none: any */
        char rule[ALERT_RULE_ID_BYTES]; /* "": whichever */
        enum alert_transition transition;
        bool late;
        int64_t late_at_least_ms;
        double value, limit;    /* NAN: not asked */
        enum severity severity; /* 0: not asked */
        int overridden;         /* -1: not asked */
        int drill;              /* -1: not asked */
        char device[EVENT_DEVICE_ID_BYTES];
        int count;          /* -1: at least one */
        int step;           /* of the ladder as its file lists them, from 1; 0: not asked */
        const char *state;  /* of rehearsal_states() */
        const char *ledger; /* of rehearsal_ledger_words() */
        char who[REGISTRY_ID_BYTES]; /* holder, or whom the ledger names; "": not asked */
        char reason[REHEARSAL_REASON_BYTES];
};

/* --- a test and its file ------------------------------------------------------------------------ */

enum rule_test_outcome {
        RULE_TEST_PASSED,
        RULE_TEST_FAILED,
        RULE_TEST_SKIPPED, /* a sample file is not there */
};

struct rule_test_case {
        const struct yaml_node *node;
        struct test_file *file;
        const char *name;
        char elder
                [EVENT_ELDER_ID_BYTES]; /* whom events and expectations are about unless they say */
        int64_t start_ms, end_ms;
        struct registry *registry; /* at the start */

        struct rule_test_source *sources;
        size_t source_count;
        struct rule_test_change *changes;
        size_t change_count;
        struct rule_test_answer *answers;
        size_t answer_count;
        struct rule_test_expect *expects;
        size_t expect_count;

        char *skipped; /* why it cannot be run here, or NULL */

        /* After the run. */
        const struct language *language; /* what failures are told in */
        bool chosen;                     /* it was run, or would have been */
        enum rule_test_outcome outcome;
        struct diag *failures; /* NULL: none */
        struct timeline *timeline;
        uint64_t events;
        int64_t took_us;
};

struct test_file {
        char *path;
        char *text;
        size_t text_bytes;
        struct yaml_doc *doc;
        char *time_zone;
        struct zone *zone;
        struct rule_set *rules;
        char **rule_paths; /* every rule file read, NULL-terminated */
        struct ladders *ladders;
        char *ladders_path; /* NULL: none was found */
        struct rule_test_case *tests;
        size_t test_count;
};

/* What reading a file answers when the diag holds errors. */
enum { TEST_FILE_REFUSED = 1 };

void test_file_fini(struct test_file *file);

/* A failure of @test at @node. */
void rule_test_fail(struct rule_test_case *test, const char *code, const struct yaml_node *node,
                    const char *help, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

#endif
