/* SPDX-License-Identifier: MIT
 *
 * Allow-list: the keys that may connect, read from DIR/allowed.yaml (docs/wire/pages.md). Accepted whole or
 * not at all. Diagnostics: K001 … K007.
 *
 * Thread: a list is constant once loaded. Blocks: allow_load() reads the file.
 */
#ifndef VIGIL_ALERTING_ZEROMQ_ALLOW_H
#define VIGIL_ALERTING_ZEROMQ_ALLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "alerting/base/role.h"
#include "common/files/diag.h"
#include "common/registry/registry.h"

#define ALLOW_PAGES "vigil.pages" /* ZAP domain of the page socket: family, team, desk, ingest */
#define ALLOW_FEED "vigil.feed"   /* of feed and snapshot: desk, monitor */

enum { ALLOW_KEY_BYTES = 41 /* 40 characters of Z85 and NUL */ };

struct allow_row {
        char id[REGISTRY_ID_BYTES];
        char key[ALLOW_KEY_BYTES];
        enum role role;
};

struct allow {
        struct allow_row *rows; /* by key */
        size_t count;
        const char **ids; /* of those that are paged, sorted */
        size_t id_count;
};

/* Return: 0; ALLOW_REFUSED when the diag holds errors; -errno. */
enum { ALLOW_REFUSED = 1, ALLOW_UNCHANGED = 2 };
int allow_load(struct allow **ret, const char *path, struct diag *diag);
struct allow *allow_free(struct allow *allow);

/* Whose key it is, or NULL. */
const struct allow_row *allow_by_key(const struct allow *allow, const char *key);
/* The same, but only when that role may connect to @domain. */
const struct allow_row *allow_find(const struct allow *allow, const char *domain, const char *key);

/* Is there a key of that id that is paged? */
bool allow_has(const struct allow *allow, const char *id);

#endif
