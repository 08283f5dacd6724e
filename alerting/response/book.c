/* SPDX-License-Identifier: MIT */
#include "alerting/response/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

struct entry;

/* One id of an entry: that of its alert, or of a repeat. */
struct id_node {
        char alert_id[ALERT_ID_BYTES];
        struct entry *entry;
        struct id_node *next;    /* in the bucket */
        struct id_node *sibling; /* of the same entry */
};

/* One recipient that an entry has a page to show to, or owes a stand-down. */
struct listener {
        char id[REGISTRY_ID_BYTES];
        struct entry *entry;
        struct listener *next, **at; /* in the bucket */
        struct listener *sibling;    /* of the same entry */
};

struct entry {
        struct response *response;
        int32_t partition;
        int64_t due_ms;
        size_t heap_index;
        struct id_node *ids;
        struct entry *next_same;        /* in the bucket of (rule, elder) */
        bool is_open;                   /* linked in that bucket */
        char holder[REGISTRY_ID_BYTES]; /* as counted in holders */
        struct listener *listeners;
};

/* How many open alerts a recipient holds. */
struct holder {
        char id[REGISTRY_ID_BYTES];
        size_t count;
        struct holder *next;
};

enum { HOLDER_BUCKETS = 256, LISTENER_BUCKETS = 4096 };

struct book {
        struct told *told;
        struct id_node **ids; /* power of two buckets */
        struct entry **same;  /* as many */
        size_t bucket_count;
        size_t id_count;
        struct holder *holders[HOLDER_BUCKETS];
        struct listener *listeners[LISTENER_BUCKETS];
        bool unlisted;       /* an allocation failed: listeners is incomplete from then on */
        struct entry **heap; /* earliest due first */
        size_t heap_count, heap_capacity;
};

static uint64_t hash_text(uint64_t hash, const char *text) {
        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
        return (hash ^ 0xff) * 0x100000001b3u;
}

static size_t id_bucket(const struct book *book, const char *alert_id) {
        return hash_text(0xcbf29ce484222325u, alert_id) & (book->bucket_count - 1);
}

static size_t same_bucket(const struct book *book, const struct alert *alert) {
        uint64_t hash = hash_text(0xcbf29ce484222325u, alert->rule_id);

        return hash_text(hash, alert->elder_id) & (book->bucket_count - 1);
}

/* --- heap -------------------------------------------------------------------------------------- */

static void heap_put(struct book *book, size_t index, struct entry *entry) {
        book->heap[index] = entry;
        entry->heap_index = index;
}

static void heap_settle(struct book *book, struct entry *entry) {
        size_t index = entry->heap_index;

        while (index > 0 && book->heap[(index - 1) / 2]->due_ms > entry->due_ms) {
                heap_put(book, index, book->heap[(index - 1) / 2]);
                index = (index - 1) / 2;
        }
        for (;;) {
                size_t child = index * 2 + 1;

                if (child >= book->heap_count)
                        break;
                if (child + 1 < book->heap_count &&
                    book->heap[child + 1]->due_ms < book->heap[child]->due_ms)
                        child++;
                if (book->heap[child]->due_ms >= entry->due_ms)
                        break;
                heap_put(book, index, book->heap[child]);
                index = child;
        }
        heap_put(book, index, entry);
}

static int heap_reserve(struct book *book) {
        size_t capacity = book->heap_capacity ? book->heap_capacity * 2 : 64;
        struct entry **heap;

        if (book->heap_count < book->heap_capacity)
                return 0;
        heap = realloc(book->heap, capacity * sizeof(struct entry *));
        if (!heap)
                return err_raise(-ENOMEM);
        book->heap = heap;
        book->heap_capacity = capacity;
        return 0;
}

static void heap_remove(struct book *book, struct entry *entry) {
        struct entry *last;

        require(entry->heap_index < book->heap_count && book->heap[entry->heap_index] == entry,
                "alert %s is not due at %zu of %zu", entry->response->alert.alert_id,
                entry->heap_index, book->heap_count);
        last = book->heap[--book->heap_count];
        if (last == entry)
                return;
        last->heap_index = entry->heap_index;
        heap_settle(book, last);
}

