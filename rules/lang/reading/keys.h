/* SPDX-License-Identifier: MIT
 *
 * Keys: one row for everything a map of a rule file may say. The reader walks these tables and so does the
 * JSON schema for editors (schema.c), so that the two cannot differ.
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
        LANG_KEY_NAMES,    /* a list of names: struct rule_words; any when words is NULL */
        LANG_KEY_NAME,     /* char[RULE_WORD_BYTES] */
        LANG_KEY_MAP,      /* keys of map, into the same struct */
        /* The rest has a reader of its own. */
        LANG_KEY_LIST, /* of maps */
        LANG_KEY_TEXT,
        LANG_KEY_TEXTS, /* zh and en */
        LANG_KEY_MINUTE,
        LANG_KEY_DATE,
        LANG_KEY_ID,        /* of a rule */
        LANG_KEY_IDS,       /* of rules */
        LANG_KEY_DISTANCE,  /* double, m */
        LANG_KEY_DURATIONS, /* one for all, or a map of some */
};

/* A reader of its own: @ret is the member of the struct that the key's table fills. */
typedef void lang_read(struct lang_reading *reading, const struct lang_key *key,
                       const struct yaml_node *node, void *ret);

struct lang_key {
        const char *name; /* NULL ends a table */
        enum lang_key_type type;
        double least, most;   /* numbers; ms of durations; members of a list (most 0: any) */
        int64_t least_set_ms; /* of a duration in an override's set:; 0: least */
        const struct lang_word *words; /* ENUM, BITS, NAMES */
        uint8_t uses;                  /* KIND, KINDS: those that rules may use so, enum kind_use */
        const struct lang_map *map;    /* MAP, LIST, DURATIONS */
        const char *or_word;           /* may stand instead of a list or a duration: any, never */
        size_t at;                     /* offset of the member; what map reads lies there too */
        uint8_t setting; /* LANG_SET(RULE_SETTING_…): an override may set it; 0: none may */
        bool required;
        bool or_date;     /* of a list: a plain date may be a member */
        bool or_one;      /* of a list of words: one may stand without [ ] */
        lang_read *read;  /* NULL: as the type says */
        const char *code; /* of a complaint about its value; NULL: as the type says */
        const char *what; /* for editors */
};

/* How a date looks, as a regular expression. */
#define LANG_KEY_DATE_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

#define LANG_SET(setting) ((setting) + 1)

struct lang_map {
        const char *what; /* in messages: "when", "a time slot" */
        const struct lang_key *keys;
};

enum { LANG_KEYS_MAX = 40 }; /* in one map */

/* Read every key of @map that has a row, into @ret. Unknown and missing keys are complained about.
 * Return: false when @node is no map or its keys are wrong; what could be read is read. */
bool lang_map_read(struct lang_reading *reading, const struct yaml_node *node,
                   const struct lang_map *map, void *ret);

/* The same in two steps, for maps with several tables; @base is what their offsets are from. @tables:
 * NULL-terminated. @set: only keys that an override may set count, and none is required. */
bool lang_keys_check(struct lang_reading *reading, const struct yaml_node *node, const char *what,
                     const char *code, const struct lang_key *const *tables, bool set);
void lang_keys_read(struct lang_reading *reading, const struct yaml_node *node,
                    const struct lang_key *keys, bool set, void *base);

/* Read one value as its row says. */
void lang_value_read(struct lang_reading *reading, const struct lang_key *key,
                     const struct yaml_node *node, void *ret);

const struct lang_key *lang_key_find(const struct lang_key *keys, const char *name);

/* The words that @key takes: its own, or those of its kinds, put into @room. NULL: any. */
const struct lang_word *lang_key_words(const struct lang_key *key,
                                       struct lang_word room[LANG_WORDS_MAX + 1]);

/* The words of @list as names for messages: NULL-terminated in @ret (@most entries). */
void lang_key_word_names(const struct lang_word *list, const char *ret[LANG_WORDS_MAX + 1]);

#endif
