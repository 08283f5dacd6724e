/* SPDX-License-Identifier: MIT */
#include "cli/recipient/page_book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/json_text.h"
#include "common/err.h"
#include "common/json_number.h"
#include "common/murmur2.h"
#include "common/utf8.h"

static const char *const answer_names[PAGE_ANSWERS] = {"accept", "decline", "arrive", "close"};

enum { BUCKETS = 256, LINK_NONE = -1 };

/* Cards somebody may still have to do something about are few and walked often; finished ones
 * are many (a desk sees thousands a day) and only ever looked up. */
struct page_list {
        struct page_card *first, *last; /* in the order they came */
};

struct page_book {
        struct page_list live, done;
        struct page_card *buckets[BUCKETS]; /* both, by alert id */
        int link_count;
        struct {
                bool up, hello_owed;
                uint32_t connection; /* counted, so that a receipt names the one it left on */
        } links[PAGE_LINKS_MAX];
        uint32_t connections;
        int instances;    /* as alerting says */
        size_t beat_from; /* of the live cards, the one that the next beat begins with */
        char language[8];
        char change[24]; /* of the last update, for the news */

        /* What page_book_next() gave out last. */
        struct {
                enum { SENT_NOTHING, SENT_HELLO, SENT_RECEIVED, SENT_DELIVERED, SENT_ANSWER } what;
                int link;
                struct page_card *card;
                enum page_answer answer;
        } given;
};

const char *page_answer_name(enum page_answer answer) {
        return answer_names[answer];
}

bool page_card_is_over(const struct page_card *card) {
        return card->state == PAGE_CARD_CLOSED || card->state == PAGE_CARD_STOOD_DOWN;
}

int page_book_new(struct page_book **ret, int links) {
        struct page_book *book = calloc(1, sizeof(*book));

        if (!book)
                return err_raise(-ENOMEM);
        book->link_count = links < PAGE_LINKS_MAX ? links : PAGE_LINKS_MAX;
        *ret = book;
        return 0;
}

static void list_free(struct page_list *list) {
        for (struct page_card *card = list->first, *next; card; card = next) {
                next = card->next;
                free(card);
        }
}

struct page_book *page_book_free(struct page_book *book) {
        if (!book)
                return NULL;
        list_free(&book->live);
        list_free(&book->done);
        free(book);
        return NULL;
}

void page_book_connected(struct page_book *book, int link, const char *language) {
        book->links[link].up = book->links[link].hello_owed = true;
        book->links[link].connection = ++book->connections;
        snprintf(book->language, sizeof(book->language), "%s", language ? language : "zh");

        for (struct page_card *card = book->live.first; card; card = card->next)
                for (int i = 0; i < PAGE_ANSWERS; i++)
                        card->answers[i].due_mono_ms = 0;
}

void page_book_disconnected(struct page_book *book, int link) {
        book->links[link].up = false;
}

int page_book_instances(const struct page_book *book) {
        return book->instances;
}

/* Where answers of a card go now: to the process it belongs to, or to whoever is there. */
static uint8_t card_links(const struct page_book *book, const struct page_card *card) {
        uint8_t links = 0;

        if (card->link != LINK_NONE && book->links[card->link].up)
                return (uint8_t)(1u << card->link);
        for (int i = 0; i < book->link_count; i++)
                links |= (uint8_t)(book->links[i].up << i);
        return links;
}

/* Whoever speaks of an alert owns it. Answers that another process did not store are for this one. */
static void card_moved(struct page_card *card, int link) {
        if (card->link == link)
                return;
        card->link = link;
        for (int i = 0; i < PAGE_ANSWERS; i++)
                card->answers[i].due_mono_ms = 0;
}

/* --- looking at cards ----------------------------------------------------------------------- */

static void list_append(struct page_list *list, struct page_card *card) {
        card->next = NULL;
        if (list->last)
                list->last->next = card;
        else
                list->first = card;
        list->last = card;
}

/* @link: the pointer that leads to @card; @before: the card that holds it, or NULL. */
static void list_unlink(struct page_list *list, struct page_card **link, struct page_card *before) {
        struct page_card *card = *link;

        *link = card->next;
        if (list->last == card)
                list->last = before;
}

