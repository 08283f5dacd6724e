/* SPDX-License-Identifier: MIT
 *
 * common/language: intact and damaged catalogues, the choice of the language, and that a translation cannot read an
 * argument that was not passed. VIGIL_LOCALE_DIR is po/ of the build tree.
 */
#include "common/language/language.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/language/conversions.h"
#include "common/language/mo.h"
#include "common/language/plural.h"
#include "common/language/say.h"
#include "tests/unit/common/unit.h"

enum { TEXT_BYTES = 64, FILE_BYTES = 1024 };

/* Build a .mo file of @count pairs, in this order, in @ret. Return: its size in bytes. */
static size_t mo_make(unsigned char *ret, const char *const (*pairs)[2], uint32_t count) {
        uint32_t header[7] = {0x950412de, 0, count, 28, 28 + count * 8, 0, 0};
        uint32_t at = 28 + count * 16;

        memcpy(ret, header, sizeof(header));
        for (uint32_t i = 0; i < count; i++) {
                for (int side = 0; side < 2; side++) {
                        uint32_t row[2] = {(uint32_t)strlen(pairs[i][side]), at};

                        memcpy(ret + 28 + (size_t)side * count * 8 + i * 8, row, sizeof(row));
                        memcpy(ret + at, pairs[i][side], row[0] + 1);
                        at += row[0] + 1;
                }
        }
        return at;
}

static const char *const small[][2] = {
        {"", "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n > 1;\n"},
        {"%s of %d", "%2$d: %1$s"},
        {"context\4open", "offen"},
        {"open", "auf"},
        {"read %s", "lies %n"},
};
enum { SMALL = sizeof(small) / sizeof(small[0]) };

static void test_every_text_is_found_and_no_other(void **state) {
        unsigned char bytes[FILE_BYTES];
        size_t size = mo_make(bytes, small, SMALL), length;
        struct mo mo;

        assert_int_equal(mo_open(&mo, bytes, size), 0);
        for (size_t i = 0; i < SMALL; i++) {
                const char *found = mo_find(&mo, small[i][0], strlen(small[i][0]), &length);

                assert_non_null(found);
                assert_string_equal(found, small[i][1]);
                assert_int_equal(length, strlen(small[i][1]));
        }
        assert_null(mo_find(&mo, "ope", 3, &length));
        assert_null(mo_find(&mo, "openx", 5, &length));
}

static void test_a_file_cut_off_anywhere_is_refused_or_whole(void **state) {
        unsigned char bytes[FILE_BYTES];
        size_t size = mo_make(bytes, small, SMALL);
        struct mo mo;

        for (size_t cut = 0; cut < size; cut++) {
                /* Copy to a heap block of exactly this size, so that a sanitizer reports a read beyond the end. */
                unsigned char *part = malloc(cut ? cut : 1);

                memcpy(part, bytes, cut);
                assert_int_equal(mo_open(&mo, part, cut), -EBADMSG);
                free(part);
        }
}

static void test_no_byte_of_a_file_leads_outside_it(void **state) {
        unsigned char bytes[FILE_BYTES];
        size_t size = mo_make(bytes, small, SMALL), length;

        for (size_t at = 0; at < size; at++) {
                for (unsigned int value = 0; value < 256; value += at < 28 + SMALL * 16 ? 1 : 51) {
                        unsigned char *broken = malloc(size);
                        struct mo mo;

                        memcpy(broken, bytes, size);
                        broken[at] = (unsigned char)value;
                        if (mo_open(&mo, broken, size) == 0) {
                                for (size_t i = 0; i < SMALL; i++)
                                        (void)mo_find(&mo, small[i][0], strlen(small[i][0]),
                                                      &length);
                        }
                        free(broken);
                }
        }
}

static void test_a_file_of_the_other_byte_order_is_refused_when_it_lies(void **state) {
        unsigned char bytes[FILE_BYTES];
        size_t size = mo_make(bytes, small, SMALL);
        uint32_t header[7];
        struct mo mo;

        /* The same catalogue with header and tables in the other byte order. */
        for (size_t at = 0; at < 28 + SMALL * 16; at += 4) {
                memcpy(header, bytes + at, 4);
                header[0] = __builtin_bswap32(header[0]);
                memcpy(bytes + at, header, 4);
        }
        assert_int_equal(mo_open(&mo, bytes, size), 0);

        size_t length;

        assert_string_equal(mo_find(&mo, "open", 4, &length), "auf");
        memset(bytes + 8, 0xff, 4); /* a count of 2^32 - 1 texts */
        assert_int_equal(mo_open(&mo, bytes, size), -EBADMSG);
}

