/* SPDX-License-Identifier: MIT
 *
 * Registry 档案: elders, devices, contacts, teams and districts. An in-memory copy of the compacted
 * Kafka topic vigil.registry (docs/wire/registry.md), kept up to date by registry_reader.h.
 *
 * Thread: a registry and its reader belong to one thread; each thread that needs one opens its own. Blocks: never.
 * Returned pointers stay valid until the next registry_apply(), registry_put() or registry_reader_poll().
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/registry/registry_record.h"

struct registry;

/* An empty registry. The caller releases *ret with registry_free(). Return: 0 or -ENOMEM. */
int registry_new(struct registry **ret);
struct registry *registry_free(struct registry *registry);

/* Apply a record of vigil.registry. @key: "elder/E17". @json NULL: remove the entry. Records may arrive in any
 * order: a device before its elder, for example.
 * Return: 0; REGISTRY_REFUSED if the record is invalid (err_why()); -ENOMEM. */
int registry_apply(struct registry *registry, const char *key, size_t key_bytes, const char *json,
                   size_t json_bytes);

/* Add or replace a record from memory (an import, a test). Its texts must end with NUL. Return: 0 or -ENOMEM. */
int registry_put(struct registry *registry, enum registry_type type, const void *record);

/* Lookups, O(1). Return: NULL if there is no such record. The foreign id of a device without one is its id. */
const struct registry_elder *registry_elder(const struct registry *registry, const char *id);
const struct registry_device *registry_device(const struct registry *registry, const char *id);
const struct registry_device *registry_device_foreign(const struct registry *registry,
                                                      const char *profile, const char *foreign_id,
                                                      size_t foreign_id_bytes);
const struct registry_team *registry_team(const struct registry *registry, const char *id);
const struct registry_contact *registry_contact(const struct registry *registry, const char *id);
const struct registry_district *registry_district(const struct registry *registry, const char *id);

/* Devices or contacts of an elder: fill @ret with at most @most pointers, sorted by id, contacts by order first.
 * Return: the number of pointers. */
size_t registry_devices_of(const struct registry *registry, const char *elder_id,
                           const struct registry_device **ret, size_t most);
size_t registry_contacts_of(const struct registry *registry, const char *elder_id,
                            const struct registry_contact **ret, size_t most);

/* Iterate over all records of a type: index 0, 1, … until NULL. A change may reorder them. */
const void *registry_at(const struct registry *registry, enum registry_type type, size_t index);
size_t registry_count(const struct registry *registry, enum registry_type type);

#endif
