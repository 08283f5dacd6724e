/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yyjson.h>
#include <zmq.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/pager/pager_screen.h"
#include "cli/recipient/page_client.h"
#include "cli/term/terminal.h"
#include "cli/term/text.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum {
        ID_AS = 256,
        ID_KEYS,
        ID_AUTO,
        ID_LANG,
        AUTO_PENDING_MAX = 256,
        FRAME_BYTES = 65536,
        ETA_S = 600,
        QUIT_WAIT_MS = 3000, /* for answers that are not stored yet */
};

enum pager_mode {
        MODE_SCREEN, /* a person at a terminal */
        MODE_LINES,  /* a pipe or a log */
        MODE_JSON,   /* a script; commands on standard input */
};

enum pager_auto {
        AUTO_NONE,
        AUTO_ACCEPT,
        AUTO_DECLINE,
        AUTO_IGNORE,
};

struct pager {
        struct cli *cli;
        struct page_client *client;
        const char *id;
        enum pager_mode mode;
        enum pager_auto automatic;
        int64_t auto_after_ms;
        struct {
                char alert_id[ALERT_ID_BYTES];
                int64_t due_mono_ms;
        } pending[AUTO_PENDING_MAX]; /* answers planned by --auto */
        int pending_count;

        /* The selected card, by id: the selection must not move to another card when the order changes. */
        char chosen[ALERT_ID_BYTES];
        enum page_card_answer asking; /* MODE_SCREEN: a reason for this answer is being typed */
        bool is_asking;
        char asked_alert[ALERT_ID_BYTES]; /* the alert of that answer */
        char typed[PAGE_CARD_REASON_BYTES];
        char notice[256];
        int instances; /* alerting processes in the configuration */
        bool instances_told;
        bool quit;
        bool dirty;     /* the screen must be drawn */
        char line[512]; /* MODE_JSON: unfinished line of standard input */
        size_t line_bytes;
        bool line_is_dropped; /* its beginning was too long already */
        bool input_ended;
};

static const char *pick(const struct pager *pager, const char *english)
        __attribute__((format_arg(2)));

static const char *pick(const struct pager *pager, const char *english) {
        return say(pager->cli->language, english);
}

/* --- answers ---------------------------------------------------------------------------------------- */

static void notice_set(struct pager *pager, const char *text) {
        snprintf(pager->notice, sizeof(pager->notice), " %s", text);
        pager->dirty = true;
}

/* Return: 0, PAGE_BOOK_NO_CARD, PAGE_BOOK_TWICE, -errno. */
static int answer_give(struct pager *pager, const char *alert_id, enum page_card_answer answer,
                       const char *reason) {
        int r = page_client_answer(pager->client, alert_id, answer,
                                   answer == PAGE_CARD_ANSWER_ACCEPT ? ETA_S : 0, reason,
                                   clock_mono_ms());

        pager->dirty = true;
        return r;
}

static void auto_plan(struct pager *pager, const struct page_card *card) {
        int at = pager->pending_count;

        if (pager->automatic == AUTO_NONE || pager->automatic == AUTO_IGNORE ||
            at == AUTO_PENDING_MAX)
                return;
        memcpy(pager->pending[at].alert_id, card->alert_id, sizeof(card->alert_id));
        pager->pending[at].due_mono_ms = clock_mono_ms() + pager->auto_after_ms;
        pager->pending_count++;
}

static int auto_turn(struct pager *pager, int64_t now_mono_ms) {
        for (int i = 0; i < pager->pending_count;) {
                const struct page_card *card;

                if (pager->pending[i].due_mono_ms > now_mono_ms) {
                        i++;
                        continue;
                }
                card = page_book_card(page_client_book(pager->client), pager->pending[i].alert_id);
                if (card && card->state == PAGE_CARD_OPEN) {
                        bool accept = pager->automatic == AUTO_ACCEPT;
                        int r = answer_give(pager, card->alert_id,
                                            accept ? PAGE_CARD_ANSWER_ACCEPT
                                                   : PAGE_CARD_ANSWER_DECLINE,
                                            accept ? NULL : "auto");

                        if (r < 0)
                                return r;
                }
                pager->pending[i] = pager->pending[--pager->pending_count];
        }
        return 0;
}

