/* SPDX-License-Identifier: MIT
 *
 * Events of elders that are not in the registry, or not yet.
 */
#include "tests/unit/rules/shard/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"

/* --- unknown elders --------------------------------------------------------------------------------- */

static void stranger_id(struct fixture *f, char *ret) {
        int number = 2;

        do
                snprintf(ret, EVENT_ELDER_ID_BYTES, "S%d", number++);
        while (fixture_partition_of(ret) != f->partition);
}

static void test_an_alarm_that_overtakes_its_registration_waits_for_it(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint64_t sequences[3];

        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_press(f, LANE_ALARM, "E1", 1); /* other elders do not wait */
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 2);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM],
                         0); /* after a crash the alarm is read again */
        fixture_give_back(f, CHECKPOINT_SAVED);
        fixture_put_elder(f, elder_id);
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 1);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 2);
}

static void test_an_alarm_of_a_stranger_goes_to_quarantine_in_the_end(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint64_t sequences[2];

        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_settle(f);
        fixture_pass(f, PARKED_MS - 1);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_pass(f, 1);
        assert_int_equal(fixture_take_owed(f, sequences, 2), 1);
        assert_int_equal(sequences[0], 0);
        fixture_give_back(f, CHECKPOINT_SAVED); /* its offset was before the alarm */
        fixture_pass(f, INTERVAL_MS);
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 1);
}

static void test_telemetry_of_a_stranger_goes_to_quarantine_at_once(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        stranger_id(f, elder_id);
        fixture_press(f, LANE_TELEMETRY, elder_id, 0);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 1);
}

static void test_more_strangers_than_can_wait_are_not_lost(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        stranger_id(f, elder_id);
        for (int i = 0; i < PARKED_MAX + 10; i++)
                fixture_press(f, LANE_ALARM, elder_id, i);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 10);
        fixture_pass(f, PARKED_MS);
        assert_int_equal(fixture_count_owed(f), PARKED_MAX);
}

/* --- while the registry is being read ------------------------------------------------------------- */

static void begin_loading(struct fixture *f) {
        f->shard.loading = f->shard.parked.loading = true;
}

static void end_loading(struct fixture *f) {
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_LOADED});
        fixture_settle(f);
}

static void test_until_the_registry_is_read_no_alarm_is_a_strangers(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];
        uint64_t sequences[3];

        begin_loading(f);
        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_press(f, LANE_ALARM, "E1", 1); /* a known elder is judged at once */
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 2);
        fixture_pass(f, 6 * PARKED_MS);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_put_elder(f, elder_id); /* put early because of its alarm, with its device */
        fixture_settle(f);
        assert_int_equal(fixture_take_owed(f, sequences, 3), 1);
        assert_int_equal(sequences[0], 1);
}

static void put_bare(struct fixture *f, const char *elder_id, bool whole) {
        struct elder_profile *bare = calloc(1, sizeof(*bare));

        assert_non_null(bare);
        strcpy(bare->elder_id, elder_id);
        bare->elder_hash = murmur2(elder_id, strlen(elder_id));
        bare->partition = f->partition;
        fixture_control(f, &(struct shard_control){.type = SHARD_CONTROL_ELDER_PUT,
                                                   .profile = bare,
                                                   .whole = whole});
        fixture_settle(f);
}

static void test_who_is_told_without_the_button_is_told_again_with_it(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_settle(f);
        put_bare(f, elder_id, false);
        assert_int_equal(fixture_count_owed(f),
                         0); /* without the device, the alert id would differ */
        fixture_put_elder(f, elder_id);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 1);
}

static void test_a_button_the_registry_does_not_have_is_judged_in_the_end(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_settle(f);
        put_bare(f, elder_id, true);
        assert_int_equal(fixture_count_owed(f), 1);
}

static void test_the_time_of_a_stranger_begins_when_the_registry_is_read(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        fixture_press(f, LANE_ALARM, elder_id, 0);
        fixture_pass(f, 6 * PARKED_MS);
        end_loading(f);
        fixture_pass(f, PARKED_MS - 1);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_pass(f, 1);
        assert_int_equal(fixture_count_owed(f), 1);
}

static void test_a_whole_citys_alarms_wait_for_the_registry(void **state) {
        struct fixture *f = *state;
        char elder_id[EVENT_ELDER_ID_BYTES];

        begin_loading(f);
        stranger_id(f, elder_id);
        for (int i = 0; i < 3 * PARKED_MAX; i++)
                fixture_press(f, LANE_ALARM, elder_id, i);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 0);
        fixture_put_elder(f, elder_id);
        fixture_settle(f);
        assert_int_equal(fixture_count_owed(f), 3 * PARKED_MAX);
}

static void test_nothing_is_saved_before_all_elders_are_known(void **state) {
        struct fixture *f = *state;

        begin_loading(f);
        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_pass(f, 3 * INTERVAL_MS);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
        fixture_count_owed(f);
        end_loading(f);
        fixture_pass(f, INTERVAL_MS);
        assert_true(checkpoint_is_owed(&f->shard.checkpoint));
        assert_int_equal(fixture_part(f)->next_offset[LANE_ALARM], 1);
}

static void test_a_partition_given_back_meanwhile_is_left_as_it_was_stored(void **state) {
        struct fixture *f = *state;
        uint32_t closed = shard_closed(&f->shard);

        begin_loading(f);
        fixture_press(f, LANE_ALARM, "E1", 0);
        fixture_settle(f);
        fixture_close_partition(f);
        fixture_settle(f);
        assert_int_equal(shard_closed(&f->shard), closed + 1);
        assert_false(checkpoint_is_owed(&f->shard.checkpoint));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                shard_test(test_an_alarm_that_overtakes_its_registration_waits_for_it),
                shard_test(test_an_alarm_of_a_stranger_goes_to_quarantine_in_the_end),
                shard_test(test_telemetry_of_a_stranger_goes_to_quarantine_at_once),
                shard_test(test_more_strangers_than_can_wait_are_not_lost),
                shard_test(test_until_the_registry_is_read_no_alarm_is_a_strangers),
                shard_test(test_who_is_told_without_the_button_is_told_again_with_it),
                shard_test(test_a_button_the_registry_does_not_have_is_judged_in_the_end),
                shard_test(test_the_time_of_a_stranger_begins_when_the_registry_is_read),
                shard_test(test_a_whole_citys_alarms_wait_for_the_registry),
                shard_test(test_nothing_is_saved_before_all_elders_are_known),
                shard_test(test_a_partition_given_back_meanwhile_is_left_as_it_was_stored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
