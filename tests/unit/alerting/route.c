/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/route/route.h"
#include "world.h"

static const struct route_place place = {.alert_id = "a", .elder_id = "E1", .district = "grid-1"};

static int setup(void **state) {
        struct world *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        world_init(world);
        *state = world;
        return 0;
}

static int teardown(void **state) {
        world_fini(*state);
        free(*state);
        return 0;
}

static const char *nearest(struct world *world, const char *skill) {
        const struct registry_team *team =
                route_team(&world->view, &place, skill, WORLD_NOW_MS, NULL, 0);

        return team ? team->id : "";
}

static void test_own_district_comes_before_nearer(void **state) {
        assert_string_equal(nearest(*state, ""), "T1"); /* T3 is nearer, but in grid-2 */
}

static void test_free_comes_before_near(void **state) {
        struct world *world = *state;

        world->busy[0] = "T1";
        assert_string_equal(nearest(world, ""), "T2");
        world->busy[1] = "T2";
        assert_string_equal(nearest(world, ""), "T3");
        world->busy[2] = "T3";
        assert_string_equal(nearest(world, ""), "T1"); /* if all are busy, the nearest is taken */
}

static void test_skill_comes_before_district_but_after_free(void **state) {
        struct world *world = *state;

        assert_string_equal(nearest(world, "nursing"), "T3");
        world->busy[0] = "T3";
        assert_string_equal(nearest(world, "nursing"), "T1");
        assert_string_equal(nearest(world, "nobody-has-this"), "T1");
}

static void test_without_a_pager_nobody_comes(void **state) {
        struct world *world = *state;

        world->without_key[0] = "T1";
        assert_string_equal(nearest(world, ""), "T2");
}

static struct registry_team shift(int from, int to, int day) {
        struct registry_team team = {.on_duty_from_minute = from, .on_duty_to_minute = to};

        team.on_duty_days[day] = true;
        return team;
}

static bool on_duty(const struct registry_team *team, int weekday, int minute) {
        return route_on_duty(team,
                             (struct zone_local){.weekday = weekday, .minute_of_day = minute});
}

static void test_a_night_shift_belongs_to_the_day_it_began(void **state) {
        struct registry_team night = shift(20 * 60, 8 * 60, 4); /* Friday */

        assert_false(on_duty(&night, 4, 20 * 60 - 1));
        assert_true(on_duty(&night, 4, 20 * 60));
        assert_true(on_duty(&night, 5, 0));
        assert_true(on_duty(&night, 5, 8 * 60 - 1));
        assert_false(on_duty(&night, 5, 8 * 60));
        assert_false(on_duty(&night, 4, 60)); /* Friday 01:00 belongs to the shift of Thursday */
        assert_false(on_duty(&night, 5, 20 * 60));
}

static void test_a_day_shift_ends_at_its_minute(void **state) {
        struct registry_team day = shift(8 * 60, 20 * 60, 0);
        struct registry_team always = shift(0, 0, 6);

        assert_true(on_duty(&day, 0, 8 * 60));
        assert_false(on_duty(&day, 0, 20 * 60));
        assert_false(on_duty(&day, 1, 9 * 60));
        assert_true(on_duty(&always, 6, 1439));
        assert_false(on_duty(&always, 0, 0));
}

/* 11:00 in Shanghai is 22:00 of the day before in New York (winter). */
static void test_duty_hours_are_those_of_the_teams_own_zone(void **state) {
        struct world *world = *state;

        world_put(world, "district/grid-1",
                  "{\"v\":1,\"id\":\"grid-1\",\"name\":\"g\",\"parent\":\"\",\"time_zone\":"
                  "\"America/New_York\"}");
        world_put(world, "team/T1",
                  "{\"v\":1,\"id\":\"T1\",\"name\":\"t\",\"district\":\"grid-1\",\"lat\":30.01,"
                  "\"lon\":120.1,\"skills\":[],\"on_duty\":{\"from\":\"08:00\",\"to\":\"20:00\","
                  "\"days\":[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]}}");
        assert_string_equal(nearest(world, ""), "T2");
}

static void put_team_at(struct world *world, const char *id, const char *district, double lat,
                        double lon) {
        char key[64], json[400];

        snprintf(key, sizeof(key), "team/%s", id);
        snprintf(json, sizeof(json),
                 "{\"v\":1,\"id\":\"%s\",\"name\":\"t\",\"district\":\"%s\",\"lat\":%f,\"lon\":%f,"
                 "\"skills\":[],\"on_duty\":{\"from\":\"00:00\",\"to\":\"00:00\",\"days\":[\"mon\","
                 "\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]}}",
                 id, district, lat, lon);
        world_put(world, key, json);
}

/* A team in New York is out of range; one 14 km away is not. */
static void test_a_team_of_another_city_is_not_asked(void **state) {
        struct world *world = *state;

        world->without_key[0] = "T1";
        world->without_key[1] = "T2";
        world->without_key[2] = "T3";
        put_team_at(world, "T-new-york", "manhattan", 40.7, -74.0);
        assert_string_equal(nearest(world, ""), "");
        put_team_at(world, "T-next-town", "grid-9", 30.126, 120.1);
        assert_string_equal(nearest(world, ""), "T-next-town");
        put_team_at(world, "T-next-town", "grid-9", 30.14, 120.1);
        assert_string_equal(nearest(world, ""), "");
}

