/* SPDX-License-Identifier: MIT
 *
 * Builds the registry of a test.
 *
 * Thread: one. Blocks: REGISTRY_CELL_ZONE reads the zone's file.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_WORLD_H
#define VIGIL_CLI_RULE_TEST_READ_READ_WORLD_H

#include "cli/rule_test/read/reading.h"
#include "common/registry/registry.h"
#include "common/files/yaml.h"

/* Build the registry at the start of reading->test. Errors are reported to the diag. Return: 0 or -ENOMEM. */
int rule_test_world_read(struct rule_test_reading *reading, const struct yaml_node *file_root,
                         const struct yaml_node *test);
/* Read the keys of @map into @record. They are the columns of the registry's CSV files; lists of words are YAML
 * lists. @others: keys that the caller reads itself, NULL-terminated. */
void rule_test_record_read(struct rule_test_reading *reading, enum registry_type type,
                           const struct yaml_node *map, const char *const *others, void *record);

#endif
