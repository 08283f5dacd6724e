/* SPDX-License-Identifier: MIT
 *
 * JSON, written: what alerting keeps in Kafka, shows on the feed and sends to people is built with these. Each add may
 * run out of memory, and one test at the end would come too late to know which; yyjson's adders return false and
 * change nothing, so `ok` collects them all and json_end() tells.
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

/* Return: the root object. */
yyjson_mut_val *json_begin(struct json_builder *b);
/* Return: 0 and malloc'd text that the caller frees, or -ENOMEM. */
int json_end(struct json_builder *b, char **ret_json, size_t *ret_bytes);

/* @text is copied. */
void json_text(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text);
/* @text stays as it is until json_end(). */
void json_name(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *text);
void json_int(struct json_builder *b, yyjson_mut_val *object, const char *key, int64_t value);
void json_bool(struct json_builder *b, yyjson_mut_val *object, const char *key, bool value);
/* null when it is not known. */
void json_degrees(struct json_builder *b, yyjson_mut_val *object, const char *key, double value);
/* {"zh": …, "en": …} */
void json_words(struct json_builder *b, yyjson_mut_val *object, const char *key, const char *zh,
                const char *en);

yyjson_mut_val *json_object(struct json_builder *b, yyjson_mut_val *object, const char *key);
yyjson_mut_val *json_list(struct json_builder *b, yyjson_mut_val *object, const char *key);
/* One more object of a list. */
yyjson_mut_val *json_item(struct json_builder *b, yyjson_mut_val *list);
/* One more text of a list; it stays as it is until json_end(). */
void json_list_name(struct json_builder *b, yyjson_mut_val *list, const char *text);

/* The text at @key of what somebody else wrote, or NULL; a NUL inside would cut what we compare from what we record,
 * so there is none. */
const char *json_get_text(yyjson_val *object, const char *key);

#endif
