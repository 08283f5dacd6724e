/* SPDX-License-Identifier: MIT */
#include "common/registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"
#include "common/registry/registry_json.h"

/* Every record is a node in up to three hash tables: by its id, by its elder, and for devices by
 * profile and foreign id. */
enum index_name {
        INDEX_ID,
        INDEX_ELDER,
        INDEX_FOREIGN,
        INDEX_COUNT,
};

struct link {
        struct link *next; /* in the same bucket */
        uint32_t hash;
};

struct node {
        struct link links[INDEX_COUNT];
        size_t position; /* index in the list of the table */
        _Alignas(8) unsigned char record[];
};

struct index {
        struct link **buckets; /* their number is a power of two */
        uint32_t mask;
        size_t count;
};

struct table {
        struct index indices[INDEX_COUNT];
        struct node **list; /* all nodes, for iteration */
        size_t count, capacity;
};

struct registry {
        struct table tables[REGISTRY_TYPES];
};

static struct node *node_of(struct link *link, enum index_name name) {
        return (struct node *)(void *)((char *)link - offsetof(struct node, links) -
                                       (size_t)name * sizeof(struct link));
}

/* --- an index ------------------------------------------------------------------------------ */

/* Reserve space for one more link, so that index_insert() cannot fail. */
static int index_reserve(struct index *index) {
        size_t size = index->buckets ? (size_t)index->mask + 1 : 0;

        if (index->count < size)
                return 0;

        size_t grown = size ? size * 2 : 16;
        struct link **buckets = calloc(grown, sizeof(*buckets));

        if (!buckets)
                return err_raise(-ENOMEM);
        for (size_t i = 0; i < size; i++) {
                struct link *link = index->buckets[i];

                while (link) {
                        struct link *next = link->next;
                        struct link **bucket = &buckets[link->hash & (grown - 1)];

                        link->next = *bucket;
                        *bucket = link;
                        link = next;
                }
        }
        free(index->buckets);
        index->buckets = buckets;
        index->mask = (uint32_t)(grown - 1);
        return 0;
}

static void index_insert(struct index *index, struct link *link, uint32_t hash) {
        struct link **bucket = &index->buckets[hash & index->mask];

        link->hash = hash;
        link->next = *bucket;
        *bucket = link;
        index->count++;
}

static void index_remove(struct index *index, struct link *link) {
        struct link **at = &index->buckets[link->hash & index->mask];

        while (*at && *at != link)
                at = &(*at)->next;
        require(*at, "a registry record with hash %u is in no bucket of %u", link->hash,
                index->mask + 1);
        *at = link->next;
        index->count--;
}

static struct link *index_first(const struct index *index, uint32_t hash) {
        return index->buckets ? index->buckets[hash & index->mask] : NULL;
}

/* --- keys ------------------------------------------------------------------------------------ */

static uint32_t text_hash(const char *text) {
        return murmur2(text, strlen(text));
}

/* An empty foreign id means the id: most profiles know a device by the same name. */
static const char *device_foreign_id(const struct registry_device *device) {
        return device->foreign_id[0] ? device->foreign_id : device->id;
}

static uint32_t foreign_hash(const char *profile, const char *foreign_id, size_t foreign_id_bytes) {
        return murmur2(foreign_id, foreign_id_bytes) ^ (text_hash(profile) * 31);
}

static bool type_has_index(enum registry_type type, enum index_name name) {
        return name == INDEX_ID || (name == INDEX_ELDER && registry_shape(type)->elder_offset) ||
               (name == INDEX_FOREIGN && type == REGISTRY_DEVICE);
}

static uint32_t record_hash(enum registry_type type, enum index_name name, const void *record) {
        const struct registry_shape *shape = registry_shape(type);

        if (name == INDEX_ID)
                return text_hash((const char *)record + shape->id_offset);
        if (name == INDEX_ELDER)
                return text_hash((const char *)record + shape->elder_offset);

        const struct registry_device *device = record;
        const char *foreign_id = device_foreign_id(device);

        return foreign_hash(device->profile, foreign_id, strlen(foreign_id));
}

/* --- tables ---------------------------------------------------------------------------------- */

static struct node *table_find(const struct table *table, enum registry_type type, const char *id) {
        uint32_t hash = text_hash(id);
        size_t id_offset = registry_shape(type)->id_offset;

