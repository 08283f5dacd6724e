/* SPDX-License-Identifier: MIT */
#include "common/files/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files/yaml_read.h"
#include "tests/unit/common/unit.h"

static struct diag *diag_fresh(void) {
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        return diag;
}

static int parse(struct yaml_doc **ret, const char *text, struct diag *diag) {
        return yaml_parse(ret, "a.yaml", text, strlen(text), diag);
}

/* --- refused files ------------------------------------------------------------------------------ */

/* One error each; the first diagnostic must be this one, at this place. */
static const struct trap {
        const char *name;
        const char *text;
        const char *code;
        int line, column;
        const char *message;
        const char *help; /* how the help text begins, or NULL */
} traps[] = {
        {"wrong indent in a map", "a:\n  b: 1\n c: 2\n", "R007", 3, 2,
         "this line is indented differently from its neighbours", "keys of one map"},
        {"wrong indent in a list", "a:\n  - b: 1\n    c: 1\n   d: 2\n", "R007", 4, 4,
         "this line is indented wrongly, or lacks the \"- \" of a list item", "items of one list"},
        {"key given twice", "a: 1\nb: 2\na: 3\n", "R004", 3, 1,
         "key \"a\" is given twice (first on line 1)", "remove"},
        {"tab indent", "a:\n\tb: 1\n", "R003", 2, 1, "tab used for indentation", "use spaces"},
        {"tab indent on two lines", "a:\n\tb: 1\n \tc: 1\n", "R003", 2, 1,
         "tab used for indentation (further lines: 1)", "use spaces"},
        {"full-width colon", "when:\n  vital: heart_rate\n  above：120\n  clear_below: 110\n",
         "R002", 3, 8, "full-width colon \"：\" (U+FF1A)", "switch the input method"},
        {"full-width comma in a list",
         "a: [ motion， door ]\nb: { from: \"06:00\"， to: \"22:00\" }\n", "R002", 2, 19,
         "full-width comma \"，\" (U+FF0C)", "switch the input method"},
        {"full-width quotes", "a: [“x”, b: ]]\n", "R002", 1, 5, "full-width quote \"“\" (U+201C)",
         "switch"},
        {"full-width space as indent", "a:\n　b: 1\n", "R002", 2, 1,
         "full-width space \"　\" (U+3000)", "switch"},
        {"full-width colon in a key", "a:\n  b：c: 1\n", "R002", 2, 4,
         "full-width colon \"：\" (U+FF1A)", "switch"},
        {"GBK", "rules:\n  - title: \xb5\xf8\xb5\xb9\n", "R001", 2, 12,
         "this is not UTF-8 text (GBK/GB18030?)",
         "save as UTF-8, or run: iconv -f GB18030 -t UTF-8"},
        {"broken UTF-8", "a: \xc3(\n", "R001", 1, 4, "this is not UTF-8 text", "save as UTF-8"},
        {"UTF-16",
         "\xff\xfe"
         "a",
         "R001", 1, 1, "this is not UTF-8 text (UTF-16?)", "save as UTF-8"},
        {"anchor", "a: &x 1\n", "R005", 1, 4, "anchors (x) are not allowed in this file",
         "write the value"},
        {"alias", "a: *x\n", "R005", 1, 4, "aliases (x) are not allowed in this file",
         "write the value"},
        {"tag", "a: !!str 1\n", "R005", 1, 4,
         "tags (tag:yaml.org,2002:str) are not allowed in this file", "write"},
        {"merge key", "a:\n  <<: { b: 1 }\n", "R005", 2, 3,
         "merge keys (<<) are not allowed in this file", "write"},
        {"directive", "%YAML 1.1\n---\na: 1\n", "R005", 1, 1,
         "directives (%) are not allowed in this file", "remove"},
        {"second document", "a: 1\n---\nb: 2\n", "R006", 2, 1,
         "a second document (---) is not allowed in this file", "put"},
        {"open quote", "a: \"x\nb: 2\n", "R007", 1, 4,
         "a quote that was opened here is never closed", NULL},
        {"open bracket", "a: [ x\nb: 2\n", "R007", 2, 2, "a list in [ ] lacks a \",\" or its \"]\"",
         NULL},
        {"colon in a text", "a: Call: now\n", "R007", 1, 8, "a \":\" is not expected here",
         "put the whole text"},
        {"at sign", "a: @x\n", "R007", 1, 4, "a value cannot start with this character",
         "put the value"},
        {"no colon", "a: 1\nb\nc: 2\n", "R007", 3, 1, "this line has no \":\" after its key",
         "write"},
        {"list as a key", "[ a ]: 1\n", "R007", 1, 1, "a key must be a word, not a list or a map",
         "write"},
        {"control character", "a: \001\n", "R007", 1, 4, "control character U+0001 in the text",
         "remove it"},
        {"lone carriage return", "a: 1\rb: 2\n", "R007", 1, 5,
         "control character U+000D in the text", "remove it"},
        {"line separator", "a: x\xe2\x80\xa8y\n", "R007", 1, 5,
         "control character U+2028 in the text", "remove it"},
        {"NUL by escape", "a: \"x\\0y\"\n", "R007", 1, 4, "a text must not contain a NUL character",
         NULL},
};

