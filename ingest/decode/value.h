/* SPDX-License-Identifier: MIT
 *
 * Reads whole numbers and times from JSON values as devices write them.
 *
 * Thread: any. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_DECODE_VALUE_H
#define VIGIL_INGEST_DECODE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yyjson.h>

enum value_answer {
        VALUE_OK,
        VALUE_NOT_A_NUMBER,
        VALUE_NOT_WHOLE, /* a fraction, or beyond the 64 bits of the result */
};

/* 3 and 3.0 are both whole: JSON does not distinguish them and many devices write the latter. */
enum value_answer value_whole(const yyjson_val *value, int64_t *ret);
enum value_answer value_whole_unsigned(const yyjson_val *value, uint64_t *ret);

/* "2026-04-17T23:33:22.5+08:00" or "…Z" -> milliseconds since 1970 UTC. Return: false for anything else. */
bool value_iso8601_ms(const char *text, size_t text_bytes, int64_t *ret);

#endif
