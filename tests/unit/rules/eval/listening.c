/* SPDX-License-Identifier: MIT
 *
 * Deaf partitions: silence raises an alert only for the time in which ingest listened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/eval/memory/listening.h"
#include "tests/unit/rules/town.h"

enum { ELDERS = 40, BEAT = 5 * MINUTE, LIMIT = 2 * BEAT, OUTAGE = 20 * MINUTE };

static int setup(void **state) {
        struct town *town = malloc(sizeof(*town));

        town_init(town);
        *state = town;
        return 0;
}

static int teardown(void **state) {
        town_fini(*state);
        free(*state);
        return 0;
}

static void shard_says(struct town *town, uint32_t shard, bool listens) {
        struct event event;

        event_listening(&event, shard, 0, listens, town->now_ms);
        town_send(town, &event);
}

/* For @ms, nothing but the listening records of ingest, every five seconds. */
static void listen(struct town *town, int64_t ms) {
        for (; ms > 0; ms -= EVENT_LISTENING_EVERY_MS) {
                shard_says(town, 0, true);
                town_pass(town, ms < EVENT_LISTENING_EVERY_MS ? ms : EVENT_LISTENING_EVERY_MS);
        }
}

static void start_with(struct town *town, const struct rule *rule) {
        struct elder_profile profile = town_profile("E0", 1);

        profile.devices[0].heartbeat_ms = BEAT;
        profile.devices[0].commissioned_time_ms = town->now_ms;
        town_add(town, rule);
        town_start(town);
        town_put(town, &profile);
        listen(town, 2 * MINUTE); /* settled */
}

static void with_offline(struct town *town) {
        struct rule rule = rule_offline("offline", 2);

        start_with(town, &rule);
}

/* --- offline ---------------------------------------------------------------------------------------- */

/* E1 … send a heartbeat every five minutes, each at a different second, except @silent. */
static void beat_until(struct town *town, int64_t until_ms, int silent, bool listening) {
        for (; town->now_ms < until_ms; town_pass(town, SECOND)) {
                for (int i = 1; i <= ELDERS; i++) {
                        char id[8];

                        if (i == silent || town->now_ms / SECOND % (BEAT / SECOND) != 7 * i)
                                continue;
                        snprintf(id, sizeof(id), "E%d", i);
                        town_say(town, id, KIND_HEARTBEAT, 1);
                }
                if (listening && town->now_ms / SECOND % (EVENT_LISTENING_EVERY_MS / SECOND) == 0)
                        shard_says(town, 0, true);
        }
}

static void with_beating_town(struct town *town) {
        struct rule rule = rule_offline("offline", 2);

        town_add(town, &rule);
        town_start(town);
        for (int i = 1; i <= ELDERS; i++) {
                char id[8];

                snprintf(id, sizeof(id), "E%d", i);

                struct elder_profile profile = town_profile(id, 1);

                profile.devices[0].heartbeat_ms = BEAT;
                profile.devices[0].commissioned_time_ms = town->now_ms;
                town_put(town, &profile);
        }
}

static void test_nobody_is_called_offline_for_our_deafness(void **state) {
        struct town *town = *state;

        with_beating_town(town);
        beat_until(town, town->now_ms + HOUR, 0, true);
        assert_told(town, 0);
        town_pass(town, OUTAGE); /* neither heartbeats nor listening records */
        assert_told(town, 0);
        beat_until(town, town->now_ms + HOUR, 0, true);
        assert_told(town, 0);
}

static void test_without_ingests_word_it_is_as_it_was(void **state) {
        struct town *town = *state;

        with_beating_town(town);
        beat_until(town, town->now_ms + HOUR, 0, false);
        town_pass(town, OUTAGE);
        assert_told(town, ELDERS);
}

static void
test_who_stays_silent_is_told_once_the_limit_has_passed_while_we_listened(void **state) {
        struct town *town = *state;

        with_beating_town(town);
        beat_until(town, town->now_ms + HOUR, 0, true);

        int64_t deaf_ms = town->now_ms, last_ms = deaf_ms - 5 * SECOND;

        while (last_ms / SECOND % (BEAT / SECOND) != 7 * 3)
                last_ms -= SECOND;           /* the last heartbeat of E3 … */
        deaf_ms -= EVENT_LISTENING_EVERY_MS; /* … and the last listening record, or later */
        town_pass(town, OUTAGE);

        int64_t again_ms = town->now_ms;

        beat_until(town, again_ms + HOUR, 3, true);
        assert_told(town, 1);
        assert_string_equal(town_last(town)->elder, "E3");
        assert_in_range(town_last(town)->now_ms, last_ms + LIMIT + again_ms - deaf_ms - 6 * SECOND,
                        last_ms + LIMIT + again_ms - deaf_ms + 6 * SECOND);
}

static void test_zero_traffic_while_we_listen_is_told_at_its_second(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);

        int64_t said_ms = town->now_ms;

        listen(town, LIMIT + MINUTE);
        assert_told(town, 1);
        assert_in_range(town_last(town)->now_ms, said_ms + LIMIT, said_ms + LIMIT + 100);
}