/* --- indices ----------------------------------------------------------------------------------- */

static void same_link(struct book *book, struct entry *entry) {
        size_t bucket = same_bucket(book, &entry->response->alert);

        entry->next_same = book->same[bucket];
        book->same[bucket] = entry;
        entry->is_open = true;
}

static void same_unlink(struct book *book, struct entry *entry) {
        struct entry **at = &book->same[same_bucket(book, &entry->response->alert)];

        while (*at && *at != entry)
                at = &(*at)->next_same;
        require(*at, "alert %s is not among those of its rule and elder",
                entry->response->alert.alert_id);
        *at = entry->next_same;
        entry->is_open = false;
}

static int grow(struct book *book) {
        size_t bucket_count = book->bucket_count * 2;
        struct id_node **ids, **old = book->ids;
        struct entry **same;

        if (book->id_count < book->bucket_count)
                return 0;
        ids = calloc(bucket_count, sizeof(struct id_node *));
        same = calloc(bucket_count, sizeof(struct entry *));
        if (!ids || !same) {
                free(ids);
                free(same);
                return err_raise(-ENOMEM);
        }
        free(book->same);
        book->ids = ids;
        book->same = same;
        book->bucket_count = bucket_count;
        for (size_t i = 0; i < bucket_count / 2; i++) {
                for (struct id_node *node = old[i], *next; node; node = next) {
                        size_t bucket = id_bucket(book, node->alert_id);

                        next = node->next;
                        node->next = book->ids[bucket];
                        book->ids[bucket] = node;
                }
        }
        free(old);
        for (size_t i = 0; i < book->heap_count; i++) {
                if (book->heap[i]->is_open)
                        same_link(book, book->heap[i]);
        }
        return 0;
}

static int id_add(struct book *book, struct entry *entry, const char *alert_id) {
        struct id_node *node;
        size_t bucket;
        int r = grow(book);

        if (r < 0)
                return err_trace(r);
        node = calloc(1, sizeof(*node));
        if (!node)
                return err_raise(-ENOMEM);
        bucket = id_bucket(book, alert_id);
        memcpy(node->alert_id, alert_id, sizeof(node->alert_id));
        node->entry = entry;
        node->sibling = entry->ids;
        entry->ids = node;
        node->next = book->ids[bucket];
        book->ids[bucket] = node;
        book->id_count++;
        return 0;
}

static void ids_remove(struct book *book, struct entry *entry) {
        for (struct id_node *node = entry->ids, *sibling; node; node = sibling) {
                struct id_node **at = &book->ids[id_bucket(book, node->alert_id)];

                sibling = node->sibling;
                while (*at && *at != node)
                        at = &(*at)->next;
                require(*at, "id %s leads nowhere", node->alert_id);
                *at = node->next;
                free(node);
                book->id_count--;
        }
        entry->ids = NULL;
}

/* An alert's own id has priority over the same id as another alert's repeat. */
static struct entry *find(const struct book *book, const char *alert_id) {
        struct entry *repeated = NULL;

        for (struct id_node *node = book->ids[id_bucket(book, alert_id)]; node; node = node->next) {
                if (strcmp(node->alert_id, alert_id) != 0)
                        continue;
                if (strcmp(node->entry->response->alert.alert_id, alert_id) == 0)
                        return node->entry;
                repeated = node->entry;
        }
        return repeated;
}

/* The same rule and elder; without an elder, the same device and district. A real alarm is never a repeat of an open
 * drill, whose pages are marked TEST. */
static bool is_same(const struct alert *a, const struct alert *b) {
        return a->drill == b->drill && strcmp(a->rule_id, b->rule_id) == 0 &&
               strcmp(a->elder_id, b->elder_id) == 0 &&
               (a->elder_id[0] ||
                (strcmp(a->device_id, b->device_id) == 0 && strcmp(a->district, b->district) == 0));
}

/* @response must be the one in the book: one that was removed or replaced has been freed. */
static struct entry *entry_of(const struct book *book, const struct response *response) {
        struct entry *entry = find(book, response->alert.alert_id);