/* --- lines and JSON ------------------------------------------------------------------------------------- */

static const struct {
        const char *name; /* name in JSON */
        const char *text;
} news_words[] = {
        [PAGE_NEWS_NONE] = {"", ""},
        [PAGE_NEWS_WELCOMED] = {"welcome", N_("online")},
        [PAGE_NEWS_NEW] = {"page", N_("page")},
        [PAGE_NEWS_RESENT] = {"resent", N_("resent")},
        [PAGE_NEWS_NEXT_STEP] = {"page", N_("paged again")},
        [PAGE_NEWS_DOUBLED] = {"doubled", N_("doubled")},
        [PAGE_NEWS_UPDATED] = {"update", N_("update")},
        [PAGE_NEWS_STOOD_DOWN] = {"stand_down", N_("stand-down")},
        [PAGE_NEWS_STORED] = {"stored", N_("stored")},
        [PAGE_NEWS_REFUSED] = {"refused", N_("refused")},
        [PAGE_NEWS_ANSWERED] = {"answered", N_("answered on another device")},
        [PAGE_NEWS_UNREADABLE] = {"unreadable", N_("an unreadable message")},
};

static void json_print(const struct pager *pager, const struct page_news *news) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        const struct page_card *card = news->card;
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "news", news_words[news->kind].name);
        yyjson_mut_obj_add_int(doc, root, "time_ms", clock_wall_ms());
        if (card) {
                yyjson_mut_obj_add_str(doc, root, "alert_id", card->alert_id);
                yyjson_mut_obj_add_str(doc, root, "page_id", card->page_id);
                yyjson_mut_obj_add_str(doc, root, "rule", card->rule);
                yyjson_mut_obj_add_str(doc, root, "elder", card->elder_id);
                yyjson_mut_obj_add_int(doc, root, "severity", (int)card->severity);
                yyjson_mut_obj_add_str(doc, root, "title",
                                       language_reads_chinese(pager->cli->language)
                                               ? card->title_zh
                                               : card->title_en);
                yyjson_mut_obj_add_int(doc, root, "step", card->step);
                yyjson_mut_obj_add_int(doc, root, "late_ms", card->late_ms);
                yyjson_mut_obj_add_bool(doc, root, "drill", card->drill);
                yyjson_mut_obj_add_str(doc, root, "state", pager_state_word(card, NULL));
                yyjson_mut_obj_add_str(doc, root, "reason", card->reason);
                yyjson_mut_obj_add_str(doc, root, "by", card->ended_by);
        }
        if (news->kind == PAGE_NEWS_WELCOMED) {
                int count, missing = page_client_missing(pager->client, &count);

                yyjson_mut_obj_add_int(doc, root, "instances", count);
                yyjson_mut_obj_add_int(doc, root, "connected", count - missing);
        }
        if (news->kind == PAGE_NEWS_STORED || news->kind == PAGE_NEWS_REFUSED ||
            news->kind == PAGE_NEWS_ANSWERED)
                yyjson_mut_obj_add_str(doc, root, "answer", page_card_answer_name(news->answer));
        if (news->kind == PAGE_NEWS_UPDATED)
                yyjson_mut_obj_add_str(doc, root, "change", news->change);
        json = yyjson_mut_write(doc, 0, NULL);
        if (json)
                printf("%s\n", json);
        free(json);
        yyjson_mut_doc_free(doc);
}

static void notice_json_print(const struct page_notice *notice) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "news", "notice");
        yyjson_mut_obj_add_int(doc, root, "time_ms", clock_wall_ms());
        yyjson_mut_obj_add_str(doc, root, "notice_id", notice->id);
        yyjson_mut_obj_add_str(doc, root, "kind", notice->kind);
        yyjson_mut_obj_add_str(doc, root, "device", notice->device_id);
        yyjson_mut_obj_add_str(doc, root, "district", notice->district);
        yyjson_mut_obj_add_str(doc, root, "elder", notice->elder_id);
        yyjson_mut_obj_add_int(doc, root, "received_time_ms", notice->received_time_ms);
        yyjson_mut_obj_add_bool(doc, root, "drill", notice->drill);
        yyjson_mut_obj_add_str(doc, root, "state", notice->settled ? "processed" : "unprocessed");
        json = yyjson_mut_write(doc, 0, NULL);
        if (json)
                printf("%s\n", json);
        free(json);
        yyjson_mut_doc_free(doc);
}

