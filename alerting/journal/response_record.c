/* SPDX-License-Identifier: MIT */
#include "alerting/journal/response_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/base/json.h"
#include "alerting/route/ladder.h"
#include "common/base/err.h"

/* The end of the year 9999. With this limit, adding a day to a time that was read back cannot overflow. */
#define TIME_MAX_MS INT64_C(253402300799999)

/* --- vigil.pages: everything --------------------------------------------------------------------- */

static void add_page_state(struct json_builder *b, yyjson_mut_val *list, const struct page *page) {
        yyjson_mut_val *object = json_item(b, list);
        json_text(b, object, "recipient", page->recipient);
        json_name(b, object, "role", role_name(page->role));
        json_int(b, object, "step", page->step);
        json_int(b, object, "attempt", page->attempt);
        json_name(b, object, "state", page_state_name(page));
        json_text(b, object, "nonce", page->nonce);
        json_int(b, object, "reach", page->reach);
        json_int(b, object, "answer", page->answer);
        json_int(b, object, "asked_attempt", page->asked_attempt);
        json_int(b, object, "answers", page->answers);
        json_bool(b, object, "was_sent", page->was_sent);
        json_bool(b, object, "owed_stand_down", page->owed_stand_down);
        json_int(b, object, "asked_ms", page->asked_ms);
        json_int(b, object, "retry_ms", page->retry_ms);
        json_int(b, object, "answer_by_ms", page->answer_by_ms);
}

static void add_response_state(struct json_builder *b, yyjson_mut_val *root,
                               const struct response *response) {
        json_text(b, root, "district", response->district);
        json_name(b, root, "condition", response->active ? "active" : "cleared");
        json_name(b, root, "response", response_state_name(response->state));
        json_bool(b, root, "cancelled", response->cancelled);
        json_bool(b, root, "feed_only", response->feed_only);
        json_text(b, root, "reason", response->reason);
        json_text(b, root, "holder", response->holder);
        json_name(b, root, "holder_role", role_name(response->holder_role));
        json_int(b, root, "intake_ms", response->intake_ms);
        json_int(b, root, "held_ms", response->held_ms);
        json_int(b, root, "acked_ms", response->acked_ms);
        json_int(b, root, "closed_ms", response->closed_ms);
        json_int(b, root, "arrive_by_ms", response->arrive_by_ms);
        json_int(b, root, "step_by_ms", response->step_by_ms);
        json_int(b, root, "round_ms", response->round_ms);
        json_int(b, root, "rung", response->rung);
        json_int(b, root, "step", response->step);
        json_int(b, root, "round_step", response->round_step);
        json_int(b, root, "repeats", response->repeats);
        json_int(b, root, "ledger_count", response->ledger_count);
        json_int(b, root, "offset", response->offset);
        json_int(b, root, "intake_us", response->intake_us);
        json_int(b, root, "stored_us", response->stored_us);
        json_int(b, root, "folded_count", response->folded_count);
}

static void add_owed_state(struct json_builder *b, yyjson_mut_val *list, const struct owed *owed) {
        const struct outcome_entry *entry = &owed->entry;
        yyjson_mut_val *object = json_item(b, list);
        json_int(b, object, "seq", owed->seq);
        json_int(b, object, "n", entry->n);
        json_name(b, object, "type", outcome_type_name(entry->type));
        json_int(b, object, "time_ms", entry->time_ms);
        json_name(b, object, "recipient", entry->recipient);
        json_name(b, object, "role", role_name(entry->role));
        json_int(b, object, "step", entry->step);
        json_int(b, object, "attempt", entry->attempt);
        json_name(b, object, "by", entry->by);
        json_name(b, object, "reason", entry->reason);
}

int response_record_encode(const struct response *response, char **ret_json, size_t *ret_bytes) {
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b), *list;
        char *alert = NULL;
        size_t alert_bytes = 0;
        uint32_t folded = response->folded_count < RESPONSE_FOLDED_MAX ? response->folded_count
                                                                       : RESPONSE_FOLDED_MAX;
        int r = alert_encode(&response->alert, &alert, &alert_bytes);

        json_int(&b, root, "v", 1);
        b.ok = r == 0 &&
               yyjson_mut_obj_add_val(b.doc, root, "alert",
                                      yyjson_mut_rawn(b.doc, alert, alert_bytes)) &&
               b.ok;
        add_response_state(&b, root, response);
        list = json_list(&b, root, "folded");
        for (uint32_t i = 0; i < folded; i++)
                json_list_name(&b, list, response->folded[i]);
        list = json_list(&b, root, "pages");
        for (size_t i = 0; i < response->page_count; i++)
                add_page_state(&b, list, &response->pages[i]);
        json_int(&b, root, "seq", response->seq);
        list = json_list(&b, root, "owed");
        for (size_t i = 0; i < response->owed_count; i++)
                add_owed_state(&b, list, &response->owed[i]);

        r = json_end(&b, ret_json, ret_bytes);
        free(alert);
        return err_trace(r);
}

