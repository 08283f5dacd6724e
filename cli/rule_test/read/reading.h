/* SPDX-License-Identifier: MIT
 *
 * What the readers of a test file share: small values, and complaints about them.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READING_H
#define VIGIL_CLI_RULE_TEST_READ_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/rule_test/read/test_file.h"
#include "common/files/diag.h"
#include "common/files/yaml.h"

#define TEST_ERROR(reading, code, node, help, ...)                                                 \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)

/* While one test is read. */
struct test_reading {
        struct test_file *file;
        struct test_case *test;
        struct diag *diag;
};

/* A moment in the test's local time, see local_time.h. Return: false after a complaint. */
bool test_moment_read(struct test_reading *reading, const struct yaml_node *node, int64_t *ret_ms);

/* Text shorter than @ret_bytes. Return: false after a complaint. */
bool test_text_read(struct test_reading *reading, const struct yaml_node *node, char *ret,
                    size_t ret_bytes);
/* The id of a rule of this file, or of a known elder. */
bool test_rule_read(struct test_reading *reading, const struct yaml_node *node, char *ret);
bool test_elder_read(struct test_reading *reading, const struct yaml_node *node, char *ret);
/* A contact, a team, or "desk" for the desk of the test's elder; REGISTRY_ID_BYTES. */
bool test_recipient_read(struct test_reading *reading, const struct yaml_node *node, char *ret);

/* The list at @key of @map, or NULL; complains when it is something else. */
const struct yaml_node *test_list_get(struct test_reading *reading, const struct yaml_node *map,
                                      const char *key);

/* @path beside the test file, malloc'd; NULL: no memory. */
char *test_path_beside(const struct test_file *file, const char *path);

#endif
