/* SPDX-License-Identifier: MIT
 *
 * What the roster tells the shards about an elder, and when it tells them again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/consumer/roster.h"
#include "rules/consumer/registry_profile.h"
#include "rules/shard/shard.h"

static struct shard shard;
static struct roster elders;

static int setup(void **state) {
        memset(&shard, 0, sizeof(shard));
        assert_int_equal(ring_init(&shard.control, 64, sizeof(struct shard_control), 0), 0);
        assert_int_equal(doorbell_init(&shard.bell), 0);
        assert_int_equal(roster_init(&elders, NULL, &shard, 1, 4), 0);
        return 0;
}

static int teardown(void **state) {
        roster_fini(&elders);
        ring_fini(&shard.control);
        doorbell_fini(&shard.bell);
        return 0;
}

static void put_district(const char *id, const char *parent) {
        struct registry_district district = {.time_zone = ""};

        snprintf(district.id, sizeof(district.id), "%s", id);
        snprintf(district.parent, sizeof(district.parent), "%s", parent);
        assert_int_equal(registry_put(elders.registry, REGISTRY_DISTRICT, &district), 0);
}

static void put_elder(const char *id, const char *district) {
        struct registry_elder elder = {.birth_year = 1944,
                                       .lives_alone = true,
                                       .latitude_deg = 30.25,
                                       .longitude_deg = 120.5};

        snprintf(elder.id, sizeof(elder.id), "%s", id);
        snprintf(elder.district, sizeof(elder.district), "%s", district);
        assert_int_equal(registry_put(elders.registry, REGISTRY_ELDER, &elder), 0);
}

static void profile_of(const char *id, struct elder_profile *ret) {
        registry_profile_make(elders.registry, registry_elder(elders.registry, id), 4, ret);
}

static void test_an_elder_lives_in_a_grid_and_in_all_it_lies_in(void **state) {
        struct elder_profile profile;

        put_district("hangzhou", "");
        put_district("gongshu", "hangzhou");
        put_district("grid-1", "gongshu");
        put_elder("E1", "grid-1");
        profile_of("E1", &profile);
        assert_int_equal(profile.district_count, 3);
        assert_string_equal(profile.districts[0], "grid-1");
        assert_string_equal(profile.districts[1], "gongshu");
        assert_string_equal(profile.districts[2], "hangzhou");
        assert_int_equal(profile.birth_year, 1944);
        assert_true(profile.lives_alone);
        assert_true(profile.latitude_deg == 30.25 && profile.longitude_deg == 120.5);
}

static void test_a_district_nobody_knows_is_still_a_district(void **state) {
        struct elder_profile profile;

        put_elder("E1", "grid-9");
        profile_of("E1", &profile);
        assert_int_equal(profile.district_count, 1);
        assert_string_equal(profile.districts[0], "grid-9");
}

static void test_districts_that_go_in_circles_come_to_an_end(void **state) {
        struct elder_profile profile;

        put_district("a", "b");
        put_district("b", "a");
        put_elder("E1", "a");
        profile_of("E1", &profile);
        assert_int_equal(profile.district_count, ELDER_PROFILE_DISTRICTS_MAX);
}

/* Empty the control ring. Return: how many SHARD_CONTROL_ELDER_PUT were in it. */
static int told(void) {
        void *item;
        int count = 0;

        while (ring_peek(&shard.control, 1, &item)) {
                struct shard_control *control = item;

                count += control->type == SHARD_CONTROL_ELDER_PUT;
                free(control->profile);
                ring_release(&shard.control, 1);
        }
        return count;
}

static void test_everybody_is_told_again_when_a_district_moves(void **state) {
        put_district("gongshu", "hangzhou");
        put_elder("E1", "gongshu");
        put_elder("E2", "grid-9");
        elders.told = true; /* the first round is over */
        put_district("gongshu", "shaoxing");
        roster_changed(&elders, REGISTRY_DISTRICT, "gongshu");
        while (roster_pump(&elders) > 0)
                ;
        assert_int_equal(told(), 2);
}

static void test_a_contact_is_nothing_to_the_rules(void **state) {
        put_elder("E1", "grid-9");
        elders.told = true;
        roster_changed(&elders, REGISTRY_CONTACT, "F1");
        while (roster_pump(&elders) > 0)
                ;
        assert_int_equal(told(), 0);
}

static void pump(void) {
        while (roster_pump(&elders) > 0)
                ;
}

static void test_who_has_an_alarm_is_told_before_everybody_is(void **state) {
        put_elder("E1", "grid-9");
        roster_changed(&elders, REGISTRY_ELDER, "E1");
        pump();
        assert_int_equal(told(), 0); /* no elder is due yet */
        roster_want(&elders, "E1");
        roster_want(&elders, "E1");
        pump();
        assert_int_equal(told(), 1);
}

static void test_who_has_an_alarm_is_told_when_the_record_is_read(void **state) {
        roster_want(&elders, "E2");
        pump();
        assert_int_equal(told(), 0);
        put_elder("E2", "grid-9");
        roster_changed(&elders, REGISTRY_ELDER, "E2");
        put_elder("E3", "grid-9");
        roster_changed(&elders, REGISTRY_ELDER, "E3");
        pump();
        assert_int_equal(told(), 1);
}

#define t(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                t(test_an_elder_lives_in_a_grid_and_in_all_it_lies_in),
                t(test_a_district_nobody_knows_is_still_a_district),
                t(test_districts_that_go_in_circles_come_to_an_end),
                t(test_everybody_is_told_again_when_a_district_moves),
                t(test_a_contact_is_nothing_to_the_rules),
                t(test_who_has_an_alarm_is_told_before_everybody_is),
                t(test_who_has_an_alarm_is_told_when_the_record_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
