/* SPDX-License-Identifier: MIT */
#include "alerting/response/outcome.h"

#include <errno.h>
#include <string.h>

#include "alerting/base/text.h"
#include "common/base/err.h"
#include "common/base/require.h"

static const char *const ledger_names[] = {
        "raised",    "repeated", "severity_changed", "cleared",    "cancelled", "planned",
        "sent",      "received", "delivered",        "accepted",   "declined",  "no_answer",
        "escalated", "arrived",  "missed_arrival",   "stand_down", "closed",    "suppressed"};

_Static_assert(sizeof(ledger_names) / sizeof(ledger_names[0]) == OUTCOME_TYPES, "a name each");

const char *outcome_type_name(enum outcome_type type) {
        require(type < OUTCOME_TYPES, "entry of type %d", (int)type);
        return ledger_names[type];
}

void outcome_begin(struct outcome *outcome) {
        require(!outcome->is_open, "an outcome with %zu entries and %zu messages is in use",
                outcome->entry_count, outcome->send_count);
        outcome_clear(outcome);
        outcome->is_open = true;
}

void outcome_end(struct outcome *outcome) {
        require(outcome->is_open, "an outcome that nobody has begun");
        outcome->is_open = false;
}

void outcome_record(struct response *response, struct outcome *outcome, enum outcome_type type,
                    const struct page *page, const char *by, const char *reason, int64_t now_ms) {
        struct outcome_entry *entry;

        if (outcome->entry_count == OUTCOME_ENTRIES_MAX) {
                outcome->failed = err_raise(-ENOBUFS);
                return;
        }
        entry = &outcome->entries[outcome->entry_count++];
        memset(entry, 0, sizeof(*entry));
        entry->type = type;
        entry->n = response->ledger_count++;
        entry->time_ms = now_ms;
        entry->step = response->step;
        if (page) {
                text_set(entry->recipient, sizeof(entry->recipient), page->recipient);
                entry->role = page->role;
                entry->step = page->step;
                entry->attempt = page->attempt;
        }
        text_set(entry->by, sizeof(entry->by), by);
        text_set(entry->reason, sizeof(entry->reason), reason);
        outcome->changed = true;
}

struct outcome_send *outcome_tell(struct outcome *outcome, enum outcome_send_type type,
                                  const struct page *page) {
        struct outcome_send *send;

        if (outcome->send_count == OUTCOME_SENDS_MAX) {
                outcome->failed = err_raise(-ENOBUFS);
                return &outcome->sends[OUTCOME_SENDS_MAX];
        }
        send = &outcome->sends[outcome->send_count++];
        memset(send, 0, sizeof(*send));
        send->type = type;
        send->step = page->step;
        send->attempt = page->attempt;
        text_set(send->recipient, sizeof(send->recipient), page->recipient);
        return send;
}

void outcome_update(struct outcome *outcome, const struct page *page, enum outcome_type change,
                    const char *by, enum role by_role) {
        struct outcome_send *send = outcome_tell(outcome, OUTCOME_SEND_UPDATE, page);

        send->change = change;
        send->by_role = by_role;
        text_set(send->by, sizeof(send->by), by);
}

bool outcome_is_latest(const struct response *response, const struct page *page) {
        for (const struct page *later = page + 1; later < response->pages + response->page_count;
             later++) {
                if (strcmp(later->recipient, page->recipient) == 0)
                        return false;
        }
        return true;
}

void outcome_update_all(struct response *response, struct outcome *outcome,
                        enum outcome_type change, const char *by, enum role by_role) {
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page->was_sent && page->answer != PAGE_DECLINED &&
                    outcome_is_latest(response, page) && strcmp(page->recipient, by) != 0)
                        outcome_update(outcome, page, change, by, by_role);
        }
}
