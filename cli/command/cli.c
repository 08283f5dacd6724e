/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/help.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum {
        ID_CONFIG = 0x1000, /* beyond the ids of verbs */
        ID_JSON,
        ID_NO_COLOR,
        ID_VERBOSE,
        ID_HELP,
};

static const struct option everywhere[] = {
        {"config", required_argument, NULL, ID_CONFIG}, {"json", no_argument, NULL, ID_JSON},
        {"no-color", no_argument, NULL, ID_NO_COLOR},   {"verbose", no_argument, NULL, ID_VERBOSE},
        {"help", no_argument, NULL, ID_HELP},
};
enum { EVERYWHERE_COUNT = sizeof(everywhere) / sizeof(everywhere[0]) };

static volatile sig_atomic_t interrupted; /* written by the handler, read by main */

static void on_signal(int number) {
        interrupted = number;
}

bool cli_interrupted(void) {
        static bool ready;

        if (!ready) {
                /* No SA_RESTART: a signal must interrupt poll(). SA_RESETHAND: a second Ctrl-C ends the process at
                 * once. */
                struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

                sigemptyset(&action.sa_mask);
                sigaction(SIGINT, &action, NULL);
                sigaction(SIGTERM, &action, NULL);
                ready = true;
        }
        return interrupted != 0;
}

/* --- messages -------------------------------------------------------------------------------- */

/* The language of the process: err_speak() takes a function without a context argument. */
static const struct language *spoken;

static const char *why_said(const char *english) __attribute__((format_arg(1)));

static const char *why_said(const char *english) {
        return say(spoken, english);
}

static void language_set(struct cli *cli, struct language *language) {
        language_free(cli->language);
        cli->language = language;
        spoken = language;
        err_speak(why_said);
}

bool cli_language_read(struct cli *cli, const char *text) {
        struct language *language;
        char names[256];
        int r = language_load(&language, text);

        if (r == 0) {
                language_set(cli, language);
                return true;
        }
        language_list(names, sizeof(names));
        if (r < 0)
                cli_usage(cli, "%s", err_why());
        else
                cli_usage(cli, "no language \"%s\"; one of: %s", text, names);
        return false;
}

static void message_write(const struct cli *cli, const char *english, va_list args)
        __attribute__((format(printf, 2, 0)));

static void message_write(const struct cli *cli, const char *english, va_list args) {
        fprintf(stderr, "vigil%s%s: ", cli->verb ? " " : "", cli->verb ? cli->verb->name : "");
        vfprintf(stderr, say(cli->language, english), args);
        fputc('\n', stderr);
}

void cli_tell(const struct cli *cli, const char *format, ...) {
        va_list args;

        va_start(args, format);
        message_write(cli, format, args);
        va_end(args);
}

enum cli_exit cli_usage(const struct cli *cli, const char *format, ...) {
        va_list args;

        va_start(args, format);
        message_write(cli, format, args);
        va_end(args);
        if (cli->verb)
                fprintf(stderr, say(cli->language, "Try: vigil help %s\n"), cli->verb->name);
        else
                fputs(say(cli->language, "Try: vigil help\n"), stderr);
        return CLI_USAGE;
}

enum cli_exit cli_fail(const struct cli *cli, int r) {
        const char *why = err_why();

        cli_tell(cli, "%s", why[0] ? why : err_text(r));

        switch (-r) {
        case ETIMEDOUT:
        case ECONNREFUSED:
        case ECONNRESET:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ENOTCONN:
                return CLI_UNREACHABLE;
        case EACCES:
        case EPERM:
                return CLI_FORBIDDEN;
        case EEXIST:
        case EBUSY:
                return CLI_CONFLICT;
        default:
                return CLI_BAD;
        }
}

int cli_diag_new(const struct cli *cli, struct diag **ret) {
        int r = diag_new(ret);

        if (r == 0)
                diag_speak(*ret, cli->language);
        return r;
}

void cli_diag_print(const struct cli *cli, const struct diag *diag) {
        diag_print(diag, stderr, cli->colour_messages);
}

