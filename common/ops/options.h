/* SPDX-License-Identifier: MIT
 *
 * The command line that the three daemons share: --config FILE [--check-config] [--log-format json|logfmt], --version, --help.
 *
 * Thread: main(), before others start. Blocks: never.
 */
#ifndef VIGIL_COMMON_OPS_OPTIONS_H
#define VIGIL_COMMON_OPS_OPTIONS_H

#include <stdbool.h>

struct options {
        const char *config; /* never NULL after options_read() said to go on; of argv */
        bool check_only;
        bool json; /* log lines as JSON */
};

/* @program: "vigil-ingest". @usage: what --help prints, and what a mistake prints to standard error;
 * in English, said in the language of the environment.
 * Return: -1 go on, else the status to exit with. */
int options_read(struct options *ret, const char *program, const char *usage, int argc,
                 char **argv);

#endif
