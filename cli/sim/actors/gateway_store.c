/* SPDX-License-Identifier: MIT */
#include "cli/sim/actors/gateway_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <yyjson.h>

#include "common/base/err.h"
#include "common/wire/json_number.h"
#include "common/base/murmur2.h"

enum { BUCKETS = 1024 };

struct gateway_store {
        int fd; /* -1: memory only */
        struct gateway_store_item **items;
        size_t count, capacity;
        struct gateway_store_item *buckets[BUCKETS];
};

static struct gateway_store_item **bucket_of(struct gateway_store *store, const char *event_id) {
        return &store->buckets[murmur2(event_id, strlen(event_id)) % BUCKETS];
}

static struct gateway_store_item *item_free(struct gateway_store_item *item) {
        if (!item)
                return NULL;
        free(item->topic);
        free(item->payload);
        free(item);
        return NULL;
}

/* --- memory -------------------------------------------------------------------------------------- */

static int item_add(struct gateway_store *store, int gateway, const char *event_id,
                    const char *topic, const char *payload, int64_t due_mono_ms) {
        struct gateway_store_item *item;

        if (store->count == store->capacity) {
                size_t capacity = store->capacity ? store->capacity * 2 : 64;
                struct gateway_store_item **items =
                        realloc(store->items, capacity * sizeof(struct gateway_store_item *));

                if (!items)
                        return err_raise(-ENOMEM);
                store->items = items;
                store->capacity = capacity;
        }
        item = calloc(1, sizeof(*item));
        if (!item)
                return err_raise(-ENOMEM);
        snprintf(item->event_id, sizeof(item->event_id), "%s", event_id);
        item->gateway = gateway;
        item->due_mono_ms = due_mono_ms;
        item->topic = strdup(topic);
        item->payload = strdup(payload);
        if (!item->topic || !item->payload) {
                item_free(item);
                return err_raise(-ENOMEM);
        }
        item->index = store->count;
        item->next = *bucket_of(store, event_id);
        *bucket_of(store, event_id) = item;
        store->items[store->count++] = item;
        return 0;
}

static bool item_remove(struct gateway_store *store, const char *event_id) {
        struct gateway_store_item **link = bucket_of(store, event_id);
        struct gateway_store_item *item;

        while (*link && strcmp((*link)->event_id, event_id) != 0)
                link = &(*link)->next;
        item = *link;
        if (!item)
                return false;
        *link = item->next;
        store->items[item->index] = store->items[--store->count];
        store->items[item->index]->index = item->index;
        item_free(item);
        return true;
}

/* --- the file -------------------------------------------------------------------------------------- */

static int line_append(int fd, yyjson_mut_doc *doc) {
        size_t bytes = 0;
        char *line = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, &bytes);
        int r = 0;

        if (!line)
                return err_raise(-ENOMEM);
        /* Replace the NUL by the line end, so that one write() writes one line. */
        line[bytes] = '\n';
        if (write(fd, line, bytes + 1) != (ssize_t)(bytes + 1))
                r = err_raise_why(-EIO, "the gateway's store cannot be written");
        free(line);
        return r;
}

static int put_append(int fd, int gateway, const char *event_id, const char *topic,
                      const char *payload) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        int r;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "put", event_id);
        yyjson_mut_obj_add_int(doc, root, "gateway", gateway);
        yyjson_mut_obj_add_str(doc, root, "topic", topic);
        yyjson_mut_obj_add_str(doc, root, "payload", payload);
        r = line_append(fd, doc);
        yyjson_mut_doc_free(doc);
        return r;
}

static int word_append(int fd, const char *key, const char *event_id, int64_t number) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        int r;

        yyjson_mut_doc_set_root(doc, root);
        if (event_id)
                yyjson_mut_obj_add_str(doc, root, key, event_id);
        else
                yyjson_mut_obj_add_sint(doc, root, key, number);
        r = line_append(fd, doc);
        yyjson_mut_doc_free(doc);
        return r;
}

static int line_read(struct gateway_store *store, yyjson_val *root, uint32_t *boot) {
        const char *put = yyjson_get_str(yyjson_obj_get(root, "put"));
        const char *done = yyjson_get_str(yyjson_obj_get(root, "done"));
        const char *topic = yyjson_get_str(yyjson_obj_get(root, "topic"));
        const char *payload = yyjson_get_str(yyjson_obj_get(root, "payload"));
        yyjson_val *number = yyjson_obj_get(root, "boot");

        if (done) {
                item_remove(store, done);
                return 0;
        }
        if (yyjson_is_uint(number)) {
                *boot = (uint32_t)json_number(number, 0, UINT32_MAX);
                return 0;
        }
        if (!put || !topic || !payload)
                return err_raise(-EINVAL);
        return item_add(store, json_count(root, "gateway"), put, topic, payload, 0);
}

