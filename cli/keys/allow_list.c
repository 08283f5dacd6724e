/* SPDX-License-Identifier: MIT */
#include "cli/keys/allow_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/files/yaml.h"

enum { FILE_BYTES_MAX = 16 * 1024 * 1024 };

static const char head[] =
        "# Who may connect to alerting. Written by vigil keys; read again when it changes.\n"
        "version: 1\n"
        "allowed:\n";

struct allow_list {
        int dir; /* locked */
        char *path;
        char *text;
        size_t text_bytes;
        struct yaml_doc *doc; /* NULL: the file does not exist */
};

static const struct yaml_node *rows_of(const struct yaml_doc *doc) {
        const struct yaml_node *root = doc ? yaml_root(doc) : NULL;
        const struct yaml_node *rows =
                root && root->type == YAML_MAP ? yaml_get(root, "allowed") : NULL;

        return rows && rows->type == YAML_LIST ? rows : NULL;
}

static const char *text_of(const struct yaml_node *row, const char *key) {
        const struct yaml_node *node = row->type == YAML_MAP ? yaml_get(row, key) : NULL;

        return node && node->type == YAML_TEXT ? node->text : NULL;
}

static const struct yaml_node *row_find(const struct yaml_doc *doc, const char *id) {
        const struct yaml_node *rows = rows_of(doc);

        for (const struct yaml_node *row = rows ? rows->child : NULL; row; row = row->next) {
                const char *text = text_of(row, "id");

                if (text && strcmp(text, id) == 0)
                        return row;
        }
        return NULL;
}

static size_t row_count(const struct yaml_doc *doc) {
        const struct yaml_node *rows = rows_of(doc);

        return rows ? rows->count : 0;
}

/* --- opening ----------------------------------------------------------------------------------------- */

static int text_read(struct allow_list *list) {
        int fd = openat(list->dir, "allowed.yaml", O_RDONLY | O_CLOEXEC);
        struct stat about;
        int r = 0;

        if (fd < 0)
                return errno == ENOENT ? 0 : err_raise_why(-errno, "%s cannot be read", list->path);
        if (fstat(fd, &about) < 0 || about.st_size > FILE_BYTES_MAX) {
                r = err_raise_why(-EFBIG, "%s is too large", list->path);
                goto out;
        }
        list->text = calloc(1, (size_t)about.st_size + 1);
        if (!list->text) {
                r = err_raise(-ENOMEM);
                goto out;
        }

        ssize_t got = read(fd, list->text, (size_t)about.st_size);

        if (got < 0)
                r = err_raise_why(-errno, "%s cannot be read", list->path);
        else
                list->text_bytes = (size_t)got;
out:
        close(fd);
        return r;
}

int allow_list_open(struct allow_list **ret, const char *dir, struct diag *diag) {
        struct allow_list *list = calloc(1, sizeof(*list));
        int r;

        if (!list)
                return err_raise(-ENOMEM);
        list->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (list->dir < 0) {
                r = err_raise_why(-errno, "the folder %s cannot be opened: %s", dir,
                                  err_text(errno));
                goto out;
        }
        if (flock(list->dir, LOCK_EX) < 0) {
                r = err_raise_why(-errno, "the folder %s cannot be locked", dir);
                goto out;
        }
        if (asprintf(&list->path, "%s/allowed.yaml", dir) < 0) {
                list->path = NULL;
                r = err_raise(-ENOMEM);
                goto out;
        }
        r = text_read(list);
        if (r == 0 && list->text)
                r = yaml_parse(&list->doc, list->path, list->text, list->text_bytes, diag);
        if (r != 0) {
                r = r < 0 ? r : ALLOW_LIST_REFUSED;
                goto out;
        }
        *ret = list;
        list = NULL;
out:
        allow_list_close(list);
        return r;
}

struct allow_list *allow_list_close(struct allow_list *list) {
        if (!list)
                return NULL;
        if (list->dir >= 0)
                close(list->dir);
        yaml_doc_free(list->doc);
        free(list->path);
        free(list->text);
        free(list);
        return NULL;
}

struct allow_list_row allow_list_at(const struct allow_list *list, size_t index) {
        const struct yaml_node *rows = rows_of(list->doc);
        const struct yaml_node *row = rows ? rows->child : NULL;