static void line_print(const struct pager *pager, const struct page_news *news) {
        const char *word = pick(pager, news_words[news->kind].text);
        char line[1024] = "", clean[2048] = "";

        if (news->card)
                pager_card_line(news->card, pager->cli->language, line, sizeof(line));
        text_column(clean, sizeof(clean), line, 1000, false);
        printf("%s%s%s\n", word, news->card ? "  " : "", clean);
}

/* --- news ------------------------------------------------------------------------------------------------- */

static void screen_notice(struct pager *pager, const struct page_news *news) {
        char text[192];

        switch (news->kind) {
        case PAGE_NEWS_REFUSED:
                snprintf(text, sizeof(text), "%s: %s", pick(pager, "refused"), news->card->reason);
                notice_set(pager, text);
                break;
        case PAGE_NEWS_STOOD_DOWN:
                if (strcmp(news->card->reason, "closed") == 0)
                        snprintf(text, sizeof(text), pick(pager, "%s: closed"),
                                 news->card->elder_name);
                else
                        snprintf(text, sizeof(text),
                                 pick(pager, "%s: %s is on it, you need not come"),
                                 news->card->elder_name, news->card->ended_by);
                notice_set(pager, text);
                break;
        case PAGE_NEWS_ANSWERED:
                snprintf(text, sizeof(text), pick(pager, "%s: %s (another device)"),
                         news->card->elder_name,
                         pager_state_word(news->card, pager->cli->language));
                notice_set(pager, text);
                break;
        default:
                break;
        }
}

/* Warn once if this configuration lists fewer processes than the site has: pages of the others do not arrive here. */
static void instances_check(struct pager *pager) {
        int instances = page_book_instances(page_client_book(pager->client));

        if (pager->instances_told || instances <= pager->instances)
                return;
        pager->instances_told = true;
        if (pager->mode != MODE_SCREEN)
                cli_tell(
                        pager->cli,
                        "%d alerting processes are running, but this configuration lists %d: pages "
                        "of the others do not arrive here; see alerting.instances in vigil.yaml(5)",
                        instances, pager->instances);
}

static void on_news(void *context, struct page_client *client, const struct page_news *news) {
        struct pager *pager = context;

        pager->dirty = true;
        if (news->kind == PAGE_NEWS_WELCOMED)
                instances_check(pager);
        if (news->kind == PAGE_NEWS_NEW || news->kind == PAGE_NEWS_NEXT_STEP)
                auto_plan(pager, news->card);
        if (pager->mode == MODE_JSON)
                json_print(pager, news);
        else if (pager->mode == MODE_LINES)
                line_print(pager, news);
        else
                screen_notice(pager, news);
        if (pager->mode == MODE_SCREEN && news->card && news->card->severity == SEVERITY_CRITICAL &&
            (news->kind == PAGE_NEWS_NEW || news->kind == PAGE_NEWS_NEXT_STEP))
                fputc('\a', stdout);
        fflush(stdout);
}

/* A notice: an alarm that Kafka has not accepted is shown to the desk unprocessed. */
static void on_notice(void *context, const struct page_notice *notice) {
        struct pager *pager = context;
        char line[1024], clean[2048] = "";

        pager->dirty = true;
        page_notice_line(notice, pager->cli->language, line, sizeof(line));
        text_column(clean, sizeof(clean), line, 1000, false);
        if (pager->mode == MODE_JSON)
                notice_json_print(notice);
        else if (pager->mode == MODE_LINES)
                printf("%s  %s\n", pick(pager, "notice"), clean);
        else if (notice->settled)
                notice_set(pager, clean);
        else
                fputc('\a', stdout);
        fflush(stdout);
}

/* --- the screen ---------------------------------------------------------------------------------------------- */

