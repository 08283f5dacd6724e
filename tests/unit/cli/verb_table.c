/* SPDX-License-Identifier: MIT
 *
 * The table of verbs, and the help, manual and completions made from it. Runs in tests/unit/cli/data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/command/cli.h"
#include "cli/verb_table.h"

enum { OUTPUT_BYTES = 65536, SUMMARY_CHARS_MAX = 72 };

struct spoken {
        enum cli_exit exit;
        char out[OUTPUT_BYTES], err[OUTPUT_BYTES];
};

/* Redirect @fd to a file in memory. Stores a copy of the old one in *ret_saved. Return: the file's descriptor. */
static int divert(int fd, int *ret_saved) {
        int memory = memfd_create("output", MFD_CLOEXEC);

        assert_true(memory >= 0);
        *ret_saved = dup(fd);
        assert_true(*ret_saved >= 0 && dup2(memory, fd) == fd);
        return memory;
}

static void restore(int fd, int saved, int memory, char *ret) {
        ssize_t got = pread(memory, ret, OUTPUT_BYTES - 1, 0);

        assert_true(got >= 0);
        ret[got] = '\0';
        assert_true(dup2(saved, fd) == fd);
        close(saved);
        close(memory);
}

/* Run the command inside this process. @words: its arguments without "vigil", ends with NULL. */
static struct spoken *speak(const char *const *words) {
        static struct spoken spoken;
        char *argv[16] = {(char *)(uintptr_t) "vigil"};
        int argc = 1, saved_out, saved_err;

        while (words[argc - 1]) {
                argv[argc] = (char *)(uintptr_t)words[argc - 1];
                argc++;
        }
        fflush(stdout);

        int out = divert(STDOUT_FILENO, &saved_out), err = divert(STDERR_FILENO, &saved_err);

        spoken.exit = cli_main(verb_table, argc, argv);
        fflush(stdout);
        restore(STDERR_FILENO, saved_err, err, spoken.err);
        restore(STDOUT_FILENO, saved_out, out, spoken.out);
        return &spoken;
}

#define SPEAK(...) speak((const char *const[]){__VA_ARGS__, NULL})

static void test_every_verb_is_described(void **state) {
        for (size_t i = 0; verb_table[i]; i++) {
                const struct cli_verb *verb = verb_table[i];
                size_t name_bytes = strlen(verb->name);

                if (strlen(verb->summary) > SUMMARY_CHARS_MAX ||
                    verb->summary[strlen(verb->summary) - 1] == '.')
                        fail_msg("%s: a summary is one short line without a full stop", verb->name);
                if (strncmp(verb->usage, verb->name, name_bytes) != 0)
                        fail_msg("%s: usage begins with the verb", verb->name);
                if (!verb->examples || !strstr(verb->examples[0].command, verb->name))
                        fail_msg("%s: no example", verb->name);
                assert_non_null(verb->run);
                assert_true(verb->group < CLI_GROUPS);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(verb_table[j]->name, verb->name);
        }
}

static void test_options_are_few_and_have_ids_of_their_own(void **state) {
        for (size_t i = 0; verb_table[i]; i++) {
                const struct cli_option *options = verb_table[i]->options;

                for (size_t a = 0; options && options[a].name; a++) {
                        assert_true(a < CLI_OPTIONS_MAX);
                        for (size_t b = 0; b < a; b++)
                                if (options[a].id == options[b].id ||
                                    strcmp(options[a].name, options[b].name) == 0)
                                        fail_msg("%s: --%s and --%s", verb_table[i]->name,
                                                 options[a].name, options[b].name);
                }
        }
}

static void test_help_names_every_verb_and_its_options(void **state) {
        struct spoken *all = SPEAK("help");

        assert_int_equal(all->exit, CLI_DONE);
        for (size_t i = 0; verb_table[i]; i++) {
                char line[64];

                snprintf(line, sizeof(line), "\n  %s ", verb_table[i]->name);
                if (!strstr(all->out, line))
                        fail_msg("help does not list %s", verb_table[i]->name);
        }
        for (size_t i = 0; verb_table[i]; i++) {
                struct spoken *one = SPEAK("help", verb_table[i]->name);
                const struct cli_option *option = verb_table[i]->options;

                assert_int_equal(one->exit, CLI_DONE);
                for (; option && option->name; option++)
                        if (!strstr(one->out, option->name))
                                fail_msg("help %s lacks --%s", verb_table[i]->name, option->name);
                one = SPEAK(verb_table[i]->name, "--help");
                assert_int_equal(one->exit, CLI_DONE);
                assert_non_null(strstr(one->out, "Usage"));
        }
}