static struct page_card **bucket_of(const struct page_book *book, const char *alert_id) {
        uint32_t hash = murmur2(alert_id, strlen(alert_id));

        return (struct page_card **)&book->buckets[hash % BUCKETS];
}

static struct page_card *card_find(const struct page_book *book, const char *alert_id) {
        for (struct page_card *card = *bucket_of(book, alert_id); card; card = card->bucket_next)
                if (strcmp(card->alert_id, alert_id) == 0)
                        return card;
        return NULL;
}

const struct page_card *page_book_card(const struct page_book *book, const char *alert_id) {
        return card_find(book, alert_id);
}

const struct page_card *page_book_at(const struct page_book *book, size_t index) {
        const struct page_card *card = book->done.first;

        while (card && index) {
                card = card->next;
                index--;
        }
        if (card)
                return card;
        for (card = book->live.first; card && index; card = card->next)
                index--;
        return card;
}

static bool card_owes(const struct page_card *card) {
        bool owed = card->received_owed || card->delivered_owed;

        for (int i = 0; i < PAGE_ANSWERS; i++)
                owed |= card->answers[i].owed;
        return owed;
}

/* Finished cards leave the live list; a finished card that owes a receipt again comes back. */
static void lists_settle(struct page_book *book) {
        struct page_card *before = NULL;

        for (struct page_card **link = &book->live.first; *link;) {
                struct page_card *card = *link;

                if (page_card_is_over(card) && !card_owes(card)) {
                        list_unlink(&book->live, link, before);
                        list_append(&book->done, card);
                        card->is_done = true;
                        continue;
                }
                before = card;
                link = &card->next;
        }
}

static void list_revive(struct page_book *book, struct page_card *revived) {
        struct page_card *before = NULL;

        if (!revived->is_done)
                return;
        for (struct page_card **link = &book->done.first; *link; link = &(*link)->next) {
                if (*link == revived) {
                        list_unlink(&book->done, link, before);
                        list_append(&book->live, revived);
                        revived->is_done = false;
                        return;
                }
                before = *link;
        }
}

static void bucket_remove(struct page_book *book, struct page_card *card) {
        struct page_card **link = bucket_of(book, card->alert_id);

        while (*link != card)
                link = &(*link)->bucket_next;
        *link = card->bucket_next;
}

void page_book_prune(struct page_book *book, int64_t now_mono_ms) {
        lists_settle(book);
        while (book->done.first &&
               now_mono_ms - book->done.first->ended_mono_ms > PAGE_CARD_KEPT_MS) {
                struct page_card *card = book->done.first;

                list_unlink(&book->done, &book->done.first, NULL);
                bucket_remove(book, card);
                free(card);
        }
        book->given.what = SENT_NOTHING;
}

/* --- reading frames -------------------------------------------------------------------------- */

static void trace_get(yyjson_val *object, struct page_trace *ret) {
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
                if (card->others_count == PAGE_OTHERS_MAX)
                        break;
                json_text(other, card->others[card->others_count++], sizeof(card->others[0]));
        }
}

static void elder_get(yyjson_val *object, struct page_card *card) {
        yyjson_val *elder = yyjson_obj_get(object, "elder");

        json_text_of(elder, "id", card->elder_id, sizeof(card->elder_id));
        json_text_of(elder, "name", card->elder_name, sizeof(card->elder_name));
        json_text_of(elder, "address", card->address, sizeof(card->address));
        json_text_of(elder, "phone", card->phone, sizeof(card->phone));
        json_text_of(elder, "district", card->district, sizeof(card->district));
        card->elder_age = json_count(elder, "age");
}

