/* SPDX-License-Identifier: MIT */
#include "alerting/zeromq/allow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "common/base/err.h"
#include "common/files/yaml.h"
#include "common/files/yaml_read.h"

static int by_key(const void *a, const void *b) {
        return strcmp(((const struct allow_row *)a)->key, ((const struct allow_row *)b)->key);
}

static int by_id(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool read_text(const struct yaml_node *node, char *ret, size_t ret_bytes, const char *what,
                      struct diag *diag) {
        if (!node)
                return false; /* yaml_read_check_keys() has reported it */
        if (node->type != YAML_TEXT || !node->text[0] || strlen(node->text) >= ret_bytes) {
                diag_add(diag, DIAG_ERROR, "K002", node->file, node->mark, NULL,
                         "%s must be text of at most %zu characters", what, ret_bytes - 1);
                return false;
        }
        memcpy(ret, node->text, strlen(node->text) + 1);
        return true;
}

static bool read_key(const struct yaml_node *node, struct allow_row *row, struct diag *diag) {
        unsigned char binary[32];

        if (!read_text(node, row->key, sizeof(row->key), "public_key", diag))
                return false;
        if (strlen(row->key) != ALLOW_KEY_BYTES - 1 || !zmq_z85_decode(binary, row->key)) {
                diag_add(diag, DIAG_ERROR, "K003", node->file, node->mark,
                         "copy the public-key line of the .key file, in double quotes",
                         "this is not a public key of 40 characters");
                return false;
        }
        return true;
}

static bool read_row(struct allow *allow, const struct yaml_node *map, struct diag *diag) {
        static const struct yaml_read_key keys[] = {
                {"id", true},
                {"role", true},
                {"public_key", true},
        };
        struct allow_row row = {0};
        int role = 0;
        bool ok = yaml_read_check_keys(map, "an allowed key", keys, sizeof(keys) / sizeof(keys[0]),
                                       "K001", diag);

        if (map->type != YAML_MAP)
                return false;
        ok = read_text(yaml_get(map, "id"), row.id, sizeof(row.id), "id", diag) && ok;
        if (yaml_get(map, "role"))
                ok = yaml_read_word(yaml_get(map, "role"), role_names, &role, "K004", diag) && ok;
        ok = read_key(yaml_get(map, "public_key"), &row, diag) && ok;
        if (!ok)
                return false;
        row.role = (enum role)role;
        for (size_t i = 0; i < allow->count; i++) {
                const struct allow_row *other = &allow->rows[i];

                if (strcmp(other->key, row.key) == 0) {
                        diag_add(diag, DIAG_ERROR, "K005", map->file, map->mark, NULL,
                                 "this key belongs to \"%s\" already", other->id);
                        return false;
                }
                if (strcmp(other->id, row.id) == 0 && other->role != row.role) {
                        diag_add(diag, DIAG_ERROR, "K006", map->file, map->mark, NULL,
                                 "\"%s\" is %s above; an id has one role", row.id,
                                 role_name(other->role));
                        return false;
                }
        }
        allow->rows[allow->count++] = row;
        return true;
}

static int read_root(struct allow *allow, const char *path, const struct yaml_node *root,
                     struct diag *diag) {
        static const struct yaml_read_key keys[] = {{"version", true}, {"allowed", true}};
        const struct yaml_node *list, *version;
        int64_t number;

        if (!root) {
                diag_add(diag, DIAG_ERROR, "K007", path, (struct diag_mark){0},
                         "make keys with: vigil keys new", "the file is empty");
                return 0;
        }
        if (!yaml_read_check_keys(root, "this file", keys, 2, "K001", diag))
                return 0;
        version = yaml_get(root, "version");
        (void)yaml_read_integer(version, 1, 1, &number, "K002", diag);
        list = yaml_get(root, "allowed");
        if (list->type != YAML_LIST) {
                diag_add(diag, DIAG_ERROR, "K002", path, list->mark, NULL,
                         "allowed must be a list of keys");
                return 0;
        }
        allow->rows = calloc(list->count + 1, sizeof(*allow->rows));
        allow->ids = calloc(list->count + 1, sizeof(*allow->ids));
        if (!allow->rows || !allow->ids)
                return err_raise(-ENOMEM);
        for (const struct yaml_node *node = list->child; node; node = node->next)
                (void)read_row(allow, node, diag);
        qsort(allow->rows, allow->count, sizeof(*allow->rows), by_key);
        for (size_t i = 0; i < allow->count; i++) {
                if (allow->rows[i].role != ROLE_MONITOR && allow->rows[i].role != ROLE_INGEST)
                        allow->ids[allow->id_count++] = allow->rows[i].id;
        }
        qsort(allow->ids, allow->id_count, sizeof(*allow->ids), by_id);
        return 0;
}

int allow_load(struct allow **ret, const char *path, struct diag *diag) {
        struct yaml_doc *doc = NULL;
        struct allow *allow = NULL;
        int errors = diag_errors(diag);
        int r;

        r = yaml_load(&doc, path, diag);
        if (r != 0)
                return r == YAML_REFUSED ? ALLOW_REFUSED : r;
        allow = calloc(1, sizeof(*allow));
        r = allow ? read_root(allow, path, yaml_root(doc), diag) : err_raise(-ENOMEM);
        if (r == 0 && diag_errors(diag) != errors)
                r = ALLOW_REFUSED;
        if (r == 0) {
                *ret = allow;
                allow = NULL;
        }
        allow_free(allow);
        yaml_doc_free(doc);
        return r;
}

struct allow *allow_free(struct allow *allow) {
        if (allow) {
                free(allow->rows);
                free(allow->ids);
                free(allow);
        }
        return NULL;
}

const struct allow_row *allow_by_key(const struct allow *allow, const char *key) {
        struct allow_row wanted = {0};

        if (strlen(key) != ALLOW_KEY_BYTES - 1 || allow->count == 0)
                return NULL;
        memcpy(wanted.key, key, ALLOW_KEY_BYTES);
        return bsearch(&wanted, allow->rows, allow->count, sizeof(*allow->rows), by_key);
}

const struct allow_row *allow_find(const struct allow *allow, const char *domain, const char *key) {
        const struct allow_row *row = allow_by_key(allow, key);

        if (!row)
                return NULL;
        if (strcmp(domain, ALLOW_PAGES) == 0)
                return row->role == ROLE_MONITOR ? NULL : row;
        if (strcmp(domain, ALLOW_FEED) == 0)
                return row->role == ROLE_DESK || row->role == ROLE_MONITOR ? row : NULL;
        return NULL; /* an unknown domain admits nobody */
}

bool allow_has(const struct allow *allow, const char *id) {
        const char *const *found;

        if (allow->id_count == 0)
                return false;
        found = bsearch(&id, allow->ids, allow->id_count, sizeof(*allow->ids), by_id);
        return found != NULL;
}
