/* SPDX-License-Identifier: MIT
 *
 * JSON writer, for what alerting stores in Kafka, publishes on the feed and sends to people. Every add may run out of
 * memory; the yyjson call then returns false and changes nothing. `ok` collects the results of all adds, and json_end()
 * returns -ENOMEM if one has failed.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_JSON_H
#define VIGIL_ALERTING_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yyjson.h>

struct json_builder {
        yyjson_mut_doc *doc;
        bool ok;
};

/* Start a document. Return: its root object; NULL without memory, which the adds below accept and json_end()
 * reports. */
yyjson_mut_val *json_begin(struct json_builder *b);
/* Write the document out and free it. Return: 0 and malloc'd text that the caller frees, or -ENOMEM. */
int json_end(struct json_builder *b, char **ret_json, size_t *ret_bytes);

/* @text is copied. */
void json_text(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text);
/* @text is not copied: it must not change until json_end(). */
void json_name(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text);
void json_int(struct json_builder *b, yyjson_mut_val *object, const char *key, int64_t value);
void json_bool(struct json_builder *b, yyjson_mut_val *object, const char *key, bool value);
/* null when @value is not finite: not known. */
void json_degrees(struct json_builder *b, yyjson_mut_val *object, const char *key, double value);
/* {"zh": …, "en": …} */
void json_words(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *zh,
                const char *en);

yyjson_mut_val *json_object(struct json_builder *b, yyjson_mut_val *object, const char *key);
yyjson_mut_val *json_list(struct json_builder *b, yyjson_mut_val *object, const char *key);
/* Append an object to a list. */
yyjson_mut_val *json_item(struct json_builder *b, yyjson_mut_val *list);
/* Append a text to a list. It is not copied: it must not change until json_end(). */
void json_list_name(struct json_builder *b, yyjson_mut_val *list, const char *text);

/* The text at @key of JSON from outside. NULL: there is none, or it contains a NUL, at which a comparison would end but
 * a record would not. */
const char *json_get_text(yyjson_val *object, const char *key);

#endif
