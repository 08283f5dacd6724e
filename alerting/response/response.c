/* SPDX-License-Identifier: MIT */
#include "alerting/response/response.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

/* --- names ------------------------------------------------------------------------------------- */

static const char *const state_names[] = {"unacked", "acked", "dispatched", "on_scene", "closed"};
static const char *const reach_names[] = {"planned", "sent", "received", "delivered"};
static const char *const page_answer_names[] = {"", "no_answer", "accepted", "declined",
                                                "stood_down"};

const char *response_state_name(enum response_state state) {
        require(state <= RESPONSE_CLOSED, "response in state %d", (int)state);
        return state_names[state];
}

const char *page_state_name(const struct page *page) {
        require(page->reach <= PAGE_REACH_DELIVERED && page->answer <= PAGE_STOOD_DOWN,
                "page of %s, step %u: reach %d, answer %d", page->recipient, page->step,
                (int)page->reach, (int)page->answer);
        return page->answer == PAGE_OPEN ? reach_names[page->reach]
                                         : page_answer_names[page->answer];
}

void page_id_make(const struct response *response, const char *recipient, uint32_t step,
                  uint32_t attempt, char *ret) {
        snprintf(ret, PAGE_ID_BYTES, "%s/%s/%u/%u", response->alert.alert_id, recipient, step,
                 attempt);
}

/* --- storage ----------------------------------------------------------------------------------- */

int response_new(struct response **ret) {
        struct response *response = calloc(1, sizeof(*response));

        if (!response)
                return err_raise(-ENOMEM);
        response->offset = -1;
        *ret = response;
        return 0;
}

struct response *response_free(struct response *response) {
        if (response) {
                free(response->pages);
                free(response->owed);
                free(response);
        }
        return NULL;
}

struct page *response_page(const struct response *response, const char *recipient, uint32_t step) {
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                if (page->step == step && strcmp(page->recipient, recipient) == 0)
                        return page;
        }
        return NULL;
}

bool response_asks(const struct response *response, const char *recipient) {
        const struct page *page = response_page(response, recipient, response->step);

        return response->state == RESPONSE_UNACKED && page && page->answer == PAGE_OPEN;
}

bool page_is_live(const struct page *page) {
        return page->answer == PAGE_OPEN || page->answer == PAGE_NO_ANSWER;
}

bool page_is_received(const struct page *page) {
        require(page->receipt, "page of %s, step %u, has no receipt", page->recipient, page->step);
        return page->reach >= PAGE_REACH_RECEIVED ||
               (page->reach == PAGE_REACH_SENT && !page->receipt->is_given);
}

bool page_is_shown(const struct response *response, const struct page *page) {
        return response->state != RESPONSE_CLOSED &&
               (page_is_live(page) || page->answer == PAGE_ACCEPTED);
}

bool page_asks(const struct response *response, const struct page *page) {
        bool desk_must_know = page->role == ROLE_DESK && response_is_held(response) &&
                              response->holder_role == ROLE_FAMILY;

        return (response->state == RESPONSE_UNACKED || desk_must_know) &&
               page->step == response->step && page->answer == PAGE_OPEN && !page_is_received(page);
}

bool response_is_held(const struct response *response) {
        return response->state == RESPONSE_ACKED || response->state == RESPONSE_DISPATCHED ||
               response->state == RESPONSE_ON_SCENE;
}

bool response_is_owned(const struct response *response) {
        if (response->state == RESPONSE_CLOSED || response_is_held(response))
                return response->state == RESPONSE_CLOSED || response->holder[0] != '\0';
        return response->feed_only || response->step_by_ms != 0;
}

bool response_has_folded(const struct response *response, const char *alert_id) {
        uint32_t count = response->folded_count < RESPONSE_FOLDED_MAX ? response->folded_count
                                                                      : RESPONSE_FOLDED_MAX;

        for (uint32_t i = 0; i < count; i++) {
                if (strcmp(response->folded[i], alert_id) == 0)
                        return true;
        }
        return false;
}

static void earlier(int64_t *next_ms, int64_t time_ms) {
        if (time_ms != 0 && (*next_ms == 0 || time_ms < *next_ms))
                *next_ms = time_ms;
}

int64_t response_next_ms(const struct response *response) {
        int64_t next_ms = 0;

        if (response->state == RESPONSE_CLOSED)
                return response->closed_ms + RESPONSE_CLOSED_KEPT_MS;
        if (response->feed_only)
                return response->intake_ms + RESPONSE_FEED_ONLY_FOR_MS;
        earlier(&next_ms, response->step_by_ms);
        earlier(&next_ms, response->arrive_by_ms);
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];

                if (page_is_live(page) && !page_is_received(page))
                        earlier(&next_ms, page->retry_ms);
                if (page_asks(response, page))
                        earlier(&next_ms, page->asked_ms + page->receipt->unreached_ms);
        }
        return next_ms;
}

/* --- the wall clock ---------------------------------------------------------------------------- */

static void shift(int64_t *time_ms, int64_t by_ms) {
        if (*time_ms != 0)
                *time_ms += by_ms;
}

void response_shift(struct response *response, int64_t by_ms) {
        shift(&response->intake_ms, by_ms);
        shift(&response->held_ms, by_ms);
        shift(&response->acked_ms, by_ms);
        shift(&response->closed_ms, by_ms);
        shift(&response->arrive_by_ms, by_ms);
        shift(&response->step_by_ms, by_ms);
        shift(&response->round_ms, by_ms);
        for (size_t i = 0; i < response->page_count; i++) {
                struct page *page = &response->pages[i];

                shift(&page->asked_ms, by_ms);
                shift(&page->retry_ms, by_ms);
                shift(&page->answer_by_ms, by_ms);
        }
}

static void later(int64_t *last_ms, int64_t time_ms) {
        if (time_ms > *last_ms)
                *last_ms = time_ms;
}

void response_not_from_the_future(struct response *response, int64_t now_ms) {
        int64_t last_ms = response->intake_ms;

        later(&last_ms, response->held_ms);
        later(&last_ms, response->acked_ms);
        later(&last_ms, response->closed_ms);
        later(&last_ms, response->round_ms);
        for (size_t i = 0; i < response->page_count; i++)
                later(&last_ms, response->pages[i].asked_ms);
        if (last_ms - now_ms >= RESPONSE_CLOCKS_APART_MS)
                response_shift(response, now_ms - last_ms);
}