        require(entry && entry->response == response, "alert %s is not in the book, or as another",
                response->alert.alert_id);
        return entry;
}

static struct entry *find_same(const struct book *book, const struct alert *alert) {
        for (struct entry *entry = book->same[same_bucket(book, alert)]; entry;
             entry = entry->next_same) {
                if (is_same(&entry->response->alert, alert))
                        return entry;
        }
        return NULL;
}

static struct holder **holder_at(const struct book *book, const char *id) {
        struct holder **at = (struct holder **)&book->holders[hash_text(0, id) % HOLDER_BUCKETS];

        while (*at && strcmp((*at)->id, id) != 0)
                at = &(*at)->next;
        return at;
}

static void holder_count(struct book *book, struct entry *entry, const char *id) {
        struct holder **at;

        if (strcmp(entry->holder, id) == 0)
                return;
        if (entry->holder[0]) {
                at = holder_at(book, entry->holder);
                require(*at && (*at)->count > 0, "alert %s: holder %s is not counted",
                        entry->response->alert.alert_id, entry->holder);
                if (--(*at)->count == 0) {
                        struct holder *gone = *at;

                        *at = gone->next;
                        free(gone);
                }
                entry->holder[0] = '\0';
        }
        if (!id[0])
                return;
        at = holder_at(book, id);
        if (!*at) {
                *at = calloc(1, sizeof(**at));
                if (!*at)
                        return; /* the holder counts as free: one page too many is better than one too few */
                memcpy((*at)->id, id, strlen(id) + 1);
        }
        (*at)->count++;
        memcpy(entry->holder, id, strlen(id) + 1);
}

/* --- listeners --------------------------------------------------------------------------------- */

static bool must_hear(const struct response *response, const char *id) {
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (strcmp(page->recipient, id) == 0 &&
                    (page->owed_stand_down || page_is_shown(response, page)))
                        return true;
        }
        return false;
}

static bool is_listed(const struct entry *entry, const char *id) {
        for (const struct listener *listener = entry->listeners; listener;
             listener = listener->sibling) {
                if (strcmp(listener->id, id) == 0)
                        return true;
        }
        return false;
}

static void listener_add(struct book *book, struct entry *entry, const char *id) {
        struct listener **at = &book->listeners[hash_text(0, id) % LISTENER_BUCKETS];
        struct listener *listener = calloc(1, sizeof(*listener));

        if (!listener) {
                book->unlisted = true;
                return;
        }
        memcpy(listener->id, id, strlen(id) + 1);
        listener->entry = entry;
        listener->sibling = entry->listeners;
        entry->listeners = listener;
        listener->next = *at;
        listener->at = at;
        if (*at)
                (*at)->at = &listener->next;
        *at = listener;
}

static void listeners_settle(struct book *book, struct entry *entry, bool gone) {
        const struct response *response = entry->response;

        for (struct listener **at = &entry->listeners, *listener; (listener = *at);) {
                if (!gone && must_hear(response, listener->id)) {
                        at = &listener->sibling;
                        continue;
                }
                *at = listener->sibling;
                *listener->at = listener->next;
                if (listener->next)
                        listener->next->at = listener->at;
                free(listener);
        }
        for (size_t i = 0; !gone && i < response->page_count; i++) {
                const char *id = response->pages[i].recipient;

                if (!is_listed(entry, id) && must_hear(response, id))
                        listener_add(book, entry, id);
        }
}

/* --- entries ----------------------------------------------------------------------------------- */

static void entry_remove(struct book *book, struct entry *entry) {
        holder_count(book, entry, "");
        listeners_settle(book, entry, true);
        if (entry->is_open)
                same_unlink(book, entry);
        ids_remove(book, entry);
        heap_remove(book, entry);
        response_free(entry->response);
        free(entry);
}