static bool trap_is_named(const struct trap *trap) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        struct diag_item item = {.code = "-", .message = "accepted"};
        bool named = parse(&doc, trap->text, diag) == YAML_REFUSED && diag_at(diag, 0, &item) &&
                     strcmp(item.code, trap->code) == 0 && item.mark.line == trap->line &&
                     item.mark.column == trap->column && strcmp(item.message, trap->message) == 0;

        if (named && trap->help)
                named = item.help && strncmp(item.help, trap->help, strlen(trap->help)) == 0;
        if (!named)
                print_message("%s: %d:%d %s %s (%s)\n", trap->name, item.mark.line,
                              item.mark.column, item.code, item.message,
                              item.help ? item.help : "no help");
        yaml_doc_free(doc);
        diag_free(diag);
        return named;
}

static void test_each_trap_is_named_where_it_lies(void **state) {
        int missed = 0;

        for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
                missed += !trap_is_named(&traps[i]);
        assert_int_equal(missed, 0);
}

static void test_several_mistakes_come_in_one_run(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;

        assert_int_equal(parse(&doc, "a: 1\na: 2\nb: &x 3\nc: !t 4\n", diag), YAML_REFUSED);
        assert_int_equal(diag_errors(diag), 3);
        diag_free(diag);
}

static void test_deep_nesting_is_refused(void **state) {
        char text[2 * 4096 + 1];
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        struct diag_item item;

        memset(text, '[', 4096);
        memset(text + 4096, ']', 4096);
        text[sizeof(text) - 1] = '\0';
        assert_int_equal(parse(&doc, text, diag), YAML_REFUSED);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R009");
        diag_free(diag);
}

static void test_a_missing_file_is_an_error_of_both_kinds(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        struct diag_item item;

        assert_int_equal(yaml_load(&doc, "/nowhere/at/all.yaml", diag), -ENOENT);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R008");
        assert_string_equal(item.file, "/nowhere/at/all.yaml");
        diag_free(diag);
}

/* --- accepted files ------------------------------------------------------------------------------- */

static void test_scalars_stay_text(void **state) {
        static const char *const texts[] = {"22:00", "no", "on",   "010",       "1e3",
                                            "0x10",  "~",  "null", "2027-02-01"};
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        const struct yaml_node *item;
        size_t i = 0;

        assert_int_equal(
                parse(&doc, "a: [ 22:00, no, on, 010, 1e3, 0x10, ~, null, 2027-02-01 ]\n", diag),
                0);
        item = yaml_get(yaml_root(doc), "a")->child;
        for (; item; item = item->next, i++) {
                assert_string_equal(item->text, texts[i]);
                assert_false(item->quoted);
        }
        assert_int_equal(i, 9);
        yaml_doc_free(doc);
        diag_free(diag);
}

