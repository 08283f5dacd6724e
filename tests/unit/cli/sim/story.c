/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/sim/world/story.h"

static struct neighbourhood *hood;

static int make_hood(void **state) {
        const struct neighbourhood_options options = {NEIGHBOURHOOD_SEED, 20, 6};

        return neighbourhood_new(&hood, &options);
}

static int free_hood(void **state) {
        neighbourhood_free(hood);
        return 0;
}

/* A valid file; parse() replaces one line of it. */
static const char good[] = "version: 1\n"                                               /*  1 */
                           "stories:\n"                                                 /*  2 */
                           "  - id: fall\n"                                             /*  3 */
                           "    title: { zh: 跌倒, en: Fall }\n"                        /*  4 */
                           "    shows: a requirement\n"                                 /*  5 */
                           "    elder: E0002\n"                                         /*  6 */
                           "    at: 2s\n"                                               /*  7 */
                           "    steps:\n"                                               /*  8 */
                           "      - { at: 0s, device: radar-0002, kind: fall }\n"       /*  9 */
                           "    people:\n"                                              /* 10 */
                           "      - { who: team, nth: 1, do: decline, after: 1s }\n"    /* 11 */
                           "    expect:\n"                                              /* 12 */
                           "      - { rule: fall, page: [ family, team ], by: 25s }\n"; /* 13 */

static int parse(const char *from, const char *to, struct stories **ret, struct diag **ret_diag) {
        char text[2048];
        const char *at = from ? strstr(good, from) : good;

        assert_non_null(at);
        if (from)
                snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to,
                         at + strlen(from));
        else
                snprintf(text, sizeof(text), "%s", good);
        assert_int_equal(diag_new(ret_diag), 0);
        return story_parse(ret, "stories.yaml", text, strlen(text), hood, *ret_diag);
}

static void test_a_story_is_read_as_it_is_written(void **state) {
        struct stories *stories;
        struct diag *diag;

        assert_int_equal(parse(NULL, NULL, &stories, &diag), 0);
        assert_int_equal(stories->count, 1);
        assert_string_equal(stories->rows[0].title_zh, "跌倒");
        assert_int_equal(stories->rows[0].at_ms, 2000);
        assert_int_equal(stories->rows[0].elder, 1);
        assert_int_equal(stories->rows[0].step_count, 1);
        assert_int_equal(stories->rows[0].steps[0].kind->kind, KIND_FALL);
        assert_int_equal(stories->rows[0].steps[0].value_count, 1);
        assert_true(stories->rows[0].steps[0].values[0] == 1);
        assert_int_equal(stories->rows[0].people[0].who, STORY_TEAM);
        assert_int_equal(stories->rows[0].people[0].what, STORY_DECLINE);
        assert_int_equal(stories->rows[0].expect[0].page, STORY_FAMILY | STORY_TEAM);
        assert_int_equal(story_end_ms(&stories->rows[0]), 27000);
        stories_free(stories);
        diag_free(diag);
}

static void test_each_mistake_is_named_where_it_is(void **state) {
        static const struct {
                const char *from, *to, *code;
                int line, column;
        } mistakes[] = {
                {"version: 1", "version: 2", "S005", 1, 10},
                {"elder: E0002", "elder: E0999", "S002", 6, 12},
                {"at: 2s", "at: 2sec", "S011", 7, 9},
                {"device: radar-0002", "device: radar-0001", "S020", 9, 27},
                {"kind: fall", "kind: fal", "S021", 9, 45},
                {"who: team", "who: neighbour", "S013", 11, 16},
                {"do: decline", "do: faint", "S032", 11, 34},
                {"nth: 1", "nth: 0", "S031", 11, 27},
                {"page: [ family, team ]", "page: []", "S013", 13, 29},
                {"by: 25s", "by: 0s", "S041", 13, 51},
                {"shows: a requirement", "shoes: a requirement", "S001", 5, 5},
                {"kind: fall }", "kind: heart_rate, values: [ 900 ] }", "S022", 9, 67},
                {"page: [ family, team ]", "page: { family: 1 }", "S013", 13, 29},
        };

        for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
                struct stories *stories = NULL;
                struct diag *diag;
                struct diag_item item;
                bool found = false;

                assert_int_equal(parse(mistakes[i].from, mistakes[i].to, &stories, &diag),
                                 STORY_REFUSED);
                for (size_t n = 0; diag_at(diag, n, &item); n++) {
                        if (strcmp(item.code, mistakes[i].code) != 0)
                                continue;
                        found = true;
                        if (item.mark.line != mistakes[i].line ||
                            item.mark.column != mistakes[i].column)
                                fail_msg("%s at %d:%d, not %d:%d (%s)", item.code, item.mark.line,
                                         item.mark.column, mistakes[i].line, mistakes[i].column,
                                         item.message);
                }
                if (!found) {
                        diag_print(diag, stderr, false);
                        fail_msg("no %s for \"%s\"", mistakes[i].code, mistakes[i].to);
                }
                assert_null(stories);
                diag_free(diag);
        }
}

static void test_all_mistakes_are_named_in_one_run(void **state) {
        static const char text[] =
                "version: 1\nstories:\n"
                "  - { id: a, title: { zh: 一, en: a }, shows: x, elder: E0002, at: 1x,\n"
                "      steps: [ { at: 0s, device: oven-2, kind: fal } ], expect: [] }\n";
        struct stories *stories = NULL;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(story_parse(&stories, "s.yaml", text, strlen(text), hood, diag),
                         STORY_REFUSED);
        assert_int_equal(diag_errors(diag), 3);
        diag_free(diag);
}

static void test_two_stories_of_one_id_are_refused(void **state) {
        struct stories *stories = NULL;
        struct diag *diag;
        char text[4096];

        snprintf(text, sizeof(text), "%s%s", good, strstr(good, "  - id:"));
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(story_parse(&stories, "s.yaml", text, strlen(text), hood, diag),
                         STORY_REFUSED);
        diag_free(diag);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_story_is_read_as_it_is_written),
                cmocka_unit_test(test_each_mistake_is_named_where_it_is),
                cmocka_unit_test(test_all_mistakes_are_named_in_one_run),
                cmocka_unit_test(test_two_stories_of_one_id_are_refused),
        };

        return cmocka_run_group_tests(tests, make_hood, free_hood);
}
