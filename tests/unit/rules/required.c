/* SPDX-License-Identifier: MIT */
#include "tests/unit/rules/required.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void act_in_child(void (*act)(void *context), void *context, int said_fd) {
        const struct rlimit no_core = {0, 0};

        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(said_fd, STDERR_FILENO);
        act(context);
        _exit(0);
}

void assert_required(void (*act)(void *context), void *context, const char *said) {
        char text[4096];
        int ends[2], status;
        size_t used = 0;
        ssize_t got;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                act_in_child(act, context, ends[1]);
        close(ends[1]);
        while ((got = read(ends[0], text + used, sizeof(text) - 1 - used)) > 0)
                used += (size_t)got;
        text[used] = '\0';
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!strstr(text, said))
                print_message("# said: %s\n", text);
        assert_non_null(strstr(text, said));
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