static void card_read(struct page_card *card, yyjson_val *page) {
        json_text_of(page, "page_id", card->page_id, sizeof(card->page_id));
        json_text_of(page, "nonce", card->nonce, sizeof(card->nonce));
        json_text_of(page, "role", card->role, sizeof(card->role));
        json_text_of(page, "class", card->class, sizeof(card->class));
        json_text_of(page, "rule", card->rule, sizeof(card->rule));
        json_text_of(page, "device", card->device, sizeof(card->device));
        json_text_of(page, "room", card->room, sizeof(card->room));
        json_text_both(page, "title", card->title_zh, card->title_en, sizeof(card->title_zh));
        json_text_both(page, "advice", card->advice_zh, card->advice_en, sizeof(card->advice_zh));
        card->step = json_count(page, "step");
        card->attempt = json_count(page, "attempt");
        card->severity = json_text_severity(page);
        card->drill = yyjson_get_bool(yyjson_obj_get(page, "drill"));
        card->cancelled = yyjson_get_bool(yyjson_obj_get(page, "cancelled"));
        card->late_ms = json_time_ms(page, "late_ms");
        card->event_time_ms = json_time_ms(page, "event_time_ms");
        card->raised_time_ms = json_time_ms(page, "raised_time_ms");
        card->answer_by_time_ms = json_time_ms(page, "answer_by_ms");
        card->repeats = json_count(page, "repeats");
        trace_get(page, &card->trace);
        elder_get(page, card);
        others_get(page, card);
}

/* --- a page ---------------------------------------------------------------------------------- */

static bool card_is_answered(const struct page_card *card) {
        return card->answers[PAGE_ACCEPT].stored || card->answers[PAGE_DECLINE].stored;
}

/* Stood down because somebody accepted is not the end: who accepted may never arrive. */
static bool card_is_closed(const struct page_card *card) {
        return card->state == PAGE_CARD_CLOSED ||
               (card->state == PAGE_CARD_STOOD_DOWN && strcmp(card->reason, "closed") == 0);
}

/* A later step, or a step whose time ran out and is begun anew: a question of its own. */
static bool is_asked_again(const struct page_card *card, yyjson_val *page) {
        return json_count(page, "step") != card->step ||
               json_time_ms(page, "answer_by_ms") > card->answer_by_time_ms;
}

static bool page_says_answered(yyjson_val *page) {
        const char *state = yyjson_get_str(yyjson_obj_get(page, "state"));

        return state && (strcmp(state, "accepted") == 0 || strcmp(state, "declined") == 0);
}

static enum page_news_kind again_judge(const struct page_book *book, int link,
                                       const struct page_card *card, yyjson_val *page,
                                       int64_t sent_us) {
        const char *page_id = yyjson_get_str(yyjson_obj_get(page, "page_id"));

        if (card_is_closed(card))
                return PAGE_NEWS_DOUBLED;
        if (is_asked_again(card, page))
                return PAGE_NEWS_NEXT_STEP;
        /* Our answer as alerting knows it; what we heard before may have crossed it. */
        if (page_says_answered(page))
                return PAGE_NEWS_RESENT;
        if (page_card_is_over(card) || card_is_answered(card))
                return PAGE_NEWS_DOUBLED;
        if (strcmp(page_id, card->page_id) != 0 && card->confirmed_time_us != 0 &&
            card->confirmed_connection == book->links[link].connection &&
            sent_us - card->confirmed_time_us > (int64_t)PAGE_CONFIRM_MS * 1000)
                return PAGE_NEWS_DOUBLED;
        return PAGE_NEWS_RESENT;
}

/* Told "stood down", and yet the accept counts: the two had crossed. Who is expected at the door must not
 * read that somebody else goes. */
static void card_stand_up(struct page_card *card) {
        card->state = PAGE_CARD_ACCEPTED;
        card->ended_by[0] = card->reason[0] = '\0';
}

/* What alerting knows of this person's answer: a pager that was restarted does not ask again. */
static void card_read_state(struct page_card *card, yyjson_val *page) {
        const char *state = yyjson_get_str(yyjson_obj_get(page, "state"));

        if (state && strcmp(state, "accepted") == 0) {
                if (card->state == PAGE_CARD_STOOD_DOWN)
                        card_stand_up(card);
                else if (card->state != PAGE_CARD_ARRIVED)
                        card->state = PAGE_CARD_ACCEPTED;
                card->answers[PAGE_ACCEPT].stored = true;
        } else if (state && strcmp(state, "declined") == 0) {
                card->state = PAGE_CARD_DECLINED;
                card->answers[PAGE_DECLINE].stored = true;
        }
}

