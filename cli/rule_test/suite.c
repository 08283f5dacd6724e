/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/rule_test/coverage_read.h"
#include "cli/rule_test/judge.h"
#include "cli/rule_test/read/read.h"
#include "cli/rule_test/run.h"
#include "common/base/err.h"

static const char SUFFIX[] = ".test.yaml";

/* --- which files -------------------------------------------------------------------------------- */

static int name_is_test(const struct dirent *entry) {
        size_t bytes = strlen(entry->d_name), suffix_bytes = sizeof(SUFFIX) - 1;

        return entry->d_name[0] != '.' && bytes > suffix_bytes &&
               strcmp(entry->d_name + bytes - suffix_bytes, SUFFIX) == 0;
}

static int name_compare(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name); /* independent of the locale */
}

/* Read one file into the suite. Errors go to the diag; the next files are read nevertheless. */
static int file_add(struct rule_test_suite *suite, const char *path, struct diag *diag) {
        struct test_file *files =
                realloc(suite->files, (suite->file_count + 1) * sizeof(*suite->files));
        int r;

        if (!files)
                return err_raise(-ENOMEM);
        suite->files = files;
        files[suite->file_count] = (struct test_file){.path = NULL};
        r = rule_test_read(&files[suite->file_count++], path, diag);
        return r == -ENOMEM ? r : 0;
}

static int folder_add(struct rule_test_suite *suite, const char *folder, struct diag *diag) {
        struct dirent **entries;
        int count = scandir(folder, &entries, name_is_test, name_compare), r = 0;
        size_t bytes = strlen(folder);

        if (count < 0)
                return err_raise(-errno);
        while (bytes > 1 && folder[bytes - 1] == '/')
                bytes--;
        if (count == 0)
                diag_add(diag, DIAG_ERROR, "T009", folder, (struct diag_mark){.line = 0},
                         "tests are named *.test.yaml", "there is not a single test here");
        for (int i = 0; i < count; i++) {
                char *path = NULL;

                if (r == 0 &&
                    asprintf(&path, "%.*s/%s", (int)bytes, folder, entries[i]->d_name) < 0)
                        r = err_raise(-ENOMEM);
                if (r == 0) {
                        r = file_add(suite, path, diag);
                        free(path);
                }
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int path_add(struct rule_test_suite *suite, const char *path, struct diag *diag) {
        struct stat status;

        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
                return folder_add(suite, path, diag);
        return file_add(suite, path, diag);
}

/* --- the whole ---------------------------------------------------------------------------------- */

struct rule_test_suite *rule_test_suite_free(struct rule_test_suite *suite) {
        if (!suite)
                return NULL;
        for (size_t i = 0; i < suite->file_count; i++)
                test_file_fini(&suite->files[i]);
        free(suite->files);
        coverage_free(suite->coverage);
        free(suite);
        return NULL;
}

/* Set the tests' pointers to their file, now that the array of files no longer grows. */
static void files_settle(struct rule_test_suite *suite) {
        suite->totals.files = suite->file_count;
        for (size_t i = 0; i < suite->file_count; i++) {
                struct test_file *file = &suite->files[i];

                for (size_t t = 0; t < file->test_count; t++)
                        file->tests[t].file = file;
        }
}

/* Complete the suite; free it if there were errors. */
static int suite_finish(struct rule_test_suite **ret, struct rule_test_suite *suite,
                        const struct diag *diag, int r) {
        if (r == 0 && diag_errors(diag))
                r = RULE_TEST_SUITE_REFUSED;
        for (size_t i = 0; r == 0 && i < suite->file_count; i++)
                r = coverage_read(suite->coverage, &suite->files[i]);
        if (r != 0) {
                rule_test_suite_free(suite);
                return r;
        }
        files_settle(suite);
        *ret = suite;
        return 0;
}

int rule_test_suite_load(struct rule_test_suite **ret, const char *const *paths, size_t path_count,
                         struct diag *diag) {
        struct rule_test_suite *suite = calloc(1, sizeof(*suite));
        int r = suite ? coverage_new(&suite->coverage) : err_raise(-ENOMEM);

        for (size_t i = 0; r == 0 && i < path_count; i++)
                r = path_add(suite, paths[i], diag);
        return suite_finish(ret, suite, diag, r);
}

int rule_test_suite_parse(struct rule_test_suite **ret, const char *file, const char *text,
                          size_t text_bytes, struct diag *diag) {
        struct rule_test_suite *suite = calloc(1, sizeof(*suite));
        int r = suite ? coverage_new(&suite->coverage) : err_raise(-ENOMEM);

        if (r == 0) {
                suite->files = calloc(1, sizeof(*suite->files));
                r = suite->files ? 0 : err_raise(-ENOMEM);
        }
        if (r == 0) {
                suite->file_count = 1;
                r = rule_test_read_text(suite->files, file, text, text_bytes, diag);
        }
        return suite_finish(ret, suite, diag, r);
}

/* --- running ------------------------------------------------------------------------------------ */

static void count(struct rule_test_suite_totals *totals, const struct rule_test_case *test) {
        totals->tests++;
        totals->passed += test->outcome == RULE_TEST_PASSED;
        totals->failed += test->outcome == RULE_TEST_FAILED;
        totals->skipped += test->outcome == RULE_TEST_SKIPPED;
        totals->events += test->events;
        totals->took_us += test->took_us;
}

static int test_do(struct rule_test_suite *suite, struct rule_test_case *test,
                   const struct language *language) {
        int r = 0;

        test->chosen = true;
        test->language = language;
        if (test->skipped) {
                test->outcome = RULE_TEST_SKIPPED;
        } else {
                r = rule_test_run_case(test, suite->coverage);
                if (r == 0)
                        rule_test_judge(test, suite->coverage);
        }
        count(&suite->totals, test);
        return r;
}

int rule_test_suite_run(struct rule_test_suite *suite, const char *only,
                        const struct language *language) {
        int r = 0;

        for (size_t i = 0; i < suite->file_count; i++) {
                struct test_file *file = &suite->files[i];

                for (size_t t = 0; r == 0 && t < file->test_count; t++) {
                        if (!only || strstr(file->tests[t].name, only))
                                r = test_do(suite, &file->tests[t], language);
                }
        }
        return r;
}

const struct rule_test_suite_totals *rule_test_suite_totals(const struct rule_test_suite *suite) {
        return &suite->totals;
}