static void test_a_tree_keeps_every_position(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        const struct yaml_node *rules, *title;

        assert_int_equal(parse(&doc,
                               "\xef\xbb\xbfrules:\r\n  - id: \"fall\"\r\n    title: { zh: "
                               "疑似跌倒, en: Fall }\r\n",
                               diag),
                         0);
        rules = yaml_get(yaml_root(doc), "rules");
        assert_int_equal(rules->type, YAML_LIST);
        assert_int_equal(rules->key_mark.line, 1);
        assert_int_equal(rules->key_mark.column, 1); /* the byte order mark does not count */
        assert_int_equal(rules->count, 1);
        assert_true(yaml_get(rules->child, "id")->quoted);
        title = yaml_get(rules->child, "title");
        assert_int_equal(yaml_get(title, "en")->mark.line, 3);
        assert_int_equal(yaml_get(title, "en")->mark.column, 28); /* characters, not bytes */
        assert_int_equal(yaml_get(title, "en")->mark.columns, 4);
        assert_string_equal(yaml_get(title, "zh")->text, "疑似跌倒");
        assert_null(yaml_get(title, "fr"));
        assert_null(yaml_get(rules, "id")); /* a list has no keys */
        yaml_doc_free(doc);
        diag_free(diag);
}

static void test_an_empty_file_has_no_root(void **state) {
        static const char *const texts[] = {"", "\n\n", "# only a comment\n", "\xef\xbb\xbf"};

        for (size_t i = 0; i < 4; i++) {
                struct diag *diag = diag_fresh();
                struct yaml_doc *doc = NULL;

                assert_int_equal(parse(&doc, texts[i], diag), 0);
                assert_null(yaml_root(doc));
                yaml_doc_free(doc);
                diag_free(diag);
        }
}

static void test_full_width_punctuation_in_texts_is_meant(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;

        assert_int_equal(parse(&doc, "zh: 先呼叫老人；20 秒无应答，派护理队：拨打“120”\n", diag),
                         0);
        assert_string_equal(yaml_get(yaml_root(doc), "zh")->text,
                            "先呼叫老人；20 秒无应答，派护理队：拨打“120”");
        yaml_doc_free(doc);
        diag_free(diag);
}

static void test_tabs_within_a_line_harm_nobody(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;

        assert_int_equal(parse(&doc, "a:\t\"x\ty\"\t# a comment\n", diag), 0);
        assert_string_equal(yaml_get(yaml_root(doc), "a")->text, "x\ty");
        yaml_doc_free(doc);
        diag_free(diag);
}

static void test_standard_input_can_be_read(void **state) {
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        int ends[2], keep = dup(STDIN_FILENO);

        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "a: 1\n", 5), 5);
        close(ends[1]);
        assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
        assert_int_equal(yaml_load(&doc, "/dev/stdin", diag), 0);
        assert_string_equal(yaml_get(yaml_root(doc), "a")->text, "1");
        assert_true(dup2(keep, STDIN_FILENO) >= 0);
        close(keep);
        close(ends[0]);
        yaml_doc_free(doc);
        diag_free(diag);
}

/* --- typed reading ------------------------------------------------------------------------------- */

struct typed {
        struct diag *diag;
        struct yaml_doc *doc;
        const struct yaml_node *node;
};

/* Parse "v: @value" and return its value node. */
static struct typed typed_open(const char *value) {
        struct typed typed = {.diag = diag_fresh()};
        char text[256];

        snprintf(text, sizeof(text), "v: %s\n", value);
        assert_int_equal(parse(&typed.doc, text, typed.diag), 0);
        typed.node = yaml_get(yaml_root(typed.doc), "v");
        return typed;
}

static void typed_close(struct typed *typed, bool accepted) {
        assert_int_equal(diag_errors(typed->diag), accepted ? 0 : 1);
        yaml_doc_free(typed->doc);
        diag_free(typed->diag);
}

