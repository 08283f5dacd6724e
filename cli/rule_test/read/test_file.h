/* SPDX-License-Identifier: MIT
 *
 * A test file as it was read: the elder of each test, its inputs, its expectations and, after the run, its result.
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

/* "at: 60s" means the second that begins then, because deadlines are exact to a second (docs/engine.md). */
enum { RULE_TEST_SECOND_MS = 1000 };

/* --- what goes in ------------------------------------------------------------------------------- */

/* One item of events: a series of readings, made one by one as the clock advances. */
struct rule_test_source {
        const struct yaml_node *node;
        struct event event; /* all but times, value and sequence */
        double *values;     /* used in turn, repeatedly */
        size_t value_count;
        uint64_t count;     /* number of events */
        int64_t at_ms;      /* time of the first event */
        int64_t every_ms;   /* 0 for a single event */
        int64_t late_ms;    /* each arrives so long after its time */
        int64_t arrives_ms; /* all arrive together then; 0: not */
        bool unlisted;      /* of a device that is unregistered on purpose */
        int64_t clock_ms;   /* clock of the device: ahead if positive */
        int16_t *samples;   /* acceleration: count blocks of block x, y, z */
        size_t sample_rows;
        uint32_t block;
        uint64_t sent; /* during the run */
};

enum rule_test_change_type {
        RULE_TEST_RESTART, /* the engine is killed and restarted after down_ms */
        RULE_TEST_DEAF,    /* the MQTT broker is down for down_ms */
        RULE_TEST_RELOAD,  /* other rules are loaded */
        RULE_TEST_RECORD,  /* an elder or a device is added, changed or removed */
        RULE_TEST_PERSON,  /* the pager of a recipient disconnects or connects */
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
        RULE_TEST_EXPECT_OPEN,     /* exactly these alerts are open at that time */
        RULE_TEST_EXPECT_FOUND,    /* raised, late, cleared, cancelled, severity_changed */
        RULE_TEST_EXPECT_NONE,     /* no such alert is raised in the window */
        RULE_TEST_EXPECT_PAGED,    /* exactly these are paged in the window */
        RULE_TEST_EXPECT_PAGES,    /* this number of pages */
        RULE_TEST_EXPECT_RESPONSE, /* state of the response at that time */
        RULE_TEST_EXPECT_LEDGER,   /* the ledger has an entry of this type */
};

struct rule_test_expect {
        const struct yaml_node *node;
        enum rule_test_expect_type type;
        int64_t from_ms, to_ms; /* inclusive */
        bool is_moment;         /* given with at: */
        char elder[EVENT_ELDER_ID_BYTES];
        char (*names)[ALERT_RULE_ID_BYTES]; /* rules of open and none, recipients of paged */
        size_t name_count;
        bool any;                       /* none: any */
        char rule[ALERT_RULE_ID_BYTES]; /* "": any */
        enum alert_transition transition;
        bool late;
        int64_t late_at_least_ms;
        double value, limit;    /* NAN: not asked */
        enum severity severity; /* 0: not asked */
        int overridden;         /* -1: not asked */
        int drill;              /* -1: not asked */
        char device[EVENT_DEVICE_ID_BYTES];
        int count;                   /* -1: at least one */
        int step;                    /* of the ladder's file, from 1; 0: not asked */
        const char *state;           /* of rehearsal_states() */
        const char *ledger;          /* of rehearsal_ledger_words() */
        char who[REGISTRY_ID_BYTES]; /* holder, or recipient in the ledger; "": not asked */
        char reason[REHEARSAL_REASON_BYTES];
};

/* --- a test and its file ------------------------------------------------------------------------ */

enum rule_test_outcome {
        RULE_TEST_PASSED,
        RULE_TEST_FAILED,
        RULE_TEST_SKIPPED, /* a sample file is missing */
};

struct rule_test_case {
        const struct yaml_node *node;
        struct test_file *file;
        const char *name;
        /* Elder of events and expectations that name none. */
        char elder[EVENT_ELDER_ID_BYTES];
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

        char *skipped; /* why it is skipped, or NULL */

        /* After the run. */
        const struct language *language; /* language of failures */
        bool chosen;                     /* run, or skipped; not left out by --only */
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
        char *ladders_path; /* NULL: none found */
        struct rule_test_case *tests;
        size_t test_count;
};

/* Returned by the readers when the diag holds errors. */
enum { TEST_FILE_REFUSED = 1 };

void test_file_fini(struct test_file *file);

/* Record a failure of @test at @node. @format is English and is printed in the language of the test. */
void rule_test_fail(struct rule_test_case *test, const char *code, const struct yaml_node *node,
                    const char *help, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

#endif
