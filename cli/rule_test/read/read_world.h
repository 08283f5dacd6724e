/* SPDX-License-Identifier: MIT
 *
 * Who lives in a test: its registry.
 *
 * Thread: one. Blocks: reads the CSV files that a test names.
 */
#ifndef VIGIL_CLI_RULE_TEST_READ_READ_WORLD_H
#define VIGIL_CLI_RULE_TEST_READ_READ_WORLD_H

#include "cli/rule_test/read/reading.h"
#include "common/registry/registry.h"
#include "common/files/yaml.h"

/* The registry at the start of reading->test. Return: 0 or -ENOMEM. */
int rule_test_world_read(struct rule_test_reading *reading, const struct yaml_node *file_root,
                         const struct yaml_node *test);
/* The keys of @map put into @record; they are the columns of the registry's CSV files, lists of words
 * are lists. @others: keys that are somebody else's to read, NULL-terminated. */
void rule_test_record_read(struct rule_test_reading *reading, enum registry_type type,
                           const struct yaml_node *map, const char *const *others, void *record);

#endif
