/* SPDX-License-Identifier: MIT
 *
 * The strict YAML subset of all our files, parsed with libyaml into a tree with the position of every node: UTF-8
 * only, no anchors, aliases, tags, merge keys, tabs, duplicate keys or second documents. Every scalar is text; the
 * caller converts it (yaml_read.h), so "no", "on", "22:00" and "010" never become something else.
 *
 * Errors are added to the diag with file:line:col; full-width punctuation (：，“”), GBK bytes and tabs have their own
 * messages.
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
        bool quoted;             /* YAML_TEXT: not a plain scalar */
        struct yaml_node *child; /* first item of a list, first pair of a map */
        struct yaml_node *next;  /* next sibling */
        size_t count;            /* children */
        const char *key;         /* child of a map: its key; else NULL */
        struct diag_mark key_mark;
        const char *file; /* as given to yaml_load() */
};

struct yaml_doc;

/* The caller releases *ret with yaml_doc_free(); nodes and their texts belong to it. Return: 0 (the root of an empty
 * file is NULL); YAML_REFUSED if errors of this file were added to the diag; -ENOMEM; -errno of open/read, which are
 * added to the diag as well. */
enum { YAML_REFUSED = 1 };
int yaml_load(struct yaml_doc **ret, const char *path, struct diag *diag);
/* The same from memory. @file: the name used in messages. */
int yaml_parse(struct yaml_doc **ret, const char *file, const char *text, size_t text_bytes,
               struct diag *diag);
/* Not called yaml_free(): libyaml exports that name and would call ours instead of its own. */
struct yaml_doc *yaml_doc_free(struct yaml_doc *doc);
const struct yaml_node *yaml_root(const struct yaml_doc *doc);

/* The value of @key in a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
