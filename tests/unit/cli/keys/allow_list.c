/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/keys/allow_list.h"

#define KEY "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

struct place {
        char dir[64], path[96];
        struct diag *diag;
        struct allow_list *list;
};

static struct place place_make(const char *text) {
        struct place place = {.dir = "/tmp/vigil-allow-XXXXXX"};

        assert_non_null(mkdtemp(place.dir));
        snprintf(place.path, sizeof(place.path), "%s/allowed.yaml", place.dir);
        if (text) {
                FILE *file = fopen(place.path, "we");

                assert_non_null(file);
                fputs(text, file);
                fclose(file);
        }
        assert_int_equal(diag_new(&place.diag), 0);
        return place;
}

static void place_open(struct place *place) {
        assert_int_equal(allow_list_open(&place->list, place->dir, place->diag), 0);
}

static void place_remove(struct place *place) {
        allow_list_close(place->list);
        diag_free(place->diag);
        unlink(place->path);
        assert_int_equal(rmdir(place->dir), 0); /* fails if another file is left in it */
}

static void expect_text(const struct place *place, const char *expected) {
        char text[4096] = "";
        FILE *file = fopen(place->path, "re");

        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        assert_string_equal(text, expected);
}

static int add(struct place *place, const char *id) {
        return allow_list_add(place->list, &(struct allow_list_row){id, "family", KEY});
}

static void test_a_first_row_makes_the_file_for_its_owner_only(void **state) {
        struct place place = place_make(NULL);
        struct stat about;

        place_open(&place);
        assert_null(allow_list_at(place.list, 0).id);
        assert_int_equal(add(&place, "F1"), 0);
        assert_string_equal(allow_list_at(place.list, 0).id, "F1");
        assert_string_equal(allow_list_at(place.list, 0).public_key, KEY);
        assert_int_equal(stat(place.path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        place_remove(&place);
}

static void test_rows_are_added_below_and_comments_stay(void **state) {
        struct place place = place_make("# ours\nversion: 1\nallowed:\n  # the north\n"
                                        "  - { id: A, role: desk, public_key: \"" KEY "\" }");

        place_open(&place);
        assert_int_equal(add(&place, "B"), 0);
        expect_text(&place, "# ours\nversion: 1\nallowed:\n  # the north\n"
                            "  - { id: A, role: desk, public_key: \"" KEY "\" }\n"
                            "  - { id: B, role: family, public_key: \"" KEY "\" }\n");
        assert_string_equal(allow_list_at(place.list, 1).role, "family");
        place_remove(&place);
}

static void test_an_id_is_there_once(void **state) {
        struct place place = place_make(NULL);

        place_open(&place);
        assert_int_equal(add(&place, "A"), 0);
        assert_int_equal(add(&place, "A"), ALLOW_LIST_TAKEN);
        assert_null(allow_list_at(place.list, 1).id);
        place_remove(&place);
}

static void test_removal_takes_one_row_whatever_its_form(void **state) {
        struct place place = place_make("version: 1\nallowed:\n"
                                        "  - id: A\n    role: desk\n    public_key: \"" KEY "\"\n"
                                        "  - { id: B, role: desk, public_key: \"" KEY "\" }\n"
                                        "  - { id: C, role: desk, public_key: \"" KEY "\" }\n");

        place_open(&place);
        assert_int_equal(allow_list_remove(place.list, "X"), ALLOW_LIST_UNKNOWN);
        assert_int_equal(allow_list_remove(place.list, "A"), 0);
        assert_string_equal(allow_list_at(place.list, 0).id, "B");
        assert_int_equal(allow_list_remove(place.list, "C"), 0);
        expect_text(&place, "version: 1\nallowed:\n"
                            "  - { id: B, role: desk, public_key: \"" KEY "\" }\n");
        place_remove(&place);
}

static void test_the_last_row_leaves_an_empty_list_that_can_grow_again(void **state) {
        struct place place = place_make(NULL);

        place_open(&place);
        assert_int_equal(add(&place, "A"), 0);
        assert_int_equal(allow_list_remove(place.list, "A"), 0);
        assert_null(allow_list_at(place.list, 0).id);
        assert_int_equal(add(&place, "B"), 0);
        assert_string_equal(allow_list_at(place.list, 0).id, "B");
        place_remove(&place);
}

static void test_a_file_of_another_form_is_left_alone(void **state) {
        static const char text[] = "allowed: [ { id: A, role: desk, public_key: \"" KEY "\" } ]\n"
                                   "version: 1\n";
        struct place place = place_make(text);

        place_open(&place);
        assert_int_equal(add(&place, "B"), -EINVAL);
        expect_text(&place, text);
        place_remove(&place);
}

static void test_a_broken_file_is_refused_with_its_mistakes(void **state) {
        struct place place = place_make("version: 1\nallowed: [\n");

        assert_int_equal(allow_list_open(&place.list, place.dir, place.diag), ALLOW_LIST_REFUSED);
        assert_int_not_equal(diag_errors(place.diag), 0);
        place_remove(&place);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_first_row_makes_the_file_for_its_owner_only),
                cmocka_unit_test(test_rows_are_added_below_and_comments_stay),
                cmocka_unit_test(test_an_id_is_there_once),
                cmocka_unit_test(test_removal_takes_one_row_whatever_its_form),
                cmocka_unit_test(test_the_last_row_leaves_an_empty_list_that_can_grow_again),
                cmocka_unit_test(test_a_file_of_another_form_is_left_alone),
                cmocka_unit_test(test_a_broken_file_is_refused_with_its_mistakes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
