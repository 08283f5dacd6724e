/* SPDX-License-Identifier: MIT
 *
 * Rule files: YAML people write -> the compiled rule set the engine runs (rules/eval/rule/rule_set.h).
 *
 * Whole set or nothing: one mistake in one file and there is no rule set, only complaints, all of
 * them, in the diag. Grammar and worked examples: docs/rules.md. Every code that can come out is
 * in cli/help/diag_code.c.
 *
 * Thread: any; nothing here is shared. Blocks: reads the files.
 */
#ifndef VIGIL_RULES_LANG_LANG_H
#define VIGIL_RULES_LANG_LANG_H

#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"
#include "common/registry/registry.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/lang/reading/options.h"

struct lang_counts {
        size_t files, rules, overrides;
};

/* @ret_counts may be NULL and is filled in any case.
 * Return: 0 and *ret (the caller's, rule_set_free()); LANG_REFUSED when the diag holds errors;
 * -ENOMEM; -errno when a path cannot be read (the diag says which as well). */
enum { LANG_REFUSED = 1 };
int lang_load(struct rule_set **ret, const struct lang_options *options, struct diag *diag,
              struct lang_counts *ret_counts);

/* lang_load() from text in memory, for tests and fuzzing; @options->paths is not looked at. */
int lang_parse(struct rule_set **ret, const char *file, const char *text, size_t text_bytes,
               const struct lang_options *options, struct diag *diag);

#endif