/* --- and back ------------------------------------------------------------------------------------ */

struct reader {
        bool ok;
        const char *why;
};

static void fail(struct reader *reader, const char *key) {
        if (reader->ok)
                reader->why = key;
        reader->ok = false;
}

static int64_t take_int(struct reader *reader, yyjson_val *object, const char *key, int64_t min,
                        int64_t max) {
        yyjson_val *value = yyjson_obj_get(object, key);
        int64_t number;

        if (!yyjson_is_int(value) ||
            (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)) {
                fail(reader, key);
                return min;
        }
        number = yyjson_get_sint(value);
        if (number < min || number > max) {
                fail(reader, key);
                return min;
        }
        return number;
}

static bool take_bool(struct reader *reader, yyjson_val *object, const char *key) {
        yyjson_val *value = yyjson_obj_get(object, key);

        if (!yyjson_is_bool(value))
                fail(reader, key);
        return yyjson_get_bool(value);
}

static void take_text(struct reader *reader, yyjson_val *object, const char *key, char *ret,
                      size_t ret_bytes) {
        yyjson_val *value = yyjson_obj_get(object, key);

        if (!yyjson_is_str(value) || yyjson_get_len(value) >= ret_bytes ||
            strlen(yyjson_get_str(value)) != yyjson_get_len(value)) {
                fail(reader, key);
                return;
        }
        memcpy(ret, yyjson_get_str(value), yyjson_get_len(value) + 1);
}

static enum role take_role(struct reader *reader, yyjson_val *object, const char *key) {
        const char *name = yyjson_get_str(yyjson_obj_get(object, key));
        int role = name ? role_parse(name) : -1;

        if (role < 0)
                fail(reader, key);
        return role < 0 ? ROLE_FAMILY : (enum role)role;
}

static enum response_state take_state(struct reader *reader, yyjson_val *root) {
        const char *name = yyjson_get_str(yyjson_obj_get(root, "response"));

        for (int state = RESPONSE_UNACKED; name && state <= RESPONSE_CLOSED; state++) {
                if (strcmp(response_state_name((enum response_state)state), name) == 0)
                        return (enum response_state)state;
        }
        fail(reader, "response");
        return RESPONSE_UNACKED;
}

static void take_page(struct reader *reader, yyjson_val *object, struct page *page) {
        take_text(reader, object, "recipient", page->recipient, sizeof(page->recipient));
        take_text(reader, object, "nonce", page->nonce, sizeof(page->nonce));
        page->role = take_role(reader, object, "role");
        page->step = (uint32_t)take_int(reader, object, "step", 0, UINT32_MAX);
        page->attempt = (uint32_t)take_int(reader, object, "attempt", 1, UINT32_MAX);
        page->reach = (enum page_reach)take_int(reader, object, "reach", 0, PAGE_REACH_DELIVERED);
        page->answer = (enum page_result)take_int(reader, object, "answer", 0, PAGE_STOOD_DOWN);
        page->stored_attempt = page->attempt;
        page->receipt = &receipt_usual;
        page->asked_attempt = (uint32_t)take_int(reader, object, "asked_attempt", 1, UINT32_MAX);
        page->answers = (uint32_t)take_int(reader, object, "answers", 0, UINT32_MAX);
        page->was_sent = take_bool(reader, object, "was_sent");
        page->owed_stand_down = take_bool(reader, object, "owed_stand_down");
        page->asked_ms = take_int(reader, object, "asked_ms", 0, TIME_MAX_MS);
        page->retry_ms = take_int(reader, object, "retry_ms", 0, TIME_MAX_MS);
        page->answer_by_ms = take_int(reader, object, "answer_by_ms", 0, TIME_MAX_MS);
}

