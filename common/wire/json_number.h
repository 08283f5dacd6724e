/* SPDX-License-Identifier: MIT
 *
 * Whole numbers from untrusted JSON, always within the range of the caller: a value that is not a number becomes 0, a
 * fraction is truncated, and a number outside the range becomes the nearer end of it.
 *
 * Thread: any. Blocks: never.
 * Proof: tests/unit/common/json_number.c, tests/fuzz/page_book.c
 */
#ifndef VIGIL_COMMON_WIRE_JSON_NUMBER_H
#define VIGIL_COMMON_WIRE_JSON_NUMBER_H

#include <limits.h>
#include <stdint.h>

#include <yyjson.h>

/* The end of year 9999. The difference of two such times fits into int64_t, also in microseconds. */
#define JSON_NUMBER_TIME_MAX_MS INT64_C(253402300799999)
#define JSON_NUMBER_TIME_MAX_US (JSON_NUMBER_TIME_MAX_MS * 1000)

static inline int64_t json_number(yyjson_val *value, int64_t min, int64_t max) {
        int64_t number = 0;

        if (yyjson_is_uint(value)) {
                number = yyjson_get_uint(value) > INT64_MAX ? INT64_MAX
                                                            : (int64_t)yyjson_get_uint(value);
        } else if (yyjson_is_sint(value)) {
                number = yyjson_get_sint(value);
        } else if (yyjson_is_real(value)) {
                /* Compare before casting: casting a double outside the range of int64_t is undefined behaviour. */
                double real = yyjson_get_real(value);

                if (real >= 9223372036854775808.0)
                        number = INT64_MAX;
                else if (real <= -9223372036854775808.0)
                        number = INT64_MIN;
                else if (real == real)
                        number = (int64_t)real;
        }
        return number < min ? min : number > max ? max : number;
}

static inline int64_t json_number_of(yyjson_val *object, const char *key, int64_t min,
                                     int64_t max) {
        return json_number(yyjson_obj_get(object, key), min, max);
}

/* Milliseconds or microseconds since 1970; 0 if absent or negative. */
static inline int64_t json_time_ms(yyjson_val *object, const char *key) {
        return json_number_of(object, key, 0, JSON_NUMBER_TIME_MAX_MS);
}

static inline int64_t json_time_us(yyjson_val *object, const char *key) {
        return json_number_of(object, key, 0, JSON_NUMBER_TIME_MAX_US);
}

/* A count: 0 to INT_MAX. */
static inline int json_count(yyjson_val *object, const char *key) {
        return (int)json_number_of(object, key, 0, INT_MAX);
}

#endif
