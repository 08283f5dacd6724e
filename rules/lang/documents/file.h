/* SPDX-License-Identifier: MIT
 *
 * Keys of a file itself; what their lists hold is read item by item.
 */
#ifndef VIGIL_RULES_LANG_DOCUMENTS_FILE_H
#define VIGIL_RULES_LANG_DOCUMENTS_FILE_H

#include "rules/lang/reading/keys.h"
#include "rules/lang/reading/reading.h"

extern const struct lang_map lang_file_map;

/* @root: of one document. */
void lang_file_check(struct lang_reading *reading, const struct yaml_node *root);

#endif