        for (struct link *link = index_first(&table->indices[INDEX_ID], hash); link;
             link = link->next) {
                struct node *node = node_of(link, INDEX_ID);

                if (link->hash == hash && strcmp((const char *)node->record + id_offset, id) == 0)
                        return node;
        }
        return NULL;
}

static void table_link(struct table *table, enum registry_type type, struct node *node) {
        for (int name = 0; name < INDEX_COUNT; name++)
                if (type_has_index(type, name))
                        index_insert(&table->indices[name], &node->links[name],
                                     record_hash(type, name, node->record));
}

static void table_unlink(struct table *table, enum registry_type type, struct node *node) {
        for (int name = 0; name < INDEX_COUNT; name++)
                if (type_has_index(type, name))
                        index_remove(&table->indices[name], &node->links[name]);
}

static int table_reserve(struct table *table, enum registry_type type) {
        for (int name = 0; name < INDEX_COUNT; name++) {
                int r = type_has_index(type, name) ? index_reserve(&table->indices[name]) : 0;

                if (r < 0)
                        return err_trace(r);
        }
        if (table->count < table->capacity)
                return 0;

        size_t capacity = table->capacity ? table->capacity * 2 : 16;
        struct node **list = realloc(table->list, capacity * sizeof(*list));

        if (!list)
                return err_raise(-ENOMEM);
        table->list = list;
        table->capacity = capacity;
        return 0;
}

static int table_put(struct table *table, enum registry_type type, const char *id,
                     const union registry_record *record) {
        size_t record_bytes = registry_shape(type)->record_bytes;
        struct node *node = table_find(table, type, id);

        if (node) {
                table_unlink(table, type, node);
                memcpy(node->record, record, record_bytes);
                table_link(table, type, node);
                return 0;
        }

        int r = table_reserve(table, type);

        if (r < 0)
                return err_trace(r);
        node = malloc(sizeof(*node) + record_bytes);
        if (!node)
                return err_raise(-ENOMEM);
        memcpy(node->record, record, record_bytes);
        table_link(table, type, node);
        node->position = table->count;
        table->list[table->count++] = node;
        return 0;
}

static void table_remove(struct table *table, enum registry_type type, const char *id) {
        struct node *node = table_find(table, type, id);

        if (!node)
                return;
        table_unlink(table, type, node);

        require(node->position < table->count && table->list[node->position] == node,
                "registry %s %s is not at %zu of %zu", registry_type_name(type), id, node->position,
                table->count);

        struct node *last = table->list[--table->count];

        table->list[node->position] = last;
        last->position = node->position;
        free(node);
}

/* --- the registry -------------------------------------------------------------------------- */

int registry_new(struct registry **ret) {
        struct registry *registry = calloc(1, sizeof(*registry));

        if (!registry)
                return err_raise(-ENOMEM);
        *ret = registry;
        return 0;
}

struct registry *registry_free(struct registry *registry) {
        if (!registry)
                return NULL;
        for (int type = 0; type < REGISTRY_TYPES; type++) {
                struct table *table = &registry->tables[type];

                for (size_t i = 0; i < table->count; i++)
                        free(table->list[i]);
                free(table->list);
                for (int name = 0; name < INDEX_COUNT; name++)
                        free(table->indices[name].buckets);
        }
        free(registry);
        return NULL;
}

int registry_apply(struct registry *registry, const char *key, size_t key_bytes, const char *json,
                   size_t json_bytes) {
        union registry_record record;
        enum registry_type type;
        char id[EVENT_DEVICE_ID_BYTES];
        int r = registry_key_parse(key, key_bytes, &type, id);

        if (r != 0)
                return err_trace(r);
        if (!json) {
                table_remove(&registry->tables[type], type, id);
                return 0;
        }
        r = registry_decode(type, id, json, json_bytes, &record);
        if (r != 0)
                return err_trace(r);
        return table_put(&registry->tables[type], type, id, &record);
}

