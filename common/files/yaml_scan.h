/* SPDX-License-Identifier: MIT
 *
 * The part of reading YAML that knows what people really type: text that is not UTF-8, tabs,
 * full-width punctuation from a Chinese input method; and libyaml's complaints in clear words.
 * Used by yaml.c and yaml_read.c only.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_FILES_YAML_SCAN_H
#define VIGIL_COMMON_FILES_YAML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/files/diag.h"

/* Before parsing: encoding, control characters, tabs in indentation.
 * Return: true when the text may be given to libyaml; else the complaints are in the diag. */
bool yaml_scan_text(const char *file, const char *text, size_t text_bytes, struct diag *diag);

/* Complain (R002) about the first full-width character in @word, which stands at @mark.
 * Return: true when there was one. */
bool yaml_scan_fullwidth(const char *file, const char *word, struct diag_mark mark,
                         struct diag *diag);

struct yaml_scan_error {
        const char *problem; /* libyaml's words, "" for none */
        const char *context;
        int line, column; /* from 1 */
        int context_line, context_column;
};

/* Say what libyaml stumbled over. Adds exactly one complaint. */
void yaml_scan_explain(const char *file, const char *text, size_t text_bytes,
                       const struct yaml_scan_error *error, struct diag *diag);

#endif
