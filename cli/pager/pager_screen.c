/* SPDX-License-Identifier: MIT */
#include "cli/pager/pager_screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/term/text.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum {
        FINISHED_SHOWN_MS = 300000,
        LINE_BYTES = 1024,
        COLUMNS_MIN = 40,
        HEAD_CELLS = 7,   /* of a row, without the severity's word */
        DETAIL_ROWS = 11, /* of the selected card, with its title row */
};

/* --- choosing ------------------------------------------------------------------------------------- */

static int by_urgency(const void *a, const void *b) {
        const struct page_card *left = *(const struct page_card *const *)a;
        const struct page_card *right = *(const struct page_card *const *)b;
        bool left_over = page_card_is_over(left), right_over = page_card_is_over(right);

        if (left_over != right_over)
                return left_over - right_over;
        if (left->severity != right->severity)
                return (int)left->severity - (int)right->severity;
        return (left->raised_time_ms > right->raised_time_ms) -
               (left->raised_time_ms < right->raised_time_ms);
}

void pager_view_cards(struct pager_view *view, const struct page_book *book, int64_t now_mono_ms) {
        const struct page_card *card;

        view->card_count = 0;
        for (size_t i = 0; (card = page_book_at(book, i)); i++) {
                if (page_card_is_over(card) &&
                    now_mono_ms - card->ended_mono_ms > FINISHED_SHOWN_MS)
                        continue;
                /* If the view is full, drop the least urgent card so far. Finished cards are dropped before open
                 * ones. */
                if (view->card_count == PAGER_CARDS_MAX) {
                        qsort(view->cards, PAGER_CARDS_MAX, sizeof(view->cards[0]), by_urgency);
                        view->card_count--;
                }
                view->cards[view->card_count++] = card;
        }
        qsort(view->cards, (size_t)view->card_count, sizeof(view->cards[0]), by_urgency);
}

/* --- words ------------------------------------------------------------------------------------------ */

static bool answer_is_owed(const struct page_card *card) {
        for (int i = 0; i < PAGE_CARD_ANSWERS; i++)
                if (card->answers[i].owed)
                        return true;
        return false;
}

const char *pager_state_word(const struct page_card *card, const struct language *language) {
        static const char *const words[] = {N_("waiting"),  N_("accepted"), N_("declined"),
                                            N_("on scene"), N_("closed"),   N_("stood down")};

        if (answer_is_owed(card))
                return say(language, "sending…");
        return say(language, words[card->state]);
}

/* Mark an answer that was given on another device of the same key. */
static const char *device_word(const struct page_card *card, const struct language *language) {
        return card->elsewhere ? say(language, "(another device)") : "";
}

static void marks_write(const struct page_card *card, const struct language *language, char *ret,
                        size_t ret_bytes) {
        char age[32];
        size_t used = 0;

        ret[0] = '\0';
        if (card->drill)
                used += (size_t)snprintf(ret + used, ret_bytes - used, say(language, "[TEST] "));
        if (card->late_ms >= 60000) {
                text_age(age, sizeof(age), card->late_ms, language);
                used += (size_t)snprintf(ret + used, ret_bytes - used, say(language, "[%s old] "),
                                         age);
        }
        if (card->repeats > 0)
                used += (size_t)snprintf(ret + used, ret_bytes - used, "×%d ", card->repeats + 1);
        if (card->cancelled)
                snprintf(ret + used, ret_bytes - used, "%s",
                         say(language, "cancelled by the button, verify by call "));
        else if (card->cleared)
                snprintf(ret + used, ret_bytes - used, "%s", say(language, "cleared "));
}

static void who_write(const struct page_card *card, const struct language *language, char *ret,
                      size_t ret_bytes) {
        const char *name = card->elder_name[0] ? card->elder_name : card->elder_id;

        if (card->elder_age > 0)
                snprintf(ret, ret_bytes, say(language, "%s, %d"), name, card->elder_age);
        else
                snprintf(ret, ret_bytes, "%s", name);
}