static const struct page_card *same_incident(const struct page_book *book,
                                             const struct page_card *than) {
        for (const struct page_card *card = book->live.first; card; card = card->next)
                if (card != than && !page_card_is_over(card) &&
                    strcmp(card->rule, than->rule) == 0 &&
                    strcmp(card->elder_id, than->elder_id) == 0)
                        return card;
        return NULL;
}

static int page_first(struct page_book *book, int link, yyjson_val *page, const char *alert_id,
                      struct page_news *ret) {
        struct page_card *card = calloc(1, sizeof(*card));

        if (!card)
                return err_raise(-ENOMEM);
        snprintf(card->alert_id, sizeof(card->alert_id), "%s", alert_id);
        card_read(card, page);
        card_read_state(card, page);
        card->link = link;
        card->asked_attempt = card->attempt;
        card->received_owed = card->delivered_owed = true;

        ret->kind = same_incident(book, card) ? PAGE_NEWS_DOUBLED : PAGE_NEWS_NEW;
        ret->card = card;
        ret->trace = card->trace;
        ret->step = card->step;

        list_append(&book->live, card);
        card->bucket_next = *bucket_of(book, alert_id);
        *bucket_of(book, alert_id) = card;
        return 0;
}

/* Asked afresh: what was said before was about another question. But who has just said "I go" goes, whichever
 * question it was, and says so to the new one. */
static void answers_forget(struct page_card *card) {
        for (int i = 0; i < PAGE_ANSWERS; i++) {
                bool keeps = card->answers[i].owed && i != PAGE_DECLINE;

                if (!keeps)
                        memset(&card->answers[i], 0, sizeof(card->answers[i]));
                card->answers[i].due_mono_ms = 0;
        }
}

static void page_again(struct page_book *book, int link, struct page_card *card, yyjson_val *page,
                       struct page_news *ret) {
        trace_get(page, &ret->trace);
        ret->step = json_count(page, "step");
        ret->kind = again_judge(book, link, card, page, ret->trace.sent_us);
        ret->card = card;

        if (ret->kind == PAGE_NEWS_NEXT_STEP) {
                /* This person is asked afresh, whatever was answered before. */
                card->confirmed_time_us = 0;
                card->state = PAGE_CARD_OPEN;
                card->ended_by[0] = card->reason[0] = '\0';
                card->elsewhere = false;
                card->asked_attempt = json_count(page, "attempt");
                answers_forget(card);
        } else if (ret->kind == PAGE_NEWS_RESENT) {
                card_read_state(card, page);
        }
        card_read(card, page);
        card_moved(card, link);
        card->received_owed = card->delivered_owed = true;
        list_revive(book, card);
}

static int take_page(struct page_book *book, int link, yyjson_val *root, struct page_news *ret) {
        char alert_id[ALERT_ID_BYTES];
        struct page_card *card;

        json_text_of(root, "alert_id", alert_id, sizeof(alert_id));
        if (!alert_id[0] || !yyjson_is_str(yyjson_obj_get(root, "page_id"))) {
                ret->kind = PAGE_NEWS_UNREADABLE;
                return 0;
        }
        card = card_find(book, alert_id);
        if (!card)
                return page_first(book, link, root, alert_id, ret);
        page_again(book, link, card, root, ret);
        return 0;
}

/* --- the other frames ------------------------------------------------------------------------- */

static void take_update(struct page_book *book, struct page_card *card, yyjson_val *root,
                        struct page_news *ret) {
        json_text_of(root, "change", book->change, sizeof(book->change));
        if (yyjson_is_int(yyjson_obj_get(root, "repeats")))
                card->repeats = json_count(root, "repeats");
        else if (strcmp(book->change, "repeated") == 0)
                card->repeats++;
        if (yyjson_is_int(yyjson_obj_get(root, "severity")))
                card->severity = json_text_severity(root);
        if (yyjson_is_int(yyjson_obj_get(root, "late_ms")))
                card->late_ms = json_time_ms(root, "late_ms");
        card->cleared |= strcmp(book->change, "cleared") == 0;
        card->cancelled |= strcmp(book->change, "cancelled") == 0;
        ret->kind = PAGE_NEWS_UPDATED;
        ret->change = book->change;
        ret->card = card;
}