static void test_durations_have_a_unit(void **state) {
        static const struct {
                const char *text;
                int64_t ms; /* -1: refused */
        } rows[] = {
                {"250ms", 250},
                {"20s", 20000},
                {"5m", 300000},
                {"3h", 10800000},
                {"2d", 172800000},
                {"0s", 0},
                {"20sec", -1},
                {"60 secs", -1},
                {"60", -1},
                {"-5s", -1},
                {"1.5h", -1},
                {"s", -1},
                {"1h30m", -1},
                {"５s", -1},
                {"", -1},
                {"[ 20s ]", -1},
                {"99999999999999999999d", -1},
                {"366d", -1},
                {"\"20s\"", 20000},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct typed typed = typed_open(rows[i].text);
                int64_t ms = -1;

                assert_int_equal(yaml_read_duration_ms(typed.node, 0, INT64_C(365) * 86400000, &ms,
                                                       "R021", typed.diag),
                                 rows[i].ms >= 0);
                assert_int_equal(ms, rows[i].ms);
                typed_close(&typed, rows[i].ms >= 0);
        }
}

static void test_numbers_are_decimal_and_exact(void **state) {
        static const struct {
                const char *text;
                double number;
                bool accepted;
        } rows[] = {
                {"0.7", 0.7, true},   {"-12", -12, true}, {"35.5", 35.5, true},
                {"007", 7, true},     {"1e3", 0, false},  {"inf", 0, false},
                {"nan", 0, false},    {"0x10", 0, false}, {".5", 0, false},
                {"5.", 0, false},     {"1,5", 0, false},  {"1.2.3", 0, false},
                {"--", 0, false},     {"2000", 0, false}, {"12345678901234567", 0, false},
                {"16.7", 16.7, true},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct typed typed = typed_open(rows[i].text);
                double number = 0;

                assert_int_equal(
                        yaml_read_number(typed.node, -100, 1000, &number, "R020", typed.diag),
                        rows[i].accepted);
                assert_true(number == rows[i].number);
                typed_close(&typed, rows[i].accepted);
        }
}

static void test_whole_numbers_keep_their_range(void **state) {
        static const struct {
                const char *text;
                bool accepted;
        } rows[] = {{"1", true},
                    {"65535", true},
                    {"0", false},
                    {"65536", false},
                    {"1.0", false},
                    {"x", false},
                    {"999999999999999999999", false},
                    {"{ a: 1 }", false}};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct typed typed = typed_open(rows[i].text);
                int64_t number = -7;

                assert_int_equal(
                        yaml_read_integer(typed.node, 1, 65535, &number, "C001", typed.diag),
                        rows[i].accepted);
                if (!rows[i].accepted)
                        assert_int_equal(number, -7);
                typed_close(&typed, rows[i].accepted);
        }
}

static void test_times_of_day(void **state) {
        static const struct {
                const char *text;
                int minute; /* -1: refused */
        } rows[] = {{"\"06:00\"", 360}, {"22:00", 1320}, {"24:00", 1440}, {"00:00", 0},
                    {"24:01", -1},      {"6:00", -1},    {"12:60", -1},   {"1200", -1},
                    {"12：00", -1},     {"ab:cd", -1}};

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct typed typed = typed_open(rows[i].text);
                int minute = -1;

                assert_int_equal(yaml_read_minute_of_day(typed.node, &minute, "R022", typed.diag),
                                 rows[i].minute >= 0);
                assert_int_equal(minute, rows[i].minute);
                typed_close(&typed, rows[i].minute >= 0);
        }
}

static void test_booleans_are_two_words(void **state) {
        static const char *const refused[] = {"yes", "no", "on", "True", "1", "[]"};
        struct typed typed = typed_open("true");
        bool value = false;

        assert_true(yaml_read_bool(typed.node, &value, "R018", typed.diag));
        assert_true(value);
        typed_close(&typed, true);
        for (size_t i = 0; i < 6; i++) {
                typed = typed_open(refused[i]);
                assert_false(yaml_read_bool(typed.node, &value, "R018", typed.diag));
                typed_close(&typed, false);
        }
}

