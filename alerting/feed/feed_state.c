/* SPDX-License-Identifier: MIT */
#include "alerting/feed/feed_state.h"

#include "alerting/base/json.h"
#include "alerting/response/response.h"
#include "common/base/err.h"

int feed_state_encode(const struct response *response, char **ret_json, size_t *ret_bytes) {
        const struct alert *alert = &response->alert;
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b), *list;

        json_name(&b, root, "alert_id", alert->alert_id);
        json_name(&b, root, "rule", alert->rule_id);
        json_name(&b, root, "elder", alert->elder_id);
        json_name(&b, root, "district", response->district);
        json_name(&b, root, "class", alert_class_name(alert->class));
        json_int(&b, root, "severity", alert->severity);
        json_name(&b, root, "condition", response->active ? "active" : "cleared");
        json_name(&b, root, "response", response_state_name(response->state));
        json_words(&b, root, "title", alert->title_zh, alert->title_en);
        json_int(&b, root, "event_time_ms", alert->event_time_ms);
        json_int(&b, root, "raised_time_ms", alert->raised_time_ms);
        json_int(&b, root, "late_ms", alert->late_ms);
        json_int(&b, root, "repeats", response->repeats);
        json_int(&b, root, "step", response->step);
        list = json_list(&b, root, "pages");
        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *page = &response->pages[i];
                yyjson_mut_val *object = json_item(&b, list);
                json_name(&b, object, "recipient", page->recipient);
                json_name(&b, object, "role", role_name(page->role));
                json_int(&b, object, "step", page->step);
                json_int(&b, object, "attempt", page->attempt);
                json_name(&b, object, "state", page_state_name(page));
        }
        json_name(&b, root, "holder", response->holder);
        json_int(&b, root, "next_action_time_ms",
                 response->state == RESPONSE_CLOSED ? 0 : response_next_ms(response));
        json_bool(&b, root, "drill", alert->drill);
        if (response->cancelled)
                json_bool(&b, root, "cancelled", true);
        json_name(&b, root, "reason", response->reason);
        return err_trace(json_end(&b, ret_json, ret_bytes));
}
