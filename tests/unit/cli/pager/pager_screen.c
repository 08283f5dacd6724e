/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/pager/pager_screen.h"
#include "cli/term/text.h"
#include "tests/unit/common/chinese.h"

static char screen[65536];

static struct page_card make_card(const char *alert_id, enum severity severity,
                                  int64_t raised_time_ms) {
        struct page_card card = {
                .severity = severity,
                .raised_time_ms = raised_time_ms,
                .event_time_ms = raised_time_ms,
                .answer_by_time_ms = raised_time_ms + 45000,
                .elder_age = 84,
                .others_count = 2,
        };

        snprintf(card.alert_id, sizeof(card.alert_id), "%s", alert_id);
        snprintf(card.title_zh, sizeof(card.title_zh), "疑似跌倒");
        snprintf(card.title_en, sizeof(card.title_en), "Possible fall");
        snprintf(card.advice_zh, sizeof(card.advice_zh),
                 "先呼叫老人；20 秒无应答，派最近护理队并拨打 120；不要急于扶起");
        snprintf(card.elder_name, sizeof(card.elder_name), "李国强");
        snprintf(card.address, sizeof(card.address),
                 "杭州市拱墅区朝晖街道潮王路34号万福里22幢3单元503室");
        snprintf(card.phone, sizeof(card.phone), "+86 571 0000 1675");
        snprintf(card.room, sizeof(card.room), "bathroom");
        snprintf(card.others[0], sizeof(card.others[0]), "F0002a");
        snprintf(card.others[1], sizeof(card.others[1]), "desk-main");
        return card;
}

static struct pager_view view_of(const struct page_card *card) {
        struct pager_view view = {
                .id = "T-g2-1",
                .link = PAGE_CLIENT_LINK_WELCOME,
                .cards = {card},
                .card_count = card ? 1 : 0,
                .notice = "",
                .columns = 80,
                .rows = 24,
                .now_time_ms = 1000000 + 12000,
        };

        return view;
}

/* No line of the screen is wider than the terminal, and it has exactly as many lines as the terminal has rows. */
static void check_fits(int columns, int rows) {
        char *rest = screen;
        char *line;
        int count = 0;

        while ((line = strsep(&rest, "\n"))) {
                line[strcspn(line, "\r")] = '\0';
                if (text_cells(line) > columns)
                        fail_msg("%d cells wide: %s", text_cells(line), line);
                count++;
        }
        assert_int_equal(count, rows);
}

static void test_a_card_says_who_where_what_and_how_long_is_left(void **state) {
        struct page_card card = make_card("a", SEVERITY_CRITICAL, 1000000);
        struct pager_view view = view_of(&card);

        view.language = chinese();
        pager_screen_draw(&view, screen, sizeof(screen));
        assert_non_null(strstr(screen, "◆ 1 紧急"));
        assert_non_null(strstr(screen, "疑似跌倒"));
        assert_non_null(strstr(screen, "李国强 84 岁"));
        assert_non_null(strstr(screen, "潮王路34号"));
        assert_non_null(strstr(screen, "浴室"));
        assert_non_null(strstr(screen, "还有 33 秒"));
        assert_non_null(strstr(screen, "先呼叫老人"));
        assert_non_null(strstr(screen, "F0002a  desk-main"));
        check_fits(80, 24);
}

static void test_every_size_fits(void **state) {
        struct page_card cards[30];
        struct pager_view view = view_of(NULL);

        for (int i = 0; i < 30; i++) {
                cards[i] = make_card("a", i % 2 ? SEVERITY_MAJOR : SEVERITY_CRITICAL, 1000000);
                view.cards[i] = &cards[i];
        }
        view.card_count = 30;
        for (int columns = 40; columns < 140; columns += 7)
                for (int rows = 8; rows < 60; rows += 5) {
                        view.columns = columns;
                        view.rows = rows;
                        view.chosen = rows % 30;
                        view.language = rows % 2 ? NULL : chinese();
                        pager_screen_draw(&view, screen, sizeof(screen));
                        check_fits(columns, rows);
                }
}

static void test_what_no_rule_has_judged_is_said_with_the_phone_in_80_columns(void **state) {
        struct page_notice notices[40] = {0};
        struct page_card card = make_card("a", SEVERITY_CRITICAL, 1000000);
        struct pager_view view = view_of(&card);

        for (int i = 0; i < 40; i++) {
                snprintf(notices[i].kind, sizeof(notices[i].kind), "carbon_monoxide");
                snprintf(notices[i].elder_name, sizeof(notices[i].elder_name), "陈金水");
                snprintf(notices[i].phone, sizeof(notices[i].phone), "+86 571 0000 %04d", i);
                snprintf(notices[i].address, sizeof(notices[i].address), "%s", card.address);
                if (i < PAGER_NOTICES_MAX)
                        view.unprocessed[i] = &notices[i];
        }
        view.unprocessed_count = 40;

        pager_screen_draw(&view, screen, sizeof(screen));
        assert_non_null(strstr(screen, "40 UNPROCESSED: nobody is paged"));
        assert_non_null(strstr(screen, "carbon_monoxide 陈金水   +86 571 0000 0000"));
        assert_non_null(strstr(screen, "Possible fall")); /* half of the screen is left for cards */
        check_fits(80, 24);
        for (int rows = 8; rows < 60; rows++) {
                view.rows = rows;
                pager_screen_draw(&view, screen, sizeof(screen));
                assert_non_null(strstr(screen, "0000 0000"));
                check_fits(80, rows);
        }
}

