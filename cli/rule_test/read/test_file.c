/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/read/test_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/language/say.h"
#include "rules/lang/documents/files.h"

static void test_fini(struct rule_test_case *test) {
        for (size_t i = 0; i < test->source_count; i++) {
                free(test->sources[i].values);
                free(test->sources[i].samples);
        }
        for (size_t i = 0; i < test->change_count; i++)
                rule_set_free(test->changes[i].rules);
        for (size_t i = 0; i < test->expect_count; i++)
                free(test->expects[i].names);
        free(test->sources);
        free(test->changes);
        free(test->answers);
        free(test->expects);
        free(test->skipped);
        registry_free(test->registry);
        diag_free(test->failures);
        timeline_free(test->timeline);
}

void test_file_fini(struct test_file *file) {
        for (size_t i = 0; i < file->test_count; i++)
                test_fini(&file->tests[i]);
        free(file->tests);
        lang_files_free(file->rule_paths);
        rule_set_free(file->rules);
        ladders_free(file->ladders);
        free(file->ladders_path);
        yaml_doc_free(file->doc);
        zone_close(file->zone);
        free(file->time_zone);
        free(file->text);
        free(file->path);
}

void rule_test_fail(struct rule_test_case *test, const char *code, const struct yaml_node *node,
                    const char *help, const char *format, ...) {
        char *message = NULL;
        va_list args;

        test->outcome = RULE_TEST_FAILED;
        if (!test->failures) {
                if (diag_new(&test->failures) < 0)
                        return; /* failed, but reported without the reason */
                diag_speak(test->failures, test->language);
                diag_file(test->failures, test->file->path, test->file->text,
                          test->file->text_bytes);
        }
        va_start(args, format);
        if (vasprintf(&message, say(test->language, format), args) >= 0)
                diag_add(test->failures, DIAG_ERROR, code, node->file, node->mark, help, "%s",
                         message);
        va_end(args);
        free(message);
}
