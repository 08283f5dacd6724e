/* SPDX-License-Identifier: MIT
 *
 * CURVE keys of recipients as files (docs/wire/pages.md, "Keys"): ID.key with both halves, mode
 * 0600, and the allow-list allowed.yaml that alerting's ZAP handler reads.
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

/* Return: 0 or -ENOTSUP when libzmq was built without CURVE. */
int curve_new(struct curve_pair *ret);

/* Read DIR/ID.key. Return: 0, -ENOENT, -EINVAL (err_why()), -errno. */
int curve_read(struct curve_pair *ret, const char *dir, const char *id);

/* Write DIR/ID.key anew, mode 0600. Return: 0 or -errno. */
int curve_write(const struct curve_pair *pair, const char *dir, const char *id);

/* The public half of the server: DIR/server.pub, one line of Z85. */
int curve_read_server(char ret_public[CURVE_TEXT_BYTES], const char *dir);
int curve_write_server(const struct curve_pair *pair, const char *dir);

#endif
