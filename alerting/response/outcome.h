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
        LEDGER_ID_BYTES = 48, /* alert/n */
};

enum ledger_type {
        LEDGER_RAISED,
        LEDGER_REPEATED,
        LEDGER_SEVERITY_CHANGED,
        LEDGER_CLEARED,
        LEDGER_CANCELLED,
        LEDGER_PLANNED,
        LEDGER_SENT,
        LEDGER_RECEIVED,
        LEDGER_DELIVERED,
        LEDGER_ACCEPTED,
        LEDGER_DECLINED,
        LEDGER_NO_ANSWER,
        LEDGER_ESCALATED,
        LEDGER_ARRIVED,
        LEDGER_MISSED_ARRIVAL,
        LEDGER_STAND_DOWN,
        LEDGER_CLOSED,
        LEDGER_SUPPRESSED,
        LEDGER_TYPES,
};

struct ledger_entry {
        enum ledger_type type;
        uint32_t n;
        int64_t time_ms;
        char recipient[REGISTRY_ID_BYTES]; /* "" when the entry is about no page */
        enum role role;
        uint32_t step, attempt;
        char by[REGISTRY_ID_BYTES]; /* "rules", "alerting" or a recipient */
        char reason[REASON_BYTES];
};

enum send_type {
        SEND_PAGE,
        SEND_UPDATE,
        SEND_STAND_DOWN,
};

/* One frame to one recipient, to be sent once everything recorded with it is in Kafka. */
struct send {
        enum send_type type;
        char recipient[REGISTRY_ID_BYTES];
        uint32_t step, attempt;
        enum ledger_type change; /* SEND_UPDATE */
        char by[REGISTRY_ID_BYTES];
        enum role by_role;
        char reason[REASON_BYTES]; /* SEND_STAND_DOWN */
};

struct outcome {
        struct ledger_entry entries[OUTCOME_ENTRIES_MAX];
        size_t entry_count;
        struct send sends[OUTCOME_SENDS_MAX + 1]; /* the last is written and never sent */
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
void outcome_record(struct response *response, struct outcome *outcome, enum ledger_type type,
                    const struct page *page, const char *by, const char *reason, int64_t now_ms);

/* Never NULL: what there is no room for is written where nobody reads it, so that callers need no branch. */
struct send *outcome_tell(struct outcome *outcome, enum send_type type, const struct page *page);
void outcome_update(struct outcome *outcome, const struct page *page, enum ledger_type change,
                    const char *by, enum role by_role);
/* Everyone who was paged, but not whoever caused it (@by, "" nobody). */
void outcome_update_all(struct response *response, struct outcome *outcome, enum ledger_type change,
                        const char *by, enum role by_role);

/* One card per alert: of a recipient's pages only the latest is spoken to. */
bool outcome_is_latest(const struct response *response, const struct page *page);

const char *ledger_type_name(enum ledger_type type);

#endif
