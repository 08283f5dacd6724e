/* SPDX-License-Identifier: MIT */
#include "alerting/base/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/base/err.h"

yyjson_mut_val *json_begin(struct json_builder *b) {
        yyjson_mut_val *root;

        b->doc = yyjson_mut_doc_new(NULL);
        root = b->doc ? yyjson_mut_obj(b->doc) : NULL;
        b->ok = root != NULL;
        if (root)
                yyjson_mut_doc_set_root(b->doc, root);
        return root;
}

/* All texts were checked as UTF-8 when they were read, so writing can fail for lack of memory only. */
int json_end(struct json_builder *b, char **ret_json, size_t *ret_bytes) {
        char *json = b->ok ? yyjson_mut_write(b->doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, ret_bytes)
                           : NULL;

        yyjson_mut_doc_free(b->doc);
        if (!json)
                return err_raise(-ENOMEM);
        *ret_json = json;
        return 0;
}

void json_text(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text) {
        b->ok = yyjson_mut_obj_add_strcpy(b->doc, object, key, text) && b->ok;
}

void json_name(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text) {
        b->ok = yyjson_mut_obj_add_str(b->doc, object, key, text) && b->ok;
}

void json_int(struct json_builder *b, yyjson_mut_val *object, const char *key, int64_t value) {
        b->ok = yyjson_mut_obj_add_sint(b->doc, object, key, value) && b->ok;
}

void json_bool(struct json_builder *b, yyjson_mut_val *object, const char *key, bool value) {
        b->ok = yyjson_mut_obj_add_bool(b->doc, object, key, value) && b->ok;
}

void json_degrees(struct json_builder *b, yyjson_mut_val *object, const char *key, double value) {
        b->ok = (isfinite(value) ? yyjson_mut_obj_add_real(b->doc, object, key, value)
                                 : yyjson_mut_obj_add_null(b->doc, object, key)) &&
                b->ok;
}

void json_words(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *zh,
                const char *en) {
        yyjson_mut_val *words = json_object(b, object, key);

        json_text(b, words, "zh", zh);
        json_text(b, words, "en", en);
}

yyjson_mut_val *json_object(struct json_builder *b, yyjson_mut_val *object, const char *key) {
        yyjson_mut_val *child = yyjson_mut_obj_add_obj(b->doc, object, key);

        b->ok = child && b->ok;
        return child;
}

yyjson_mut_val *json_list(struct json_builder *b, yyjson_mut_val *object, const char *key) {
        yyjson_mut_val *child = yyjson_mut_obj_add_arr(b->doc, object, key);

        b->ok = child && b->ok;
        return child;
}

yyjson_mut_val *json_item(struct json_builder *b, yyjson_mut_val *list) {
        yyjson_mut_val *child = yyjson_mut_arr_add_obj(b->doc, list);

        b->ok = child && b->ok;
        return child;
}

void json_list_name(struct json_builder *b, yyjson_mut_val *list, const char *text) {
        b->ok = yyjson_mut_arr_add_str(b->doc, list, text) && b->ok;
}

const char *json_get_text(yyjson_val *object, const char *key) {
        yyjson_val *value = yyjson_obj_get(object, key);
        const char *text = yyjson_get_str(value);

        return text && strlen(text) == yyjson_get_len(value) ? text : NULL;
}
