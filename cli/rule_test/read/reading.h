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

#define RULE_TEST_ERROR(reading, code, node, help, ...)                                            \
        diag_add((reading)->diag, DIAG_ERROR, code, (node)->file, (node)->mark, help, __VA_ARGS__)

/* While one test is read. */
struct rule_test_reading {
        struct test_file *file;
        struct rule_test_case *test;
        struct diag *diag;
};

/* A moment in the test's local time, see local_time.h. Return: false after a complaint. */
bool rule_test_reading_moment(struct rule_test_reading *reading, const struct yaml_node *node,
                              int64_t *ret_ms);

/* Text shorter than @ret_bytes. Return: false after a complaint. */
bool rule_test_reading_text(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret, size_t ret_bytes);
/* The id of a rule of this file, or of a known elder. */
bool rule_test_reading_rule(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret);
bool rule_test_reading_elder(struct rule_test_reading *reading, const struct yaml_node *node,
                             char *ret);
/* A contact, a team, or "desk" for the desk of the test's elder; REGISTRY_ID_BYTES. */
bool rule_test_reading_recipient(struct rule_test_reading *reading, const struct yaml_node *node,
                                 char *ret);

/* The list at @key of @map, or NULL; complains when it is something else. */
const struct yaml_node *rule_test_reading_list(struct rule_test_reading *reading,
                                               const struct yaml_node *map, const char *key);

/* @path beside the test file, malloc'd; NULL: no memory. */
char *rule_test_reading_path_beside(const struct test_file *file, const char *path);

#endif
