/* SPDX-License-Identifier: MIT
 *
 * The strict YAML subset that all our files use, read with libyaml into a tree that keeps the
 * position of every node: UTF-8 only, no anchors, aliases, tags, merge keys, tabs, duplicate
 * keys or second documents; every scalar is text and typed by whoever asks for it, so
 * "no", "on", "22:00" and "010" never turn into something else.
 *
 * What is wrong goes to the diag with file:line:col; full-width punctuation (：，“”), GBK bytes
 * and tabs have messages of their own.
 *
 * Thread: a document belongs to one thread. Blocks: yaml_load() reads the file.
 */
#ifndef VIGIL_COMMON_FILES_YAML_H
#define VIGIL_COMMON_FILES_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/diag.h"

enum yaml_type {
        YAML_TEXT,
        YAML_LIST,
        YAML_MAP,
};

struct yaml_node {
        enum yaml_type type;
        struct diag_mark mark;
        const char *text;        /* YAML_TEXT: NUL-terminated */
        bool quoted;             /* YAML_TEXT: written with quotes */
        struct yaml_node *child; /* first item of a list, first pair of a map */
        struct yaml_node *next;  /* next sibling */
        size_t count;            /* children */
        const char *key;         /* pairs of a map: the key */
        struct diag_mark key_mark;
        const char *file; /* as given to yaml_load() */
};

struct yaml_doc;

/* Return: 0 and *ret (root may be NULL for an empty file); YAML_REFUSED when the diag holds at least
 * one error for this file (nothing is returned then); -ENOMEM; -errno of open/read (with
 * a diag entry as well). */
enum { YAML_REFUSED = 1 };
int yaml_load(struct yaml_doc **ret, const char *path, struct diag *diag);
int yaml_parse(struct yaml_doc **ret, const char *file, const char *text, size_t text_bytes,
               struct diag *diag);
/* Not yaml_free(): libyaml exports that name for itself, and ours would be called in its place. */
struct yaml_doc *yaml_doc_free(struct yaml_doc *doc);
const struct yaml_node *yaml_root(const struct yaml_doc *doc);

/* The value of @key in a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* One row a key that a map may have. The reader walks its table: unknown keys are complained
 * about with "did you mean", missing required ones with the map's position. */
struct yaml_key {
        const char *name;
        bool required;
};
/* @what: how to call the map in messages ("when", "a step"). @code: of an unknown key; R010 (not a
 * map) and R011 (missing key) are the same for every file. At most 48 keys.
 * Return: false when @map is not a map or something was wrong (complaints are in the diag). */
bool yaml_check_keys(const struct yaml_node *map, const char *what, const struct yaml_key *keys,
                     size_t key_count, const char *code, struct diag *diag);

/* Typed reading. Each complains into the diag (with an example of the right form) and
 * returns false; *ret is untouched then. */
bool yaml_integer(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret,
                  const char *code, struct diag *diag);
bool yaml_number(const struct yaml_node *node, double min, double max, double *ret,
                 const char *code, struct diag *diag);
bool yaml_bool(const struct yaml_node *node, bool *ret, const char *code, struct diag *diag);
/* "250ms", "20s", "5m", "3h", "2d": a whole number and one unit, at least @min_ms. */
bool yaml_duration_ms(const struct yaml_node *node, int64_t min_ms, int64_t max_ms, int64_t *ret,
                      const char *code, struct diag *diag);
/* The shortest way to write a duration: "90s", "2h". Return: @ret. */
const char *yaml_duration_text(int64_t ms, char *ret, size_t ret_bytes);
/* "06:00" .. "24:00" -> minutes after midnight. */
bool yaml_minute_of_day(const struct yaml_node *node, int *ret, const char *code,
                        struct diag *diag);
/* One of @words (NULL-terminated) -> its index. */
bool yaml_word(const struct yaml_node *node, const char *const *words, int *ret, const char *code,
               struct diag *diag);

#endif
