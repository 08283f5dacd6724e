/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_read.h"

#include "cli/command/json_field.h"
#include "common/wire/json_number.h"

void page_read_trace(yyjson_val *object, struct page_card_trace *ret) {
        yyjson_val *trace = yyjson_obj_get(object, "trace");

        ret->received_us = json_time_us(trace, "received_us");
        ret->judged_us = json_time_us(trace, "judged_us");
        ret->intake_us = json_time_us(trace, "intake_us");
        ret->stored_us = json_time_us(trace, "stored_us");
        ret->sent_us = json_time_us(trace, "sent_us");
}

static void others_get(yyjson_val *object, struct page_card *card) {
        yyjson_val *others = yyjson_obj_get(object, "others");
        yyjson_val *other;
        size_t i, count;

        card->others_count = 0;
        yyjson_arr_foreach(others, i, count, other) {
                if (card->others_count == PAGE_CARD_OTHERS_MAX)
                        break;
                json_field_value(other, card->others[card->others_count++],
                                 sizeof(card->others[0]));
        }
}

static void elder_get(yyjson_val *object, struct page_card *card) {
        yyjson_val *elder = yyjson_obj_get(object, "elder");

        json_field(elder, "id", card->elder_id, sizeof(card->elder_id));
        json_field(elder, "name", card->elder_name, sizeof(card->elder_name));
        json_field(elder, "address", card->address, sizeof(card->address));
        json_field(elder, "phone", card->phone, sizeof(card->phone));
        json_field(elder, "district", card->district, sizeof(card->district));
        card->elder_age = json_count(elder, "age");
}

void page_read_card(struct page_card *card, yyjson_val *page) {
        json_field(page, "page_id", card->page_id, sizeof(card->page_id));
        json_field(page, "nonce", card->nonce, sizeof(card->nonce));
        json_field(page, "role", card->role, sizeof(card->role));
        json_field(page, "class", card->class, sizeof(card->class));
        json_field(page, "rule", card->rule, sizeof(card->rule));
        json_field(page, "device", card->device, sizeof(card->device));
        json_field(page, "room", card->room, sizeof(card->room));
        json_field_both(page, "title", card->title_zh, card->title_en, sizeof(card->title_zh));
        json_field_both(page, "advice", card->advice_zh, card->advice_en, sizeof(card->advice_zh));
        card->step = json_count(page, "step");
        card->attempt = json_count(page, "attempt");
        card->severity = json_field_severity(page);
        card->drill = yyjson_get_bool(yyjson_obj_get(page, "drill"));
        card->cancelled = yyjson_get_bool(yyjson_obj_get(page, "cancelled"));
        card->late_ms = json_time_ms(page, "late_ms");
        card->event_time_ms = json_time_ms(page, "event_time_ms");
        card->raised_time_ms = json_time_ms(page, "raised_time_ms");
        card->answer_by_time_ms = json_time_ms(page, "answer_by_ms");
        card->repeats = json_count(page, "repeats");
        page_read_trace(page, &card->trace);
        elder_get(page, card);
        others_get(page, card);
}
