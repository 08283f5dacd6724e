/* SPDX-License-Identifier: MIT
 *
 * Encoding and decoding of registry records as JSON (docs/wire/registry.md). Separate from the store, so
 * that tests and fuzzers can use it alone. Unknown keys are skipped: a newer importer may write more.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H

#include "common/registry/registry_record.h"

/* Split "elder/E17" into type and id. @ret_id[EVENT_DEVICE_ID_BYTES]. Return: 0 or REGISTRY_REFUSED with err_why(). */
int registry_key_parse(const char *key, size_t key_bytes, enum registry_type *ret_type,
                       char *ret_id);

/* Decode one record. Its "id" must be @id, the id in the key. *ret is untouched unless 0 is returned.
 * Return: 0, REGISTRY_REFUSED with err_why(), -ENOMEM. */
int registry_decode(enum registry_type type, const char *id, const char *json, size_t json_bytes,
                    union registry_record *ret);

/* Encode a record as JSON, and its key. The caller frees *ret_json. @record points to the struct of @type.
 * Return: 0, -ENOMEM, -EILSEQ (a text is not UTF-8), -ENAMETOOLONG (@ret_key is too small). */
int registry_encode(enum registry_type type, const void *record, char **ret_json, char *ret_key,
                    size_t ret_key_bytes);

#endif