static int take_pages(struct reader *reader, yyjson_val *root, struct response *response) {
        yyjson_val *list = yyjson_obj_get(root, "pages"), *object;
        size_t count = yyjson_arr_size(list), index, most;

        if (!yyjson_is_arr(list) || count > RESPONSE_PAGES_MAX) {
                fail(reader, "pages");
                return 0;
        }
        if (count == 0)
                return 0;
        response->pages = calloc(count, sizeof(*response->pages));
        if (!response->pages)
                return err_raise(-ENOMEM);
        response->page_capacity = count;
        yyjson_arr_foreach(list, index, most, object) {
                take_page(reader, object, &response->pages[response->page_count++]);
        }
        return 0;
}

static enum outcome_type take_ledger_type(struct reader *reader, yyjson_val *object) {
        const char *name = yyjson_get_str(yyjson_obj_get(object, "type"));

        for (int type = 0; name && type < OUTCOME_TYPES; type++) {
                if (strcmp(outcome_type_name((enum outcome_type)type), name) == 0)
                        return (enum outcome_type)type;
        }
        fail(reader, "owed");
        return OUTCOME_RAISED;
}

/* Records of older versions have neither "seq" nor "owed". */
static int take_owed(struct reader *reader, yyjson_val *root, struct response *response) {
        yyjson_val *list = yyjson_obj_get(root, "owed"), *object;
        size_t index, most;

        if (yyjson_obj_get(root, "seq"))
                response->seq = take_int(reader, root, "seq", 0, INT64_MAX);
        if (response->seq > OWED_SEQ_MAX)
                response->seq = OWED_SEQ_MAX; /* the next one must be higher */
        response->written_seq = response->seq;
        if (yyjson_arr_size(list) > OWED_MAX) {
                fail(reader, "owed");
                return 0;
        }
        yyjson_arr_foreach(list, index, most, object) {
                struct owed *owed = owed_new(response);
                struct outcome_entry *entry;

                if (!owed)
                        return err_raise(-ENOMEM);
                entry = &owed->entry;
                owed->seq = take_int(reader, object, "seq", 0, response->seq);
                entry->n = (uint32_t)take_int(reader, object, "n", 0, UINT32_MAX);
                entry->type = take_ledger_type(reader, object);
                entry->time_ms = take_int(reader, object, "time_ms", 0, TIME_MAX_MS);
                take_text(reader, object, "recipient", entry->recipient, sizeof(entry->recipient));
                entry->role = take_role(reader, object, "role");
                entry->step = (uint32_t)take_int(reader, object, "step", 0, UINT32_MAX);
                entry->attempt = (uint32_t)take_int(reader, object, "attempt", 0, UINT32_MAX);
                take_text(reader, object, "by", entry->by, sizeof(entry->by));
                take_text(reader, object, "reason", entry->reason, sizeof(entry->reason));
        }
        return 0;
}

static void take_folded(struct reader *reader, yyjson_val *root, struct response *response) {
        yyjson_val *list = yyjson_obj_get(root, "folded"), *id;
        size_t index, most;

        response->folded_count = (uint32_t)take_int(reader, root, "folded_count", 0, UINT32_MAX);
        if (!yyjson_is_arr(list) ||
            yyjson_arr_size(list) != (response->folded_count < RESPONSE_FOLDED_MAX
                                              ? response->folded_count
                                              : RESPONSE_FOLDED_MAX)) {
                fail(reader, "folded");
                return;
        }
        yyjson_arr_foreach(list, index, most, id) {
                if (yyjson_get_len(id) == ALERT_ID_BYTES - 1)
                        memcpy(response->folded[index], yyjson_get_str(id), ALERT_ID_BYTES);
                else
                        fail(reader, "folded");
        }
}

