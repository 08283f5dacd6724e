/* SPDX-License-Identifier: MIT
 *
 * Registry 档案: who is watched, by which devices, and who comes. An in-memory copy of the compacted
 * Kafka topic vigil.registry (docs/wire/registry.md), kept live by registry_reader.h.
 *
 * Thread: a registry and its reader belong to one thread; each thread that needs one
 * opens its own. Pointers returned stay valid until the next registry_apply()/poll().
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/registry/registry_record.h"

struct registry;

int registry_new(struct registry **ret);
struct registry *registry_free(struct registry *registry);

/* Apply one record of vigil.registry. @key: "elder/E17". @json NULL: removed. Records may come in any
 * order: a device may be known before its elder.
 * Return: 0; REGISTRY_REFUSED when the record is not one of ours (err_why()); -ENOMEM. */
int registry_apply(struct registry *registry, const char *key, size_t key_bytes, const char *json,
                   size_t json_bytes);

/* Put a record made in memory (an import, a test). Its texts must be terminated. Return: 0 or -ENOMEM. */
int registry_put(struct registry *registry, enum registry_type type, const void *record);

/* Lookups, O(1); NULL when there is none. */
const struct registry_elder *registry_elder(const struct registry *registry, const char *id);
const struct registry_device *registry_device(const struct registry *registry, const char *id);
const struct registry_device *registry_device_foreign(const struct registry *registry,
                                                      const char *profile, const char *foreign_id,
                                                      size_t foreign_id_bytes);
const struct registry_team *registry_team(const struct registry *registry, const char *id);
const struct registry_contact *registry_contact(const struct registry *registry, const char *id);
const struct registry_district *registry_district(const struct registry *registry, const char *id);

/* What belongs to an elder: fills @ret with at most @most pointers, contacts by order; returns how many. */
size_t registry_devices_of(const struct registry *registry, const char *elder_id,
                           const struct registry_device **ret, size_t most);
size_t registry_contacts_of(const struct registry *registry, const char *elder_id,
                            const struct registry_contact **ret, size_t most);

/* Walk everything of one type: index 0, 1, … until NULL. Order is not stable across changes. */
const void *registry_at(const struct registry *registry, enum registry_type type, size_t index);
size_t registry_count(const struct registry *registry, enum registry_type type);

#endif
