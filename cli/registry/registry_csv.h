/* SPDX-License-Identifier: MIT
 *
 * The registry as people write it: a folder of CSV files (docs/registry.md) into a struct registry,
 * with every mistake of every file and between files named at once.
 *
 * Codes: G001 to G006 are the reader's (cli/registry/csv.h).
 *      G010 file missing            G011 unknown column         G012 column missing
 *      G013 column twice            G020 empty                  G021 bad id
 *      G022 id used twice           G023 refers to nothing      G024 text
 *      G025 number                  G026 place                  G027 phone
 *      G028 unknown word            G029 time zone              G030 duty hours
 *      G031 list                    G032 duration or time       G033 nothing in the file
 *
 * Thread: any, one call. Blocks: reads the files.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_CSV_H
#define VIGIL_CLI_REGISTRY_REGISTRY_CSV_H

#include "common/files/diag.h"
#include "common/registry/registry.h"

struct registry_csv_result {
        bool present[REGISTRY_TYPES]; /* the file is there */
        size_t rows[REGISTRY_TYPES];  /* good ones */
};

/* @registry: new and empty; holds the good rows afterwards.
 * Return: 0; REGISTRY_CSV_REFUSED when the diag holds errors; -ENOMEM. */
enum { REGISTRY_CSV_REFUSED = 1 };
int registry_csv_load(const char *folder, struct registry *registry, struct diag *diag,
                      struct registry_csv_result *ret);

/* "elders.csv" */
const char *registry_csv_file(enum registry_type type);

/* The columns of that file: the same words describe an elder in a rule test. */
struct registry_cell_column;
const struct registry_cell_column *registry_csv_columns(enum registry_type type, size_t *ret_count);

#endif
