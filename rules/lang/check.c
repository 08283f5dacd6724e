/* SPDX-License-Identifier: MIT */
#include "rules/lang/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/language/say.h"
#include "rules/lang/ladders.h"
#include "rules/lang/lang.h"
#include "rules/lang/reading/options.h"

/* Each part is a message of its own, so that every language can use its own plural forms. */
static void closing_line(const struct lang_counts *counts, const struct diag *diag,
                         const struct rule_set *rules, FILE *out) {
        const struct language *language = diag_language(diag);
        size_t errors = (size_t)diag_errors(diag), warnings = (size_t)diag_warnings(diag);

        fprintf(out, say_count(language, "%zu file, ", "%zu files, ", counts->files),
                counts->files);
        fprintf(out, say_count(language, "%zu rule, ", "%zu rules, ", counts->rules),
                counts->rules);
        fprintf(out, say_count(language, "%zu override: ", "%zu overrides: ", counts->overrides),
                counts->overrides);
        if (errors)
                fprintf(out, say_count(language, "%zu error, ", "%zu errors, ", errors), errors);
        fprintf(out, say_count(language, "%zu warning.", "%zu warnings.", warnings), warnings);
        if (rules)
                fprintf(out, say(language, " Version %s.\n"), rule_set_version(rules));
        else
                fputs(say(language, " Rules in force were not changed.\n"), out);
}

static void result_print(const struct lang_check_options *options, const struct lang_counts *counts,
                         const struct diag *diag, const struct rule_set *rules, FILE *out) {
        if (options->json) {
                diag_print_json(diag, out);
                return;
        }
        diag_print(diag, out, options->colour);
        closing_line(counts, diag, rules, out);
}

int lang_check(const struct lang_check_options *options, FILE *out) {
        struct lang_options load = options->load;
        struct lang_counts counts = {0, 0, 0};
        struct rule_set *rules = NULL;
        struct diag *diag = NULL;
        char **ladders = NULL;
        int r;

        r = diag_new(&diag);
        if (r < 0)
                goto out;
        diag_speak(diag, options->language);
        if (options->ladders_path) {
                r = lang_ladders_load(&ladders, options->ladders_path, diag);
                if (r == -ENOMEM)
                        goto out;
                load.ladders = (const char *const *)
                        ladders; /* NULL after an error: any name is accepted */
        }
        r = lang_load(&rules, &load, diag, &counts);
        if (r < 0 && diag_errors(diag) == 0) {
                diag_add(diag, DIAG_ERROR, "R008",
                         options->load.path_count ? options->load.paths[0] : "-",
                         (struct diag_mark){.line = 0}, NULL, "%s",
                         *err_why() ? err_why() : err_text(r));
        }
        if (diag_errors(diag))
                rules = rule_set_free(rules);
        result_print(options, &counts, diag, rules, out);
out:
        r = !rules                                   ? LANG_CHECK_BAD
            : options->strict && diag_warnings(diag) ? LANG_CHECK_WARNED
                                                     : LANG_CHECK_FINE;
        rule_set_free(rules);
        lang_ladders_free(ladders);
        diag_free(diag);
        return r;
}
