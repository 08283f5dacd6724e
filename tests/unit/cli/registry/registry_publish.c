/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/registry/registry_publish.h"

/* Kafka has @had records of @type, of which @gone are missing in the file. Return: the number of removals that the
 * import asks to confirm, 0 for none. */
static size_t asks(enum registry_type type, size_t had, size_t gone) {
        struct registry_publish_changes changes = {0};
        struct registry_csv_result files = {0};

        for (int i = 0; i < REGISTRY_TYPES; i++)
                files.rows[i] = 1;
        changes.same[type] = had - gone;
        changes.removed[type] = gone;
        files.rows[type] = had - gone;
        return registry_publish_removal_asks(&changes, &files);
}

static void test_a_few_that_left_are_removed_unasked(void **state) {
        assert_int_equal(asks(REGISTRY_ELDER, 12, 0), 0);
        assert_int_equal(asks(REGISTRY_ELDER, 12, 10), 0);
        assert_int_equal(asks(REGISTRY_DEVICE, 1000, 20), 0);
        assert_int_equal(asks(REGISTRY_DEVICE, 1000000, 20000), 0);
}

static void test_more_than_ten_and_two_per_cent_must_be_named(void **state) {
        assert_int_equal(asks(REGISTRY_ELDER, 12, 11), 11);
        assert_int_equal(asks(REGISTRY_DEVICE, 1000, 21), 21);
        assert_int_equal(asks(REGISTRY_CONTACT, 1000000, 20001), 20001);
        assert_int_equal(asks(REGISTRY_TEAM, 1000000, 1000000), 1000000);
}

static void test_a_file_with_a_header_only_takes_nobody_away_unasked(void **state) {
        assert_int_equal(asks(REGISTRY_ELDER, 3, 3), 3);
        assert_int_equal(asks(REGISTRY_DISTRICT, 1, 1), 1);
        assert_int_equal(asks(REGISTRY_DISTRICT, 0, 0), 0);
}

static void test_the_number_to_name_is_that_of_all_kinds(void **state) {
        struct registry_publish_changes changes = {
                .removed = {[REGISTRY_ELDER] = 11, [REGISTRY_TEAM] = 2}};
        struct registry_csv_result files = {.rows = {1, 1, 1, 1, 1}};

        assert_int_equal(registry_publish_removal_asks(&changes, &files), 13);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_few_that_left_are_removed_unasked),
                cmocka_unit_test(test_more_than_ten_and_two_per_cent_must_be_named),
                cmocka_unit_test(test_a_file_with_a_header_only_takes_nobody_away_unasked),
                cmocka_unit_test(test_the_number_to_name_is_that_of_all_kinds),
        };

        return cmocka_run_group_tests_name("registry publish", tests, NULL, NULL);
}