static void test_while_nobody_listens_it_is_never_told(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        town_pass(town, 30 * (int64_t)HOUR);
        assert_told(town, 0);
}

static void test_ingest_says_itself_that_the_broker_is_away(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        for (int64_t left_ms = LIMIT + MINUTE; left_ms > 0; left_ms -= EVENT_LISTENING_EVERY_MS) {
                shard_says(town, 0, false);
                town_pass(town, EVENT_LISTENING_EVERY_MS);
        }
        assert_told(town, 0);
        listen(town, LIMIT + 2 * MINUTE);
        assert_told(town, 1);
}

static void test_after_our_restart_ingests_word_that_it_does_not_listen_counts(void **state) {
        struct town *town = *state;
        struct elder_profile profile = town_profile("E0", 1);

        profile.devices[0].heartbeat_ms = BEAT;
        profile.devices[0].commissioned_time_ms = town->now_ms;
        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        town_restart(town, &profile, 1, MINUTE);
        for (int64_t left_ms = HOUR; left_ms > 0; left_ms -= EVENT_LISTENING_EVERY_MS) {
                shard_says(town, 0, false);
                town_pass(town, EVENT_LISTENING_EVERY_MS);
        }
        assert_told(town, 0);
}

static void test_short_deafness_again_and_again_does_not_put_a_silence_off_for_ever(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        for (int i = 0; i < 5; i++) {
                listen(town, 3 * MINUTE);
                town_pass(town, 30 * SECOND);
        }
        listen(town, 2 * MINUTE);
        assert_told(town, 1);
}

static void test_half_a_minute_between_two_outages_is_no_chance_to_be_heard(void **state) {
        struct town *town = *state;

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        listen(town, 4 * MINUTE);
        town_pass(town, OUTAGE);
        listen(town, 30 * SECOND);
        town_pass(town, OUTAGE);
        listen(town, 4 * MINUTE);
        assert_told(town, 0);
        listen(town, LIMIT);
        assert_told(town, 1);
}

/* --- other alerts about silence --------------------------------------------------------------------- */

static void test_quiet_is_not_told_while_deaf_and_only_after_settling(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
        town_say(town, "E0", KIND_MOTION, 1);
        listen(town, 3 * HOUR - 10 * MINUTE);
        town_pass(town, OUTAGE);
        assert_told(town, 0);
        listen(town, 55 * SECOND);
        assert_told(town, 0);
        listen(town, 10 * SECOND);
        assert_told(town, 1);
}

static void test_signs_that_devices_kept_meanwhile_are_read_first(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        struct elder_profile other = town_profile("E1", 1);

        start_with(town, &rule);
        town_put(town, &other);
        town_say(town, "E0", KIND_MOTION, 1);
        listen(town, 3 * HOUR - 10 * MINUTE);
        town_pass(town, OUTAGE);
        /* Gateways send their buffers one after the other; that of E0 is the last. */
        for (int i = 0; i < 24; i++) {
                listen(town, 5 * SECOND);
                town_say_old(town, "E1", KIND_MOTION, 1, 5 * MINUTE);
        }
        town_say_old(town, "E0", KIND_MOTION, 1, 10 * MINUTE);
        listen(town, 2 * (int64_t)HOUR);
        assert_told(town, 0);
        listen(town, HOUR);
        assert_told(town, 2); /* of both, counted from the buffered signs */
}

static void test_quiet_without_traffic_is_told_at_its_second(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);

        start_with(town, &rule);
        town_say(town, "E0", KIND_MOTION, 1);

        int64_t said_ms = town->now_ms;

        listen(town, 3 * HOUR + MINUTE);
        assert_told(town, 1);
        assert_in_range(town_last(town)->now_ms, said_ms + 3 * HOUR, said_ms + 3 * HOUR + 100);
}

static void with_wandering(struct town *town) {
        struct rule rule = rule_quiet("wandering", KIND_MOTION, HOUR);

        rule.condition.unless_away = false;
        rule.condition.type = CONDITION_SEQUENCE;
        rule.condition.sequence = (struct condition_sequence){.step_count = 2};
        rule_kinds_add(&rule.condition.sequence.steps[0].kinds, KIND_BED_OUT);
        rule_kinds_add(&rule.condition.sequence.steps[1].kinds, KIND_BED_IN);
        rule.condition.sequence.steps[1].within_ms = 20 * MINUTE;
        rule.condition.sequence.steps[1].absent = true;
        start_with(town, &rule);
}

static void test_what_is_missing_of_a_sequence_may_have_come_while_we_were_deaf(void **state) {
        struct town *town = *state;

        with_wandering(town);
        town_say(town, "E0", KIND_BED_OUT, 1);
        listen(town, 5 * MINUTE);
        town_pass(town, OUTAGE);
        assert_told(town, 0);
        listen(town, 30 * SECOND);
        town_say_old(town, "E0", KIND_BED_IN, 1, 15 * MINUTE);
        listen(town, HOUR);
        assert_told(town, 0);
}

