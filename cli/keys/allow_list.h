/* SPDX-License-Identifier: MIT
 *
 * DIR/allowed.yaml, the list of keys that may connect (docs/wire/pages.md), as edited by vigil keys. Comments and
 * order of rows are kept, each change replaces the whole file atomically, and a lock on DIR serialises concurrent
 * commands.
 *
 * Thread: one. Blocks: on files, and on the lock while another command holds it.
 */
#ifndef VIGIL_CLI_KEYS_ALLOW_LIST_H
#define VIGIL_CLI_KEYS_ALLOW_LIST_H

#include <stddef.h>

#include "common/files/diag.h"

struct allow_list;

enum { ALLOW_LIST_REFUSED = 1, ALLOW_LIST_TAKEN = 2, ALLOW_LIST_UNKNOWN = 3 };

/* Lock @dir and read the list; a file that does not exist is an empty list. *ret: allow_list_close() frees and
 * unlocks it. Return: 0; ALLOW_LIST_REFUSED when @diag holds errors; -errno with err_why(). */
int allow_list_open(struct allow_list **ret, const char *dir, struct diag *diag);
struct allow_list *allow_list_close(struct allow_list *list);

/* Row @index; its texts are valid until the next change. Past the end all members are NULL. */
struct allow_list_row {
        const char *id;
        const char *role;
        const char *public_key;
};
struct allow_list_row allow_list_at(const struct allow_list *list, size_t index);

/* Add a row and save. Return: 0; ALLOW_LIST_TAKEN when the id exists; -EINVAL with err_why() when a row cannot be
 * appended to the file in its present form; -errno. */
int allow_list_add(struct allow_list *list, const struct allow_list_row *row);

/* Remove a row and save. Return: 0; ALLOW_LIST_UNKNOWN when there is none of this id; -errno. */
int allow_list_remove(struct allow_list *list, const char *id);

#endif
