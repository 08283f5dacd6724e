/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ingest/guard/poison.h"

static char folder[] = "/tmp/vigil-poison-XXXXXX";

static int open_folder(void **state) {
        strcpy(folder, "/tmp/vigil-poison-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int close_folder(void **state) {
        char path[128];

        snprintf(path, sizeof(path), "%s/s.in-hand", folder);
        unlink(path);
        return rmdir(folder);
}

/* Run a process that takes @message and dies while it handles it, or, with @survives, after it. Return: true if the
 * message was refused. */
static bool live_and_die(const char *message, bool survives) {
        pid_t child = fork();
        int status;

        assert_true(child >= 0);
        if (child == 0) {
                struct poison poison;

                if (poison_open(&poison, folder, "s") < 0)
                        _exit(99);
                if (poison_begin(&poison, "topic", message, strlen(message)))
                        _exit(1);
                if (survives)
                        poison_end(&poison);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        return WEXITSTATUS(status) == 1;
}

static void test_the_message_of_three_deaths_is_not_read_again(void **state) {
        for (int i = 0; i < POISON_DEATHS; i++)
                assert_false(live_and_die("killer", false));
        assert_true(live_and_die("killer", false));
        assert_false(live_and_die("innocent", true));
        assert_true(live_and_die("killer", false)); /* still refused */
}

static void test_deaths_of_different_messages_accuse_none(void **state) {
        for (int i = 0; i < 10; i++) {
                assert_false(live_and_die("a", false));
                assert_false(live_and_die("b", false));
        }
}

static void test_a_message_that_was_survived_is_cleared(void **state) {
        assert_false(live_and_die("a", false));
        assert_false(live_and_die("a", false));
        assert_false(live_and_die("a", true));
        assert_false(live_and_die("a", false));
        assert_false(live_and_die("a", false));
        assert_false(live_and_die("a", true));
}

static void test_a_file_of_something_else_is_begun_anew(void **state) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/s.in-hand", folder);
        file = fopen(path, "w");
        assert_non_null(file);
        for (int i = 0; i < 64; i++)
                fputc(0xa5, file);
        fclose(file);
        assert_false(live_and_die("a", true));
}

static void test_without_a_folder_nothing_is_remembered(void **state) {
        struct poison poison;

        assert_int_equal(poison_open(&poison, NULL, "s"), 0);
        assert_false(poison_begin(&poison, "t", "a", 1));
        poison_end(&poison);
        poison_close(&poison);
        assert_true(poison_open(&poison, "/nonexistent/folder", "s") < 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void) {
        const struct CMUnitTest tests[] = {
                IN_FOLDER(test_the_message_of_three_deaths_is_not_read_again),
                IN_FOLDER(test_deaths_of_different_messages_accuse_none),
                IN_FOLDER(test_a_message_that_was_survived_is_cleared),
                IN_FOLDER(test_a_file_of_something_else_is_begun_anew),
                cmocka_unit_test(test_without_a_folder_nothing_is_remembered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