static void view_fill(struct pager *pager, struct pager_view *view) {
        int64_t now_mono_ms = clock_mono_ms();
        int64_t heard_mono_ms = page_client_heard_mono_ms(pager->client);
        int instances;
        static const char *const asks[PAGE_CARD_ANSWERS] = {
                [PAGE_CARD_ANSWER_DECLINE] = N_(" reason to decline (Enter sends, Esc goes back):"),
                [PAGE_CARD_ANSWER_CLOSE] = N_(" reason to close (Enter sends, Esc goes back):"),
        };

        *view = (struct pager_view){
                .id = pager->id,
                .link = page_client_link(pager->client),
                .missing = page_client_missing(pager->client, &instances),
                .silent_ms = heard_mono_ms ? now_mono_ms - heard_mono_ms : 0,
                .ask = pager->is_asking ? pick(pager, asks[pager->asking]) : NULL,
                .typed = pager->typed,
                .notice = pager->notice,
                .language = pager->cli->language,
                .colour = pager->cli->colour,
                .now_time_ms = clock_wall_ms(),
        };
        view->instances = instances;
        view->unprocessed_count = page_notice_open(page_client_notices(pager->client),
                                                   view->unprocessed, PAGER_NOTICES_MAX);
        terminal_size(&view->columns, &view->rows);
        pager_view_cards(view, page_client_book(pager->client), now_mono_ms);
        for (int i = 0; i < view->card_count; i++)
                if (strcmp(view->cards[i]->alert_id, pager->chosen) == 0)
                        view->chosen = i;
}

static void screen_show(struct pager *pager, struct pager_view *view) {
        static char frame[FRAME_BYTES];

        view_fill(pager, view);
        if (view->card_count)
                memcpy(pager->chosen, view->cards[view->chosen]->alert_id, sizeof(pager->chosen));
        pager_screen_draw(view, frame, sizeof(frame));
        printf("\033[H%s", frame);
        fflush(stdout);
        pager->dirty = false;
}

static void chosen_move(struct pager *pager, const struct pager_view *view, int by) {
        int to = view->chosen + by;

        if (to >= 0 && to < view->card_count)
                memcpy(pager->chosen, view->cards[to]->alert_id, sizeof(pager->chosen));
        pager->dirty = true;
}

static void ask_begin(struct pager *pager, enum page_card_answer answer) {
        pager->is_asking = true;
        pager->asking = answer;
        pager->typed[0] = '\0';
        memcpy(pager->asked_alert, pager->chosen, sizeof(pager->chosen));
        pager->dirty = true;
}

/* If the same answer was given before, on this or another device, show the state of the card. Return: @r if
 * negative, else 0. */
static int said(struct pager *pager, const char *alert_id, int r) {
        const struct page_card *card = page_book_card(page_client_book(pager->client), alert_id);
        char text[192];

        if (r == PAGE_BOOK_TWICE && card) {
                snprintf(text, sizeof(text), pick(pager, "already answered: %s"),
                         pager_state_word(card, pager->cli->language));
                notice_set(pager, text);
        }
        return r < 0 ? r : 0;
}

/* Process a key while a reason is typed. */
static int key_typed(struct pager *pager, int key) {
        size_t used = strlen(pager->typed);

        pager->dirty = true;
        if (key == TERMINAL_KEY_ESCAPE) {
                pager->is_asking = false;
        } else if (key == '\r' || key == '\n') {
                /* A close requires a reason; a decline does not. */
                if (used == 0 && pager->asking == PAGE_CARD_ANSWER_CLOSE)
                        return 0;
                pager->is_asking = false;
                return said(pager, pager->asked_alert,
                            answer_give(pager, pager->asked_alert, pager->asking, pager->typed));
        } else if (key == 0x7f || key == '\b') {
                while (used && ((unsigned char)pager->typed[used - 1] & 0xC0) == 0x80)
                        used--;
                pager->typed[used ? used - 1 : 0] = '\0';
        } else if (key >= ' ' && key < 256 && used + 1 < sizeof(pager->typed)) {
                pager->typed[used] = (char)key;
                pager->typed[used + 1] = '\0';
        }
        return 0;
}