static void test_an_unknown_word_suggests_the_nearest(void **state) {
        static const char *const words[] = {"critical", "major", "minor", NULL};
        struct typed typed = typed_open("critcal");
        struct diag_item item;
        int index = -1;

        assert_false(yaml_read_word(typed.node, words, &index, "R024", typed.diag));
        assert_true(diag_at(typed.diag, 0, &item));
        assert_string_equal(item.message, "\"critcal\" is not a valid v");
        assert_string_equal(item.help, "did you mean \"critical\"?");
        typed_close(&typed, false);

        typed = typed_open("red");
        assert_false(yaml_read_word(typed.node, words, &index, "R024", typed.diag));
        assert_true(diag_at(typed.diag, 0, &item));
        assert_string_equal(item.help, "one of: critical, major, minor");
        typed_close(&typed, false);

        typed = typed_open("minor");
        assert_true(yaml_read_word(typed.node, words, &index, "R024", typed.diag));
        assert_int_equal(index, 2);
        typed_close(&typed, true);
}

static void test_keys_are_checked_against_the_table(void **state) {
        static const struct yaml_read_key keys[] = {{"above", false}, {"vital", true}};
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        struct diag_item item;

        assert_int_equal(parse(&doc, "abov: 1\nzzz: 2\n", diag), 0);
        assert_false(yaml_read_check_keys(yaml_root(doc), "when", keys, 2, "R012", diag));
        assert_int_equal(diag_errors(diag), 3);
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.message, "unknown key \"abov\" in when");
        assert_string_equal(item.help, "did you mean \"above\"?");
        assert_true(diag_at(diag, 1, &item));
        assert_string_equal(item.message, "when lacks the key \"vital\"");
        assert_string_equal(item.code, "R011");
        assert_true(diag_at(diag, 2, &item));
        assert_string_equal(item.help, "one of: above, vital");
        yaml_doc_free(doc);
        diag_free(diag);
}

static void test_a_lone_full_width_colon_explains_the_missing_map(void **state) {
        static const struct yaml_read_key keys[] = {{"event", true}};
        struct diag *diag = diag_fresh();
        struct yaml_doc *doc = NULL;
        struct diag_item item;

        assert_int_equal(parse(&doc, "when:\n  event：fall\n", diag), 0);
        assert_false(yaml_read_check_keys(yaml_get(yaml_root(doc), "when"), "when", keys, 1, "R012",
                                          diag));
        assert_true(diag_at(diag, 0, &item));
        assert_string_equal(item.code, "R002");
        assert_int_equal(item.mark.line, 2);
        assert_int_equal(item.mark.column, 8);
        assert_int_equal(diag_errors(diag), 1);
        yaml_doc_free(doc);
        diag_free(diag);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_trap_is_named_where_it_lies),
                cmocka_unit_test(test_several_mistakes_come_in_one_run),
                cmocka_unit_test(test_deep_nesting_is_refused),
                cmocka_unit_test(test_a_missing_file_is_an_error_of_both_kinds),
                cmocka_unit_test(test_scalars_stay_text),
                cmocka_unit_test(test_a_tree_keeps_every_position),
                cmocka_unit_test(test_an_empty_file_has_no_root),
                cmocka_unit_test(test_full_width_punctuation_in_texts_is_meant),
                cmocka_unit_test(test_tabs_within_a_line_harm_nobody),
                cmocka_unit_test(test_standard_input_can_be_read),
                cmocka_unit_test(test_durations_have_a_unit),
                cmocka_unit_test(test_numbers_are_decimal_and_exact),
                cmocka_unit_test(test_whole_numbers_keep_their_range),
                cmocka_unit_test(test_times_of_day),
                cmocka_unit_test(test_booleans_are_two_words),
                cmocka_unit_test(test_an_unknown_word_suggests_the_nearest),
                cmocka_unit_test(test_keys_are_checked_against_the_table),
                cmocka_unit_test(test_a_lone_full_width_colon_explains_the_missing_map),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
