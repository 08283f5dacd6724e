/* SPDX-License-Identifier: MIT
 *
 * DIR/allowed.yaml, the list of keys that may connect (docs/wire/pages.md), changed by people's
 * commands: comments and order stay, every change replaces the file as a whole, and two commands at
 * once wait for each other.
 *
 * Thread: one. Blocks: on files, and on another command's lock.
 */
#ifndef VIGIL_CLI_KEYS_ALLOW_LIST_H
#define VIGIL_CLI_KEYS_ALLOW_LIST_H

#include <stddef.h>

#include "common/files/diag.h"

struct allow_list;

enum { ALLOW_LIST_REFUSED = 1, ALLOW_LIST_TAKEN = 2, ALLOW_LIST_UNKNOWN = 3 };

/* Lock and read. A list that is not there is empty. Return: 0; ALLOW_LIST_REFUSED when the diag holds errors;
 * -errno with err_why(). */
int allow_list_open(struct allow_list **ret, const char *dir, struct diag *diag);
struct allow_list *allow_list_close(struct allow_list *list);

/* Row @index, valid until the next change; NULL members past the end. */
struct allow_list_row {
        const char *id;
        const char *role;
        const char *public_key;
};
struct allow_list_row allow_list_at(const struct allow_list *list, size_t index);

/* Add a row and save. Return: 0; ALLOW_LIST_TAKEN when the id is there; -EINVAL when the file's form does not
 * take a row at its end (err_why()); -errno. */
int allow_list_add(struct allow_list *list, const struct allow_list_row *row);

/* Remove a row and save. Return: 0; ALLOW_LIST_UNKNOWN; -errno. */
int allow_list_remove(struct allow_list *list, const char *id);

#endif
