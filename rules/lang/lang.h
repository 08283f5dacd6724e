/* SPDX-License-Identifier: MIT
 *
 * Lang: compiles rule files (YAML) into the rule set that the engine runs (rules/eval/rule/rule_set.h).
 *
 * After one error in one file there is no rule set; every error is reported
 * in the diag. Grammar and worked examples: docs/rules.md. All error codes are
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

/* @ret_counts: NULL, or filled even if the call fails.
 * Return: 0 and *ret, which the caller frees with rule_set_free(); LANG_REFUSED if errors were reported in @diag;
 * -ENOMEM; -errno if a folder or the time zone cannot be read. */
enum { LANG_REFUSED = 1 };
int lang_load(struct rule_set **ret, const struct lang_options *options, struct diag *diag,
              struct lang_counts *ret_counts);

/* Like lang_load(), from text in memory, for tests and fuzzing; @options->paths is ignored. @file: name for
 * messages. */
int lang_parse(struct rule_set **ret, const char *file, const char *text, size_t text_bytes,
               const struct lang_options *options, struct diag *diag);

#endif
