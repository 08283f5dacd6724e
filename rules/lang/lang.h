/* SPDX-License-Identifier: MIT
 *
 * Rule files: YAML people write -> the compiled rule set the engine runs (rules/eval/set/rule_set.h).
 *
 * Whole set or nothing: one mistake in one file and there is no rule set, only complaints, all of
 * them, in the diag. Grammar and worked examples: docs/rules.md. Every code that can come out is
 * in common/diag_code.c.
 *
 * Thread: any; nothing here is shared. Blocks: reads the files.
 */
#ifndef VIGIL_RULES_LANG_LANG_H
#define VIGIL_RULES_LANG_LANG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/diag.h"
#include "common/registry.h"
#include "rules/eval/set/rule_set.h"

struct lang_origins; /* rules/lang/origins.h */

struct lang_options {
        /* Files, or folders: of a folder every *.yaml but *.test.yaml in name order, then the
         * same of its overrides.d. */
        const char *const *paths;
        size_t path_count;

        /* Names of the ladders that exist, NULL-terminated; NULL: any name is taken. */
        const char *const *ladders;

        /* NULL, or whom rules watch: what they name and the registry has not is warned about, and values of
         * elders are held against those of their districts. */
        const struct registry *registry;

        const char *time_zone; /* of the site; NULL: UTC */
        int64_t now_ms;        /* wall clock: overrides end by date */
        unsigned int
                threads; /* that read files side by side, the caller's included; 0: one a core */

        struct lang_origins *origins; /* NULL, or where every value comes from is put here: the
                                       * caller's, lang_origins_fini() */
};

struct lang_counts {
        size_t files, rules, overrides;
};

/* @ret_counts may be NULL and is filled in any case.
 * Return: 0 and *ret (the caller's, rule_set_free()); LANG_REFUSED when the diag holds errors;
 * -ENOMEM; -errno when a path cannot be read (the diag says which as well). */
enum { LANG_REFUSED = 1 };
int lang_load(struct rule_set **ret, const struct lang_options *options, struct diag *diag,
              struct lang_counts *ret_counts);

/* The files that lang_load() would read, in its order: NULL-terminated, the caller's,
 * lang_files_free(). Tests of rules (*.test.yaml) lie beside them and are none.
 * Return: 0; -ENOMEM; -errno when a path cannot be read (the diag says which as well). */
int lang_files(char ***ret, const struct lang_options *options, struct diag *diag);
char **lang_files_free(char **files);

/* lang_load() from text in memory, for tests and fuzzing; @options->paths is not looked at. */
int lang_parse(struct rule_set **ret, const char *file, const char *text, size_t text_bytes,
               const struct lang_options *options, struct diag *diag);

/* --- schema ---------------------------------------------------------------------------------------- */

/* The JSON schema of rule files, for editors. Return: 0 or -ENOMEM. */
int lang_schema_print(FILE *out);

/* --- ladders ------------------------------------------------------------------------------------ */

/* The names of the ladders in an escalation.yaml: NULL-terminated, the caller's,
 * lang_ladders_free(). Alerting judges the rest of that file; here only the names count.
 * Return: 0; LANG_REFUSED when it could not be read as ladders; -ENOMEM; -errno. */
int lang_ladders_load(char ***ret, const char *path, struct diag *diag);
char **lang_ladders_free(char **ladders);

/* --- check --------------------------------------------------------------------------------------- */

struct lang_check_options {
        struct lang_options load; /* ladders here is replaced when ladders_path is given */
        const char *ladders_path; /* escalation.yaml, or NULL */
        bool strict;              /* warnings are fatal too */
        bool colour;
        bool json;    /* for editors: the complaints as one JSON list, and nothing else */
        bool chinese; /* complain in Chinese */
};

/* `vigil check`: print every complaint and one closing line to @out.
 * Return: exit code of the command: 0 fine, 1 errors, 3 warnings only and strict. */
enum { LANG_CHECK_FINE = 0, LANG_CHECK_BAD = 1, LANG_CHECK_WARNED = 3 };
int lang_check(const struct lang_check_options *options, FILE *out);

#endif