int registry_put(struct registry *registry, enum registry_type type, const void *record) {
        union registry_record whole;
        const struct registry_shape *shape = registry_shape(type);

        require(memchr((const char *)record + shape->id_offset, '\0', shape->id_bytes),
                "registry %s: an id of more than %zu bytes", shape->name, shape->id_bytes - 1);
        memcpy(&whole, record, shape->record_bytes);
        return table_put(&registry->tables[type], type, (const char *)record + shape->id_offset,
                         &whole);
}

static const void *registry_find(const struct registry *registry, enum registry_type type,
                                 const char *id) {
        const struct node *node = table_find(&registry->tables[type], type, id);

        return node ? node->record : NULL;
}

const struct registry_elder *registry_elder(const struct registry *registry, const char *id) {
        return registry_find(registry, REGISTRY_ELDER, id);
}

const struct registry_device *registry_device(const struct registry *registry, const char *id) {
        return registry_find(registry, REGISTRY_DEVICE, id);
}

const struct registry_team *registry_team(const struct registry *registry, const char *id) {
        return registry_find(registry, REGISTRY_TEAM, id);
}

const struct registry_contact *registry_contact(const struct registry *registry, const char *id) {
        return registry_find(registry, REGISTRY_CONTACT, id);
}

const struct registry_district *registry_district(const struct registry *registry, const char *id) {
        return registry_find(registry, REGISTRY_DISTRICT, id);
}

const struct registry_device *registry_device_foreign(const struct registry *registry,
                                                      const char *profile, const char *foreign_id,
                                                      size_t foreign_id_bytes) {
        uint32_t hash = foreign_hash(profile, foreign_id, foreign_id_bytes);
        const struct index *index = &registry->tables[REGISTRY_DEVICE].indices[INDEX_FOREIGN];

        for (struct link *link = index_first(index, hash); link; link = link->next) {
                const struct registry_device *device =
                        (const void *)node_of(link, INDEX_FOREIGN)->record;
                const char *name = device_foreign_id(device);

                if (link->hash == hash && strlen(name) == foreign_id_bytes &&
                    memcmp(name, foreign_id, foreign_id_bytes) == 0 &&
                    strcmp(device->profile, profile) == 0)
                        return device;
        }
        return NULL;
}

/* Collect the records of @type of an elder, in the order of @before. Return: the number in @ret, at most @most. */
static size_t belongings(const struct registry *registry, enum registry_type type,
                         const char *elder_id, bool (*before)(const void *, const void *),
                         const void **ret, size_t most) {
        uint32_t hash = text_hash(elder_id);
        size_t elder_offset = registry_shape(type)->elder_offset;
        size_t count = 0;

        for (struct link *link = index_first(&registry->tables[type].indices[INDEX_ELDER], hash);
             link; link = link->next) {
                const void *record = node_of(link, INDEX_ELDER)->record;
                size_t at;

                if (link->hash != hash ||
                    strcmp((const char *)record + elder_offset, elder_id) != 0)
                        continue;
                for (at = count; at > 0 && before(record, ret[at - 1]); at--)
                        if (at < most)
                                ret[at] = ret[at - 1];
                if (at < most)
                        ret[at] = record;
                if (count < most)
                        count++;
        }
        return count;
}

/* By id, so that all readers list the devices of an elder in the same order. */
static bool device_before(const void *a, const void *b) {
        return strcmp(((const struct registry_device *)a)->id,
                      ((const struct registry_device *)b)->id) < 0;
}

static bool contact_before(const void *a, const void *b) {
        const struct registry_contact *left = a, *right = b;

        if (left->order != right->order)
                return left->order < right->order;
        return strcmp(left->id, right->id) < 0;
}

size_t registry_devices_of(const struct registry *registry, const char *elder_id,
                           const struct registry_device **ret, size_t most) {
        return belongings(registry, REGISTRY_DEVICE, elder_id, device_before, (const void **)ret,
                          most);
}

size_t registry_contacts_of(const struct registry *registry, const char *elder_id,
                            const struct registry_contact **ret, size_t most) {
        return belongings(registry, REGISTRY_CONTACT, elder_id, contact_before, (const void **)ret,
                          most);
}

const void *registry_at(const struct registry *registry, enum registry_type type, size_t index) {
        const struct table *table = &registry->tables[type];

        return index < table->count ? table->list[index]->record : NULL;
}

size_t registry_count(const struct registry *registry, enum registry_type type) {
        return registry->tables[type].count;
}
