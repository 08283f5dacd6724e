/* SPDX-License-Identifier: MIT */
#include "cli/recipient/book/page_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/json_field.h"
#include "cli/recipient/book/page_asked.h"
#include "cli/recipient/book/page_links.h"
#include "cli/recipient/book/page_owed.h"
#include "cli/recipient/book/page_shelf.h"
#include "cli/recipient/book/page_told.h"
#include "common/base/err.h"
#include "common/wire/json_number.h"
#include "common/base/utf8.h"

struct page_book {
        struct page_shelf shelf;
        struct page_links links;
        int instances; /* number that alerting reports */
        size_t beat_from
                [PAGE_CARD_LINKS_MAX]; /* listed cards that the next beat over a link skips */
        char language[8];
        char change[PAGE_TOLD_CHANGE_BYTES]; /* of the last update; news points to it */

        /* What page_book_next() returned last. */
        struct {
                enum { SENT_NOTHING, SENT_HELLO, SENT_RECEIVED, SENT_DELIVERED, SENT_ANSWER } what;
                int link;
                struct page_card *card;
                enum page_card_answer answer;
        } given;
};

int page_book_new(struct page_book **ret, int links) {
        struct page_book *book = calloc(1, sizeof(*book));

        if (!book)
                return err_raise(-ENOMEM);
        book->links.count = links < PAGE_CARD_LINKS_MAX ? links : PAGE_CARD_LINKS_MAX;
        *ret = book;
        return 0;
}

struct page_book *page_book_free(struct page_book *book) {
        if (!book)
                return NULL;
        page_shelf_fini(&book->shelf);
        free(book);
        return NULL;
}

void page_book_connected(struct page_book *book, int link, const char *language) {
        page_links_connected(&book->links, link);
        snprintf(book->language, sizeof(book->language), "%s", language ? language : "zh");

        for (struct page_card *card = book->shelf.live.first; card; card = card->next)
                for (int i = 0; i < PAGE_CARD_ANSWERS; i++)
                        card->answers[i].due_mono_ms = 0;
}

void page_book_disconnected(struct page_book *book, int link) {
        page_links_disconnected(&book->links, link);
}

int page_book_instances(const struct page_book *book) {
        return book->instances;
}

const struct page_card *page_book_card(const struct page_book *book, const char *alert_id) {
        return page_shelf_find(&book->shelf, alert_id);
}

const struct page_card *page_book_at(const struct page_book *book, size_t index) {
        return page_shelf_at(&book->shelf, index);
}

void page_book_prune(struct page_book *book, int64_t now_mono_ms) {
        page_shelf_prune(&book->shelf, now_mono_ms);
        book->given.what = SENT_NOTHING;
}

/* --- frames in --------------------------------------------------------------------------------- */

static bool answer_by_ack_id(const char *ack_id, enum page_card_answer *ret) {
        const char *slash = ack_id ? strrchr(ack_id, '/') : NULL;

        for (int i = 0; slash && i < PAGE_CARD_ANSWERS; i++)
                if (strcmp(slash + 1, page_card_answer_name((enum page_card_answer)i)) == 0) {
                        *ret = (enum page_card_answer)i;
                        return true;
                }
        return false;
}

/* The card that a frame refers to: by alert_id, or by the alert part of its page_id. */
static struct page_card *card_of(const struct page_book *book, yyjson_val *root) {
        char alert_id[ALERT_ID_BYTES];
        yyjson_val *page_id = yyjson_obj_get(root, "page_id");

        json_field(root, "alert_id", alert_id, sizeof(alert_id));
        if (!alert_id[0] && yyjson_is_str(page_id)) {
                const char *text = yyjson_get_str(page_id);
                size_t length = strcspn(text, "/");

                if (length < sizeof(alert_id)) {
                        memcpy(alert_id, text, length);
                        alert_id[length] = '\0';
                }
        }
        return page_shelf_find(&book->shelf, alert_id);
}

static bool type_is(const void *type, size_t type_bytes, const char *name) {
        return strlen(name) == type_bytes && memcmp(type, name, type_bytes) == 0;
}