static void card_end(struct page_card *card, enum page_card_state state, int64_t now_mono_ms) {
        card->state = state;
        card->ended_mono_ms = now_mono_ms;
}

static void take_stand_down(struct page_card *card, yyjson_val *root, int64_t now_mono_ms,
                            struct page_news *ret) {
        const char *reason = yyjson_get_str(yyjson_obj_get(root, "reason"));
        bool closes = reason && strcmp(reason, "closed") == 0;

        /* Told twice, to a device that was away, changes nothing. */
        if (card_is_closed(card) || (page_card_is_over(card) && !closes))
                return;
        card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
        json_text_of(root, "by", card->ended_by, sizeof(card->ended_by));
        json_text_of(root, "reason", card->reason, sizeof(card->reason));
        ret->kind = PAGE_NEWS_STOOD_DOWN;
        ret->card = card;
}

static bool answer_by_ack_id(const char *ack_id, enum page_answer *ret) {
        const char *slash = ack_id ? strrchr(ack_id, '/') : NULL;

        for (int i = 0; slash && i < PAGE_ANSWERS; i++)
                if (strcmp(slash + 1, answer_names[i]) == 0) {
                        *ret = (enum page_answer)i;
                        return true;
                }
        return false;
}

/* Our accept was on its way when we were stood down, and was taken: a team's counts more than the family's
 * that was first. When the alert is over it counts no more. */
static bool accept_crossed(const struct page_card *card, enum page_answer answer) {
        return answer == PAGE_ACCEPT && card->state == PAGE_CARD_STOOD_DOWN &&
               !card_is_closed(card) && strcmp(card->reason, "cleared") != 0;
}

/* What "stored" makes of the card. */
static void card_answered(struct page_card *card, enum page_answer answer, yyjson_val *root,
                          int64_t now_mono_ms) {
        static const enum page_card_state states[PAGE_ANSWERS] = {
                PAGE_CARD_ACCEPTED, PAGE_CARD_DECLINED, PAGE_CARD_ARRIVED, PAGE_CARD_CLOSED};

        card->answers[answer].owed = false;
        card->answers[answer].stored = true;
        if (accept_crossed(card, answer))
                card_stand_up(card);
        else if (answer == PAGE_CLOSE && !card_is_closed(card))
                card_end(card, PAGE_CARD_CLOSED, now_mono_ms);
        else if (!page_card_is_over(card))
                card->state = states[answer];
        if (answer == PAGE_CLOSE) {
                json_text_of(root, "by", card->ended_by, sizeof(card->ended_by));
                json_text_of(root, "reason", card->reason, sizeof(card->reason));
        }
}

/* Another device of this key gave it. What was said to an earlier question is not the answer to this one. */
static bool is_of_this_question(const struct page_card *card, enum page_answer answer,
                                yyjson_val *root) {
        const char *page_id = yyjson_get_str(yyjson_obj_get(root, "page_id"));
        const char *holder = yyjson_get_str(yyjson_obj_get(root, "holder"));
        const char *by = yyjson_get_str(yyjson_obj_get(root, "by"));
        const char *attempt = page_id ? strrchr(page_id, '/') : NULL;
        const char *step = attempt ? memrchr(page_id, '/', (size_t)(attempt - page_id)) : NULL;
        bool same_step = step && strtol(step + 1, NULL, 10) == card->step;

        if (answer == PAGE_CLOSE)
                return true;
        if (answer == PAGE_DECLINE)
                return same_step && strtol(attempt + 1, NULL, 10) >= card->asked_attempt;
        return same_step || (holder && by && strcmp(holder, by) == 0);
}

/* The alert is closed, whatever became of this answer. */
static void closed_note(struct page_card *card, yyjson_val *root, int64_t now_mono_ms,
                        struct page_news *ret) {
        const char *response = yyjson_get_str(yyjson_obj_get(root, "response"));

        if (!response || strcmp(response, "closed") != 0 || card_is_closed(card))
                return;
        card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
        json_text_of(root, "holder", card->ended_by, sizeof(card->ended_by));
        snprintf(card->reason, sizeof(card->reason), "closed");
        if (ret->kind == PAGE_NEWS_NONE)
                ret->kind = PAGE_NEWS_STOOD_DOWN;
        ret->card = card;
}

