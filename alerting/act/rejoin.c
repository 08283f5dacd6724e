/* SPDX-License-Identifier: MIT */
#include "alerting/act/rejoin.h"

#include <stdlib.h>
#include <string.h>

#include "alerting/act/decision.h"
#include "alerting/act/tell.h"

static void tell_one(struct alerting *alerting, struct response *response, struct page *page,
                     struct outcome *sent) {
        if (page->owed_stand_down) {
                struct outcome_send send = tell_stand_down(
                        response, page, response->state == RESPONSE_CLOSED ? "closed" : "accepted");

                if (tell_word(alerting, response, &send))
                        response_stood_down(response, page->recipient, page->step, sent);
        } else if (page_is_shown(response, page) && page->stored_attempt == page->attempt) {
                tell_page(alerting, response, page, sent);
        }
}

/* @id NULL: everybody. */
static void rejoin(struct alerting *alerting, struct response *response, const char *id) {
        struct outcome *sent = alerting->sent;
        bool changed;

        if (!intake_is_ready(alerting->intake, book_partition(alerting->book, response)))
                return;
        outcome_begin(sent);
        for (size_t i = 0; i < response->page_count; i++) {
                if (!id || strcmp(response->pages[i].recipient, id) == 0)
                        tell_one(alerting, response, &response->pages[i], sent);
        }
        changed = sent->changed;
        alerting_fail(alerting, decision_submit(alerting, response, sent, -1));
        outcome_end(sent);
        if (changed)
                book_settle(alerting->book, response);
}

void rejoin_person(struct alerting *alerting, const char *id) {
        struct response **list = NULL;
        size_t count = 0;

        /* A list, because sending changes deadlines and so reorders the book. */
        alerting_fail(alerting, book_list(alerting->book, id, &list, &count));
        for (size_t i = 0; i < count; i++)
                rejoin(alerting, list[i], id);
        free(list);
}

void rejoin_partition(struct alerting *alerting, int32_t partition) {
        struct response **list = NULL;
        size_t count = 0;

        alerting_fail(alerting, book_list(alerting->book, NULL, &list, &count));
        for (size_t i = 0; i < count; i++) {
                if (book_partition(alerting->book, list[i]) == partition)
                        rejoin(alerting, list[i], NULL);
        }
        free(list);
}
