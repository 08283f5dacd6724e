/* SPDX-License-Identifier: MIT
 *
 * Reads a test file and its tests from YAML.
 *
 * Thread: one. Blocks: reads files.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_H
#define VIGIL_CLI_RULE_TEST_READ_READ_H

#include <stddef.h>

#include "cli/rule_test/read/test_file.h"
#include "common/files/diag.h"

/* Read into *file, which must be all zero. The caller calls test_file_fini() in any case. Return: 0;
 * TEST_FILE_REFUSED when @diag holds errors; -ENOMEM. rule_test_read_text() takes the content of @path from memory. */
int rule_test_read(struct test_file *file, const char *path, struct diag *diag);
int rule_test_read_text(struct test_file *file, const char *path, const char *text,
                        size_t text_bytes, struct diag *diag);

#endif
