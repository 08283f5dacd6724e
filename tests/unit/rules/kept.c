/* SPDX-License-Identifier: MIT
 *
 * The kept copy of the rule files, which a restart uses if the files have errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/kept.h"

enum { NAME_BYTES = 64 };

static char root[NAME_BYTES], folder[NAME_BYTES + 32];
static char rule_file[NAME_BYTES + 32], override_file[NAME_BYTES + 32];
static char *files[] = {rule_file, override_file, NULL};

static void write_file(const char *path, const char *text) {
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void assert_current(const char *name, const char *expected) {
        char path[PATH_MAX], text[64] = "";
        FILE *file;

        snprintf(path, sizeof(path), "%s/current/%s", folder, name);
        file = fopen(path, "re");
        assert_non_null(file);
        assert_non_null(fgets(text, sizeof(text), file));
        fclose(file);
        assert_string_equal(text, expected);
}

static void keep(const char *version) {
        char copy[PATH_MAX];

        assert_int_equal(kept_copy(folder, version, root, files, copy, sizeof(copy)), 0);
        assert_int_equal(kept_use(folder, version), 0);
}

static int setup(void **state) {
        char path[NAME_BYTES + 16];

        strcpy(root, "/tmp/vigil-kept-XXXXXX");
        assert_non_null(mkdtemp(root));
        snprintf(path, sizeof(path), "%s/overrides.d", root);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(folder, sizeof(folder), "%s/kept/rules-1", root);
        snprintf(rule_file, sizeof(rule_file), "%s/10-a.yaml", root);
        snprintf(override_file, sizeof(override_file), "%s/overrides.d/E1.yaml", root);
        write_file(rule_file, "first");
        write_file(override_file, "own");
        return 0;
}

static int teardown(void **state) {
        char command[NAME_BYTES + 16];

        snprintf(command, sizeof(command), "rm -rf %s", root);
        return system(command);
}

static void test_a_set_is_kept_whole_and_for_its_owner_alone(void **state) {
        struct stat status;
        char path[PATH_MAX];

        assert_false(kept_is(folder, "v1"));
        keep("v1");
        assert_true(kept_is(folder, "v1"));
        assert_current("10-a.yaml", "first");
        assert_current("overrides.d/E1.yaml", "own");
        snprintf(path, sizeof(path), "%s/current/overrides.d/E1.yaml", folder);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(stat(folder, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0700);
}

static void test_the_next_takes_its_place_and_the_former_goes(void **state) {
        char path[PATH_MAX];

        keep("v1");
        write_file(rule_file, "second");
        keep("v2");
        assert_true(kept_is(folder, "v2"));
        assert_current("10-a.yaml", "second");
        snprintf(path, sizeof(path), "%s/v1", folder);
        assert_int_not_equal(access(path, F_OK), 0);
}

static void test_a_copy_that_is_not_used_changes_nothing(void **state) {
        char copy[PATH_MAX];

        keep("v1");
        write_file(rule_file, "half");
        assert_int_equal(kept_copy(folder, "v2", root, files, copy, sizeof(copy)), 0);
        assert_true(kept_is(folder, "v1")); /* as after a crash at this point */
        assert_current("10-a.yaml", "first");
        write_file(rule_file, "whole");
        keep("v2"); /* replaces the incomplete copy */
        assert_current("10-a.yaml", "whole");
}

static void test_a_folder_that_cannot_be_written_is_an_answer(void **state) {
        char copy[PATH_MAX];

        assert_true(kept_copy("/proc/nowhere/x", "v1", root, files, copy, sizeof(copy)) < 0);
        assert_false(kept_is("/proc/nowhere/x", "v1"));
}

#define kept_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                kept_test(test_a_set_is_kept_whole_and_for_its_owner_alone),
                kept_test(test_the_next_takes_its_place_and_the_former_goes),
                kept_test(test_a_copy_that_is_not_used_changes_nothing),
                kept_test(test_a_folder_that_cannot_be_written_is_an_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