        while (row && index--)
                row = row->next;
        if (!row)
                return (struct allow_list_row){0};
        return (struct allow_list_row){text_of(row, "id"), text_of(row, "role"),
                                       text_of(row, "public_key")};
}

/* --- changing ---------------------------------------------------------------------------------------- */

/* Write a new file and rename it over the old one: a reader sees either file, never a part. */
static int text_save(struct allow_list *list, const char *text, size_t bytes) {
        int fd = openat(list->dir, "allowed.yaml.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                        0600);
        int r = 0;

        if (fd < 0)
                return err_raise_why(-errno, "%s.new cannot be written", list->path);
        /* A file left by a killed command may have another mode. */
        if (fchmod(fd, 0600) < 0 || write(fd, text, bytes) != (ssize_t)bytes || fsync(fd) < 0)
                r = err_raise_why(-EIO, "%s.new cannot be written", list->path);
        close(fd);
        if (r == 0 && (renameat(list->dir, "allowed.yaml.new", list->dir, "allowed.yaml") < 0 ||
                       fsync(list->dir) < 0))
                r = err_raise_why(-errno, "%s cannot be replaced", list->path);
        if (r < 0)
                unlinkat(list->dir, "allowed.yaml.new", 0);
        return r;
}

/* Save @text and make it the list, if it parses to @rows rows. Takes ownership of @text; frees it on failure. */
static int text_adopt(struct allow_list *list, char *text, size_t bytes, size_t rows) {
        struct yaml_doc *doc = NULL;
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        if (r == 0)
                r = yaml_parse(&doc, list->path, text, bytes, diag);
        if (r > 0 || (r == 0 && row_count(doc) != rows))
                r = err_raise_why(
                        -EINVAL,
                        "%s: its \"allowed\" list does not end the file, one row a line; change "
                        "it by hand",
                        list->path);
        diag_free(diag);
        if (r == 0)
                r = text_save(list, text, bytes);
        if (r < 0) {
                yaml_doc_free(doc);
                free(text);
                return r;
        }
        yaml_doc_free(list->doc);
        free(list->text);
        list->doc = doc;
        list->text = text;
        list->text_bytes = bytes;
        return 0;
}

int allow_list_add(struct allow_list *list, const struct allow_list_row *row) {
        size_t rows = row_count(list->doc);
        const char *before = rows ? list->text : head;
        size_t before_bytes = rows ? list->text_bytes : sizeof(head) - 1;
        bool line_open = before_bytes && before[before_bytes - 1] != '\n';
        char *text = NULL;

        if (row_find(list->doc, row->id))
                return ALLOW_LIST_TAKEN;

        int bytes = asprintf(&text, "%.*s%s  - { id: %s, role: %s, public_key: \"%s\" }\n",
                             (int)before_bytes, before, line_open ? "\n" : "", row->id, row->role,
                             row->public_key);

        if (bytes < 0)
                return err_raise(-ENOMEM);
        return text_adopt(list, text, (size_t)bytes, rows + 1);
}

/* Offset of line @line (from 1); the end of the text when there are fewer lines. */
static size_t line_offset(const struct allow_list *list, int line) {
        size_t at = 0;

        while (--line > 0 && at < list->text_bytes) {
                const char *newline = memchr(list->text + at, '\n', list->text_bytes - at);

                at = newline ? (size_t)(newline - list->text) + 1 : list->text_bytes;
        }
        return at;
}

int allow_list_remove(struct allow_list *list, const char *id) {
        const struct yaml_node *row = row_find(list->doc, id);

        if (!row)
                return ALLOW_LIST_UNKNOWN;

        size_t rows = row_count(list->doc);
        size_t from = line_offset(list, row->mark.line);
        size_t to = row->next ? line_offset(list, row->next->mark.line)
                              : line_offset(list, row->mark.line + 1);
        char *text = NULL;
        /* Without a row, "allowed:" would be an empty text in YAML instead of an empty list. */
        int bytes = rows == 1 ? asprintf(&text, "version: 1\nallowed: []\n")
                              : asprintf(&text, "%.*s%.*s", (int)from, list->text,
                                         (int)(list->text_bytes - to), list->text + to);

        if (bytes < 0)
                return err_raise(-ENOMEM);
        return text_adopt(list, text, (size_t)bytes, rows - 1);
}
