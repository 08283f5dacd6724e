/* SPDX-License-Identifier: MIT
 *
 * Words: the words of rule files and their values.
 *
 * Thread: any (constant). Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_WORDS_H
#define VIGIL_RULES_LANG_READING_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"
#include "common/wire/event_kind.h"
#include "common/files/yaml.h"
#include "rules/eval/rule/condition.h"

struct lang_reading;

/* A word of a closed list and its value. A word for a pair of kinds has two values. */
struct lang_word {
        const char *word; /* NULL ends a list */
        uint16_t value, value2;
};

extern const struct lang_word lang_severity_words[], lang_care_level_words[], lang_day_words[];

enum { LANG_WORDS_MAX = 64 };

/* Write the kinds that have all of @uses (bits of enum kind_use, common/wire/event_kind.h) into @ret, followed by
 * words of pairs if @with_pairs. The list ends with a NULL word. */
void lang_kind_words(uint8_t uses, bool with_pairs, struct lang_word ret[LANG_WORDS_MAX + 1]);

/* Return: the class of an alert about @kind. */
enum alert_class lang_kind_class(unsigned int kind);
/* Return: the most severe class of @kinds. */
enum alert_class lang_kinds_class(const struct rule_kinds *kinds);
/* Return: the kind that clears an alert about @kind, besides value 0 of @kind itself; KIND_NONE: no other kind. */
enum event_kind lang_kind_clears(unsigned int kind);

/* Is @id not empty, of letters, digits, _ . and - only, and shorter than @bytes? */
bool lang_id_is_fine(const char *id, size_t bytes);

/* Is @list a list with at least one item? If not, report R017 with the hint "write  key: [ @example ]". */
bool lang_list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                        const char *example);

#endif
