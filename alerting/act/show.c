/* SPDX-License-Identifier: MIT */
#include "alerting/act/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/feed/feed_state.h"
#include "common/base/clock.h"
#include "common/base/err.h"

/* The word of the feed for a ledger entry; NULL: it has no message of its own. */
static const char *const feed_words[OUTCOME_TYPES] = {
        [OUTCOME_RAISED] = "raised",
        [OUTCOME_REPEATED] = "repeated",
        [OUTCOME_SEVERITY_CHANGED] = "severity_changed",
        [OUTCOME_CLEARED] = "cleared",
        [OUTCOME_CANCELLED] = "cancelled",
        [OUTCOME_SENT] = "paged",
        [OUTCOME_RECEIVED] = "received",
        [OUTCOME_DELIVERED] = "delivered",
        [OUTCOME_ACCEPTED] = "accepted",
        [OUTCOME_DECLINED] = "declined",
        [OUTCOME_NO_ANSWER] = "no_answer",
        [OUTCOME_ESCALATED] = "escalated",
        [OUTCOME_ARRIVED] = "arrived",
        [OUTCOME_MISSED_ARRIVAL] = "escalated",
        [OUTCOME_STAND_DOWN] = "stand_down",
        [OUTCOME_CLOSED] = "closed",
};

uint32_t show_changes(const struct outcome *outcome) {
        uint32_t changes = 0;

        for (size_t i = 0; i < outcome->entry_count; i++) {
                if (feed_words[outcome->entries[i].type])
                        changes |= 1u << outcome->entries[i].type;
        }
        return changes;
}

static int publish(struct alerting *alerting, const struct response *response, const char *change,
                   const char *state, size_t state_bytes) {
        return feed_publish(alerting->feed, response->district, (int)response->alert.severity,
                            change, state, state_bytes, clock_wall_ms());
}

int show_publish(struct alerting *alerting, const struct response *response, uint32_t changes,
                 const char *state, size_t state_bytes) {
        int failed = 0;

        for (int type = 0; type < OUTCOME_TYPES; type++) {
                int r = changes & 1u << type
                                ? publish(alerting, response, feed_words[type], state, state_bytes)
                                : 0;

                failed = failed < 0 ? failed : r;
        }
        return failed;
}

/* --- all that is open ---------------------------------------------------------------------------- */

struct showing {
        struct alerting *alerting;
        int32_t partition;
};

static void show_one(void *context, struct response *response) {
        const struct showing *showing = context;
        struct alerting *alerting = showing->alerting;
        char *json = NULL;
        size_t bytes = 0;
        int r;

        if (book_partition(alerting->book, response) != showing->partition ||
            response->state == RESPONSE_CLOSED || response->alert.shadow)
                return;
        r = feed_state_encode(response, &json, &bytes);
        if (r == 0)
                r = publish(alerting, response, "open", json, bytes);
        free(json);
        alerting_fail(alerting, r);
}

void show_open(struct alerting *alerting, int32_t partition) {
        struct showing showing = {alerting, partition};

        book_each(alerting->book, show_one, &showing);
}

struct snapshot {
        char *bytes;
        size_t used, room;
        int failed;
};

static void snapshot_add(void *context, struct response *response) {
        struct snapshot *snapshot = context;
        char *json = NULL, *grown;
        size_t bytes = 0;

        if (snapshot->failed || response->state == RESPONSE_CLOSED)
                return;
        snapshot->failed = feed_state_encode(response, &json, &bytes);
        if (snapshot->failed)
                return;
        if (snapshot->used + bytes + 1 > snapshot->room) {
                size_t room = (snapshot->used + bytes + 1) * 2;

                grown = realloc(snapshot->bytes, room);
                if (!grown) {
                        snapshot->failed = err_raise(-ENOMEM);
                        free(json);
                        return;
                }
                snapshot->bytes = grown;
                snapshot->room = room;
        }
        if (snapshot->used > 0)
                snapshot->bytes[snapshot->used++] = ',';
        memcpy(snapshot->bytes + snapshot->used, json, bytes);
        snapshot->used += bytes;
        free(json);
}

int show_snapshot(void *context, char **ret, size_t *ret_bytes) {
        struct alerting *alerting = context;
        struct snapshot snapshot = {0};

        book_each(alerting->book, snapshot_add, &snapshot);
        if (snapshot.failed) {
                free(snapshot.bytes);
                return snapshot.failed;
        }
        *ret = snapshot.bytes;
        *ret_bytes = snapshot.used;
        return 0;
}
