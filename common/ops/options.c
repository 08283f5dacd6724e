/* SPDX-License-Identifier: MIT */
#include "common/ops/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/language/language.h"
#include "common/language/say.h"

enum { GO_ON = -1, EXIT_USAGE = 2 };

static void usage_print(const char *usage, FILE *stream) {
        struct language *language = language_of_environment();

        fputs(say(language, usage), stream);
        language_free(language);
}

static int refuse(const char *usage) {
        usage_print(usage, stderr);
        return EXIT_USAGE;
}

int options_read(struct options *ret, const char *program, const char *usage, int argc,
                 char **argv) {
        enum { CONFIG = 1, CHECK, FORMAT, VERSION, HELP };
        static const struct option known[] = {
                {"config", required_argument, NULL, CONFIG},
                {"check-config", no_argument, NULL, CHECK},
                {"log-format", required_argument, NULL, FORMAT},
                {"version", no_argument, NULL, VERSION},
                {"help", no_argument, NULL, HELP},
                {0},
        };
        struct options options = {0};
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                switch (option) {
                case CONFIG:
                        options.config = optarg;
                        break;
                case CHECK:
                        options.check_only = true;
                        break;
                case FORMAT:
                        options.json = strcmp(optarg, "json") == 0;
                        if (!options.json && strcmp(optarg, "logfmt") != 0)
                                return refuse(usage);
                        break;
                case VERSION:
                        printf("%s %s\n", program, VIGIL_VERSION);
                        return EXIT_SUCCESS;
                case HELP:
                        usage_print(usage, stdout);
                        return EXIT_SUCCESS;
                default:
                        return refuse(usage);
                }
        }
        if (!options.config || optind < argc)
                return refuse(usage);
        *ret = options;
        return GO_ON;
}