static const char *room_word(const char *room, const struct language *language) {
        static const char *const rooms[][2] = {
                {"bathroom", N_("bathroom")}, {"kitchen", N_("kitchen")},
                {"bedroom", N_("bedroom")},   {"hall", N_("hall")},
                {"toilet", N_("toilet")},     {"living_room", N_("living room")},
        };

        for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
                if (strcmp(rooms[i][0], room) == 0)
                        return say(language, rooms[i][1]);
        return room;
}

static const char *title_of(const struct page_card *card, const struct language *language) {
        const char *title = language_reads_chinese(language) ? card->title_zh : card->title_en;

        return title[0] ? title : card->rule;
}

void pager_card_line(const struct page_card *card, const struct language *language, char *ret,
                     size_t ret_bytes) {
        char who[96], marks[96];

        who_write(card, language, who, sizeof(who));
        marks_write(card, language, marks, sizeof(marks));
        snprintf(ret, ret_bytes, "%s %d %s %s%s  %s  %s  %s", text_severity_mark(card->severity),
                 (int)card->severity, text_severity_word(card->severity, language), marks,
                 title_of(card, language), who, card->address, pager_state_word(card, language));
}

/* --- drawing ------------------------------------------------------------------------------------------- */

struct canvas {
        const struct pager_view *view;
        char *text;
        size_t bytes;
        int rows_left;
};

static void put(struct canvas *canvas, const char *text) {
        size_t used = strlen(canvas->text), length = strlen(text);

        if (used + length < canvas->bytes)
                memcpy(canvas->text + used, text, length + 1);
}

/* Draw a row, cut or padded to the width. @colour: "" for none. */
static void row(struct canvas *canvas, const char *colour, const char *text) {
        char line[LINE_BYTES] = "";

        if (canvas->rows_left <= 0)
                return;
        canvas->rows_left--;
        /* Padding overwrites the previous frame without clearing the screen, which would flicker. */
        text_column(line, sizeof(line), text, canvas->view->columns, true);
        if (canvas->view->colour && colour[0]) {
                put(canvas, "\033[");
                put(canvas, colour);
                put(canvas, "m");
        }
        put(canvas, line);
        if (canvas->view->colour && colour[0])
                put(canvas, "\033[0m");
        if (canvas->rows_left > 0)
                put(canvas, "\r\n");
}