static void take_stored(struct page_card *card, enum page_answer answer, yyjson_val *root,
                        int64_t now_mono_ms, struct page_news *ret) {
        ret->answer = answer;
        if (card->answers[answer].owed) {
                card->elsewhere = false;
                card_answered(card, answer, root, now_mono_ms);
                ret->kind = PAGE_NEWS_STORED;
                ret->card = card;
        } else if (!card->answers[answer].stored && is_of_this_question(card, answer, root)) {
                card->elsewhere = true;
                card_answered(card, answer, root, now_mono_ms);
                ret->kind = PAGE_NEWS_ANSWERED;
                ret->card = card;
        }
        closed_note(card, root, now_mono_ms, ret);
}

/* The alert may be another process's, or on its way to one: only when all of them have said for a while that
 * they do not know it nobody does. */
static bool is_known_elsewhere(const struct page_book *book, int link, struct page_card *card,
                               enum page_answer answer, const char *why, int64_t now_mono_ms) {
        if (book->link_count == 1 || !why || strcmp(why, "unknown_page") != 0)
                return false;
        card->answers[answer].unknown |= (uint8_t)(1u << link);
        if (card->link == link) {
                card->link = LINK_NONE;
                card->answers[answer].due_mono_ms = now_mono_ms;
        }
        return card->answers[answer].unknown != (1u << book->link_count) - 1 ||
               now_mono_ms - card->answers[answer].given_mono_ms < PAGE_UNKNOWN_MS;
}

static void take_refused(const struct page_book *book, int link, struct page_card *card,
                         enum page_answer answer, yyjson_val *root, int64_t now_mono_ms,
                         struct page_news *ret) {
        const char *why = yyjson_get_str(yyjson_obj_get(root, "why"));

        /* Told twice because it was asked twice: nothing new. */
        if (!card->answers[answer].owed ||
            is_known_elsewhere(book, link, card, answer, why, now_mono_ms))
                return;
        card->answers[answer].owed = false;
        ret->kind = PAGE_NEWS_REFUSED;
        ret->answer = answer;
        ret->card = card;
        /* Who comes too late reads who has it, or that it is over, and is not asked on. */
        if (why && !page_card_is_over(card) &&
            (strcmp(why, "closed") == 0 || strcmp(why, "held") == 0)) {
                card_end(card, PAGE_CARD_STOOD_DOWN, now_mono_ms);
                json_text_of(root, "holder", card->ended_by, sizeof(card->ended_by));
        }
        json_text_of(root, "why", card->reason, sizeof(card->reason));
}

/* The card a frame is about: by alert_id, or by the alert part of its page_id. */
static struct page_card *card_of(const struct page_book *book, yyjson_val *root) {
        char alert_id[ALERT_ID_BYTES];
        yyjson_val *page_id = yyjson_obj_get(root, "page_id");

        json_text_of(root, "alert_id", alert_id, sizeof(alert_id));
        if (!alert_id[0] && yyjson_is_str(page_id)) {
                const char *text = yyjson_get_str(page_id);
                size_t length = strcspn(text, "/");

                if (length < sizeof(alert_id)) {
                        memcpy(alert_id, text, length);
                        alert_id[length] = '\0';
                }
        }
        return card_find(book, alert_id);
}

static bool type_is(const void *type, size_t type_bytes, const char *name) {
        return strlen(name) == type_bytes && memcmp(type, name, type_bytes) == 0;
}

