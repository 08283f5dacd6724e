/* SPDX-License-Identifier: MIT
 *
 * Shared by the readers of a test file: small values, with error reports.
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

/* Context while one test is read. */
struct rule_test_reading {
        struct test_file *file;
        struct rule_test_case *test;
        struct diag *diag;
};

/* A point in time in the test's local time, see local_time.h. Return: false after an error, which has been
 * reported. */
bool rule_test_reading_moment(struct rule_test_reading *reading, const struct yaml_node *node,
                              int64_t *ret_ms);

/* A text shorter than @ret_bytes. Return: as above. */
bool rule_test_reading_text(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret, size_t ret_bytes);
/* The id of an existing rule (ALERT_RULE_ID_BYTES), of an existing elder (EVENT_ELDER_ID_BYTES). Return: as above. */
bool rule_test_reading_rule(struct rule_test_reading *reading, const struct yaml_node *node,
                            char *ret);
bool rule_test_reading_elder(struct rule_test_reading *reading, const struct yaml_node *node,
                             char *ret);
/* A contact, a team, or "desk" for the desk of the test's elder; @ret has REGISTRY_ID_BYTES. Return: as above. */
bool rule_test_reading_recipient(struct rule_test_reading *reading, const struct yaml_node *node,
                                 char *ret);

/* The list at @key of @map, or NULL; a value that is no list is reported. */
const struct yaml_node *rule_test_reading_list(struct rule_test_reading *reading,
                                               const struct yaml_node *map, const char *key);

/* @path relative to the folder of the test file. Return: malloc'd, the caller frees it; NULL when out of memory. */
char *rule_test_reading_path_beside(const struct test_file *file, const char *path);

#endif