/* Takes @response over; on failure it is freed. */
static int entry_add(struct book *book, int32_t partition, struct response *response,
                     struct entry **ret) {
        struct entry *entry = NULL;
        int r = heap_reserve(book);

        if (r == 0) {
                entry = calloc(1, sizeof(*entry));
                r = entry ? 0 : err_raise(-ENOMEM);
        }
        if (r < 0) {
                response_free(response);
                return err_trace(r);
        }
        entry->response = response;
        entry->partition = partition;
        entry->due_ms = INT64_MAX;
        heap_put(book, book->heap_count++, entry);

        r = id_add(book, entry, response->alert.alert_id);
        for (uint32_t i = 0; r == 0 && i < response->folded_count && i < RESPONSE_FOLDED_MAX; i++)
                r = id_add(book, entry, response->folded[i]);
        if (r < 0) {
                entry_remove(book, entry);
                return err_trace(r);
        }
        *ret = entry;
        return 0;
}

static void settle(struct book *book, struct entry *entry) {
        const struct response *response = entry->response;
        bool is_open = response->state != RESPONSE_CLOSED;
        int64_t next_ms = response_next_ms(response);

        if (is_open && !entry->is_open)
                same_link(book, entry);
        else if (!is_open && entry->is_open)
                same_unlink(book, entry);
        holder_count(book, entry, response_is_held(response) ? response->holder : "");
        listeners_settle(book, entry, false);
        entry->due_ms = next_ms ? next_ms : INT64_MAX;
        heap_settle(book, entry);
}

int book_new(struct book **ret) {
        struct book *book = calloc(1, sizeof(*book));

        if (!book)
                return err_raise(-ENOMEM);
        book->bucket_count = 1024;
        book->ids = calloc(book->bucket_count, sizeof(struct id_node *));
        book->same = calloc(book->bucket_count, sizeof(struct entry *));
        if (!book->ids || !book->same || told_new(&book->told) < 0) {
                book_free(book);
                return err_raise(-ENOMEM);
        }
        *ret = book;
        return 0;
}

struct book *book_free(struct book *book) {
        if (!book)
                return NULL;
        while (book->heap_count > 0)
                entry_remove(book, book->heap[book->heap_count - 1]);
        told_free(book->told);
        free(book->heap);
        free(book->ids);
        free(book->same);
        free(book);
        return NULL;
}

/* --- taking ------------------------------------------------------------------------------------ */

int book_restore(struct book *book, int32_t partition, struct response *response) {
        struct entry *entry = find(book, response->alert.alert_id);
        int r;

        /* find() may also return the alert that has this one as its repeat; that one stays. */
        if (entry && strcmp(entry->response->alert.alert_id, response->alert.alert_id) == 0)
                entry_remove(book, entry);
        r = entry_add(book, partition, response, &entry);
        if (r == 0)
                settle(book, entry);
        return r;
}

int book_add(struct book *book, int32_t partition, struct response *response) {
        struct entry *entry = NULL;

        require(!find(book, response->alert.alert_id), "alert %s is in the book already",
                response->alert.alert_id);
        return err_trace(entry_add(book, partition, response, &entry));
}

int book_add_id(struct book *book, const struct response *response, const char *alert_id) {
        return err_trace(id_add(book, entry_of(book, response), alert_id));
}

struct response *book_find_same(const struct book *book, const struct alert *alert) {
        struct entry *entry = find_same(book, alert);

        return entry ? entry->response : NULL;
}

struct response *book_find(const struct book *book, const char *alert_id) {
        struct entry *entry = find(book, alert_id);

        return entry ? entry->response : NULL;
}

int32_t book_partition(const struct book *book, const struct response *response) {
        return entry_of(book, response)->partition;
}

void book_settle(struct book *book, struct response *response) {
        settle(book, entry_of(book, response));
}

struct response *book_due(const struct book *book, int64_t now_ms) {
        return book->heap_count > 0 && book->heap[0]->due_ms <= now_ms ? book->heap[0]->response
                                                                       : NULL;
}

void book_defer(struct book *book, struct response *response, int64_t until_ms) {
        struct entry *entry = entry_of(book, response);

        entry->due_ms = until_ms;
        heap_settle(book, entry);
}

void book_shift(struct book *book, int64_t by_ms) {
        for (size_t i = 0; i < book->heap_count; i++) {
                struct entry *entry = book->heap[i];

                response_shift(entry->response, by_ms);
                if (entry->due_ms != INT64_MAX)
                        entry->due_ms += by_ms; /* the same for all: the heap order holds */
        }
}

