/* SPDX-License-Identifier: MIT
 *
 * The codes of `vigil help CODE`. Runs in the top folder of the tree, because it reads tests/rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/help/diag_code.h"
#include "common/language/say.h"
#include "tests/unit/common/chinese.h"

static void test_every_code_is_explained_in_both_languages(void **state) {
        const struct diag_code *code;
        size_t count = 0;

        for (; (code = diag_code_at(count)); count++) {
                assert_ptr_equal(diag_code_find(code->code), code);
                assert_true(*code->what && *code->mend);
                assert_string_not_equal(say(chinese(), code->what), code->what);
                assert_string_not_equal(say(chinese(), code->mend), code->mend);
        }
        assert_true(count > 60);
        assert_null(diag_code_find("R999"));
}

/* Every code needs a file in tests/rules that causes it; else nobody has seen its message. */
static void test_every_code_of_rule_files_has_a_file(void **state) {
        static const char *const elsewhere[] = {
                "R008", "R009", /* tests/unit/common/yaml.c */
                "R046", /* a check of the engine, which earlier checks of rule files all cover */
                "R047", /* tests/unit/rules/lang/lang.c */
                "W014", "W015", /* tests/unit/rules/lang/known.c */
        };
        const struct diag_code *code;
        int missing = 0;

        for (size_t i = 0; (code = diag_code_at(i)); i++) {
                bool exempt = code->code[0] != 'R' && code->code[0] != 'W';
                char command[128];

                for (size_t j = 0; j < sizeof(elsewhere) / sizeof(elsewhere[0]); j++)
                        exempt = exempt || strcmp(code->code, elsewhere[j]) == 0;
                snprintf(command, sizeof(command), "grep -qF '[%s]' tests/rules/*.txt", code->code);
                if (!exempt && system(command) != 0) {
                        print_message("no file in tests/rules brings out %s\n", code->code);
                        missing++;
                }
        }
        assert_int_equal(missing, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_code_is_explained_in_both_languages),
                cmocka_unit_test(test_every_code_of_rule_files_has_a_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