static int key_pressed(struct pager *pager, const struct pager_view *view, int key) {
        bool has_card = view->card_count > 0;

        if (key == TERMINAL_KEY_END || key == 'q') {
                pager->quit = true;
                return 0;
        }
        if (pager->is_asking)
                return key_typed(pager, key);
        if (key == TERMINAL_KEY_UP || key == 'k')
                chosen_move(pager, view, -1);
        else if (key == TERMINAL_KEY_DOWN || key == 'j')
                chosen_move(pager, view, 1);
        else if (key == 'a' && has_card)
                return said(pager, pager->chosen,
                            answer_give(pager, pager->chosen, PAGE_CARD_ANSWER_ACCEPT, NULL));
        else if (key == 'r' && has_card)
                return said(pager, pager->chosen,
                            answer_give(pager, pager->chosen, PAGE_CARD_ANSWER_ARRIVE, NULL));
        else if (key == 'd' && has_card)
                ask_begin(pager, PAGE_CARD_ANSWER_DECLINE);
        else if (key == 'c' && has_card && strcmp(view->cards[view->chosen]->role, "family") == 0)
                notice_set(pager, pick(pager, "only team and desk may close"));
        else if (key == 'c' && has_card)
                ask_begin(pager, PAGE_CARD_ANSWER_CLOSE);
        return 0;
}

static int keys_read(struct pager *pager, const struct pager_view *view) {
        int key;
        int r = 0;

        while (r == 0 && !pager->quit && (key = terminal_key()) != TERMINAL_KEY_NONE) {
                /* While a reason is typed, "q" is a letter. */
                if (pager->is_asking && key != TERMINAL_KEY_END)
                        r = key_typed(pager, key);
                else
                        r = key_pressed(pager, view, key);
        }
        return r;
}

/* --- commands of scripts ------------------------------------------------------------------------------------------ */

static void already_say(const struct pager *pager, const char *alert_id) {
        const struct page_card *card = page_book_card(page_client_book(pager->client), alert_id);

        cli_tell(pager->cli, "alert %s has this answer already: %s", alert_id,
                 pager_state_word(card, pager->cli->language));
}

/* "accept ALERT_ID", "decline ALERT_ID [REASON]", "arrive ALERT_ID", "close ALERT_ID REASON". */
static int command_do(struct pager *pager, char *line) {
        char *rest = line;
        const char *word = strsep(&rest, " ");
        const char *alert_id = rest ? strsep(&rest, " ") : NULL;

        for (int answer = 0; alert_id && answer < PAGE_CARD_ANSWERS; answer++)
                if (strcmp(word, page_card_answer_name((enum page_card_answer)answer)) == 0) {
                        int r = answer_give(pager, alert_id, (enum page_card_answer)answer, rest);

                        if (r == PAGE_BOOK_NO_CARD)
                                cli_tell(pager->cli, "no page of alert %s", alert_id);
                        if (r == PAGE_BOOK_TWICE)
                                already_say(pager, alert_id);
                        return r < 0 ? r : 0;
                }
        if (line[0])
                cli_tell(
                        pager->cli,
                        "unknown command; write accept, decline, arrive or close, and an alert id");
        return 0;
}

static int commands_read(struct pager *pager) {
        ssize_t got = read(STDIN_FILENO, pager->line + pager->line_bytes,
                           sizeof(pager->line) - 1 - pager->line_bytes);
        char *end;
        int r = 0;

        if (got <= 0) {
                pager->input_ended = got == 0 || errno != EINTR;
                return 0;
        }
        pager->line_bytes += (size_t)got;
        while (r == 0 && (end = memchr(pager->line, '\n', pager->line_bytes))) {
                size_t taken = (size_t)(end - pager->line) + 1;

                *end = '\0';
                if (!pager->line_is_dropped)
                        r = command_do(pager, pager->line);
                pager->line_is_dropped = false;
                pager->line_bytes -= taken;
                memmove(pager->line, pager->line + taken, pager->line_bytes);
        }
        if (pager->line_bytes == sizeof(pager->line) - 1) {
                pager->line_bytes = 0; /* drop a line longer than any command, up to its end */
                pager->line_is_dropped = true;
        }
        return r;
}

/* --- the loop -------------------------------------------------------------------------------------------------------- */

static bool answers_are_owed(const struct pager *pager) {
        const struct page_card *card;

        for (size_t i = 0; (card = page_book_at(page_client_book(pager->client), i)); i++)
                for (int answer = 0; answer < PAGE_CARD_ANSWERS; answer++)
                        if (card->answers[answer].owed)
                                return true;
        return false;
}

