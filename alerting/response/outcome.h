/* SPDX-License-Identifier: MIT
 *
 * Outcome: the result of one call on a response, as two lists: entries for the ledger, and messages to be sent once all
 * of it is in Kafka. Nothing is written or sent here. outcome->failed is set when a list is full.
 *
 * Thread: one at a time. Blocks: never.
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

/* One message to one recipient, to be sent once everything recorded with it is in Kafka. */
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
        struct outcome_send sends[OUTCOME_SENDS_MAX + 1]; /* the last one is spare, never sent */
        size_t send_count;
        bool is_open; /* between outcome_begin() and outcome_end() */
        bool changed; /* the response must be written to vigil.pages */
        int failed; /* 0, -ENOMEM or -ENOBUFS: the process must end and restart from vigil.pages */
};

static inline void outcome_clear(struct outcome *outcome) {
        outcome->entry_count = 0;
        outcome->send_count = 0;
        outcome->is_open = false;
        outcome->changed = false;
        outcome->failed = 0;
}

/* An outcome has 140 KB and is therefore reused: from outcome_begin() to outcome_end() it belongs to one call on one
 * response. A second user in between would erase the pages of the first. */
void outcome_begin(struct outcome *outcome);
void outcome_end(struct outcome *outcome);

/* Append an entry for the ledger. @page NULL: it is about the alert. @by: "rules", "alerting" or a recipient. */
void outcome_record(struct response *response, struct outcome *outcome, enum outcome_type type,
                    const struct page *page, const char *by, const char *reason, int64_t now_ms);

/* Append a message to the recipient of @page. Return: the message, never NULL: when the list is full, a spare one that
 * is never sent, so that callers need no branch. */
struct outcome_send *outcome_tell(struct outcome *outcome, enum outcome_send_type type,
                                  const struct page *page);
/* Append an update: @change happened to the alert, caused by @by. */
void outcome_update(struct outcome *outcome, const struct page *page, enum outcome_type change,
                    const char *by, enum role by_role);
/* The same for everybody who was sent a page and has not declined, except @by ("": nobody). */
void outcome_update_all(struct response *response, struct outcome *outcome,
                        enum outcome_type change, const char *by, enum role by_role);

/* Is @page, one of response->pages, the latest of its recipient? A recipient has one card for an alert: updates and
 * stand-downs name the latest page only. */
bool outcome_is_latest(const struct response *response, const struct page *page);

const char *outcome_type_name(enum outcome_type type);

#endif
