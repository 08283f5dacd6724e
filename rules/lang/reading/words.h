/* SPDX-License-Identifier: MIT
 *
 * The words of rule files and what they stand for.
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

/* One of a closed list of words, and what it stands for; a pair of kinds may have one word. */
struct lang_word {
        const char *word; /* NULL ends a list */
        uint16_t value, value2;
};

extern const struct lang_word lang_severity_words[], lang_care_level_words[], lang_day_words[];

enum { LANG_WORDS_MAX = 64 };

/* The kinds that rules may use in all of these ways (bits of enum kind_use, common/event_kind.h), with the words of pairs
 * when @with_pairs. NULL ends them. */
void lang_kind_words(uint8_t uses, bool with_pairs, struct lang_word ret[LANG_WORDS_MAX + 1]);

/* The class of an alert about @kind, and what says it is over besides value 0 (KIND_NONE: nothing). */
enum alert_class lang_kind_class(unsigned int kind);
/* The gravest class of @kinds. */
enum alert_class lang_kinds_class(const struct rule_kinds *kinds);
enum event_kind lang_kind_clears(unsigned int kind);

/* An id: letters, digits, _ . and -, shorter than @bytes. */
bool lang_id_is_fine(const char *id, size_t bytes);

/* Is @list a list of at least one? Otherwise complain, with "write  key: [ @example ]". */
bool lang_list_is_there(struct lang_reading *reading, const struct yaml_node *list,
                        const char *example);

#endif