static int pager_turn(struct pager *pager, struct pager_view *view, int wait_ms) {
        struct pollfd fds[PAGE_CLIENT_FDS_MAX + 1];
        int raw[PAGE_CLIENT_FDS_MAX];
        int count = page_client_fds(pager->client, raw);
        int r;

        for (int i = 0; i < count; i++)
                fds[i] = (struct pollfd){.fd = raw[i], .events = POLLIN};
        fds[count] = (struct pollfd){
                .fd = pager->mode == MODE_LINES || pager->input_ended ? -1 : STDIN_FILENO,
                .events = POLLIN,
        };
        poll(fds, (nfds_t)count + 1, wait_ms);
        r = page_client_turn(pager->client, clock_mono_ms());
        if (r < 0)
                return r;
        r = auto_turn(pager, clock_mono_ms());
        if (r == 0 && pager->mode == MODE_SCREEN)
                r = keys_read(pager, view);
        else if (r == 0 && fds[count].revents)
                r = commands_read(pager);
        return r;
}

static int pager_loop(struct pager *pager) {
        struct pager_view view = {0};
        int64_t draw_due_mono_ms = 0, quit_due_mono_ms = 0;
        int r = 0;

        while (r == 0) {
                int64_t now_mono_ms = clock_mono_ms();

                if (pager->mode == MODE_SCREEN &&
                    (pager->dirty || terminal_changed() || now_mono_ms >= draw_due_mono_ms)) {
                        screen_show(pager, &view);
                        draw_due_mono_ms = now_mono_ms + 500;
                }
                if (pager->quit || cli_interrupted()) {
                        /* Wait for answers just given to be stored before quitting. */
                        if (quit_due_mono_ms == 0)
                                quit_due_mono_ms = now_mono_ms + QUIT_WAIT_MS;
                        if (!answers_are_owed(pager) || now_mono_ms >= quit_due_mono_ms)
                                return 0;
                }
                r = pager_turn(pager, &view, 100);
        }
        return r;
}

static enum cli_exit pager_run(struct pager *pager) {
        int r = 0;
        bool owed;

        cli_interrupted(); /* install its handlers first: terminal_open() handles other signals */
        if (pager->mode == MODE_SCREEN)
                r = terminal_open();
        if (r == 0)
                r = pager_loop(pager);
        if (pager->mode == MODE_SCREEN)
                terminal_close();
        if (r < 0)
                return cli_fail(pager->cli, r);
        owed = answers_are_owed(pager);
        if (owed)
                cli_tell(pager->cli, "%s",
                         pick(pager,
                              "an answer is not stored yet: make sure that the desk knows of it"));
        return owed ? CLI_BAD : cli_interrupted() && !pager->quit ? CLI_INTERRUPTED : CLI_DONE;
}

/* --- the verb ------------------------------------------------------------------------------------------------------------ */

/* Parse "accept", "decline" or "ignore", each optionally followed by ",after=5s"; "after=5s" alone accepts. */
static bool auto_read(struct pager *pager, const char *text) {
        static const struct {
                const char *word;
                enum pager_auto automatic;
        } words[] = {{"accept", AUTO_ACCEPT}, {"decline", AUTO_DECLINE}, {"ignore", AUTO_IGNORE}};
        size_t length = strcspn(text, ",");
        const char *after = text + length;
        char *end;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strlen(words[i].word) == length && strncmp(words[i].word, text, length) == 0)
                        pager->automatic = words[i].automatic;
        if (strncmp(text, "after=", 6) == 0) {
                pager->automatic = AUTO_ACCEPT;
                after = text - 1;
                length = 0;
        }
        if (after >= text && !*after && pager->automatic != AUTO_NONE)
                return true;
        if (pager->automatic != AUTO_NONE && strncmp(after + 1, "after=", 6) == 0) {
                long long number = strtoll(after + 7, &end, 10);

                if (end != after + 7 && number >= 0 && number < 1000000 &&
                    (strcmp(end, "s") == 0 || strcmp(end, "ms") == 0)) {
                        pager->auto_after_ms = number * (end[0] == 's' ? 1000 : 1);
                        return true;
                }
        }
        cli_usage(pager->cli, "--auto %s: write accept, decline or ignore, or accept,after=5s",
                  text);
        return false;
}