static void test_what_did_not_come_of_a_sequence_is_told_after_settling(void **state) {
        struct town *town = *state;

        with_wandering(town);
        town_say(town, "E0", KIND_BED_OUT, 1);
        listen(town, 5 * MINUTE);
        town_pass(town, OUTAGE);
        listen(town, 65 * SECOND);
        assert_told(town, 1);
        assert_int_equal(town_last(town)->transition, ALERT_RAISED);
        assert_true(town_last(town)->late_ms > 0);
}

static void test_an_alarm_goes_through_while_deaf(void **state) {
        struct town *town = *state;
        struct rule rule = rule_happening("sos", KIND_SOS, ALERT_LIFE_SAFETY);

        start_with(town, &rule);
        town_pass(town, OUTAGE);
        town_say(town, "E0", KIND_SOS, 1);
        assert_told(town, 1);
}

/* --- several ingest shards ------------------------------------------------------------------------ */

static void test_one_deaf_shard_makes_the_partition_deaf(void **state) {
        struct town *town = *state;

        with_offline(town);
        shard_says(town, 1, true);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        listen(town, LIMIT + MINUTE);
        assert_told(town, 0);
}

static void test_a_shard_that_was_retired_is_forgotten_after_an_hour(void **state) {
        struct town *town = *state;

        with_offline(town);
        shard_says(town, 1, true);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        listen(town, HOUR - MINUTE);
        assert_told(town, 0);
        listen(town, 2 * MINUTE);
        assert_told(town, 1);
}

static void test_words_out_of_range_are_no_words(void **state) {
        struct town *town = *state;
        const double partitions[] = {-1, 1, 1e300, NAN, INFINITY};

        with_offline(town);
        town_say(town, "E0", KIND_HEARTBEAT, 1);
        for (size_t i = 0; i < sizeof(partitions) / sizeof(partitions[0]); i++) {
                struct event event;

                event_listening(&event, 0, 0, false, town->now_ms);
                event.value2 = partitions[i];
                town_send(town, &event);
        }
        shard_says(town, EVENT_LISTENING_SHARDS_MAX, false);
        shard_says(town, UINT32_MAX, false);
        listen(town, LIMIT + SECOND);
        assert_told(town, 1);
}

static void test_a_clock_that_runs_ahead_does_not_hide_deafness(void **state) {
        struct town *town = *state;
        struct rule rule = rule_quiet("quiet", KIND_MOTION, 3 * HOUR);
        struct event event;

        start_with(town, &rule);
        town_say(town, "E0", KIND_MOTION, 1);
        event_listening(&event, 0, 0, true, town->now_ms + 5 * HOUR);
        town_send(town, &event);
        town_pass(town, 4 * HOUR);
        assert_told(town, 0);
}

/* --- counters ------------------------------------------------------------------------------------- */

static void test_deaf_partitions_are_counted_and_ingest_is_no_unknown_elder(void **state) {
        struct town *town = *state;
        struct engine_stats stats;

        with_offline(town);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.deaf_partitions, 0);
        town_pass(town, MINUTE);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.deaf_partitions, 1);
        listen(town, 10 * SECOND);
        engine_read_stats(town->engine, &stats);
        assert_int_equal(stats.deaf_partitions, 0);
        assert_int_equal(stats.unknown_elders, 0);
        assert_int_equal(town->unknown_count, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
                T(test_nobody_is_called_offline_for_our_deafness),
                T(test_without_ingests_word_it_is_as_it_was),
                T(test_who_stays_silent_is_told_once_the_limit_has_passed_while_we_listened),
                T(test_zero_traffic_while_we_listen_is_told_at_its_second),
                T(test_while_nobody_listens_it_is_never_told),
                T(test_ingest_says_itself_that_the_broker_is_away),
                T(test_after_our_restart_ingests_word_that_it_does_not_listen_counts),
                T(test_short_deafness_again_and_again_does_not_put_a_silence_off_for_ever),
                T(test_half_a_minute_between_two_outages_is_no_chance_to_be_heard),
                T(test_quiet_is_not_told_while_deaf_and_only_after_settling),
                T(test_signs_that_devices_kept_meanwhile_are_read_first),
                T(test_quiet_without_traffic_is_told_at_its_second),
                T(test_what_is_missing_of_a_sequence_may_have_come_while_we_were_deaf),
                T(test_what_did_not_come_of_a_sequence_is_told_after_settling),
                T(test_an_alarm_goes_through_while_deaf),
                T(test_one_deaf_shard_makes_the_partition_deaf),
                T(test_a_shard_that_was_retired_is_forgotten_after_an_hour),
                T(test_words_out_of_range_are_no_words),
                T(test_a_clock_that_runs_ahead_does_not_hide_deafness),
                T(test_deaf_partitions_are_counted_and_ingest_is_no_unknown_elder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
