/* SPDX-License-Identifier: MIT */
#include "rules/lang/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "rules/lang/ladders.h"
#include "rules/lang/lang.h"
#include "rules/lang/reading/options.h"

static const char *plural(long count) {
        return count == 1 ? "" : "s";
}

static void closing_line(const struct lang_counts *counts, const struct diag *diag,
                         const struct rule_set *rules, FILE *out) {
        int errors = diag_errors(diag), warnings = diag_warnings(diag);

        fprintf(out, "%zu file%s, %zu rule%s, %zu override%s: ", counts->files,
                plural((long)counts->files), counts->rules, plural((long)counts->rules),
                counts->overrides, plural((long)counts->overrides));
        if (errors)
                fprintf(out, "%d error%s, ", errors, plural(errors));
        fprintf(out, "%d warning%s.", warnings, plural(warnings));
        if (rules)
                fprintf(out, " Version %s.\n", rule_set_version(rules));
        else
                fputs(" Rules in force were not changed.\n", out);
}

static void closing_line_zh(const struct lang_counts *counts, const struct diag *diag,
                            const struct rule_set *rules, FILE *out) {
        int errors = diag_errors(diag);

        fprintf(out, "%zu 个文件，%zu 条规则，%zu 条覆盖：", counts->files, counts->rules,
                counts->overrides);
        if (errors)
                fprintf(out, "%d 个错误，", errors);
        fprintf(out, "%d 个警告。", diag_warnings(diag));
        if (rules)
                fprintf(out, "版本 %s。\n", rule_set_version(rules));
        else
                fputs("正在执行的规则没有改变。\n", out);
}

static void result_print(const struct lang_check_options *options, const struct lang_counts *counts,
                         const struct diag *diag, const struct rule_set *rules, FILE *out) {
        if (options->json) {
                diag_print_json(diag, out);
                return;
        }
        diag_print(diag, out, options->colour);
        (options->chinese ? closing_line_zh : closing_line)(counts, diag, rules, out);
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
        diag_speak(diag, options->chinese);
        if (options->ladders_path) {
                r = lang_ladders_load(&ladders, options->ladders_path, diag);
                if (r == -ENOMEM)
                        goto out;
                load.ladders = (const char *const *)
                        ladders; /* NULL after a complaint: any name is taken */
        }
        r = lang_load(&rules, &load, diag, &counts);
        if (r < 0 && diag_errors(diag) == 0) {
                char why[128];

                diag_add(diag, DIAG_ERROR, "R008",
                         options->load.path_count ? options->load.paths[0] : "-",
                         (struct diag_mark){.line = 0}, NULL, "%s",
                         *err_why() ? err_why() : strerror_r(-r, why, sizeof(why)));
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
