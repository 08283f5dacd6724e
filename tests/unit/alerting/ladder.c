/* SPDX-License-Identifier: MIT
 *
 * Ladder files with one error each, tests/rules/ladders/<code>-<what>.yaml: the parser must report exactly that code,
 * at the line marked "# here", and must return no ladders.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/route/ladder.h"

static char folder[512];

/* Return: number of the line with the mark, 0 if there is none. */
static int marked_line(const char *path) {
        FILE *file = fopen(path, "re");
        char line[512];
        int number = 0, marked = 0;

        assert_non_null(file);
        while (fgets(line, sizeof(line), file)) {
                number++;
                if (strstr(line, "# here"))
                        marked = number;
        }
        fclose(file);
        return marked;
}

static void check_wrong(const char *name) {
        struct ladders *ladders = NULL;
        struct diag *diag = NULL;
        struct diag_item item;
        char path[1024];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(diag_new(&diag), 0);
        if (ladders_load(&ladders, path, diag) != LADDERS_REFUSED || diag_errors(diag) != 1 ||
            !diag_at(diag, 0, &item) || strncmp(item.code, name, 4) != 0 ||
            item.mark.line != marked_line(path)) {
                fprintf(stderr, "# %s:\n", name);
                diag_print(diag, stderr, false);
                fail();
        }
        assert_null(ladders);
        diag_free(diag);
}

static void test_each_mistake_is_told_where_it_is(void **state) {
        DIR *dir = opendir(folder);
        struct dirent *entry;
        int count = 0;

        assert_non_null(dir);
        while ((entry = readdir(dir))) {
                if (!strstr(entry->d_name, ".yaml"))
                        continue;
                check_wrong(entry->d_name);
                count++;
        }
        closedir(dir);
        assert_true(count >= 14);
}

static void test_all_mistakes_of_a_file_are_told_in_one_run(void **state) {
        static const char text[] = "version: 2\n"
                                   "desk: desk main\n"
                                   "ladders:\n"
                                   "  - id: a\n"
                                   "    arrive_within: 20min\n"
                                   "    steps:\n"
                                   "      - { page: [famly], answer_within: 45s }\n";
        struct ladders *ladders = NULL;
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(ladders_parse(&ladders, "x.yaml", text, strlen(text), diag),
                         LADDERS_REFUSED);
        assert_int_equal(diag_errors(diag), 4);
        diag_free(diag);
}

static void test_the_sample_is_right_and_every_ladder_ends_at_the_desk(void **state) {
        static const char *const names[] = {"sos-now",   "fall-now", "hazard-now",
                                            "vital-now", "check-in", "technical"};
        struct ladders *ladders = NULL;
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(ladders_load(&ladders, getenv("VIGIL_SAMPLE_LADDERS"), diag), 0);
        assert_int_equal(diag_warnings(diag), 0);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_non_null(ladders_find(ladders, names[i]));
        for (size_t i = 0; i < ladders_count(ladders); i++) {
                const struct ladder *ladder = ladders_at(ladders, i);
                const struct ladder_step *last = &ladder->steps[ladder->step_count - 1];
                bool desk = false;

                for (size_t j = 0; j < last->target_count; j++)
                        desk = desk || last->targets[j] == LADDER_TARGET_DESK;
                assert_true(desk);
        }
        assert_string_equal(ladders_desk(ladders, "grid-9"), "desk-main");
        assert_int_equal(ladders_get(ladders, "none such")->steps[0].targets[0],
                         LADDER_TARGET_DESK);
        ladders_free(ladders);
        diag_free(diag);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_mistake_is_told_where_it_is),
                cmocka_unit_test(test_all_mistakes_of_a_file_are_told_in_one_run),
                cmocka_unit_test(test_the_sample_is_right_and_every_ladder_ends_at_the_desk),
        };

        snprintf(folder, sizeof(folder), "%s", getenv("VIGIL_WRONG_LADDERS"));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
