/* SPDX-License-Identifier: MIT */
#include "cli/term/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/err.h"

enum { TEXT_COLUMNS = 80, TEXT_COLUMNS_MAX = 100 };

/* Alternate screen with hidden cursor, and back. Signal handlers write these with write(2) only. */
static const char enter[] = "\033[?1049h\033[?25l\033[2J";
static const char leave[] = "\033[?25h\033[?1049l";

static struct termios before;
static volatile sig_atomic_t is_open; /* main writes; handlers read */
static volatile sig_atomic_t changed; /* handlers write; main reads */

static void raw_set(void) {
        struct termios raw = before;

        raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        (void)!write(STDOUT_FILENO, enter, sizeof(enter) - 1);
}

static void give_back(void) {
        if (!is_open)
                return;
        (void)!write(STDOUT_FILENO, leave, sizeof(leave) - 1);
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* Restore the terminal, then let the signal end the program as if there were no handler. */
static void on_end(int number) {
        give_back();
        is_open = 0;
        signal(number, SIG_DFL);
        raise(number);
}

static void on_stop(int number) {
        int errno_before = errno;

        give_back();
        signal(SIGTSTP, SIG_DFL);
        raise(SIGTSTP);
        errno = errno_before;
}

static void handler_set(int number, void (*handler)(int)) {
        struct sigaction action = {.sa_handler = handler};

        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
}

static void on_continue(int number) {
        int errno_before = errno;

        handler_set(SIGTSTP, on_stop);
        if (is_open)
                raw_set();
        changed = 1;
        errno = errno_before;
}

static void on_resize(int number) {
        changed = 1;
}

int terminal_open(void) {
        static const int ends[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

        if (tcgetattr(STDIN_FILENO, &before) < 0)
                return err_raise(-errno);
        for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
                handler_set(ends[i], on_end);
        handler_set(SIGTSTP, on_stop);
        handler_set(SIGCONT, on_continue);
        handler_set(SIGWINCH, on_resize);
        raw_set();
        is_open = 1;
        changed = 1;
        return 0;
}

void terminal_close(void) {
        give_back();
        is_open = 0;
}

static int byte_read(int wait_ms) {
        struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
        unsigned char byte;
        ssize_t got;

        if (poll(&fd, 1, wait_ms) <= 0)
                return TERMINAL_KEY_NONE;
        got = read(STDIN_FILENO, &byte, 1);
        if (got == 1)
                return byte;
        return got == 0 || errno == EIO ? TERMINAL_KEY_END : TERMINAL_KEY_NONE;
}

/* Arrow keys arrive as ESC [ A; an ESC that nothing follows within 20 ms is the Escape key. */
int terminal_key(void) {
        int key = byte_read(0);
        int kind;

        if (key != '\033')
                return key;
        kind = byte_read(20);
        if (kind != '[' && kind != 'O')
                return TERMINAL_KEY_ESCAPE;
        key = byte_read(20);
        if (key == 'A')
                return TERMINAL_KEY_UP;
        if (key == 'B')
                return TERMINAL_KEY_DOWN;
        while ((key >= '0' && key <= '9') || key == ';')
                key = byte_read(20);
        return TERMINAL_KEY_ESCAPE;
}

int terminal_columns(FILE *stream) {
        struct winsize size;

        if (ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
                return TEXT_COLUMNS;
        return size.ws_col < TEXT_COLUMNS_MAX ? size.ws_col : TEXT_COLUMNS_MAX;
}

void terminal_size(int *ret_columns, int *ret_rows) {
        struct winsize size;

        *ret_columns = 80;
        *ret_rows = 24;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
                *ret_columns = size.ws_col;
                *ret_rows = size.ws_row;
        }
}

bool terminal_changed(void) {
        bool was = changed;

        changed = 0;
        return was;
}