static void rowf(struct canvas *canvas, const char *colour, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void rowf(struct canvas *canvas, const char *colour, const char *format, ...) {
        char text[LINE_BYTES];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        row(canvas, colour, text);
}

static void head_draw(struct canvas *canvas) {
        const struct pager_view *view = canvas->view;
        int waiting = 0;
        long long silent_s = view->silent_ms / 1000;

        for (int i = 0; i < view->card_count; i++)
                waiting += view->cards[i]->state == PAGE_CARD_OPEN;
        if (view->link == PAGE_CLIENT_LINK_REFUSED)
                rowf(canvas, "1;97;41",
                     say(view->language, " Vigil %s   this key is not authorised: ask the desk"),
                     view->id);
        else if (view->link != PAGE_CLIENT_LINK_WELCOME || view->silent_ms > PAGE_CLIENT_SILENCE_MS)
                rowf(canvas, "1;97;41",
                     say(view->language,
                         " Vigil %s   connection lost %lld s ago, reconnecting: pages cannot "
                         "reach you"),
                     view->id, silent_s);
        else if (view->missing > 0)
                rowf(canvas, "1;97;41",
                     say(view->language,
                         " Vigil %s   of %d alerting processes %d not connected: its pages cannot "
                         "reach you   %d waiting"),
                     view->id, view->instances, view->missing, waiting);
        else
                rowf(canvas, "7",
                     say(view->language, " Vigil %s   online   %d waiting for an answer"), view->id,
                     waiting);
}

static void countdown_write(const struct pager_view *view, const struct page_card *card, char *ret,
                            size_t ret_bytes) {
        int64_t left_ms = card->answer_by_time_ms - view->now_time_ms;

        ret[0] = '\0';
        if (card->state != PAGE_CARD_OPEN || card->answer_by_time_ms == 0)
                return;
        if (left_ms >= 0)
                snprintf(ret, ret_bytes, say(view->language, "%lld s left"),
                         (long long)(left_ms / 1000));
        else
                snprintf(ret, ret_bytes, "%s", say(view->language, "overdue, still yours"));
}

static void card_row(struct canvas *canvas, int index) {
        const struct pager_view *view = canvas->view;
        const struct page_card *card = view->cards[index];
        char who[96], marks[96], age[32], left[48], text[LINE_BYTES] = "", what[512];

        who_write(card, view->language, who, sizeof(who));
        marks_write(card, view->language, marks, sizeof(marks));
        text_age(age, sizeof(age), view->now_time_ms - card->raised_time_ms, view->language);
        countdown_write(view, card, left, sizeof(left));
        snprintf(what, sizeof(what), "%s %s %d %s ", index == view->chosen ? ">" : " ",
                 text_severity_mark(card->severity), (int)card->severity,
                 text_severity_word(card->severity, view->language));
        text_column(text, sizeof(text), what, HEAD_CELLS + text_severity_cells(view->language),
                    true);
        text_column(text, sizeof(text), age, 8, true);
        snprintf(what, sizeof(what), "%s%s", marks, title_of(card, view->language));
        text_column(text, sizeof(text), what, 24, true);
        strncat(text, " ", sizeof(text) - strlen(text) - 1);
        text_column(text, sizeof(text), who, 14, true);
        strncat(text, " ", sizeof(text) - strlen(text) - 1);
        snprintf(what, sizeof(what), "%s%s %s", pager_state_word(card, view->language),
                 device_word(card, view->language), left);
        text_column(text, sizeof(text), what, 30, false);
        row(canvas, page_card_is_over(card) ? "2" : text_severity_colour(card->severity), text);
}

static void wrapped(struct canvas *canvas, const char *label, const char *text, int rows_max) {
        int label_cells = text_cells(label);

        for (int i = 0; i < rows_max && (*text || i == 0); i++) {
                const char *next;
                size_t bytes = text_wrap(text, canvas->view->columns - label_cells - 1, &next);
                char line[LINE_BYTES];

                snprintf(line, sizeof(line), "%*s%s%.*s", i ? label_cells : 0, "", i ? "" : label,
                         (int)bytes, text);
                row(canvas, "", line);
                text = next;
        }
}

static void others_write(const struct page_card *card, char *ret, size_t ret_bytes) {
        ret[0] = '\0';
        for (int i = 0; i < card->others_count; i++) {
                size_t used = strlen(ret);

                snprintf(ret + used, ret_bytes - used, "%s%s", i ? "  " : "", card->others[i]);
        }
}

static void card_detail(struct canvas *canvas, const struct page_card *card) {
        const struct pager_view *view = canvas->view;
        const struct language *language = view->language;
        char who[96], text[LINE_BYTES], others[512], time_text[16];
        time_t seconds = (time_t)(card->event_time_ms / 1000);
        struct tm tm;

        localtime_r(&seconds, &tm);
        strftime(time_text, sizeof(time_text), "%H:%M:%S", &tm);
        who_write(card, language, who, sizeof(who));
        others_write(card, others, sizeof(others));
        row(canvas, "7", title_of(card, language));
        snprintf(text, sizeof(text), "%s   %s   %s", who, card->phone, card->elder_id);
        wrapped(canvas, say(language, " who   "), text, 1);
        wrapped(canvas, say(language, " where "), card->address, 2);
        snprintf(text, sizeof(text), "%s  %s  %s", time_text, room_word(card->room, language),
                 card->device);
        wrapped(canvas, say(language, " when  "), text, 1);
        wrapped(canvas, say(language, " do    "),
                language_reads_chinese(language) ? card->advice_zh : card->advice_en, 3);
        if (others[0])
                wrapped(canvas, say(language, " also  "), others, 1);
        if (page_card_is_over(card) && card->ended_by[0]) {
                snprintf(text, sizeof(text), "%s  %s", card->ended_by, card->reason);
                wrapped(canvas, say(language, " by    "), text, 1);
        } else if (card->reason[0]) {
                wrapped(canvas, say(language, " note  "), card->reason, 1);
        }
}

static void unprocessed_row(struct canvas *canvas, const struct page_notice *notice) {
        const char *who = notice->elder_name[0] ? notice->elder_name : notice->elder_id;
        const char *where = notice->address[0] ? notice->address : notice->device_id;
        time_t seconds = (time_t)(notice->received_time_ms / 1000);
        char text[LINE_BYTES] = " ", when[16] = "";
        struct tm local;

        localtime_r(&seconds, &local);
        strftime(when, sizeof(when), "%H:%M:%S", &local);
        text_column(text, sizeof(text), when, 9, true);
        if (notice->drill)
                text_column(text, sizeof(text), "TEST", 5, true);
        text_column(text, sizeof(text), notice->kind, 15, true);
        text_column(text, sizeof(text), " ", 1, true);
        text_column(text, sizeof(text), who, 9, true);
        text_column(text, sizeof(text), notice->phone, 18, true);
        text_column(text, sizeof(text), where, 160, false);
        row(canvas, page_notice_is_cry(notice) ? text_severity_colour(SEVERITY_CRITICAL) : "",
            text);
}

/* Draw unprocessed alarms (notices), in at most half of the list. Return: number of rows drawn. */
static int unprocessed_draw(struct canvas *canvas, int list_rows) {
        const struct pager_view *view = canvas->view;
        size_t most = list_rows > 3 ? (size_t)list_rows / 2 - 1 : 1;
        int rows_before = canvas->rows_left;

        if (view->unprocessed_count == 0)
                return 0;
        rowf(canvas, "1;97;41",
             say(view->language, " %zu UNPROCESSED: nobody is paged yet, act by phone"),
             view->unprocessed_count);
        for (size_t i = 0; i < view->unprocessed_count && i < most && i < PAGER_NOTICES_MAX; i++)
                unprocessed_row(canvas, view->unprocessed[i]);
        return rows_before - canvas->rows_left;
}

static void foot_draw(struct canvas *canvas) {
        const struct pager_view *view = canvas->view;

        canvas->rows_left = 2; /* always draw these two rows */
        if (view->ask)
                rowf(canvas, "", "%s %s_", view->ask, view->typed ? view->typed : "");
        else
                row(canvas, "", view->notice);
        row(canvas, "7",
            say(view->language, " a accept  d decline  r arrive  c close  ↑↓ choose  q quit"));
}

void pager_screen_draw(const struct pager_view *view, char *ret, size_t ret_bytes) {
        struct pager_view sane = *view;
        struct canvas canvas = {.view = &sane, .text = ret, .bytes = ret_bytes};
        int list_rows, detail_rows, first;

        if (sane.columns < COLUMNS_MIN)
                sane.columns = COLUMNS_MIN;
        if (sane.rows < 8)
                sane.rows = 8;
        ret[0] = '\0';
        canvas.rows_left = sane.rows;
        head_draw(&canvas);

        detail_rows = sane.card_count && sane.rows >= DETAIL_ROWS + 6 ? DETAIL_ROWS : 0;
        list_rows = sane.rows - 3 - detail_rows;
        list_rows -= unprocessed_draw(&canvas, list_rows);
        first = sane.chosen >= list_rows ? sane.chosen - list_rows + 1 : 0;
        for (int i = 0; i < list_rows; i++) {
                if (first + i < sane.card_count)
                        card_row(&canvas, first + i);
                else if (i == 1 && sane.card_count == 0 && sane.unprocessed_count == 0)
                        row(&canvas, "",
                            say(sane.language,
                                "   No pages. Leave this open; it rings when one comes."));
                else
                        row(&canvas, "", "");
        }
        if (detail_rows && sane.chosen < sane.card_count) {
                int rows_after = canvas.rows_left - detail_rows;

                card_detail(&canvas, sane.cards[sane.chosen]);
                while (canvas.rows_left > rows_after)
                        row(&canvas, "", "");
        }
        foot_draw(&canvas);
}
