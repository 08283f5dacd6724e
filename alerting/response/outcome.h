/* SPDX-License-Identifier: MIT
 *
 * Outcome: what one call about a response leads to, as lists: entries for the ledger, and frames to be sent once all
 * of it is in Kafka. Nothing is done here. What there is no room for is noted in outcome->failed.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_ALERTING_RESPONSE_OUTCOME_H
#define VIGIL_ALERTING_RESPONSE_OUTCOME_H

#include "alerting/response/response.h"

enum {
        OUTCOME_ENTRIES_MAX = 512,
        OUTCOME_SENDS_MAX = 512,
        OUTCOME_ENTRY_ID_BYTES = 48, /* alert/n */
};

enum outcome_type {
        OUTCOME_RAISED,
        OUTCOME_REPEATED,
        OUTCOME_SEVERITY_CHANGED,
        OUTCOME_CLEARED,
        OUTCOME_CANCELLED,
        OUTCOME_PLANNED,
        OUTCOME_SENT,
        OUTCOME_RECEIVED,
        OUTCOME_DELIVERED,
        OUTCOME_ACCEPTED,
        OUTCOME_DECLINED,
        OUTCOME_NO_ANSWER,
        OUTCOME_ESCALATED,
        OUTCOME_ARRIVED,
        OUTCOME_MISSED_ARRIVAL,
        OUTCOME_STAND_DOWN,
        OUTCOME_CLOSED,
        OUTCOME_SUPPRESSED,
        OUTCOME_TYPES,
};

struct outcome_entry {
        enum outcome_type type;
        uint32_t n;
        int64_t time_ms;
        char recipient[REGISTRY_ID_BYTES]; /* "" when the entry is about no page */
        enum role role;
        uint32_t step, attempt;
        char by[REGISTRY_ID_BYTES]; /* "rules", "alerting" or a recipient */
        char reason[RESPONSE_REASON_BYTES];
};

enum outcome_send_type {
        OUTCOME_SEND_PAGE,
        OUTCOME_SEND_UPDATE,
        OUTCOME_SEND_STAND_DOWN,
};

/* One frame to one recipient, to be sent once everything recorded with it is in Kafka. */
struct outcome_send {
        enum outcome_send_type type;
        char recipient[REGISTRY_ID_BYTES];
        uint32_t step, attempt;
        enum outcome_type change; /* OUTCOME_SEND_UPDATE */
        char by[REGISTRY_ID_BYTES];
        enum role by_role;
        char reason[RESPONSE_REASON_BYTES]; /* OUTCOME_SEND_STAND_DOWN */
};

struct outcome {
        struct outcome_entry entries[OUTCOME_ENTRIES_MAX];
        size_t entry_count;
        struct outcome_send sends[OUTCOME_SENDS_MAX + 1]; /* the last is written and never sent */
        size_t send_count;
        bool is_open; /* between outcome_begin() and outcome_end() */
        bool changed; /* the stored form is to be written again */
        int failed;   /* 0, -ENOMEM or -ENOBUFS: the process must start again from what is stored */
};

static inline void outcome_clear(struct outcome *outcome) {
        outcome->entry_count = 0;
        outcome->send_count = 0;
        outcome->is_open = false;
        outcome->changed = false;
        outcome->failed = 0;
}

/* An outcome has 140 KB and is reused: between begin and end it belongs to one call about one response. With two users at once
 * the pages of the first would be lost. */
void outcome_begin(struct outcome *outcome);
void outcome_end(struct outcome *outcome);

/* @page NULL: the entry is about the alert. @by: "rules", "alerting" or a recipient. */
void outcome_record(struct response *response, struct outcome *outcome, enum outcome_type type,
                    const struct page *page, const char *by, const char *reason, int64_t now_ms);

/* Never NULL: what there is no room for is written where nobody reads it, so that callers need no branch. */
struct outcome_send *outcome_tell(struct outcome *outcome, enum outcome_send_type type,
                                  const struct page *page);
void outcome_update(struct outcome *outcome, const struct page *page, enum outcome_type change,
                    const char *by, enum role by_role);
/* Everyone who was paged, but not whoever caused it (@by, "" nobody). */
void outcome_update_all(struct response *response, struct outcome *outcome,
                        enum outcome_type change, const char *by, enum role by_role);

/* One card per alert: of a recipient's pages only the latest is spoken to. */
bool outcome_is_latest(const struct response *response, const struct page *page);

const char *outcome_type_name(enum outcome_type type);

#endif
