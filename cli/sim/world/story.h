/* SPDX-License-Identifier: MIT
 *
 * Stories: what happens in the simulated neighbourhood, and the pages it must cause. One file
 * (configs/stories.yaml) serves the demo, the flow tests and the kill tests:
 *
 *      version: 1
 *      overrides:                      # written to the demo's rules folder as real overrides, instead of
 *        - elder: E0003                # a simulated clock; stands_for is shown as its meaning
 *          rule: inactivity
 *          set: { longer_than: 15s }
 *          stands_for: { zh: …, en: … }
 *      stories:
 *        - id: fall-in-the-bathroom
 *          title: { zh: …, en: … }
 *          shows: the feature of which this is an example
 *          elder: E0002
 *          at: 2s                      # after the start
 *          steps:
 *            - { at: 0s, device: radar-0002, kind: fall, confidence: 0.92 }
 *          people:                     # what recipients do; others act by default
 *            - { who: family, do: ignore }
 *            - { who: team, nth: 1, do: decline, after: 1s }
 *          expect:
 *            - { rule: fall, page: [ family, team ], from: 0s, by: 24s }
 *            - { rule: sos, page: none }
 *
 * Thread: read once, then read-only. Blocks: story_load() reads the file.
 */
#ifndef VIGIL_CLI_SIM_WORLD_STORY_H
#define VIGIL_CLI_SIM_WORLD_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/recipient/book/page_book.h"
#include "cli/sim/world/neighbourhood.h"
#include "common/files/diag.h"
#include "common/wire/event_kind.h"

enum {
        STORY_ID_BYTES = 48,
        STORY_TEXT_BYTES = 160,
        STORY_STEPS_MAX = 24,
        STORY_PEOPLE_MAX = 12,
        STORY_EXPECT_MAX = 8,
        STORY_VALUES_MAX = 64,
        STORY_OVERRIDE_SET_BYTES = 160,
};

enum story_do {
        STORY_ACCEPT,
        STORY_DECLINE,
        STORY_IGNORE,
};

/* Roles of recipients, as bits. */
enum {
        STORY_FAMILY = 1,
        STORY_TEAM = 2,
        STORY_DESK = 4,
};

struct story_step {
        int64_t at_ms; /* after the start of the story */
        char device[EVENT_DEVICE_ID_BYTES];
        enum { STORY_STEP_EVENT, STORY_STEP_HUSH, STORY_STEP_RESUME } what;
        const struct event_kind_info *kind;
        double values[STORY_VALUES_MAX];
        int value_count;
        int64_t every_ms;  /* between values */
        double confidence; /* < 0: none */
        int64_t age_ms;    /* age of the event when it is sent */
        bool buffered, retained, drill;
};

struct story_person {
        int who; /* one bit */
        int nth; /* position among those of this role, from 1; 0: all */
        enum story_do what;
        int64_t after_ms;
};

struct story_expect {
        char rule[ALERT_RULE_ID_BYTES];
        int page;        /* roles that must all be paged; 0: nobody may be */
        int accepted_by; /* a role; 0: not asked */
        int64_t from_ms; /* after the start of the story: time of its cause */
        int64_t by_ms;
};

struct story {
        char id[STORY_ID_BYTES];
        char title_zh[STORY_TEXT_BYTES], title_en[STORY_TEXT_BYTES];
        char shows[STORY_TEXT_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        int elder; /* index in the neighbourhood */
        int64_t at_ms;
        struct story_step steps[STORY_STEPS_MAX];
        int step_count;
        struct story_person people[STORY_PEOPLE_MAX];
        int people_count;
        struct story_expect expect[STORY_EXPECT_MAX];
        int expect_count;
};

struct story_override {
        char elder_id[EVENT_ELDER_ID_BYTES];
        char rule[ALERT_RULE_ID_BYTES];
        char set[STORY_OVERRIDE_SET_BYTES]; /* YAML flow map, checked by the rule reader */
        char stands_for_zh[STORY_TEXT_BYTES], stands_for_en[STORY_TEXT_BYTES];
};

struct stories {
        struct story *rows;
        size_t count;
        struct story_override *overrides;
        size_t override_count;
};

/* Read stories from a file, or from text in memory. Return: 0 and *ret, freed with stories_free(); STORY_REFUSED
 * when @diag holds errors; -ENOMEM; -errno. */
enum { STORY_REFUSED = 1 };
int story_load(struct stories **ret, const char *path, const struct neighbourhood *hood,
               struct diag *diag);
int story_parse(struct stories **ret, const char *file, const char *text, size_t text_bytes,
                const struct neighbourhood *hood, struct diag *diag);
struct stories *stories_free(struct stories *stories);

/* Time after the start of the run by which all expectations of the story end. */
int64_t story_end_ms(const struct story *story);

/* Write the overrides to @dir/stories.yaml as a file of rule overrides that end 30 days after @now_time_ms. Return:
 * 0 or -errno. */
int story_write_overrides(const struct stories *stories, const char *dir, int64_t now_time_ms);

#endif