/* Of a card. Return: false when it is no such frame. */
static bool take_word(struct page_book *book, int link, const void *type, size_t type_bytes,
                      yyjson_val *root, int64_t now_mono_ms, struct page_news *ret) {
        bool stored = type_is(type, type_bytes, "stored");
        bool refused = type_is(type, type_bytes, "refused");
        bool stand_down = type_is(type, type_bytes, "stand_down");
        struct page_card *card = card_of(book, root);
        enum page_answer answer = PAGE_ACCEPT;

        if (!stored && !refused && !stand_down && !type_is(type, type_bytes, "update"))
                return false;
        /* About a card we never had (the pager was restarted): nothing to show. */
        if (!card)
                return true;
        if ((stored || refused) &&
            !answer_by_ack_id(yyjson_get_str(yyjson_obj_get(root, "ack_id")), &answer))
                return false;
        if (!refused)
                card_moved(card, link);
        if (stored)
                take_stored(card, answer, root, now_mono_ms, ret);
        else if (refused)
                take_refused(book, link, card, answer, root, now_mono_ms, ret);
        else if (stand_down)
                take_stand_down(card, root, now_mono_ms, ret);
        else
                take_update(book, card, root, ret);
        return true;
}

static int take_root(struct page_book *book, int link, const void *type, size_t type_bytes,
                     yyjson_val *root, int64_t now_mono_ms, struct page_news *ret) {
        if (type_is(type, type_bytes, "page"))
                return take_page(book, link, root, ret);
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

static char *frame_json(const char *const *pairs, int eta_s) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        for (; *pairs; pairs += 2)
                yyjson_mut_obj_add_str(doc, root, pairs[0], pairs[1]);
        if (eta_s > 0)
                yyjson_mut_obj_add_int(doc, root, "eta_s", eta_s);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

/* @instances: how many processes this client connects to. */
static char *hello_json(const struct page_book *book) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "language", book->language);
        yyjson_mut_obj_add_int(doc, root, "instances", book->link_count);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

static char *answer_json(const struct page_card *card, enum page_answer answer) {
        char ack_id[PAGE_CARD_ID_BYTES + PAGE_NONCE_BYTES + 16];
        const char *reason = card->answers[answer].reason;

        snprintf(ack_id, sizeof(ack_id), "%s/%s/%s", card->page_id, card->nonce,
                 answer_names[answer]);
        return frame_json((const char *[]){"page_id", card->page_id, "ack_id", ack_id,
                                           reason[0] ? "reason" : NULL, reason, NULL},
                          card->answers[answer].eta_s);
}

static int64_t answer_wait_ms(int tries) {
        static const int64_t waits_ms[] = {1000, 2000, 4000, 5000};

        return waits_ms[tries < 3 ? tries : 3];
}

/* In order: "arrive" means nothing before "accept" is stored. */
static int answer_owed(const struct page_card *card) {
        int answer = 0;

        while (answer < PAGE_ANSWERS && !card->answers[answer].owed)
                answer++;
        return answer;
}

/* Which answer leaves on @link now; PAGE_ANSWERS: none. A try leaves once on every link it is for. */
static int answer_due(const struct page_book *book, struct page_card *card, int link,
                      int64_t now_mono_ms) {
        int answer = answer_owed(card);

        if (answer == PAGE_ANSWERS)
                return PAGE_ANSWERS;
        if (card->answers[answer].due_mono_ms <= now_mono_ms) {
                card->answers[answer].unsent = card_links(book, card);
                card->answers[answer].unknown = 0;
                card->answers[answer].due_mono_ms =
                        now_mono_ms + answer_wait_ms(card->answers[answer].tries++);
        }
        return card->answers[answer].unsent & 1u << link ? answer : PAGE_ANSWERS;
}

static bool card_next(struct page_book *book, struct page_card *card, int link, int64_t now_mono_ms,
                      const char **ret_type, char **ret_json) {
        int answer;

        book->given.card = card;
        if (card->link == link && (card->received_owed || card->delivered_owed)) {
                book->given.what = card->received_owed ? SENT_RECEIVED : SENT_DELIVERED;
                *ret_type = card->received_owed ? "received" : "delivered";
                *ret_json = frame_json((const char *[]){"page_id", card->page_id, NULL}, 0);
                return true;
        }
        answer = answer_due(book, card, link, now_mono_ms);
        if (answer == PAGE_ANSWERS)
                return false;
        book->given.what = SENT_ANSWER;
        book->given.answer = (enum page_answer)answer;
        *ret_type = answer_names[answer];
        *ret_json = answer_json(card, (enum page_answer)answer);
        return true;
}