/* The range does not apply to teams of the elder's own district, nor to those of the city around it. */
static void test_the_districts_own_team_comes_from_afar(void **state) {
        struct world *world = *state;

        world->without_key[0] = "T1";
        world->without_key[1] = "T2";
        world->without_key[2] = "T3";
        world_put(world, "district/grid-1",
                  "{\"v\":1,\"id\":\"grid-1\",\"name\":\"g\",\"parent\":\"city\",\"time_zone\":"
                  "\"\"}");
        put_team_at(world, "T-city", "city", 31, 120.1);
        assert_string_equal(nearest(world, ""), "T-city");
        put_team_at(world, "T-far", "grid-1", 32, 120.1);
        assert_string_equal(nearest(world, ""), "T-far");
}

static void test_when_nobody_else_is_left_the_farthest_is_called(void **state) {
        struct world *world = *state;
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];

        put_team_at(world, "T-new-york", "manhattan", 40.7, -74.0);
        world->away[0] = "T1";
        world->away[1] = "F2";
        assert_int_equal(route_everybody(&world->view, &place, WORLD_NOW_MS, recipients), 3);
        assert_string_equal(recipients[0].id, "T2");
        assert_string_equal(recipients[1].id, "T3");
        assert_string_equal(recipients[2].id, "F1");
        world->away[2] = "T2";
        world->away[3] = "T3";
        world->away[4] = "F1";
        assert_int_equal(route_everybody(&world->view, &place, WORLD_NOW_MS, recipients), 1);
        assert_string_equal(recipients[0].id, "T-new-york");
}

static void test_distance_is_on_the_sphere(void **state) {
        double metres = route_distance_m(30.2741, 120.1551, 31.2304, 121.4737);

        assert_true(fabs(metres - 164300) < 1000); /* Hangzhou to Shanghai */
        assert_true(route_distance_m(30, 120, 30, 120) < 0.001);
        assert_true(isinf(route_distance_m(NAN, 120, 30, 120)));
        assert_true(fabs(route_distance_m(0, 0, 0, 180) - 20015115) < 100);
}

static void test_a_step_names_each_recipient_once(void **state) {
        struct world *world = *state;
        struct ladder_step step = {.targets = {LADDER_TARGET_FAMILY_FIRST, LADDER_TARGET_FAMILY,
                                               LADDER_TARGET_NEAREST_TEAM, LADDER_TARGET_NEXT_TEAM,
                                               LADDER_TARGET_DESK},
                                   .target_count = 5};
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];
        const char *excluded[] = {"T2"};

        assert_int_equal(
                route_step(&world->view, &place, &step, WORLD_NOW_MS, excluded, 1, recipients), 5);
        assert_string_equal(recipients[0].id, "F1");
        assert_string_equal(recipients[1].id, "F2");
        assert_string_equal(recipients[2].id, "T1");
        assert_string_equal(recipients[3].id, "T3"); /* T2 was paged before */
        assert_string_equal(recipients[4].id, "desk-main");
}

static void test_a_large_family_does_not_push_the_desk_out(void **state) {
        struct world *world = *state;
        struct ladder_step step = {.targets = {LADDER_TARGET_FAMILY, LADDER_TARGET_DESK},
                                   .target_count = 2};
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];
        char key[32], json[160];
        size_t count;

        for (int i = 0; i < 40; i++) {
                snprintf(key, sizeof(key), "contact/G%d", i);
                snprintf(json, sizeof(json),
                         "{\"v\":1,\"id\":\"G%d\",\"elder\":\"E1\",\"name\":\"g\",\"relation\":"
                         "\"cousin\",\"phone\":\"1\",\"order\":%d}",
                         i, i + 3);
                world_put(world, key, json);
        }
        count = route_step(&world->view, &place, &step, WORLD_NOW_MS, NULL, 0, recipients);
        assert_int_equal(count, ROUTE_RECIPIENTS_MAX);
        assert_string_equal(recipients[count - 1].id, "desk-main");
}

static void test_a_desk_without_a_key_gives_way_to_the_main_one(void **state) {
        struct world *world = *state;
        struct route_place other = {.alert_id = "a", .elder_id = "E1", .district = "grid-2"};
        struct ladder_step step = {.targets = {LADDER_TARGET_DESK}, .target_count = 1};
        struct route_recipient recipients[ROUTE_RECIPIENTS_MAX];

        route_step(&world->view, &other, &step, WORLD_NOW_MS, NULL, 0, recipients);
        assert_string_equal(recipients[0].id, "desk-grid-2");
        world->without_key[0] = "desk-grid-2";
        route_step(&world->view, &other, &step, WORLD_NOW_MS, NULL, 0, recipients);
        assert_string_equal(recipients[0].id, "desk-main");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_own_district_comes_before_nearer),
                TEST(test_free_comes_before_near),
                TEST(test_skill_comes_before_district_but_after_free),
                TEST(test_without_a_pager_nobody_comes),
                TEST(test_a_night_shift_belongs_to_the_day_it_began),
                TEST(test_a_day_shift_ends_at_its_minute),
                TEST(test_duty_hours_are_those_of_the_teams_own_zone),
                TEST(test_a_team_of_another_city_is_not_asked),
                TEST(test_the_districts_own_team_comes_from_afar),
                TEST(test_when_nobody_else_is_left_the_farthest_is_called),
                TEST(test_distance_is_on_the_sphere),
                TEST(test_a_step_names_each_recipient_once),
                TEST(test_a_large_family_does_not_push_the_desk_out),
                TEST(test_a_desk_without_a_key_gives_way_to_the_main_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