/* Process a frame about one card. Return: false when it is no valid frame of that kind. */
static bool take_word(struct page_book *book, int link, const void *type, size_t type_bytes,
                      yyjson_val *root, int64_t now_mono_ms, struct page_news *ret) {
        bool stored = type_is(type, type_bytes, "stored");
        bool refused = type_is(type, type_bytes, "refused");
        bool stand_down = type_is(type, type_bytes, "stand_down");
        struct page_card *card = card_of(book, root);
        enum page_card_answer answer = PAGE_CARD_ANSWER_ACCEPT;

        if (!stored && !refused && !stand_down && !type_is(type, type_bytes, "update"))
                return false;
        /* The card is unknown, as after a restart of the pager: nothing to show. */
        if (!card)
                return true;
        if ((stored || refused) &&
            !answer_by_ack_id(yyjson_get_str(yyjson_obj_get(root, "ack_id")), &answer))
                return false;
        if (!refused)
                page_card_moved(card, link);
        if (stored)
                page_told_stored(card, answer, root, now_mono_ms, ret);
        else if (refused)
                page_told_refused(card, answer, &book->links, link, root, now_mono_ms, ret);
        else if (stand_down)
                page_told_stand_down(card, root, now_mono_ms, ret);
        else
                page_told_update(card, root, book->change, ret);
        return true;
}

static int take_root(struct page_book *book, int link, const void *type, size_t type_bytes,
                     yyjson_val *root, int64_t now_mono_ms, struct page_news *ret) {
        if (type_is(type, type_bytes, "page"))
                return page_asked(&book->shelf, &book->links, link, root, ret);
        if (type_is(type, type_bytes, "beat"))
                return 0;
        if (type_is(type, type_bytes, "welcome")) {
                book->instances = json_count(root, "instances");
                ret->kind = PAGE_NEWS_WELCOMED;
        } else if (!take_word(book, link, type, type_bytes, root, now_mono_ms, ret)) {
                ret->kind = PAGE_NEWS_UNREADABLE;
        }
        return 0;
}

