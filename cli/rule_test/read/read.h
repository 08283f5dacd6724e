/* SPDX-License-Identifier: MIT
 *
 * A test file and its tests, from YAML.
 *
 * Thread: one. Blocks: reads files.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_H
#define VIGIL_CLI_RULE_TEST_READ_READ_H

#include <stddef.h>

#include "cli/rule_test/read/test_file.h"
#include "common/files/diag.h"

/* Into *file, which is all zero; test_file_fini() also after a failure. Return: 0; TEST_FILE_REFUSED when the diag
 * holds errors; -ENOMEM. */
int rule_test_read(struct test_file *file, const char *path, struct diag *diag);
int rule_test_read_text(struct test_file *file, const char *path, const char *text,
                        size_t text_bytes, struct diag *diag);

#endif