int64_t book_next_ms(const struct book *book) {
        return book->heap_count > 0 ? book->heap[0]->due_ms : INT64_MAX;
}

void book_forget(struct book *book, struct response *response) {
        entry_remove(book, entry_of(book, response));
}

int book_retire(struct book *book, struct response *response) {
        struct entry *entry = entry_of(book, response);

        for (const struct id_node *node = entry->ids; node; node = node->sibling) {
                int r = told_add(book->told, entry->partition, node->alert_id, response->closed_ms);

                if (r < 0)
                        return err_trace(r);
        }
        entry_remove(book, entry);
        return 0;
}

void book_each_id(const struct book *book, const struct response *response,
                  void (*each)(void *context, const char *alert_id), void *context) {
        const struct entry *entry = entry_of(book, response);

        for (const struct id_node *node = entry->ids; node; node = node->sibling)
                each(context, node->alert_id);
}

struct told *book_told(const struct book *book) {
        return book->told;
}

/* First the entries of the partition rise to the top of the heap. An entry that rises displaces only entries at lower
 * indexes, which the loop has visited already. */
void book_drop(struct book *book, int32_t partition) {
        for (size_t i = 0; i < book->heap_count; i++) {
                struct entry *entry = book->heap[i];

                if (entry->partition == partition) {
                        entry->due_ms = INT64_MIN;
                        heap_settle(book, entry);
                }
        }
        while (book->heap_count > 0 && book->heap[0]->due_ms == INT64_MIN)
                entry_remove(book, book->heap[0]);
        (void)told_drop(book->told, partition); /* -ENOMEM: its ids stay, which is harmless */
}

bool book_is_busy(const struct book *book, const char *team, const char *alert_id) {
        struct holder *holder = *holder_at(book, team);
        struct entry *own = find(book, alert_id);
        size_t count = holder ? holder->count : 0;

        if (own && strcmp(own->holder, team) == 0)
                count--;
        return count > 0;
}

size_t book_asked(const struct book *book, const char *team, const char *alert_id) {
        const struct listener *listener = book->listeners[hash_text(0, team) % LISTENER_BUCKETS];
        size_t count = 0;

        for (; listener; listener = listener->next) {
                const struct response *response = listener->entry->response;

                count += strcmp(listener->id, team) == 0 &&
                         strcmp(response->alert.alert_id, alert_id) != 0 &&
                         response_asks(response, team);
        }
        return count;
}

void book_each(const struct book *book, void (*each)(void *context, struct response *response),
               void *context) {
        for (size_t i = 0; i < book->heap_count; i++)
                each(context, book->heap[i]->response);
}

void book_each_of(const struct book *book, const char *recipient,
                  void (*each)(void *context, struct response *response), void *context) {
        const struct listener *listener =
                book->listeners[hash_text(0, recipient) % LISTENER_BUCKETS];

        if (book->unlisted) {
                book_each(book, each, context);
                return;
        }
        for (; listener; listener = listener->next) {
                if (strcmp(listener->id, recipient) == 0)
                        each(context, listener->entry->response);
        }
}

struct list {
        struct response **responses;
        size_t count, capacity;
        int failed;
};

static void list_add(void *context, struct response *response) {
        struct list *list = context;

        if (list->count == list->capacity) {
                size_t capacity = list->capacity ? list->capacity * 2 : 16;
                struct response **grown =
                        realloc(list->responses, capacity * sizeof(struct response *));

                if (!grown) {
                        list->failed = err_raise(-ENOMEM);
                        return;
                }
                list->responses = grown;
                list->capacity = capacity;
        }
        list->responses[list->count++] = response;
}

int book_list(const struct book *book, const char *recipient, struct response ***ret,
              size_t *ret_count) {
        struct list list = {0};

        if (recipient)
                book_each_of(book, recipient, list_add, &list);
        else
                book_each(book, list_add, &list);
        if (list.failed) {
                free(list.responses);
                return list.failed;
        }
        *ret = list.responses;
        *ret_count = list.count;
        return 0;
}

size_t book_count(const struct book *book) {
        return book->heap_count;
}
