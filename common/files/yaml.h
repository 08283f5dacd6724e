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

#endif
