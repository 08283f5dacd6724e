/* SPDX-License-Identifier: MIT */
#include "alerting/act/cards.h"

#include <stdio.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/act/tell.h"
#include "alerting/channel/request.h"
#include "common/base/err.h"

enum { CARDS_MAX = 32 /* handled of one beat; a pager names 24 at most */ };

static int tell_declined(struct alerting *alerting, const struct response *response,
                         const struct page *page) {
        struct answer answer = {.type = ANSWER_DECLINE};

        page_id_make(response, page->recipient, page->step, page->attempt, answer.page_id);
        snprintf(answer.ack_id, sizeof(answer.ack_id), "%s/%s/%s", answer.page_id, page->nonce,
                 answer_type_name(answer.type));
        memcpy(answer.recipient, page->recipient, sizeof(answer.recipient));
        return tell_reply(alerting, &answer, response, NULL);
}

static int tell_over(struct alerting *alerting, const struct response *response,
                     const struct page *page) {
        struct outcome_send send = tell_stand_down(response, page,
                                                   response->state == RESPONSE_CLOSED ? "closed"
                                                   : response->cancelled              ? "cancelled"
                                                                                      : "accepted");

        (void)tell_word(alerting, response, &send);
        return 0;
}

/* @is_open: the pager shows the card as waiting for an answer; otherwise as accepted by its own recipient. */
static int compare(struct alerting *alerting, const struct response *response, const char *id,
                   bool is_open) {
        const struct page *latest = NULL;

        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (strcmp(page->recipient, id) != 0)
                        continue;
                if (page_is_shown(response, page) && page->answer == PAGE_ACCEPTED)
                        return is_open ? tell_page_again(alerting, response, page) : 0;
                if (page_is_shown(response, page))
                        return 0;
                latest = page;
        }
        if (!latest)
                return 0;
        return response->state != RESPONSE_CLOSED && latest->answer == PAGE_DECLINED
                       ? tell_declined(alerting, response, latest)
                       : tell_over(alerting, response, latest);
}

static int card(struct alerting *alerting, const char *id, const char *page_id, bool is_open) {
        struct answer parts = {0};
        struct response *response;

        if (!page_id || request_parse_page_id(&parts, page_id) != 0 ||
            strcmp(parts.page_recipient, id) != 0)
                return 0;
        response = book_find(alerting->book, parts.alert_id);
        /* The alert of another process, or one with a decision in flight, which is told once it is in Kafka. */
        if (!response || strcmp(response->alert.alert_id, parts.alert_id) != 0 ||
            response->in_flight > 0 ||
            !intake_is_ready(alerting->intake, book_partition(alerting->book, response)))
                return 0;
        return compare(alerting, response, id, is_open);
}

int cards_shown(struct alerting *alerting, const char *id, const void *body, size_t body_bytes) {
        static const char *const lists[] = {"open", "held"};
        yyjson_doc *doc =
                body_bytes <= REQUEST_BODY_BYTES_MAX ? yyjson_read(body, body_bytes, 0) : NULL;
        yyjson_val *root = yyjson_doc_get_root(doc), *item;
        size_t i, count;
        int taken = 0, r = 0;

        for (int list = 0; list < 2; list++)
                yyjson_arr_foreach(yyjson_obj_get(root, lists[list]), i, count, item) {
                        if (r == 0 && taken++ < CARDS_MAX)
                                r = card(alerting, id, yyjson_get_str(item), list == 0);
                }
        yyjson_doc_free(doc);
        return err_trace(r);
}
