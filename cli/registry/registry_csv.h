/* SPDX-License-Identifier: MIT
 *
 * Loads the registry from a folder of CSV files (docs/registry.md). All errors in the files and between them are
 * reported in one run.
 *
 * Codes: G001 to G006 are those of the CSV reader (cli/registry/csv.h).
 *      G010 file missing            G011 unknown column         G012 column missing
 *      G013 column twice            G020 empty                  G021 bad id
 *      G022 id used twice           G023 refers to nothing      G024 text
 *      G025 number                  G026 place                  G027 phone
 *      G028 unknown word            G029 time zone              G030 duty hours
 *      G031 list                    G032 duration or time       G033 nothing in the file
 *
 * Thread: any. Blocks: reads the files.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_CSV_H
#define VIGIL_CLI_REGISTRY_REGISTRY_CSV_H

#include "common/files/diag.h"
#include "common/registry/registry.h"

struct registry_csv_result {
        bool present[REGISTRY_TYPES]; /* the file exists */
        size_t rows[REGISTRY_TYPES];  /* rows without errors */
};

/* @registry: new and empty; receives the rows, those with a valid id even if they have errors. Return: 0;
 * REGISTRY_CSV_REFUSED when @diag holds errors; -ENOMEM. */
enum { REGISTRY_CSV_REFUSED = 1 };
int registry_csv_load(const char *folder, struct registry *registry, struct diag *diag,
                      struct registry_csv_result *ret);

/* Name of the file of a record type, as "elders.csv". */
const char *registry_csv_file(enum registry_type type);

/* The columns of that file. Rule tests use the same names to describe an elder. */
struct registry_cell_column;
const struct registry_cell_column *registry_csv_columns(enum registry_type type, size_t *ret_count);

#endif
