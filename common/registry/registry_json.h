/* SPDX-License-Identifier: MIT
 *
 * Registry records as JSON, one way and back (docs/wire/registry.md). Apart from the store, so that
 * tests and fuzzers drive it alone. Unknown keys are skipped: a newer importer may know more.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H

#include "common/registry/registry_record.h"

/* Split "elder/E17". @ret_id[EVENT_DEVICE_ID_BYTES]. Return: 0 or REGISTRY_REFUSED with err_why(). */
int registry_key_parse(const char *key, size_t key_bytes, enum registry_type *ret_type,
                       char *ret_id);

/* Read one record; its "id" must be @id, the id of the key. *ret is untouched unless 0 is returned.
 * Return: 0, REGISTRY_REFUSED with err_why(), -ENOMEM. */
int registry_decode(enum registry_type type, const char *id, const char *json, size_t json_bytes,
                    union registry_record *ret);

/* One record as JSON (malloc'd, the caller frees) and its key. @record points to the struct of @type.
 * Return: 0, -ENOMEM, -EILSEQ (a text is not UTF-8), -ENAMETOOLONG (@ret_key is too small). */
int registry_encode(enum registry_type type, const void *record, char **ret_json, char *ret_key,
                    size_t ret_key_bytes);

#endif
