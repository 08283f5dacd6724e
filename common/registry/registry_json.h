/* SPDX-License-Identifier: MIT
 *
 * Registry records as JSON, one way and back (docs/wire/registry.md). Apart from the store, so that
 * tests and fuzzers drive it alone. Unknown keys are skipped: a newer importer may know more.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_JSON_H

#include "common/registry/registry.h"

union registry_record {
        struct registry_elder elder;
        struct registry_device device;
        struct registry_contact contact;
        struct registry_team team;
        struct registry_district district;
};

/* Split "elder/E17". @ret_id[DEVICE_ID_BYTES]. Return: 0 or REGISTRY_REFUSED with err_why(). */
int registry_key_parse(const char *key, size_t key_bytes, enum registry_type *ret_type,
                       char *ret_id);

/* Read one record; its "id" must be @id, the id of the key. *ret is untouched unless 0 is returned.
 * Return: 0, REGISTRY_REFUSED with err_why(), -ENOMEM. */
int registry_decode(enum registry_type type, const char *id, const char *json, size_t json_bytes,
                    union registry_record *ret);

/* What the types have in common: where the id and (devices, contacts) the elder's id stand. */
struct registry_shape {
        const char *name; /* "elder": first half of the key */
        size_t record_bytes;
        size_t id_offset, id_bytes;
        size_t elder_offset; /* 0: belongs to no elder (an id stands first in every record) */
};
const struct registry_shape *registry_shape(enum registry_type type);

#endif
