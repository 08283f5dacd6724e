/* SPDX-License-Identifier: MIT
 *
 * CURVE keys of recipients as files (docs/wire/pages.md, "Keys"): ID.key holds both halves and has mode 0600.
 * Alerting checks clients against allowed.yaml (allow_list.h).
 *
 * Thread: any. Blocks: on files.
 */
#ifndef VIGIL_CLI_KEYS_CURVE_H
#define VIGIL_CLI_KEYS_CURVE_H

#include <stdio.h>

enum { CURVE_TEXT_BYTES = 41 }; /* Z85 and NUL */

struct curve_pair {
        char public_key[CURVE_TEXT_BYTES];
        char secret_key[CURVE_TEXT_BYTES];
};

/* Generate a key pair. Return: 0, or -ENOTSUP when libzmq was built without CURVE. */
int curve_new(struct curve_pair *ret);

/* Read DIR/ID.key. Return: 0; -EINVAL when it is no key file; -ENOENT or another -errno; with err_why(). */
int curve_read(struct curve_pair *ret, const char *dir, const char *id);

/* Write DIR/ID.key, overwriting it; mode 0600 if it is created. Return: 0 or -errno. */
int curve_write(const struct curve_pair *pair, const char *dir, const char *id);

/* Read the server's public key from DIR/server.pub, one line of Z85. Return: as curve_read(). */
int curve_read_server(char ret_public[CURVE_TEXT_BYTES], const char *dir);
/* Write both halves to DIR/server.key and the public one to DIR/server.pub (mode 0644). Return: 0 or -errno. */
int curve_write_server(const struct curve_pair *pair, const char *dir);

#endif