static void take_response(struct reader *reader, yyjson_val *root, struct response *response) {
        const char *condition = yyjson_get_str(yyjson_obj_get(root, "condition"));

        if (!condition)
                fail(reader, "condition");
        response->active = condition && strcmp(condition, "active") == 0;
        take_text(reader, root, "district", response->district, sizeof(response->district));
        response->state = take_state(reader, root);
        response->cancelled = take_bool(reader, root, "cancelled");
        response->feed_only = take_bool(reader, root, "feed_only");
        take_text(reader, root, "reason", response->reason, sizeof(response->reason));
        take_text(reader, root, "holder", response->holder, sizeof(response->holder));
        response->holder_role = take_role(reader, root, "holder_role");
        response->intake_ms = take_int(reader, root, "intake_ms", 0, TIME_MAX_MS);
        response->held_ms = take_int(reader, root, "held_ms", 0, TIME_MAX_MS);
        response->acked_ms = take_int(reader, root, "acked_ms", 0, TIME_MAX_MS);
        response->closed_ms = take_int(reader, root, "closed_ms", 0, TIME_MAX_MS);
        response->arrive_by_ms = take_int(reader, root, "arrive_by_ms", 0, TIME_MAX_MS);
        response->step_by_ms = take_int(reader, root, "step_by_ms", 0, TIME_MAX_MS);
        response->round_ms = take_int(reader, root, "round_ms", 0, TIME_MAX_MS);
        response->rung = (int32_t)take_int(reader, root, "rung", 0, LADDER_STEPS_MAX);
        response->step = (uint32_t)take_int(reader, root, "step", 0, UINT32_MAX);
        response->round_step = (uint32_t)take_int(reader, root, "round_step", 0, UINT32_MAX);
        response->repeats = (uint32_t)take_int(reader, root, "repeats", 0, UINT32_MAX);
        response->ledger_count = (uint32_t)take_int(reader, root, "ledger_count", 0, UINT32_MAX);
        response->offset = take_int(reader, root, "offset", -1, INT64_MAX);
        response->intake_us = take_int(reader, root, "intake_us", 0, TIME_MAX_MS * 1000);
        response->stored_us = take_int(reader, root, "stored_us", 0, TIME_MAX_MS * 1000);
        take_folded(reader, root, response);
}

static int take_alert(struct reader *reader, yyjson_val *root, struct response *response) {
        yyjson_val *value = yyjson_obj_get(root, "alert");
        size_t bytes;
        char *text;
        int r;

        if (!value) {
                fail(reader, "alert");
                return 0;
        }
        text = yyjson_val_write(value, 0, &bytes);
        if (!text)
                return err_raise(-ENOMEM);
        r = alert_decode(&response->alert, text, bytes);
        free(text);
        if (r == ALERT_REFUSED)
                fail(reader, "alert");
        return r < 0 ? err_trace(r) : 0;
}

int response_record_decode(struct response **ret, const char *json, size_t json_bytes) {
        struct reader reader = {.ok = true, .why = ""};
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        struct response *response = NULL;
        yyjson_val *root = yyjson_doc_get_root(doc);
        int r;

        if (!yyjson_is_obj(root) || yyjson_get_int(yyjson_obj_get(root, "v")) != 1) {
                (void)err_raise_why(-EINVAL,
                                    "a record of vigil.pages must be a JSON object with v 1");
                r = RESPONSE_RECORD_REFUSED;
                goto out;
        }
        r = response_new(&response);
        if (r == 0)
                r = take_alert(&reader, root, response);
        if (r == 0)
                r = take_pages(&reader, root, response);
        if (r == 0)
                r = take_owed(&reader, root, response);
        if (r < 0)
                goto out;
        take_response(&reader, root, response);
        if (!reader.ok) {
                (void)err_raise_why(-EINVAL, "a record of vigil.pages has no good \"%s\"",
                                    reader.why);
                r = RESPONSE_RECORD_REFUSED;
                goto out;
        }
        *ret = response;
        response = NULL;
        r = 0;
out:
        response_free(response);
        yyjson_doc_free(doc);
        return err_trace(r);
}

/* --- told ---------------------------------------------------------------------------------------- */

int response_record_encode_told(int64_t time_ms, char **ret_json, size_t *ret_bytes) {
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b);

        json_int(&b, root, "v", 1);
        json_int(&b, root, "told_ms", time_ms);
        return err_trace(json_end(&b, ret_json, ret_bytes));
}

bool response_record_decode_told(const char *json, size_t json_bytes, int64_t *ret_ms) {
        enum { TOLD_BYTES_MAX = 64 };
        yyjson_doc *doc = json_bytes <= TOLD_BYTES_MAX ? yyjson_read(json, json_bytes, 0) : NULL;
        yyjson_val *root = yyjson_doc_get_root(doc);
        yyjson_val *told = yyjson_obj_get(root, "told_ms");
        int64_t time_ms = yyjson_get_sint(told);
        bool is_told = yyjson_is_int(told) && yyjson_get_int(yyjson_obj_get(root, "v")) == 1 &&
                       time_ms > 0 && time_ms <= TIME_MAX_MS;

        if (is_told)
                *ret_ms = time_ms;
        yyjson_doc_free(doc);
        return is_told;
}
