/* SPDX-License-Identifier: MIT */
#include "alerting/intake/take.h"

#include "alerting/intake/suppress.h"
#include "alerting/response/raise.h"
#include "common/base/err.h"

/* Is the record known, or the end of an unknown alert? Return: 0: neither; TAKE_KNOWN; TAKE_UNKNOWN. */
static int know(const struct book *book, const struct alert *alert, int64_t offset,
                const struct response *response) {
        if (response)
                return alert->transition == ALERT_RAISED || offset <= response->offset ? TAKE_KNOWN
                                                                                       : 0;
        if (told_has(book_told(book), alert->alert_id))
                return TAKE_KNOWN;
        return alert->transition == ALERT_CLEARED || alert->transition == ALERT_CANCELLED
                       ? TAKE_UNKNOWN
                       : 0;
}

/* Also for a change of severity of an alert whose raise we never read: to page is better than to lose it. */
static int take_new(struct book *book, const struct route_view *view, const struct alert *alert,
                    int32_t partition, int64_t now_ms, struct outcome *outcome,
                    struct response **ret) {
        const struct suppress_stage *stage = suppress_judge(alert);
        struct response *response = NULL;
        int r = response_new(&response);

        if (r < 0)
                return err_trace(r);
        if (stage)
                response_suppress(response, view, alert, stage->name, stage->closes, now_ms,
                                  outcome);
        else
                response_raise(response, view, alert, now_ms, outcome);
        *ret = response;
        return err_trace(book_add(book, partition, response));
}

static int take_repeat(struct book *book, const struct route_view *view, const struct alert *alert,
                       int64_t now_ms, struct outcome *outcome, struct response *response) {
        response_repeat(response, view, alert, now_ms, outcome);
        return err_trace(book_add_id(book, response, alert->alert_id));
}

/* It happened longer ago than ids are kept, so it may have been told and closed then. */
static bool is_beyond_memory(const struct alert *alert, int64_t now_ms) {
        return alert->transition == ALERT_RAISED && alert->received_time_ms != 0 &&
               now_ms - alert->received_time_ms >= TOLD_KEPT_MS;
}

int take_once(struct book *book, const struct route_view *view, const struct alert *alert,
              int32_t partition, int64_t offset, int64_t now_ms, struct outcome *outcome,
              struct response **ret) {
        struct response *response = book_find(book, alert->alert_id);
        struct alert old;
        int r = know(book, alert, offset, response);

        if (r > 0)
                return err_trace(r);
        /* Without a ladder it pages the desk at most, with its age. */
        if (is_beyond_memory(alert, now_ms)) {
                old = *alert;
                old.ladder[0] = '\0';
                alert = &old;
        }
        if (response)
                response_transition(response, view, alert, now_ms, outcome);
        else if (!alert->shadow && (response = book_find_same(book, alert)))
                r = take_repeat(book, view, alert, now_ms, outcome, response);
        else
                r = take_new(book, view, alert, partition, now_ms, outcome, &response);
        if (r == 0)
                r = outcome->failed;
        if (r < 0)
                return err_trace(r);
        response->offset = offset;
        book_settle(book, response);
        *ret = response;
        return 0;
}