static void test_a_translation_takes_what_is_passed_or_is_not_used(void **state) {
        unsigned char bytes[FILE_BYTES];
        struct language language = {.name = "xx"};

        assert_int_equal(mo_open(&language.mo, bytes, mo_make(bytes, small, SMALL)), 0);
        assert_string_equal(say(&language, "%s of %d"), "%2$d: %1$s");
        assert_string_equal(say(&language, "read %s"), "read %s"); /* %n writes to memory */
        assert_string_equal(say(&language, "not there"), "not there");
        assert_string_equal(say(&language, ""), "");
        assert_string_equal(say(NULL, "open"), "open");
        assert_string_equal(say(&language, "open"), "auf");
        assert_string_equal(say_as(&language, "context", "open"), "offen");
        assert_string_equal(say_as(&language, "another", "open"), "open");

        assert_true(conversions_agree("%d %s", "%2$s %1$d"));
        assert_true(conversions_agree("%d%s", "%d")); /* the last may be left out */
        assert_true(conversions_agree("100 %% of %zu", "%zu: 100 %%"));
        assert_true(conversions_agree("%.*s is %5.1f", "%3$5.1f, %2$.*1$s"));
        assert_true(conversions_agree("no format, 100 %", "100 %"));
        assert_false(conversions_agree("%d", "%s"));
        assert_false(
                conversions_agree("%s %d", "%2$d")); /* printf cannot skip what it has no type of */
        assert_false(conversions_agree("%s", "%s %s"));
        assert_false(conversions_agree("%s", "%1$s %s"));
        assert_false(conversions_agree("%s", "%n"));
        assert_false(conversions_agree("%s", "%*s"));
        assert_false(conversions_agree("%s", "%99$s"));
        assert_false(conversions_agree("text", "%s"));
        assert_false(conversions_agree("%lld", "%d"));
}

static unsigned long form_of(const char *expression, unsigned long n) {
        unsigned long form = 99;

        return plural_form(expression, n, &form) ? form : 99;
}

static void test_plural_expressions_are_those_of_c(void **state) {
        static const char slavic[] =
                "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;";
        char deep[256] = "";

        assert_int_equal(form_of("0;", 5), 0);
        assert_int_equal(form_of("n != 1;\n", 1), 0);
        assert_int_equal(form_of("n != 1;", 0), 1);
        assert_int_equal(form_of("(n > 1)", 2), 1);
        for (unsigned long n = 0; n < 200; n++)
                assert_int_equal(form_of(slavic, n),
                                 n % 10 == 1 && n % 100 != 11 ? 0
                                 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 10 || n % 100 >= 20)
                                         ? 1
                                         : 2);
        assert_int_equal(form_of("n - 2 - 1;", 5), 2); /* left-associative */
        assert_int_equal(form_of("n / 0;", 1), 99);
        assert_int_equal(form_of("n % 0;", 1), 99);
        assert_int_equal(form_of("n +;", 1), 99);
        assert_int_equal(form_of("n n;", 1), 99);
        assert_int_equal(form_of("", 1), 99);
        memset(deep, '(', sizeof(deep) - 1);
        assert_int_equal(form_of(deep, 1), 99);
        memset(deep, '!', sizeof(deep) - 1);
        assert_int_equal(form_of(deep, 1), 99);
}

static void test_a_plural_has_the_form_of_its_number(void **state) {
        /* The forms follow one another, each with a NUL; the length in the table covers all of them. */
        static const char forms[] = "%d fichier\0%d fichiers";
        unsigned char bytes[FILE_BYTES];
        const char *const pairs[][2] = {{"%d file", "%d fichier.%d fichiers"}};
        struct language language = {.name = "fr", .plural = "n > 1;"};
        size_t size = mo_make(bytes, pairs, 1);

        memcpy(bytes + size - sizeof(forms), forms, sizeof(forms));
        assert_int_equal(mo_open(&language.mo, bytes, size), 0);
        assert_string_equal(say_count(&language, "%d file", "%d files", 0), "%d fichier");
        assert_string_equal(say_count(&language, "%d file", "%d files", 2), "%d fichiers");
        language.plural = "n;"; /* a form that the file does not have */
        assert_string_equal(say_count(&language, "%d file", "%d files", 7), "%d files");
        assert_string_equal(say_count(NULL, "%d file", "%d files", 1), "%d file");
        assert_string_equal(say_count(NULL, "%d file", "%d files", 0), "%d files");
}

