/* SPDX-License-Identifier: MIT
 *
 * Keys: a table row for each key that a map of a rule file may have. The reader and the JSON schema for editors
 * (schema.c) use the same tables, so they cannot differ.
 *
 * Thread: any (constant tables). Blocks: never.
 */
#ifndef VIGIL_RULES_LANG_READING_KEYS_H
#define VIGIL_RULES_LANG_READING_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/yaml.h"
#include "rules/lang/reading/words.h"

struct lang_reading;
struct lang_key;

enum lang_key_type {
        LANG_KEY_NUMBER,   /* double */
        LANG_KEY_COUNT,    /* uint8_t */
        LANG_KEY_AGE,      /* int */
        LANG_KEY_PERCENT,  /* 0 to 1 in the file, uint8_t per cent */
        LANG_KEY_DURATION, /* int64_t, ms */
        LANG_KEY_FLAG,     /* bool */
        LANG_KEY_ENUM,     /* one of words: uint8_t */
        LANG_KEY_KIND,     /* one of words: uint16_t */
        LANG_KEY_KINDS,    /* a list of words: struct rule_kinds */
        LANG_KEY_BITS,     /* a list of words: uint8_t, bit value of each */
        LANG_KEY_NAMES,    /* a list of names: struct rule_words; words NULL: any name */
        LANG_KEY_NAME,     /* char[RULE_WORD_BYTES] */
        LANG_KEY_MAP,      /* keys of map, into the same struct */
        /* Keys of the following types need a read function. */
        LANG_KEY_LIST, /* of maps */
        LANG_KEY_TEXT,
        LANG_KEY_TEXTS, /* zh and en */
        LANG_KEY_MINUTE,
        LANG_KEY_DATE,
        LANG_KEY_ID,        /* of a rule */
        LANG_KEY_IDS,       /* of rules */
        LANG_KEY_DISTANCE,  /* double, m */
        LANG_KEY_DURATIONS, /* one duration for all, or a map with some of them */
};

/* Reads the value of a key. @ret: the member of the struct that the key's table fills (base + at). Reports its
 * errors. */
typedef void lang_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret);

struct lang_key {
        const char *name; /* NULL ends a table */
        enum lang_key_type type;
        double least, most;   /* range of numbers, durations (ms), list lengths (most 0: any) */
        int64_t least_set_ms; /* minimum of a duration in an override's set:; 0: least */
        const struct lang_word *words; /* ENUM, BITS, NAMES */
        uint8_t uses;                  /* KIND, KINDS: kinds with these uses, enum kind_use */
        const struct lang_map *map;    /* MAP, LIST, DURATIONS */
        const char *or_word;           /* allowed instead of a list, map or duration: any, never */
        size_t at;                     /* offset of the member; map's offsets start there too */
        uint8_t setting; /* LANG_SET(RULE_SETTING_…): an override may set it; 0: it may not */
        bool required;
        bool or_date;     /* list: an item may be a plain date */
        bool or_one;      /* list of words: a single word may stand without [ ] */
        lang_read *read;  /* NULL: the reader of the type */
        const char *code; /* error code for a bad value; NULL: the code of the type */
        const char *what; /* description for editors */
};

/* The form of a date, as a regular expression. */
#define LANG_KEY_DATE_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

#define LANG_SET(setting) ((setting) + 1)

struct lang_map {
        const char *what; /* in messages: "when", "a time slot" */
        const struct lang_key *keys;
};

enum { LANG_KEYS_MAX = 40 }; /* in one map */

/* Read every key of @node that has a row in @map, into @ret. Unknown and missing keys are reported.
 * Return: false if @node is not a map or its keys are wrong; all readable values are read anyway. */
bool lang_map_read(struct lang_reading *reading, const struct yaml_node *node,
                   const struct lang_map *map, void *ret);

/* The same in two steps, for maps with several tables. @tables: NULL-terminated. @what: the map in messages. @code: of
 * reported errors. @base: where the offsets of the table start. @set: @node is the set: of an override: only keys that
 * an override may set are known, and none is required. */
bool lang_keys_check(struct lang_reading *reading, const struct yaml_node *node, const char *what,
                     const char *code, const struct lang_key *const *tables, bool set);
void lang_keys_read(struct lang_reading *reading, const struct yaml_node *node,
                    const struct lang_key *keys, bool set, void *base);

/* Read one value with the reader of its type. */
void lang_value_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret);

/* @keys NULL: no table. Return: the row of @name, or NULL. */
const struct lang_key *lang_key_find(const struct lang_key *keys, const char *name);

/* Return: the words that @key accepts: its own, or those of its kinds, which are written into @room. NULL: any word. */
const struct lang_word *lang_key_words(const struct lang_key *key,
                                       struct lang_word room[LANG_WORDS_MAX + 1]);

/* Write the words of @list into @ret, NULL-terminated, for messages. */
void lang_key_word_names(const struct lang_word *list, const char *ret[LANG_WORDS_MAX + 1]);

#endif