static bool section_has(const char *section, const char *end, const char *word) {
        return memmem(section, (size_t)(end - section), word, strlen(word)) != NULL;
}

static void test_the_manual_has_every_verb_and_option(void **state) {
        struct spoken *spoken = SPEAK("help", "--manual");

        assert_int_equal(spoken->exit, CLI_DONE);
        for (size_t i = 0; verb_table[i]; i++) {
                const struct cli_option *option = verb_table[i]->options;
                char word[64];

                snprintf(word, sizeof(word), "\n## vigil %s\n", verb_table[i]->name);

                const char *section = strstr(spoken->out, word);

                assert_non_null(section);

                const char *end = strstr(section + 1, "\n#");

                assert_non_null(end);
                for (; option && option->name; option++) {
                        snprintf(word, sizeof(word), "*--%s*", option->name);
                        if (!section_has(section, end, word))
                                fail_msg("vigil %s: %s is missing", verb_table[i]->name, word);
                }
        }
}

static void test_completion_offers_every_verb_and_option(void **state) {
        struct spoken *spoken = SPEAK("completion", "bash");

        assert_int_equal(spoken->exit, CLI_DONE);
        for (size_t i = 0; verb_table[i]; i++) {
                const struct cli_option *option = verb_table[i]->options;

                assert_non_null(strstr(spoken->out, verb_table[i]->name));
                for (; option && option->name; option++) {
                        char word[64];

                        snprintf(word, sizeof(word), " --%s", option->name);
                        assert_non_null(strstr(spoken->out, word));
                }
        }
}

static void test_a_slip_is_usage_and_names_the_nearest(void **state) {
        struct spoken *spoken = SPEAK("tpa", "alerts");

        assert_int_equal(spoken->exit, CLI_USAGE);
        assert_non_null(strstr(spoken->err, "did you mean \"tap\"?"));
        assert_string_equal(spoken->out, "");

        spoken = SPEAK("tap", "--exti", "alerts");
        assert_int_equal(spoken->exit, CLI_USAGE);
        assert_non_null(strstr(spoken->err, "did you mean --exit?"));

        spoken = SPEAK("tap", "-x", "alerts");
        assert_int_equal(spoken->exit, CLI_USAGE);
        assert_non_null(strstr(spoken->err, "unknown option -x"));

        spoken = SPEAK("tap", "alerts", "-c");
        assert_int_equal(spoken->exit, CLI_USAGE);
        assert_non_null(strstr(spoken->err, "-c requires an argument"));
}

static void test_nothing_to_do_is_usage_on_standard_error(void **state) {
        struct spoken *spoken = speak((const char *const[]){NULL});

        assert_int_equal(spoken->exit, CLI_USAGE);
        assert_string_equal(spoken->out, "");
        assert_non_null(strstr(spoken->err, "Examples"));
}

static void test_version_is_said_by_verb_and_by_flag(void **state) {
        char version[256];

        snprintf(version, sizeof(version), "%.255s", SPEAK("version")->out);
        assert_non_null(strstr(version, "vigil "));
        assert_string_equal(SPEAK("--version")->out, version);
        assert_string_equal(SPEAK("-V")->out, version);
        assert_int_equal(SPEAK("--json", "version")->out[0], '{');
}

static void test_a_configuration_that_is_not_there_is_named(void **state) {
        struct spoken *spoken = SPEAK("--config", "/nowhere/vigil.yaml", "topics");

        assert_int_equal(spoken->exit, CLI_BAD);
        assert_non_null(strstr(spoken->err, "/nowhere/vigil.yaml"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_verb_is_described),
                cmocka_unit_test(test_options_are_few_and_have_ids_of_their_own),
                cmocka_unit_test(test_help_names_every_verb_and_its_options),
                cmocka_unit_test(test_the_manual_has_every_verb_and_option),
                cmocka_unit_test(test_completion_offers_every_verb_and_option),
                cmocka_unit_test(test_a_slip_is_usage_and_names_the_nearest),
                cmocka_unit_test(test_nothing_to_do_is_usage_on_standard_error),
                cmocka_unit_test(test_version_is_said_by_verb_and_by_flag),
                cmocka_unit_test(test_a_configuration_that_is_not_there_is_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