/* Return: the language chosen with these four environment variables; NULL unsets one. */
static const char *chosen(const char *all, const char *messages, const char *lang,
                          const char *list) {
        static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"};
        const char *const values[] = {all, messages, lang, list};
        static char name[LANGUAGE_NAME_BYTES];
        struct language *language;

        for (size_t i = 0; i < 4; i++) {
                if (values[i])
                        setenv(names[i], values[i], 1);
                else
                        unsetenv(names[i]);
        }
        language = language_of_environment();
        strcpy(name, language ? language->name : "en");
        language_free(language);
        return name;
}

static void test_the_environment_chooses_and_english_is_the_rest(void **state) {
        assert_string_equal(chosen(NULL, NULL, NULL, NULL), "en");
        assert_string_equal(chosen("", "", "", ""), "en");
        assert_string_equal(chosen(NULL, NULL, "C", NULL), "en");
        assert_string_equal(chosen(NULL, NULL, "C.UTF-8", NULL), "en");
        assert_string_equal(chosen(NULL, NULL, "tlh_QO.UTF-8", NULL), "en");
        assert_string_equal(chosen(NULL, NULL, "../zh_CN", NULL), "en");
        assert_string_equal(chosen(NULL, NULL, "en_GB.UTF-8", NULL), "en");
        assert_string_equal(chosen(NULL, NULL, "zh_CN.UTF-8", NULL), "zh_CN");
        assert_string_equal(chosen(NULL, NULL, "zh", NULL), "zh_CN");
        assert_string_equal(chosen(NULL, NULL, "zh_TW.UTF-8@x", NULL), "zh_CN");
        assert_string_equal(chosen(NULL, "zh_CN", "en_US", NULL), "zh_CN");
        assert_string_equal(chosen("en_US", "zh_CN", "zh_CN", NULL), "en");
        /* LANGUAGE has precedence, unless the locale is exactly C or POSIX, as set for programs that read the
         * output. */
        assert_string_equal(chosen(NULL, NULL, "en_US.UTF-8", "tlh:zh:en"), "zh_CN");
        assert_string_equal(chosen(NULL, NULL, "zh_CN.UTF-8", "en:zh"), "en");
        assert_string_equal(chosen(NULL, NULL, "C.UTF-8", "zh"), "zh_CN");
        assert_string_equal(chosen(NULL, NULL, NULL, "zh"), "zh_CN");
        assert_string_equal(chosen("C", NULL, "zh_CN", "zh"), "en");
        assert_string_equal(chosen("POSIX", NULL, NULL, "zh"), "en");
}

static void test_a_name_is_no_path(void **state) {
        struct language *language = NULL;

        assert_int_equal(language_load(&language, "../../etc"), LANGUAGE_UNKNOWN);
        assert_int_equal(language_load(&language, ""), LANGUAGE_UNKNOWN);
        assert_int_equal(language_load(&language, "a_name_longer_than_any_language"),
                         LANGUAGE_UNKNOWN);
        assert_null(language);
        assert_int_equal(language_load(&language, "zh"), 0);
        assert_true(language_reads_chinese(language));
        assert_string_equal(language_code(language, (char[LANGUAGE_NAME_BYTES]){0}), "zh");
        assert_string_equal(language_code(NULL, (char[LANGUAGE_NAME_BYTES]){0}), "en");
        language_free(language);

        char list[TEXT_BYTES];

        language_list(list, sizeof(list));
        assert_string_equal(list, "en, zh_CN");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_text_is_found_and_no_other),
                cmocka_unit_test(test_a_file_cut_off_anywhere_is_refused_or_whole),
                cmocka_unit_test(test_no_byte_of_a_file_leads_outside_it),
                cmocka_unit_test(test_a_file_of_the_other_byte_order_is_refused_when_it_lies),
                cmocka_unit_test(test_a_translation_takes_what_is_passed_or_is_not_used),
                cmocka_unit_test(test_plural_expressions_are_those_of_c),
                cmocka_unit_test(test_a_plural_has_the_form_of_its_number),
                cmocka_unit_test(test_the_environment_chooses_and_english_is_the_rest),
                cmocka_unit_test(test_a_name_is_no_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