static enum cli_exit pager_with(struct pager *pager, const struct conf *conf, const char *dir) {
        struct curve_pair keys;
        char server_public[CURVE_TEXT_BYTES], code[LANGUAGE_NAME_BYTES];
        struct page_client_options options = {
                .conf = conf,
                .id = pager->id,
                .language = language_code(pager->cli->language, code),
                .keys = &keys,
                .server_public = server_public,
                .news = on_news,
                .notice = on_notice,
                .context = pager,
        };
        enum cli_exit result;
        int r;

        dir = dir ? dir : conf->alerting.keys;
        r = curve_read(&keys, dir, pager->id);
        if (r == 0)
                r = curve_read_server(server_public, dir);
        if (r < 0)
                return cli_fail(pager->cli, r);
        pager->instances = (int)conf->alerting.instance_count;
        options.zmq = zmq_ctx_new();
        if (!options.zmq)
                return cli_fail(pager->cli, -zmq_errno());
        r = page_client_new(&pager->client, &options, clock_mono_ms());
        result = r < 0 ? cli_fail(pager->cli, r) : pager_run(pager);
        page_client_free(pager->client);
        zmq_ctx_term(options.zmq);
        return result;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        static struct pager pager;
        const char *dir = NULL;
        struct conf *conf = NULL;
        enum cli_exit result;
        bool good = true;
        int id;

        pager = (struct pager){.cli = cli};
        while (good && (id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (id == ID_AS)
                        pager.id = optarg;
                else if (id == ID_KEYS)
                        dir = optarg;
                else if (id == ID_AUTO)
                        good = auto_read(&pager, optarg);
                else
                        good = cli_language_read(cli, optarg);
        }
        if (!good)
                return CLI_USAGE;
        if (!pager.id)
                return cli_usage(cli, "missing option: --as ID, who you are");
        if (optind < argc)
                return cli_usage(cli, "unexpected argument \"%s\"", argv[optind]);
        pager.mode = cli->json                                       ? MODE_JSON
                     : isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? MODE_SCREEN
                                                                     : MODE_LINES;
        result = cli_conf_load(cli, &conf);
        if (result == CLI_DONE)
                result = pager_with(&pager, conf, dir);
        conf_free(conf);
        return result;
}

static const struct cli_option options[] = {
        {ID_AS, "as", "ID", N_("your id: a contact, a team or a desk")},
        {ID_KEYS, "keys", "DIR", N_("folder of ID.key and server.pub (default: alerting.keys)")},
        {ID_AUTO, "auto", "WHAT",
         N_("answer automatically: accept, decline or ignore; add ,after=5s to wait")},
        {ID_LANG, "lang", "LANGUAGE", N_("language, for example en or zh (default: by LANG)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil pager --as T-g3-1", N_("the screen of a care team")},
        {"vigil pager --as F0017a --lang zh", N_("the screen of a daughter, in Chinese")},
        {"vigil pager --as T-g3-1 --auto accept,after=2s", N_("answer automatically, for drills")},
        {"vigil pager --as T-g3-1 --json", N_("one JSON line for each change; commands on stdin")},
        {NULL, NULL},
};

const struct cli_verb verb_pager = {
        .name = "pager",
        .group = CLI_GROUP_ALARMS,
        .summary = N_("a pager in the terminal: read, accept, decline, arrive, close"),
        .usage = "pager --as ID [--keys DIR] [--auto WHAT] [--lang LANGUAGE]",
        .examples = examples,
        .details =
                N_("Keys: a accept, d decline, r arrive, c close (team and desk only; asks for a "
                   "reason), up and down select, q quit. A new critical page rings the bell. Each "
                   "alert has one card, however often it is sent. If the connection is lost, the "
                   "first line says so in red.\n\nWith --json, standard input accepts: accept "
                   "ALERT_ID, decline ALERT_ID [REASON], arrive ALERT_ID, close ALERT_ID REASON."),
        .options = options,
        .run = run,
};
