/* SPDX-License-Identifier: MIT
 *
 * One cell of a registry file into one member of a record; for registry_csv.c, and for rule tests, which
 * say the same about an elder in YAML.
 *
 * Thread: any. Blocks: only CELL_ZONE, which looks for the zone's file.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_CELL_H
#define VIGIL_CLI_REGISTRY_REGISTRY_CELL_H

#include <stdbool.h>
#include <stddef.h>

enum cell_kind {
        CELL_ID,
        CELL_DISTRICT, /* an id that must be in districts.csv */
        CELL_ELDER,    /* an id that must be in elders.csv */
        CELL_TEXT,
        CELL_WORD,
        CELL_WORDS,
        CELL_CARE_LEVEL,
        CELL_YES_NO,
        CELL_YEAR,
        CELL_ORDER,
        CELL_PHONE,
        CELL_LATITUDE,
        CELL_LONGITUDE,
        CELL_DURATION,
        CELL_TIME,
        CELL_MINUTE,
        CELL_DAYS,
        CELL_ZONE,
};

struct cell_column {
        const char *name;
        enum cell_kind kind;
        bool required;
        size_t offset;
        size_t bytes; /* of texts */
};

struct language;

/* What is wrong with a cell. */
struct cell_fault {
        const struct language *language; /* given: of the message; NULL: English */
        const char *code;
        const char *help; /* or NULL */
        char message[160];
};

/* Read @text (NUL-terminated, not empty, no spaces around) into @record.
 * Return: false and *ret_fault; the member is untouched then. */
bool cell_read(const struct cell_column *column, const char *text, void *record,
               struct cell_fault *ret_fault);

#endif
