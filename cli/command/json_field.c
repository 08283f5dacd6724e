/* SPDX-License-Identifier: MIT */
#include "cli/command/json_field.h"

#include <string.h>

#include "common/wire/json_number.h"
#include "common/base/utf8.h"

void json_field_value(yyjson_val *value, char *ret, size_t ret_bytes) {
        const char *text = yyjson_get_str(value);
        size_t length = text ? utf8_prefix(text, yyjson_get_len(value), ret_bytes - 1) : 0;

        if (length)
                memcpy(ret, text, length);
        ret[length] = '\0';
}

void json_field(yyjson_val *object, const char *key, char *ret, size_t ret_bytes) {
        json_field_value(yyjson_obj_get(object, key), ret, ret_bytes);
}

void json_field_both(yyjson_val *object, const char *key, char *ret_zh, char *ret_en,
                     size_t bytes) {
        yyjson_val *words = yyjson_obj_get(object, key);

        json_field(words, "zh", ret_zh, bytes);
        json_field(words, "en", ret_en, bytes);
}

enum severity json_field_severity(yyjson_val *object) {
        return (enum severity)json_number_of(object, "severity", 0, SEVERITY_INFO);
}
