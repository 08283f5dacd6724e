/* SPDX-License-Identifier: MIT
 *
 * Parses one cell of a registry file into one member of a record. Used by registry_csv.c, and by rule tests, which
 * describe an elder with the same names in YAML.
 *
 * Thread: any. Blocks: only REGISTRY_CELL_ZONE, which reads the zone's file.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_CELL_H
#define VIGIL_CLI_REGISTRY_REGISTRY_CELL_H

#include <stdbool.h>
#include <stddef.h>

enum registry_cell_kind {
        REGISTRY_CELL_ID,
        REGISTRY_CELL_DISTRICT, /* an id that must be in districts.csv */
        REGISTRY_CELL_ELDER,    /* an id that must be in elders.csv */
        REGISTRY_CELL_TEXT,
        REGISTRY_CELL_WORD,
        REGISTRY_CELL_WORDS,
        REGISTRY_CELL_CARE_LEVEL,
        REGISTRY_CELL_YES_NO,
        REGISTRY_CELL_YEAR,
        REGISTRY_CELL_ORDER,
        REGISTRY_CELL_PHONE,
        REGISTRY_CELL_LATITUDE,
        REGISTRY_CELL_LONGITUDE,
        REGISTRY_CELL_DURATION,
        REGISTRY_CELL_TIME,
        REGISTRY_CELL_MINUTE,
        REGISTRY_CELL_DAYS,
        REGISTRY_CELL_ZONE,
};

struct registry_cell_column {
        const char *name;
        enum registry_cell_kind kind;
        bool required;
        size_t offset;
        size_t bytes; /* size of the member, for texts */
};

struct language;

/* The error in a cell. */
struct registry_cell_fault {
        const struct language *language; /* set by the caller: language of message; NULL: English */
        const char *code;
        const char *help; /* or NULL */
        char message[160];
};

/* Parse @text (NUL-terminated, not empty, without spaces around it) into its member of @record. Return: true; or
 * false and *ret_fault, and the member is untouched. */
bool registry_cell_read(const struct registry_cell_column *column, const char *text, void *record,
                        struct registry_cell_fault *ret_fault);

#endif