static void test_drills_and_old_events_are_marked(void **state) {
        struct page_card card = make_card("a", SEVERITY_CRITICAL, 1000000);
        char line[1024];

        card.drill = true;
        card.late_ms = 8 * 60000;
        card.repeats = 2;
        pager_card_line(&card, NULL, line, sizeof(line));
        assert_non_null(strstr(line, "[TEST]"));
        assert_non_null(strstr(line, "8 min old"));
        assert_non_null(strstr(line, "×3"));
        pager_card_line(&card, chinese(), line, sizeof(line));
        assert_non_null(strstr(line, "演练"));
        assert_non_null(strstr(line, "8 分前"));
}

static void test_a_lost_connection_is_said_in_the_first_line(void **state) {
        struct pager_view view = view_of(NULL);

        view.link = PAGE_CLIENT_LINK_DOWN;
        view.silent_ms = 34000;
        pager_screen_draw(&view, screen, sizeof(screen));
        assert_non_null(strstr(screen, "connection lost 34 s ago"));
        assert_true(strstr(screen, "connection lost") < strchr(screen, '\n'));

        view.link = PAGE_CLIENT_LINK_WELCOME;
        view.silent_ms = 2000;
        pager_screen_draw(&view, screen, sizeof(screen));
        assert_null(strstr(screen, "lost"));
}

static void test_the_text_of_others_cannot_command_the_terminal(void **state) {
        struct page_card card = make_card("a", SEVERITY_CRITICAL, 1000000);
        struct pager_view view = view_of(&card);

        snprintf(card.elder_name, sizeof(card.elder_name), "\033[2J\a王");
        snprintf(card.address, sizeof(card.address), "x\033]0;y\a");
        pager_screen_draw(&view, screen, sizeof(screen));
        assert_null(strchr(screen, '\033'));
        assert_null(strchr(screen, '\a'));
}

static void test_colour_never_stands_alone(void **state) {
        struct page_card card = make_card("a", SEVERITY_MAJOR, 1000000);
        struct pager_view view = view_of(&card);

        view.colour = true;
        pager_screen_draw(&view, screen, sizeof(screen));
        assert_non_null(strstr(screen, "\033[30;48;5;208m"));
        assert_non_null(strstr(screen, "▲ 2 major"));
}

static void test_worst_and_oldest_come_first_and_finished_last(void **state) {
        struct pager_view view = {0};
        struct page_book *book;
        struct page_news news;
        static const struct {
                const char *id;
                int severity;
                long long raised;
        } pages[] = {{"a", 2, 100}, {"b", 1, 300}, {"c", 1, 200}, {"d", 1, 50}};

        assert_int_equal(page_book_new(&book, 1), 0);
        for (size_t i = 0; i < 4; i++) {
                char json[256];

                snprintf(json, sizeof(json),
                         "{\"page_id\":\"%s/x/0/"
                         "1\",\"alert_id\":\"%s\",\"severity\":%d,\"raised_time_ms\":%lld,"
                         "\"rule\":\"%s\"}",
                         pages[i].id, pages[i].id, pages[i].severity, pages[i].raised, pages[i].id);
                assert_int_equal(
                        page_book_take(book, 0, "page", 4, json, strlen(json), 1000, 1, &news), 0);
        }
        assert_int_equal(page_book_take(book, 0, "stand_down", 10,
                                        "{\"alert_id\":\"d\",\"by\":\"T\"}", 25, 1000, 1, &news),
                         0);
        pager_view_cards(&view, book, 2000);
        assert_int_equal(view.card_count, 4);
        assert_string_equal(view.cards[0]->alert_id, "c");
        assert_string_equal(view.cards[1]->alert_id, "b");
        assert_string_equal(view.cards[2]->alert_id, "a");
        assert_string_equal(view.cards[3]->alert_id, "d");
        pager_view_cards(&view, book, 1000 + 300001);
        assert_int_equal(view.card_count, 3);
        page_book_free(book);
}

static void test_columns_count_chinese_as_two_cells(void **state) {
        char text[64] = "";

        text_column(text, sizeof(text), "李国强", 8, true);
        assert_string_equal(text, "李国强  ");
        text[0] = '\0';
        text_column(text, sizeof(text), "李国强", 5, true);
        assert_string_equal(text, "李国…");
        assert_int_equal(text_cells("李国…"), 5);
}

static void test_long_text_is_broken_between_words_and_characters(void **state) {
        const char *next;

        assert_int_equal(text_wrap("call the elder now", 10, &next), 8);
        assert_string_equal(next, "elder now");
        assert_int_equal(text_wrap("先呼叫老人", 7, &next), 9);
        assert_string_equal(next, "老人");
        assert_int_equal(text_wrap("short", 10, &next), 5);
        assert_string_equal(next, "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_card_says_who_where_what_and_how_long_is_left),
                cmocka_unit_test(test_every_size_fits),
                cmocka_unit_test(test_what_no_rule_has_judged_is_said_with_the_phone_in_80_columns),
                cmocka_unit_test(test_drills_and_old_events_are_marked),
                cmocka_unit_test(test_a_lost_connection_is_said_in_the_first_line),
                cmocka_unit_test(test_the_text_of_others_cannot_command_the_terminal),
                cmocka_unit_test(test_colour_never_stands_alone),
                cmocka_unit_test(test_worst_and_oldest_come_first_and_finished_last),
                cmocka_unit_test(test_columns_count_chinese_as_two_cells),
                cmocka_unit_test(test_long_text_is_broken_between_words_and_characters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