int page_book_take(struct page_book *book, int link, const void *type, size_t type_bytes,
                   const void *json, size_t json_bytes, int64_t now_mono_ms, int64_t now_time_us,
                   struct page_news *ret) {
        yyjson_doc *doc = yyjson_read(json, json_bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        struct page_news news = {.kind = PAGE_NEWS_NONE};
        int r = 0;

        if (!yyjson_is_obj(root))
                news.kind = PAGE_NEWS_UNREADABLE;
        else
                r = take_root(book, link, type, type_bytes, root, now_mono_ms, &news);
        yyjson_doc_free(doc);
        if (r < 0)
                return r;
        *ret = news;
        return 0;
}

/* --- what we owe ------------------------------------------------------------------------------ */

static bool card_next(struct page_book *book, struct page_card *card, int link, int64_t now_mono_ms,
                      const char **ret_type, char **ret_json) {
        int answer;

        book->given.card = card;
        if (card->link == link && (card->received_owed || card->delivered_owed)) {
                book->given.what = card->received_owed ? SENT_RECEIVED : SENT_DELIVERED;
                *ret_type = card->received_owed ? "received" : "delivered";
                *ret_json = page_owed_receipt_json(card);
                return true;
        }
        answer = page_owed_answer(&book->links, card, link, now_mono_ms);
        if (answer == PAGE_CARD_ANSWERS)
                return false;
        book->given.what = SENT_ANSWER;
        book->given.answer = (enum page_card_answer)answer;
        *ret_type = page_card_answer_name((enum page_card_answer)answer);
        *ret_json = page_owed_answer_json(card, (enum page_card_answer)answer);
        return true;
}

int page_book_next(struct page_book *book, int link, int64_t now_mono_ms, const char **ret_type,
                   char **ret_json) {
        const char *type = NULL;
        char *json = NULL;

        book->given.link = link;
        if (book->links.links[link].hello_owed) {
                book->given.what = SENT_HELLO;
                type = "hello";
                json = page_owed_hello_json(book->language, book->links.count);
        } else {
                struct page_card *card = book->shelf.live.first;

                while (card && !card_next(book, card, link, now_mono_ms, &type, &json))
                        card = card->next;
                if (!card) {
                        page_shelf_settle(&book->shelf);
                        book->given.what = SENT_NOTHING;
                        return PAGE_BOOK_IDLE;
                }
        }
        if (!json)
                return err_raise(-ENOMEM);
        *ret_type = type;
        *ret_json = json;
        return 0;
}

void page_book_sent(struct page_book *book, int64_t now_mono_ms, int64_t now_time_us) {
        struct page_card *card = book->given.card;
        uint32_t connection = book->links.links[book->given.link].connection;

        switch (book->given.what) {
        case SENT_HELLO:
                book->links.links[book->given.link].hello_owed = false;
                break;
        case SENT_RECEIVED:
                card->received_owed = false;
                if (card->confirmed_time_us == 0 || card->confirmed_connection != connection)
                        card->confirmed_time_us = now_time_us;
                card->confirmed_connection = connection;
                break;
        case SENT_DELIVERED:
                card->delivered_owed = false;
                break;
        case SENT_ANSWER:
                card->answers[book->given.answer].unsent &= (uint8_t) ~(1u << book->given.link);
                break;
        case SENT_NOTHING:
                break;
        }
        book->given.what = SENT_NOTHING;
}

int64_t page_book_due_ms(const struct page_book *book, int64_t now_mono_ms) {
        int64_t due = -1;

        for (int i = 0; i < book->links.count; i++)
                if (book->links.links[i].up && book->links.links[i].hello_owed)
                        return 0;
        for (const struct page_card *card = book->shelf.live.first; card; card = card->next) {
                int64_t left = page_owed_due_ms(&book->links, card, now_mono_ms);

                if (left >= 0 && (due < 0 || left < due))
                        due = left;
        }
        return due;
}

/* --- what a beat says -------------------------------------------------------------------------- */

/* The beat's list for this card: "open" waits for an answer, "held" is with this person; NULL: in neither. */
static const char *beat_list(const struct page_card *card) {
        if (card->state == PAGE_CARD_OPEN)
                return "open";
        return card->state == PAGE_CARD_ACCEPTED || card->state == PAGE_CARD_ARRIVED ? "held"
                                                                                     : NULL;
}

static void beat_fill(struct page_book *book, int link, yyjson_mut_doc *doc, yyjson_mut_val *open,
                      yyjson_mut_val *held) {
        size_t at = 0, taken = 0;

        for (const struct page_card *card = book->shelf.live.first; card; card = card->next) {
                const char *list = beat_list(card);

                if (!list || !(page_links_of(&book->links, card) & 1u << link) ||
                    at++ < book->beat_from[link])
                        continue;
                if (taken == PAGE_CARD_BEAT_MAX) {
                        book->beat_from[link] += taken;
                        return;
                }
                yyjson_mut_arr_add_str(doc, list[0] == 'o' ? open : held, card->page_id);
                taken++;
        }
        book->beat_from[link] = 0;
}

int page_book_beat(struct page_book *book, int link, char **ret_json) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        yyjson_mut_val *open, *held;
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        open = yyjson_mut_obj_add_arr(doc, root, "open");
        held = yyjson_mut_obj_add_arr(doc, root, "held");
        beat_fill(book, link, doc, open, held);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        if (!json)
                return err_raise(-ENOMEM);
        *ret_json = json;
        return 0;
}

/* --- what the person says ---------------------------------------------------------------------- */

int page_book_answer(struct page_book *book, const char *alert_id, enum page_card_answer answer,
                     int eta_s, const char *reason, int64_t now_mono_ms) {
        struct page_card *card = page_shelf_find(&book->shelf, alert_id);
        size_t reason_bytes;

        if (!card)
                return PAGE_BOOK_NO_CARD;
        if (card->answers[answer].owed || card->answers[answer].stored)
                return PAGE_BOOK_TWICE;
        card->answers[answer].owed = true;
        card->answers[answer].tries = 0;
        card->answers[answer].given_mono_ms = card->answers[answer].due_mono_ms = now_mono_ms;
        card->answers[answer].eta_s = eta_s;
        reason = reason ? reason : "";
        reason_bytes =
                utf8_prefix(reason, strlen(reason), sizeof(card->answers[answer].reason) - 1);
        memcpy(card->answers[answer].reason, reason, reason_bytes);
        card->answers[answer].reason[reason_bytes] = '\0';
        page_shelf_revive(&book->shelf, card);
        return 0;
}