/* --- configuration --------------------------------------------------------------------------- */

static const char *conf_path(const struct cli *cli) {
        static const char *const places[] = {"configs/vigil.yaml", "/etc/vigil/vigil.yaml"};
        const char *path = cli->conf_path ? cli->conf_path : getenv("VIGIL_CONFIG");

        if (path && path[0])
                return path;
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
                if (access(places[i], F_OK) == 0)
                        return places[i];
        return NULL;
}

bool cli_conf_there(const struct cli *cli) {
        return conf_path(cli) != NULL;
}

enum cli_exit cli_conf_load(struct cli *cli, struct conf **ret) {
        const char *path = conf_path(cli);
        struct diag *diag = NULL;
        int r;

        if (!path) {
                cli_tell(cli,
                         "no configuration: give --config FILE or set VIGIL_CONFIG (looked for "
                         "configs/vigil.yaml and /etc/vigil/vigil.yaml)");
                return CLI_USAGE;
        }
        r = cli_diag_new(cli, &diag);
        if (r < 0)
                return cli_fail(cli, r);
        r = conf_load(ret, path, diag);
        cli_diag_print(cli, diag);
        if (r < 0 && diag_errors(diag) == 0)
                cli_tell(cli, "%s: %s", path, err_why());
        diag_free(diag);
        return r == 0 ? CLI_DONE : CLI_BAD;
}

bool cli_number(const struct cli *cli, const char *what, const char *text, long long min,
                long long max, long long *ret) {
        char *end;

        errno = 0;

        long long number = strtoll(text, &end, 10);

        if (errno || end == text || *end || number < min || number > max) {
                cli_usage(cli, "%s must be a whole number from %lld to %lld, not \"%s\"", what, min,
                          max, text);
                return false;
        }
        *ret = number;
        return true;
}

/* --- options --------------------------------------------------------------------------------- */

static void options_make(struct cli *cli) {
        const struct cli_option *option = cli->verb ? cli->verb->options : NULL;
        struct option *row = cli->long_options;
        char *letter = cli->short_options;

        *letter++ = ':';
        memcpy(row, everywhere, sizeof(everywhere));
        row += EVERYWHERE_COUNT;
        for (int count = 0; option && option->name && count < CLI_OPTIONS_MAX; option++, count++) {
                *row++ = (struct option){option->name,
                                         option->argument ? required_argument : no_argument, NULL,
                                         option->id};
                if (option->id >= 256)
                        continue;
                *letter++ = (char)option->id;
                if (option->argument)
                        *letter++ = ':';
        }
        *letter++ = 'h';
        *letter = '\0';
        *row = (struct option){0};
        cli->options_made = true;
}

static void option_unknown(const struct cli *cli, const char *word) {
        const char *names[CLI_OPTIONS_MAX + EVERYWHERE_COUNT + 1];
        size_t count = 0;

        for (const struct option *row = cli->long_options; row->name; row++)
                names[count++] = row->name;
        names[count] = NULL;

        const char *nearest = strncmp(word, "--", 2) == 0 ? diag_nearest(word + 2, names) : NULL;

        if (nearest)
                cli_usage(cli, "unknown option %s; did you mean --%s?", word, nearest);
        else
                cli_usage(cli, "unknown option %s", word);
}

/* Handle an option that every verb accepts. Return: false when @id is not one of them. */
static bool option_everywhere(struct cli *cli, int id) {
        switch (id) {
        case ID_CONFIG:
                cli->conf_path = optarg;
                return true;
        case ID_JSON:
                cli->json = true;
                return true;
        case ID_NO_COLOR:
                cli->colour = false;
                cli->colour_messages = false;
                return true;
        case ID_VERBOSE:
                log_open("cli", false, LOG_DEBUG);
                return true;
        default:
                return false;
        }
}

