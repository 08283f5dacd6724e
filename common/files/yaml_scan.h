/* SPDX-License-Identifier: MIT
 *
 * Detection of common typing errors in YAML files: text that is not UTF-8, tabs, full-width punctuation
 * from a Chinese input method; and clear messages for the syntax errors of libyaml. Used only by yaml.c
 * and yaml_read.c.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_FILES_YAML_SCAN_H
#define VIGIL_COMMON_FILES_YAML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/files/diag.h"

/* Check before parsing: encoding, control characters, tabs in indentation.
 * Return: true if the text can be passed to libyaml; else errors were added to the diag. */
bool yaml_scan_text(const char *file, const char *text, size_t text_bytes, struct diag *diag);

/* Report (R002) the first full-width character in @word, which is at @mark.
 * Return: true if there was one. */
bool yaml_scan_fullwidth(const char *file, const char *word, struct diag_mark mark,
                         struct diag *diag);

struct yaml_scan_error {
        const char *problem; /* text of libyaml, "" if none */
        const char *context;
        int line, column; /* from 1 */
        int context_line, context_column;
};

/* Explain a syntax error of libyaml. Adds exactly one error to the diag. */
void yaml_scan_explain(const char *file, const char *text, size_t text_bytes,
                       const struct yaml_scan_error *error, struct diag *diag);

#endif
