/* SPDX-License-Identifier: MIT */
#include "alerting/response/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

enum { ID_BYTES = 16, SLOTS_FEWEST = 1024 };

/* An id is a 128-bit hash already: its first word serves as the hash of the table. */
struct slot {
        uint64_t id[2];
        uint32_t time_s; /* 0: free */
        int32_t partition;
};

struct told {
        struct slot *slots; /* a power of two, at most three quarters of them taken */
        size_t slot_count;
        size_t count;
};

static int digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool id_parse(const char *text, uint64_t *ret) {
        ret[0] = ret[1] = 0;
        for (size_t i = 0; i < (size_t)ID_BYTES * 2; i++) {
                int value = digit(text[i]);

                if (value < 0)
                        return false;
                ret[i / ID_BYTES] = ret[i / ID_BYTES] << 4 | (uint64_t)value;
        }
        return text[(size_t)ID_BYTES * 2] == '\0';
}

static void id_print(const uint64_t *id, char *ret /* ALERT_ID_BYTES */) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < (size_t)ID_BYTES * 2; i++)
                ret[i] = digits[id[i / ID_BYTES] >> (60 - 4 * (i % ID_BYTES)) & 0xf];
        ret[(size_t)ID_BYTES * 2] = '\0';
}

/* The slot of @id, or the free one where it would be. */
static struct slot *slot_of(struct slot *slots, size_t slot_count, const uint64_t *id) {
        size_t at = id[0] & (slot_count - 1);

        while (slots[at].time_s != 0 && (slots[at].id[0] != id[0] || slots[at].id[1] != id[1]))
                at = (at + 1) & (slot_count - 1);
        return &slots[at];
}

static int slots_new(struct slot **ret, size_t count, size_t *ret_slot_count) {
        size_t slot_count = SLOTS_FEWEST;

        while (slot_count / 4 * 3 <= count)
                slot_count *= 2;
        *ret = calloc(slot_count, sizeof(struct slot));
        if (!*ret)
                return err_raise(-ENOMEM);
        *ret_slot_count = slot_count;
        return 0;
}

int told_new(struct told **ret) {
        struct told *told = calloc(1, sizeof(*told));

        if (!told)
                return err_raise(-ENOMEM);
        if (slots_new(&told->slots, 0, &told->slot_count) < 0) {
                free(told);
                return -ENOMEM;
        }
        *ret = told;
        return 0;
}

struct told *told_free(struct told *told) {
        if (told)
                free(told->slots);
        free(told);
        return NULL;
}

/* Move all slots but those that @leaves returns true for into a new table. To empty a slot in place would end the
 * search for ids that lie behind it. */
static int rebuild(struct told *told, size_t room, bool (*leaves)(void *, const struct slot *),
                   void *context) {
        struct slot *slots = NULL;
        size_t slot_count = 0, count = 0;
        int r = slots_new(&slots, room, &slot_count);

        if (r < 0)
                return err_trace(r);
        for (size_t i = 0; i < told->slot_count; i++) {
                const struct slot *slot = &told->slots[i];

                if (slot->time_s == 0 || (leaves && leaves(context, slot)))
                        continue;
                *slot_of(slots, slot_count, slot->id) = *slot;
                count++;
        }
        free(told->slots);
        told->slots = slots;
        told->slot_count = slot_count;
        told->count = count;
        return 0;
}

int told_add(struct told *told, int32_t partition, const char *alert_id, int64_t time_ms) {
        struct slot *slot;
        uint64_t id[2];
        uint32_t time_s = time_ms > 1000 ? (uint32_t)(time_ms / 1000) : 1;

        if (!id_parse(alert_id, id))
                return 0;
        if (told->count + 1 > told->slot_count / 4 * 3) {
                int r = rebuild(told, told->count * 2, NULL, NULL);

                if (r < 0)
                        return err_trace(r);
        }
        slot = slot_of(told->slots, told->slot_count, id);
        if (slot->time_s == 0)
                told->count++;
        else if (slot->time_s > time_s)
                time_s = slot->time_s;
        *slot = (struct slot){.id = {id[0], id[1]}, .time_s = time_s, .partition = partition};
        return 0;
}

bool told_has(const struct told *told, const char *alert_id) {
        uint64_t id[2];

        return id_parse(alert_id, id) && slot_of(told->slots, told->slot_count, id)->time_s != 0;
}

size_t told_count(const struct told *told) {
        return told->count;
}

static bool is_of(void *context, const struct slot *slot) {
        return slot->partition == *(const int32_t *)context;
}

int told_drop(struct told *told, int32_t partition) {
        return rebuild(told, told->count, is_of, &partition);
}

void told_each(const struct told *told, int32_t partition,
               void (*each)(void *context, const char *alert_id, int64_t time_ms), void *context) {
        char alert_id[ALERT_ID_BYTES];

        for (size_t i = 0; i < told->slot_count; i++) {
                const struct slot *slot = &told->slots[i];

                if (slot->time_s == 0 || slot->partition != partition)
                        continue;
                id_print(slot->id, alert_id);
                each(context, alert_id, (int64_t)slot->time_s * 1000);
        }
}

struct expiring {
        int64_t before_s;
        size_t most;
        void (*each)(void *context, int32_t partition, const char *alert_id);
        void *context;
};

static bool is_over(void *context, const struct slot *slot) {
        struct expiring *expiring = context;
        char alert_id[ALERT_ID_BYTES];

        if (slot->time_s >= expiring->before_s || expiring->most == 0)
                return false;
        expiring->most--;
        id_print(slot->id, alert_id);
        expiring->each(expiring->context, slot->partition, alert_id);
        return true;
}

int told_expire(struct told *told, int64_t now_ms, size_t most,
                void (*each)(void *context, int32_t partition, const char *alert_id),
                void *context) {
        struct expiring expiring = {.before_s = (now_ms - TOLD_KEPT_MS) / 1000,
                                    .most = most,
                                    .each = each,
                                    .context = context};

        return rebuild(told, told->count, is_over, &expiring);
}