int cli_option_next(struct cli *cli, int argc, char **argv) {
        if (!cli->options_made) {
                options_make(cli);
                optind = 0; /* GNU getopt: 0 restarts the scan with another argv */
        }
        opterr = 0;
        for (;;) {
                int id = getopt_long(argc, argv, cli->short_options, cli->long_options, NULL);

                if (id == -1)
                        return CLI_OPTION_END;
                if (id == ID_HELP || id == 'h') {
                        help_verb(cli, cli->verb, stdout);
                        cli->left = CLI_DONE;
                        return CLI_OPTION_LEFT;
                }
                if (id == ':' || id == '?') {
                        cli->left = CLI_USAGE;
                        if (id == ':')
                                cli_usage(cli, "%s requires an argument", argv[optind - 1]);
                        else if (optopt && optopt < 256)
                                cli_usage(cli, "unknown option -%c", optopt);
                        else
                                option_unknown(cli, argv[optind - 1]);
                        return CLI_OPTION_LEFT;
                }
                if (!option_everywhere(cli, id))
                        return id;
        }
}

enum cli_exit cli_option_exit(const struct cli *cli) {
        return cli->left;
}

/* --- the program ----------------------------------------------------------------------------- */

static bool terminal_wants_colour(int fd) {
        const char *no_color = getenv("NO_COLOR");
        const char *term = getenv("TERM");

        return isatty(fd) && !(no_color && no_color[0]) && !(term && strcmp(term, "dumb") == 0);
}

/* Parse the options before the verb. Return: index of the verb in argv; argc when there is none; -1 after a usage
 * error, which has been reported. */
static int verb_index(struct cli *cli, int argc, char **argv, bool *ret_help, bool *ret_version) {
        static const struct option before[] = {
                {"config", required_argument, NULL, ID_CONFIG},
                {"json", no_argument, NULL, ID_JSON},
                {"no-color", no_argument, NULL, ID_NO_COLOR},
                {"verbose", no_argument, NULL, ID_VERBOSE},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {0},
        };
        int id;

        opterr = 0;
        optind = 0;
        while ((id = getopt_long(argc, argv, "+:hV", before, NULL)) != -1) {
                if (id == 'h')
                        *ret_help = true;
                else if (id == 'V')
                        *ret_version = true;
                else if (id == ':')
                        return cli_usage(cli, "%s requires an argument", argv[optind - 1]), -1;
                else if (!option_everywhere(cli, id))
                        return cli_usage(cli, "unknown option %s before the verb",
                                         argv[optind - 1]),
                               -1;
        }
        return optind;
}

static enum cli_exit main_do(struct cli *cli, int argc, char **argv) {
        bool help = false, version = false;
        int at = verb_index(cli, argc, argv, &help, &version);

        if (at < 0)
                return CLI_USAGE;

        const char *name = version ? "version" : help ? "help" : at < argc ? argv[at] : NULL;

        if (!name) {
                help_all(cli, stderr);
                return CLI_USAGE;
        }
        cli->verb = help_verb_find(cli->verbs, name);
        if (!cli->verb) {
                help_verb_unknown(cli, name);
                return CLI_USAGE;
        }

        /* "vigil -h" and "vigil -V" run a verb without operands. */
        char *alone[] = {(char *)(uintptr_t)name, NULL};
        enum cli_exit result = at < argc && !help && !version
                                       ? cli->verb->run(cli, argc - at, argv + at)
                                       : cli->verb->run(cli, 1, alone);

        if (fflush(stdout) != 0 && result == CLI_DONE) {
                cli_tell(cli, "cannot write to standard output");
                return CLI_BAD;
        }
        return result;
}

enum cli_exit cli_main(const struct cli_verb *const *verbs, int argc, char **argv) {
        struct cli cli = {
                .verbs = verbs,
                .colour = terminal_wants_colour(STDOUT_FILENO),
                .colour_messages = terminal_wants_colour(STDERR_FILENO),
        };
        /* Log nothing: a verb reports its own failures. --verbose opens the log again, with the lines of the client
         * libraries. */
        log_open("cli", false, (enum log_level)(LOG_ERROR + 1));

        language_set(&cli, language_of_environment());

        enum cli_exit result = main_do(&cli, argc, argv);

        language_set(&cli, NULL);
        return result;
}
