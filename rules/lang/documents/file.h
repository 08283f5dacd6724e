/* SPDX-License-Identifier: MIT
 *
 * File: the top-level keys of a rule file. The items of their lists are read elsewhere (rule.h, override.h,
 * holidays.h).
 *
 * Thread: the reading's own. Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_FILE_H
#define VIGIL_RULES_LANG_DOCUMENTS_FILE_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_file_map;

/* Check keys, version and list types of one document. @root: its root node. */
void lang_file_check(struct lang_reading *reading, const struct yaml_node *root);

#endif