int page_book_next(struct page_book *book, int link, int64_t now_mono_ms, const char **ret_type,
                   char **ret_json) {
        const char *type = NULL;
        char *json = NULL;

        book->given.link = link;
        if (book->links[link].hello_owed) {
                book->given.what = SENT_HELLO;
                type = "hello";
                json = hello_json(book);
        } else {
                struct page_card *card = book->live.first;

                while (card && !card_next(book, card, link, now_mono_ms, &type, &json))
                        card = card->next;
                if (!card) {
                        lists_settle(book);
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
        uint32_t connection = book->links[book->given.link].connection;

        switch (book->given.what) {
        case SENT_HELLO:
                book->links[book->given.link].hello_owed = false;
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

/* Milliseconds until this card has something to send; -1: nothing, or nobody to send it to. */
static int64_t card_due_ms(const struct page_book *book, const struct page_card *card,
                           int64_t now_mono_ms) {
        uint8_t links = card_links(book, card);
        int answer = answer_owed(card);
        int64_t left_ms;

        if ((card->received_owed || card->delivered_owed) && card->link != LINK_NONE &&
            book->links[card->link].up)
                return 0;
        if (answer == PAGE_ANSWERS || links == 0)
                return -1;
        left_ms = card->answers[answer].due_mono_ms - now_mono_ms;
        return left_ms <= 0 || card->answers[answer].unsent & links ? 0 : left_ms;
}

int64_t page_book_due_ms(const struct page_book *book, int64_t now_mono_ms) {
        int64_t due = -1;

        for (int i = 0; i < book->link_count; i++)
                if (book->links[i].up && book->links[i].hello_owed)
                        return 0;
        for (const struct page_card *card = book->live.first; card; card = card->next) {
                int64_t left = card_due_ms(book, card, now_mono_ms);

                if (left >= 0 && (due < 0 || left < due))
                        due = left;
        }
        return due;
}

/* --- what a beat says -------------------------------------------------------------------------- */

/* The list of the beat that this card belongs into: it asks something, or is on this person; NULL: neither. */
static const char *beat_list(const struct page_card *card) {
        if (card->state == PAGE_CARD_OPEN)
                return "open";
        return card->state == PAGE_CARD_ACCEPTED || card->state == PAGE_CARD_ARRIVED ? "held"
                                                                                     : NULL;
}

static void beat_fill(struct page_book *book, int link, yyjson_mut_doc *doc, yyjson_mut_val *open,
                      yyjson_mut_val *held) {
        size_t at = 0, taken = 0;

        for (const struct page_card *card = book->live.first; card; card = card->next) {
                const char *list = beat_list(card);

                if (!list || !(card_links(book, card) & 1u << link) || at++ < book->beat_from)
                        continue;
                if (taken == PAGE_BEAT_CARDS_MAX) {
                        book->beat_from += taken;
                        return;
                }
                yyjson_mut_arr_add_str(doc, list[0] == 'o' ? open : held, card->page_id);
                taken++;
        }
        book->beat_from = 0;
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

int page_book_answer(struct page_book *book, const char *alert_id, enum page_answer answer,
                     int eta_s, const char *reason, int64_t now_mono_ms) {
        struct page_card *card = card_find(book, alert_id);
        size_t reason_bytes;

        if (!card)
                return PAGE_ANSWER_NO_CARD;
        if (card->answers[answer].owed || card->answers[answer].stored)
                return PAGE_ANSWER_TWICE;
        card->answers[answer].owed = true;
        card->answers[answer].tries = 0;
        card->answers[answer].given_mono_ms = card->answers[answer].due_mono_ms = now_mono_ms;
        card->answers[answer].eta_s = eta_s;
        reason = reason ? reason : "";
        reason_bytes =
                utf8_prefix(reason, strlen(reason), sizeof(card->answers[answer].reason) - 1);
        memcpy(card->answers[answer].reason, reason, reason_bytes);
        card->answers[answer].reason[reason_bytes] = '\0';
        list_revive(book, card);
        return 0;
}
