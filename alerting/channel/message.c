/* SPDX-License-Identifier: MIT */
#include "alerting/channel/message.h"

#include <string.h>
#include <time.h>

#include "alerting/base/json.h"
#include "common/base/err.h"

static const char *const type_names[] = {"page",    "update", "stand_down", "stored",
                                         "refused", "notice", "settled",    "noticed"};

_Static_assert(sizeof(type_names) / sizeof(type_names[0]) == MESSAGE_TYPES, "a word each");

const char *message_type_name(enum message_type type) {
        return type_names[type];
}

int message_type_parse(const void *word, size_t word_bytes) {
        for (int type = 0; type < MESSAGE_TYPES; type++) {
                if (strlen(type_names[type]) == word_bytes &&
                    memcmp(type_names[type], word, word_bytes) == 0)
                        return type;
        }
        return -1;
}

/* --- a page -------------------------------------------------------------------------------------- */

static int year_now(int64_t time_us) {
        time_t time_s = (time_t)(time_us / 1000000);
        struct tm date;

        return gmtime_r(&time_s, &date) ? date.tm_year + 1900 : 0;
}

static void add_elder(struct json_builder *b, yyjson_mut_val *root, const struct response *response,
                      const struct registry *registry, int64_t sent_us) {
        const struct alert *alert = &response->alert;
        const struct registry_device *device = registry_device(registry, alert->device_id);
        /* Ingest did not know the owner of the device; the registry may know it by now. */
        const char *id = alert->elder_id[0] || !device ? alert->elder_id : device->elder_id;
        const struct registry_elder *elder = registry_elder(registry, id);
        yyjson_mut_val *object = json_object(b, root, "elder");

        json_text(b, object, "id", id);
        json_name(b, object, "district", response->district);
        if (!elder)
                return; /* not in the registry: a page with the id only is better than none */
        json_text(b, object, "name", elder->name);
        if (elder->birth_year > 0)
                json_int(b, object, "age", year_now(sent_us) - elder->birth_year);
        json_text(b, object, "address", elder->address);
        json_text(b, object, "phone", elder->phone);
        json_degrees(b, object, "lat", elder->latitude_deg);
        json_degrees(b, object, "lon", elder->longitude_deg);
}

static void add_others(struct json_builder *b, yyjson_mut_val *root,
                       const struct response *response, const struct page *page) {
        yyjson_mut_val *list = json_list(b, root, "others");

        for (size_t i = 0; i < response->page_count; i++) {
                const struct page *other = &response->pages[i];

                if (page_is_shown(response, other) &&
                    strcmp(other->recipient, page->recipient) != 0)
                        json_list_name(b, list, other->recipient);
        }
}

static void add_page_words(struct json_builder *b, yyjson_mut_val *root,
                           const struct response *response) {
        const struct alert *alert = &response->alert;

        json_int(b, root, "severity", alert->severity);
        json_name(b, root, "class", alert_class_name(alert->class));
        json_bool(b, root, "drill", alert->drill);
        if (response->cancelled)
                json_bool(b, root, "cancelled", true);
        json_int(b, root, "late_ms", alert->late_ms);
        json_words(b, root, "title", alert->title_zh, alert->title_en);
        json_words(b, root, "advice", alert->advice_zh, alert->advice_en);
        json_name(b, root, "rule", alert->rule_id);
        json_name(b, root, "device", alert->device_id);
        json_int(b, root, "event_time_ms", alert->event_time_ms);
        json_int(b, root, "raised_time_ms", alert->raised_time_ms);
}

int message_encode_page(const struct response *response, const struct page *page,
                        const struct registry *registry, int64_t sent_us, char **ret_json,
                        size_t *ret_bytes) {
        const struct alert *alert = &response->alert;
        const struct registry_device *device = registry_device(registry, alert->device_id);
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b), *trace;
        char page_id[PAGE_ID_BYTES];

        page_id_make(response, page->recipient, page->step, page->attempt, page_id);
        json_text(&b, root, "page_id", page_id);
        json_name(&b, root, "alert_id", alert->alert_id);
        json_name(&b, root, "nonce", page->nonce);
        json_name(&b, root, "recipient", page->recipient);
        json_name(&b, root, "role", role_name(page->role));
        json_int(&b, root, "step", page->step);
        json_int(&b, root, "attempt", page->attempt);
        json_name(&b, root, "state", page_state_name(page));
        json_name(&b, root, "holder", response->holder);
        add_page_words(&b, root, response);
        json_text(&b, root, "room", device ? device->room : "");
        add_elder(&b, root, response, registry, sent_us);
        json_int(&b, root, "answer_by_ms", page->answer_by_ms);
        add_others(&b, root, response, page);
        json_int(&b, root, "repeats", response->repeats);
        trace = json_object(&b, root, "trace");
        json_int(&b, trace, "received_us", alert->received_us);
        json_int(&b, trace, "judged_us", alert->judged_us);
        json_int(&b, trace, "intake_us", response->intake_us);
        json_int(&b, trace, "stored_us", response->stored_us);
        json_int(&b, trace, "sent_us", sent_us);
        return err_trace(json_end(&b, ret_json, ret_bytes));
}

int message_encode_send(const struct response *response, const struct outcome_send *send,
                        char **ret_json, size_t *ret_bytes) {
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b);
        char page_id[PAGE_ID_BYTES];

        page_id_make(response, send->recipient, send->step, send->attempt, page_id);
        json_text(&b, root, "page_id", page_id);
        json_name(&b, root, "alert_id", response->alert.alert_id);
        json_name(&b, root, "by", send->by);
        json_name(&b, root, "role", send->by[0] ? role_name(send->by_role) : "");
        if (send->type == OUTCOME_SEND_STAND_DOWN) {
                json_name(&b, root, "reason", send->reason);
        } else {
                json_name(&b, root, "change", outcome_type_name(send->change));
                json_int(&b, root, "severity", response->alert.severity);
                json_int(&b, root, "repeats", response->repeats);
        }
        return err_trace(json_end(&b, ret_json, ret_bytes));
}

/* --- the reply to an answer ---------------------------------------------------------------------- */

int message_encode_reply(const struct answer *answer, const struct response *response,
                         const char *why, char **ret_json, size_t *ret_bytes) {
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b);

        json_name(&b, root, "ack_id", answer->ack_id);
        json_name(&b, root, "page_id", answer->page_id);
        json_name(&b, root, "type", answer_type_name(answer->type));
        json_name(&b, root, "by", answer->recipient);
        if (why)
                json_name(&b, root, "why", why);
        /* Every device of the key gets this frame, also one that answered too late: it shows the current state. */
        if (response) {
                json_name(&b, root, "response", response_state_name(response->state));
                json_name(&b, root, "holder", response->holder);
                json_name(&b, root, "reason", response->reason);
        }
        return err_trace(json_end(&b, ret_json, ret_bytes));
}
