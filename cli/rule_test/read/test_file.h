/* SPDX-License-Identifier: MIT
 *
 * What the files of cli/rule_test share; everybody else includes cli/rule_test/suite.h.
 *
 *      suite.c          all of it, in order
 *      read.c           a test file and its tests      local_time.c   moments in local time
 *      read_world.c     who lives there
 *      read_input.c     events, changes, answers       read_expect.c  what is expected
 *      run.c            the virtual clock              recipients.c   who is paged, and answers
 *      timeline.c       what happened                  judge.c        was it what was expected
 *      coverage_read.c  what there is to go through    coverage.c     what was
 *      print_*.c        for people and machines        say.c          words in both languages
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_TEST_FILE_H
#define VIGIL_CLI_RULE_TEST_READ_TEST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/response/answer.h"
#include "alerting/route/ladder.h"
#include "cli/rule_test/suite.h"
#include "cli/rule_test/timeline/timeline.h"
#include "common/alert.h"
#include "common/diag.h"
#include "common/registry.h"
#include "common/yaml.h"
#include "common/zone.h"
#include "rules/eval/set/rule_set.h"

#define TEST_ERROR(reading, code, node, help, ...)                                                 \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)

/* "At 60 s" is the second that begins then: deadlines are kept to within one (docs/engine.md). */
enum { TEST_SECOND_MS = 1000 };

/* --- what goes in ------------------------------------------------------------------------------- */

/* One item of events: a row of readings, made one by one while the clock runs. */
struct test_source {
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

enum test_change_type {
        TEST_RESTART, /* the engine is killed and comes back after @down_ms */
        TEST_DEAF,    /* the MQTT broker is away for @down_ms */
        TEST_RELOAD,  /* other rules are taken up */
        TEST_RECORD,  /* an elder or a device is added, changed or taken away */
        TEST_PERSON,  /* somebody's pager goes away or comes back */
};

/* How a recipient can be reached. */
enum test_reach {
        TEST_CONNECTED, /* and says at once that a page came */
        TEST_SILENT,    /* connected, and nothing comes back */
        TEST_AWAY,      /* not connected */
        TEST_NO_KEY,    /* has no pager at all */
        TEST_BUSY,      /* a team on another call, connected */
};

struct test_change {
        const struct yaml_node *node;
        enum test_change_type type;
        int64_t at_ms;
        int64_t down_ms;
        struct rule_set *rules; /* TEST_RELOAD */
        enum registry_type record_type;
        bool removed;
        char id[DEVICE_ID_BYTES];
        union {
                struct registry_elder elder;
                struct registry_device device;
        };
        enum test_reach reach;
};

struct test_answer {
        const struct yaml_node *node;
        int64_t at_ms;
        char who[REGISTRY_ID_BYTES];
        enum answer_type type;
        char rule[RULE_ID_BYTES];
        char reason[REASON_BYTES];
};

/* --- what is expected --------------------------------------------------------------------------- */

enum test_expect_type {
        EXPECT_OPEN,     /* exactly these alerts are open then */
        EXPECT_FOUND,    /* raised, late, cleared, cancelled, severity_changed */
        EXPECT_NONE,     /* no such alert is raised in the window */
        EXPECT_PAGED,    /* exactly these are paged in the window */
        EXPECT_PAGES,    /* so many pages */
        EXPECT_RESPONSE, /* how far people have come then */
        EXPECT_LEDGER,   /* that word is in the ledger */
};

struct test_expect {
        const struct yaml_node *node;
        enum test_expect_type type;
        int64_t from_ms, to_ms; /* inclusive */
        bool is_moment;         /* said with at: */
        char elder[ELDER_ID_BYTES];
        char (*names)[RULE_ID_BYTES]; /* rules of open and none, recipients of paged */
        size_t name_count;
        bool any;                 /* none: any */
        char rule[RULE_ID_BYTES]; /* "": whichever */
        enum alert_transition transition;
        bool late;
        int64_t late_at_least_ms;
        double value, limit;    /* NAN: not asked */
        enum severity severity; /* 0: not asked */
        int overridden;         /* -1: not asked */
        int drill;              /* -1: not asked */
        char device[DEVICE_ID_BYTES];
        int count; /* -1: at least one */
        int step;  /* of the ladder as its file lists them, from 1; 0: not asked */
        enum response_state state;
        enum ledger_type ledger;
        char who[REGISTRY_ID_BYTES]; /* holder, or whom the ledger names; "": not asked */
        char reason[REASON_BYTES];
};

/* --- a test and its file ------------------------------------------------------------------------ */

struct test_case {
        const struct yaml_node *node;
        struct test_file *file;
        const char *name;
        char elder[ELDER_ID_BYTES]; /* whom events and expectations are about unless they say */
        int64_t start_ms, end_ms;
        struct registry *registry; /* at the start */

