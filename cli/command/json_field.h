/* SPDX-License-Identifier: MIT
 *
 * Text out of JSON that somebody else wrote, as far as there is room: cut on a character, so that a long address never
 * leaves half a character on the screen. What is no text is "".
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

/* {"zh":…,"en":…} at @key; both of @bytes. */
void json_field_both(yyjson_val *object, const char *key, char *ret_zh, char *ret_en, size_t bytes);

/* "severity"; 0, which is shown as unknown, when it is none. */
enum severity json_field_severity(yyjson_val *object);

#endif
