/* SPDX-License-Identifier: MIT */
#include "cli/recipient/page_notice.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <yyjson.h>

#include "cli/command/json_field.h"
#include "common/language/say.h"
#include "common/wire/event_kind.h"

static bool is_word(const void *type, size_t type_bytes, const char *word) {
        return type_bytes == strlen(word) && memcmp(type, word, type_bytes) == 0;
}

bool page_notice_is(const void *type, size_t type_bytes) {
        return is_word(type, type_bytes, "notice") || is_word(type, type_bytes, "settled");
}

static void read_notice(struct page_notice *ret, yyjson_val *root) {
        yyjson_val *elder = yyjson_obj_get(root, "elder");

        *ret = (struct page_notice){
                .received_time_ms = yyjson_get_sint(yyjson_obj_get(root, "received_time_ms")),
                .drill = yyjson_get_bool(yyjson_obj_get(root, "drill")),
        };
        json_field(root, "notice_id", ret->id, sizeof(ret->id));
        json_field(root, "kind", ret->kind, sizeof(ret->kind));
        json_field(root, "device", ret->device_id, sizeof(ret->device_id));
        json_field(root, "district", ret->district, sizeof(ret->district));
        json_field(elder, "id", ret->elder_id, sizeof(ret->elder_id));
        json_field(elder, "name", ret->elder_name, sizeof(ret->elder_name));
        json_field(elder, "address", ret->address, sizeof(ret->address));
        json_field(elder, "phone", ret->phone, sizeof(ret->phone));
}

static struct page_notice *find(struct page_notices *notices, const char *id) {
        for (size_t i = notices->count; i-- > 0;)
                if (strcmp(notices->list[i].id, id) == 0)
                        return &notices->list[i];
        return NULL;
}

bool page_notice_is_cry(const struct page_notice *notice) {
        const struct event_kind_info *info = event_kind_by_name(notice->kind, strlen(notice->kind));

        return !info || event_kind_is_cry(info); /* no kind: the alarm was not decoded */
}

/* Return: index of the least important notice. */
static size_t spare(const struct page_notices *notices) {
        for (size_t i = 0; i < notices->count; i++)
                if (notices->list[i].settled)
                        return i;
        for (size_t i = 0; i < notices->count; i++)
                if (!page_notice_is_cry(&notices->list[i]))
                        return i;
        return 0;
}

static struct page_notice *add(struct page_notices *notices, const struct page_notice *notice) {
        if (notices->count == PAGE_NOTICES_MAX) {
                size_t at = spare(notices);

                memmove(notices->list + at, notices->list + at + 1,
                        (--notices->count - at) * sizeof(notices->list[0]));
        }
        notices->list[notices->count] = *notice;
        return &notices->list[notices->count++];
}

const struct page_notice *page_notice_take(struct page_notices *notices, const void *type,
                                           size_t type_bytes, const void *body, size_t body_bytes,
                                           const struct page_notice **ret_known) {
        yyjson_doc *doc = yyjson_read(body, body_bytes, 0);
        bool settled = is_word(type, type_bytes, "settled");
        const struct page_notice *news = NULL;
        struct page_notice notice, *known;

        *ret_known = NULL;
        read_notice(&notice, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
        if (!notice.id[0])
                return NULL;
        known = find(notices, notice.id);
        /* A settled id with a later receive time is another alarm: the device has no counter. */
        if (!settled &&
            (!known || (known->settled && notice.received_time_ms > known->received_time_ms)))
                news = known = add(notices, &notice);
        else if (settled && known && !known->settled) {
                known->settled = true;
                news = known;
        }
        *ret_known = known;
        return news;
}

char *page_notice_confirm(const struct page_notice *notice) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "notice_id", notice->id);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

size_t page_notice_open(const struct page_notices *notices, const struct page_notice **ret,
                        size_t most) {
        size_t open = 0, given = 0;

        for (int cry = 1; cry >= 0; cry--) {
                for (size_t i = notices ? notices->count : 0; i-- > 0;) {
                        const struct page_notice *notice = &notices->list[i];

                        if (notice->settled || page_notice_is_cry(notice) != cry)
                                continue;
                        open++;
                        if (given < most)
                                ret[given++] = notice;
                }
        }
        return open;
}

void page_notice_line(const struct page_notice *notice, const struct language *language, char *ret,
                      size_t ret_bytes) {
        static const char *const words[] = {N_("UNPROCESSED"), N_("processed")};
        static const char *const means[] = {N_("nobody has been paged yet"),
                                            N_("judged by the rules as usual")};
        time_t seconds = (time_t)(notice->received_time_ms / 1000);
        struct tm local;
        char when[16] = "";

        localtime_r(&seconds, &local);
        strftime(when, sizeof(when), "%H:%M:%S", &local);
        snprintf(ret, ret_bytes, "%s%s %s %s  %s %s  %s  %s  (%s)  %s",
                 notice->drill ? "TEST " : "", say(language, words[notice->settled]), when,
                 notice->kind, notice->elder_id, notice->elder_name, notice->phone, notice->address,
                 notice->device_id, say(language, means[notice->settled]));
}
