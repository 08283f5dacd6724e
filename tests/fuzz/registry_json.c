/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: records of vigil.registry. Input: key, newline, value. An accepted record is found by its id, is encoded
 * as a record that decodes to the same, and is gone after its removal.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/registry/registry.h"
#include "common/registry/registry_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *key = (const char *)data;
        const char *newline = memchr(key, '\n', size);
        size_t key_bytes = newline ? (size_t)(newline - key) : size;
        const char *json = newline ? newline + 1 : NULL;
        size_t json_bytes = newline ? size - key_bytes - 1 : 0;
        struct registry *registry = NULL;

        if (registry_new(&registry) < 0)
                return 0;
        if (registry_apply(registry, key, key_bytes, json, json_bytes) == 0 && json) {
                const struct registry_device *devices[1];
                enum registry_type type;
                char id[EVENT_DEVICE_ID_BYTES], key_again[64];
                char *first = NULL, *second = NULL;

                check(registry_key_parse(key, key_bytes, &type, id) == 0);
                check(registry_count(registry, type) == 1);

                const void *record = registry_at(registry, type, 0);

                check(registry_encode(type, record, &first, key_again, sizeof(key_again)) == 0);
                check(strlen(key_again) == key_bytes && memcmp(key, key_again, key_bytes) == 0);
                check(registry_apply(registry, key_again, key_bytes, first, strlen(first)) == 0);
                check(registry_encode(type, registry_at(registry, type, 0), &second, key_again,
                                      sizeof(key_again)) == 0);
                check(strcmp(first, second) == 0);
                if (type == REGISTRY_DEVICE)
                        check(registry_devices_of(registry, registry_device(registry, id)->elder_id,
                                                  devices, 1) == 1);
                check(registry_apply(registry, key, key_bytes, NULL, 0) == 0);
                check(registry_count(registry, type) == 0);
                free(first);
                free(second);
        }
        registry_free(registry);
        return 0;
}
