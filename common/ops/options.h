/* SPDX-License-Identifier: MIT
 *
 * The command line of the three daemons: --config FILE [--check-config] [--log-format json|logfmt], --version, --help.
 *
 * Thread: main(), before others start. Blocks: never.
 */
#ifndef VIGIL_COMMON_OPS_OPTIONS_H
#define VIGIL_COMMON_OPS_OPTIONS_H

#include <stdbool.h>

struct options {
        const char *config; /* points into argv; not NULL if options_read() returned -1 */
        bool check_only;
        bool json; /* log lines as JSON */
};

/* @program: "vigil-ingest". @usage: English text, printed by --help to standard output and after an error to standard
 * error, in the language of the environment. Return: -1 if the program must continue, else its exit status. */
int options_read(struct options *ret, const char *program, const char *usage, int argc,
                 char **argv);

#endif
