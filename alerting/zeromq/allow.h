/* SPDX-License-Identifier: MIT
 *
 * Allow-list: the keys that may connect, read from DIR/allowed.yaml (docs/wire/pages.md). A file is accepted whole or
 * not at all. Diagnostics: K001 … K007.
 *
 * Thread: any; a list is constant once loaded. Blocks: allow_load() reads the file.
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
        struct allow_row *rows; /* sorted by key */
        size_t count;
        const char **ids; /* of family, team and desk, which are paged; sorted */
        size_t id_count;
};

/* Return: 0, and the caller frees *ret; ALLOW_REFUSED when the diag holds errors; -errno. ALLOW_UNCHANGED: see
 * zap_reload(). */
enum { ALLOW_REFUSED = 1, ALLOW_UNCHANGED = 2 };
int allow_load(struct allow **ret, const char *path, struct diag *diag);
struct allow *allow_free(struct allow *allow);

/* The row of that key, or NULL. */
const struct allow_row *allow_by_key(const struct allow *allow, const char *key);
/* The same, but NULL when its role may not connect to @domain. */
const struct allow_row *allow_find(const struct allow *allow, const char *domain, const char *key);

/* Does @id have a key with a role that is paged? */
bool allow_has(const struct allow *allow, const char *id);

#endif