        struct test_source *sources;
        size_t source_count;
        struct test_change *changes;
        size_t change_count;
        struct test_answer *answers;
        size_t answer_count;
        struct test_expect *expects;
        size_t expect_count;

        char *skipped; /* why it cannot be run here, or NULL */

        /* After the run. */
        bool english; /* what failures are told in */
        bool chosen;  /* it was run, or would have been */
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
        struct test_case *tests;
        size_t test_count;
};

struct rule_test_suite {
        struct test_file *files;
        size_t file_count;
        struct coverage *coverage;
        struct rule_test_totals totals;
};

struct coverage;

/* While one test is read. */
struct test_reading {
        struct test_file *file;
        struct test_case *test;
        struct diag *diag;
};

/* --- reading ------------------------------------------------------------------------------------ */

/* read.c */
int test_file_read(struct test_file *file, const char *path, struct diag *diag);
int test_file_parse(struct test_file *file, const char *path, const char *text, size_t text_bytes,
                    struct diag *diag);
void test_file_fini(struct test_file *file);

/* A moment in the test's local time, see local_time.h. Return: false after a complaint. */
bool test_moment_read(struct test_reading *reading, const struct yaml_node *node, int64_t *ret_ms);

/* Text shorter than @ret_bytes. Return: false after a complaint. */
bool test_text_read(struct test_reading *reading, const struct yaml_node *node, char *ret,
                    size_t ret_bytes);
/* The id of a rule of this file, or of a known elder. */
bool test_rule_read(struct test_reading *reading, const struct yaml_node *node, char *ret);
bool test_elder_read(struct test_reading *reading, const struct yaml_node *node, char *ret);
/* A contact, a team, or "desk" for the desk of the test's elder; REGISTRY_ID_BYTES. */
bool test_recipient_read(struct test_reading *reading, const struct yaml_node *node, char *ret);

/* The list at @key of @map, or NULL; complains when it is something else. */
const struct yaml_node *test_list_get(struct test_reading *reading, const struct yaml_node *map,
                                      const char *key);

/* @path beside the test file, malloc'd; NULL: no memory. */
char *test_path_beside(const struct test_file *file, const char *path);

/* read_world.c: the registry at the start of reading->test. Return: 0 or -ENOMEM. */
int test_world_read(struct test_reading *reading, const struct yaml_node *file_root,
                    const struct yaml_node *test);
/* The keys of @map put into @record; they are the columns of the registry's CSV files, lists of words
 * are lists. @others: keys that are somebody else's to read, NULL-terminated. */
void test_record_read(struct test_reading *reading, enum registry_type type,
                      const struct yaml_node *map, const char *const *others, void *record);

/* read_input.c, read_expect.c: items of their lists. Return: 0 or -ENOMEM. */
int test_events_read(struct test_reading *reading, const struct yaml_node *list);
int test_changes_read(struct test_reading *reading, const struct yaml_node *list);
int test_answers_read(struct test_reading *reading, const struct yaml_node *list);
int test_expects_read(struct test_reading *reading, const struct yaml_node *list);

/* --- running ------------------------------------------------------------------------------------ */

/* run.c: from the test's start to its end. What cannot be done on the way becomes a failure of the
 * test. Return: 0 or -ENOMEM. */
int test_run(struct test_case *test, struct coverage *coverage);

/* judge.c: every expectation against the timeline. */
void test_judge(struct test_case *test, struct coverage *coverage);

/* A failure of @test at @node. */
void test_fail(struct test_case *test, const char *code, const struct yaml_node *node,
               const char *help, const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