static int file_read(struct gateway_store *store, const char *path, uint32_t *boot) {
        FILE *file = fopen(path, "re");
        char *line = NULL;
        size_t capacity = 0;
        ssize_t length;
        int number = 0;
        int r = 0;

        if (!file)
                return errno == ENOENT ? 0 : err_raise_why(-errno, "cannot read %s", path);
        while (r == 0 && (length = getline(&line, &capacity, file)) > 0) {
                yyjson_doc *doc;

                number++;
                /* A killed write leaves an incomplete last line; its event was never sent. */
                if (line[length - 1] != '\n')
                        break;
                doc = yyjson_read(line, (size_t)length, 0);
                r = doc ? line_read(store, yyjson_doc_get_root(doc), boot) : -EINVAL;
                yyjson_doc_free(doc);
                if (r == -EINVAL)
                        err_raise_why(r, "%s:%d: not a line of a gateway's store", path, number);
        }
        free(line);
        fclose(file);
        return r;
}

/* Write a new file with the items still kept, so that the file does not grow without limit. */
static int file_rewrite(struct gateway_store *store, const char *path, uint32_t boot) {
        char written[PATH_MAX];
        int r;

        snprintf(written, sizeof(written), "%s.new", path);
        store->fd = open(written, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        if (store->fd < 0)
                return err_raise_why(-errno, "cannot write %s", written);
        r = word_append(store->fd, "boot", NULL, boot);
        for (size_t i = 0; i < store->count && r == 0; i++)
                r = put_append(store->fd, store->items[i]->gateway, store->items[i]->event_id,
                               store->items[i]->topic, store->items[i]->payload);
        if (r == 0 && rename(written, path) < 0)
                r = err_raise_why(-errno, "cannot write %s", path);
        return r;
}

int gateway_store_open(struct gateway_store **ret, const char *path, uint32_t *ret_boot) {
        struct gateway_store *store = calloc(1, sizeof(*store));
        uint32_t boot = 0;
        int r = 0;

        if (!store)
                return err_raise(-ENOMEM);
        store->fd = -1;
        if (path) {
                r = file_read(store, path, &boot);
                boot++;
                if (r == 0)
                        r = file_rewrite(store, path, boot);
        } else {
                boot = (uint32_t)time(NULL);
        }
        if (r < 0) {
                gateway_store_close(store);
                return r;
        }
        *ret_boot = boot;
        *ret = store;
        return 0;
}

struct gateway_store *gateway_store_close(struct gateway_store *store) {
        if (!store)
                return NULL;
        if (store->fd >= 0)
                close(store->fd);
        for (size_t i = 0; i < store->count; i++)
                item_free(store->items[i]);
        free(store->items);
        free(store);
        return NULL;
}

/* --- what the gateway does ----------------------------------------------------------------------------- */

int gateway_store_put(struct gateway_store *store, int gateway, const char *event_id,
                      const char *topic, const char *payload, int64_t now_mono_ms) {
        int r = store->fd >= 0 ? put_append(store->fd, gateway, event_id, topic, payload) : 0;

        return r < 0 ? r : item_add(store, gateway, event_id, topic, payload, now_mono_ms);
}

bool gateway_store_done(struct gateway_store *store, const char *event_id) {
        char id[EVENT_ID_TEXT_BYTES];

        snprintf(id, sizeof(id), "%s", event_id); /* @event_id may be the item's own */
        if (!item_remove(store, id))
                return false;
        /* If the line cannot be written, the event is sent again after the next start; no event is lost. */
        if (store->fd >= 0)
                (void)word_append(store->fd, "done", id, 0);
        return true;
}

static int64_t resend_wait_ms(int sends) {
        static const int64_t waits_ms[] = {5000, 10000, 20000, 60000};

        return waits_ms[sends < 4 ? sends : 3];
}

const struct gateway_store_item *gateway_store_due(struct gateway_store *store,
                                                   int64_t now_mono_ms) {
        for (size_t i = 0; i < store->count; i++) {
                struct gateway_store_item *item = store->items[i];

                if (item->due_mono_ms > now_mono_ms)
                        continue;
                item->due_mono_ms = now_mono_ms + resend_wait_ms(item->sends++);
                return item;
        }
        return NULL;
}

const struct gateway_store_item *gateway_store_at(const struct gateway_store *store, size_t index) {
        return index < store->count ? store->items[index] : NULL;
}

size_t gateway_store_count(const struct gateway_store *store) {
        return store->count;
}

int64_t gateway_store_due_ms(const struct gateway_store *store, int64_t now_mono_ms) {
        int64_t due = -1;

        for (size_t i = 0; i < store->count; i++) {
                int64_t left = store->items[i]->due_mono_ms - now_mono_ms;

                left = left < 0 ? 0 : left;
                if (due < 0 || left < due)
                        due = left;
        }
        return due;
}
