/* SPDX-License-Identifier: MIT
 *
 * Copy text fields of received JSON into fixed buffers. A text that does not fit is cut between two UTF-8 characters,
 * so that the terminal never gets half a character. A value that is not a string gives "".
 *
 * Thread: any. Blocks: never.
 * Proof: tests/fuzz/page_book.c
 */
#ifndef VIGIL_CLI_COMMAND_JSON_FIELD_H
#define VIGIL_CLI_COMMAND_JSON_FIELD_H

#include <stddef.h>

#include <yyjson.h>

#include "common/wire/alert.h"

void json_field_value(yyjson_val *value, char *ret, size_t ret_bytes);
void json_field(yyjson_val *object, const char *key, char *ret, size_t ret_bytes);

/* Reads {"zh":…,"en":…} at @key; each buffer has @bytes bytes. */
void json_field_both(yyjson_val *object, const char *key, char *ret_zh, char *ret_en, size_t bytes);

/* Field "severity". Return: 0, displayed as unknown, when it is missing, no number or below 1; a value above
 * SEVERITY_INFO gives SEVERITY_INFO. */
enum severity json_field_severity(yyjson_val *object);

#endif
