/* SPDX-License-Identifier: MIT
 *
 * Quiet rules on recorded homes (TIHM: people with dementia, motion and door sensors): how many alerts each rule
 * raises, and how long it takes until the alert if the elder stops moving. These are the figures of
 * docs/adr/0011-learned-quiet.md. Skipped if the recordings are not there.
 *
 *      test-recorded-quiet [TIMES LEAST_MINUTES OVER_DAYS]     another learned rule
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/murmur2.h"
#include "tests/unit/rules/town.h"

#define RECORDED "../shared/data/tihm/events.ndjson.xz"

enum { HOMES_MAX = 64, SENSORS = 8, WHAT_IF_EVERY = 113, DELAYS_MAX = 65536, BLOB_ROOM = 4096 };

static const char *const sensors[SENSORS] = {"hallway",  "kitchen",     "lounge",     "bedroom",
                                             "bathroom", "fridge-door", "front-door", "back-door"};

/* One recorded sign of life and its home. */
struct sign {
        int64_t time_ms;
        uint8_t home;
        uint8_t sensor;
};

struct recording {
        char homes[HOMES_MAX][16];
        uint8_t home_count;
        struct sign *signs;
        size_t count;
        int64_t first_ms[HOMES_MAX], last_ms[HOMES_MAX];
};

static struct recording recording;

/* Parse "2019-04-01T00:05:46", the local time of the home. Return: milliseconds, as if it were UTC. */
static int64_t time_of(const char *text) {
        int year, month, day, hour, minute, second;

        assert_int_equal(
                sscanf(text, "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second), 6);
        return zone_day(year, month, day) * DAY + hour * (int64_t)HOUR + minute * MINUTE +
               second * SECOND;
}

static uint8_t home_of(const char *name) {
        uint8_t i = 0;

        while (i < recording.home_count && strcmp(recording.homes[i], name) != 0)
                i++;
        assert_true(i < HOMES_MAX);
        if (i == recording.home_count)
                snprintf(recording.homes[recording.home_count++], 16, "%s", name);
        return i;
}

static void read_sign(const char *line, size_t *room) {
        char time[32], home[16], sensor[32];
        struct sign sign = {.sensor = 0};

        if (sscanf(line,
                   "{\"ts\":\"%31[^\"]\",\"home\":\"%15[^\"]\",\"type\":\"%*[a-z]\",\"sensor\":\"%"
                   "31[^\"]\"",
                   time, home, sensor) != 3)
                return; /* a vital */
        sign.time_ms = time_of(time);
        sign.home = home_of(home);
        while (sign.sensor < SENSORS && strcmp(sensors[sign.sensor], sensor) != 0)
                sign.sensor++;
        assert_true(sign.sensor < SENSORS);
        if (recording.count == *room) {
                *room = *room ? *room * 2 : 65536;
                recording.signs = realloc(recording.signs, *room * sizeof(sign));
                assert_non_null(recording.signs);
        }
        recording.signs[recording.count++] = sign;
        if (recording.first_ms[sign.home] == 0)
                recording.first_ms[sign.home] = sign.time_ms;
        recording.last_ms[sign.home] = sign.time_ms;
}

static int read_recording(void **state) {
        size_t room = 0, line_room = 0;
        char *line = NULL;
        FILE *lines = popen("xz -dc " RECORDED, "re");

        assert_non_null(lines);
        while (getline(&line, &line_room, lines) > 0)
                read_sign(line, &room);
        free(line);
        assert_int_equal(pclose(lines), 0);
        assert_true(recording.count > 100000);
        return 0;
}

static int forget_recording(void **state) {
        free(recording.signs);
        return 0;
}

/* --- rules ------------------------------------------------------------------------------------------ */

static struct rule by_time(int64_t day_ms, int64_t night_ms) {
        struct rule rule = rule_quiet("quiet", KIND_MOTION, day_ms);
        struct condition_quiet *quiet = &rule.condition.quiet;

        rule_kinds_add(&quiet->signals, KIND_DOOR_OPEN);
        quiet->slot_count = 2;
        quiet->slots[0] = (struct day_slot){
                .from_minute = 6 * 60, .to_minute = 22 * 60, .longer_than_ms = day_ms};
        quiet->slots[1] = (struct day_slot){
                .from_minute = 22 * 60, .to_minute = 6 * 60, .longer_than_ms = night_ms};
        return rule;
}

static struct rule with_door(struct rule rule) {
        snprintf(rule.condition.quiet.outer_room, RULE_WORD_BYTES, "entrance");
        rule.condition.quiet.door_settle_ms = 10 * MINUTE;
        return rule;
}

static struct rule learned(struct rule rule, double times, int64_t least_ms, int64_t over_ms) {
        rule.condition.quiet.learn_times = times;
        rule.condition.quiet.learn_least_ms = least_ms;
        rule.condition.quiet.learn_ms = over_ms;
        return rule;
}

/* --- playing the recording -------------------------------------------------------------------------- */

struct figures {
        uint32_t raised;   /* alerts without dropouts */
        uint32_t dropouts; /* alerts of homes whose sensors were silent for more than a day */
        uint32_t never;    /* what_if(): no alert within a day */
        uint32_t delay_count;
        double home_months;
        int64_t delays_ms[DELAYS_MAX]; /* what_if(): time until the alert */
};

static struct elder_profile home_profile(uint8_t home) {
        struct elder_profile profile = town_profile(recording.homes[home], SENSORS);

        for (int i = 0; i < SENSORS; i++)
                snprintf(profile.devices[i].room, ELDER_PROFILE_WORD_BYTES, "%s",
                         i >= 6 ? "entrance" : sensors[i]);
        return profile;
}

static void send(struct town *town, const struct sign *sign) {
        struct event event = town_event(town, recording.homes[sign->home],
                                        sign->sensor < 5 ? KIND_MOTION : KIND_DOOR_OPEN, 1);
        char device_id[EVENT_DEVICE_ID_BYTES];

        snprintf(device_id, sizeof(device_id), "%s-%c", recording.homes[sign->home],
                 'a' + sign->sensor);
        assert_int_equal(event_set_ids(&event, recording.homes[sign->home], device_id), 0);
        town_send(town, &event);
}

struct kept {
        const char *elder;
        unsigned char blob[BLOB_ROOM];
        size_t bytes;
};

static void keep(void *context, int32_t partition, const char *elder_id, const void *blob,
                 size_t blob_bytes) {
        struct kept *kept = context;

        if (strcmp(elder_id, kept->elder) != 0)
                return;
        assert_true(blob_bytes <= BLOB_ROOM);
        memcpy(kept->blob, blob, blob_bytes);
        kept->bytes = blob_bytes;
}

static void ignore(void *context, const struct verdict *verdict) {
        *(bool *)context |= verdict->transition == ALERT_RAISED;
}

/* Suppose the elder of @home stops moving now: record in @figures how long it takes until the alert. */
static void what_if(struct town *town, uint8_t home, struct figures *figures) {
        struct kept kept = {.elder = recording.homes[home]};
        struct elder_profile profile = home_profile(home);
        bool told = false;
        struct engine_options options = {
                .elders_expected = 16, .sink = ignore, .context = &told, .settle_ms = -1};
        struct engine *engine;
        int64_t now_ms = town->now_ms;

        engine_partition_mark_dirty(town->engine, 0);
        blobs_save_dirty(town->engine, keep, &kept);
        assert_int_equal(engine_new(&engine, &options, town->rules, now_ms), 0);
        assert_int_equal(engine_elder_put(engine, &profile, now_ms), 0);
        assert_int_equal(blob_restore(engine, 0, profile.elder_id, kept.blob, kept.bytes), 0);
        assert_int_equal(engine_partition_open(engine, 0, now_ms), 0);
        while (!told && now_ms < town->now_ms + DAY) {
                int64_t next_ms = engine_next_due_ms(engine, now_ms);

                now_ms += next_ms < 0 ? DAY : next_ms < 100 ? 100 : next_ms;
                engine_tick(engine, now_ms);
        }
        engine_free(engine);
        if (!told)
                figures->never++;
        else if (figures->delay_count < DELAYS_MAX)
                figures->delays_ms[figures->delay_count++] = now_ms - town->now_ms;
}

static int compare_delays(const void *a, const void *b) {
        const int64_t *x = a;
        const int64_t *y = b;

        return (*x > *y) - (*x < *y);
}

/* For every rule, the first 14 days of a home are for learning and do not count. */
static bool counts(uint8_t home, int64_t time_ms) {
        return time_ms >= recording.first_ms[home] + 14 * DAY && time_ms <= recording.last_ms[home];
}

static void count_alerts(const struct town *town, struct figures *figures) {
        for (uint32_t i = 0; i < town->told_count; i++) {
                const struct told *told = &town->told[i];
                uint8_t home = home_of(told->elder);
                bool dropout = false;

                if (told->transition != ALERT_RAISED || !counts(home, told->now_ms))
                        continue;
                for (uint32_t k = i + 1; k < town->told_count; k++)
                        if (town->told[k].key == told->key) {
                                dropout = town->told[k].duration_ms > DAY;
                                break;
                        }
                figures->raised += !dropout;
                figures->dropouts += dropout;
        }
}

static struct figures *play(const struct rule *rule) {
        struct figures *figures = calloc(1, sizeof(*figures));
        struct town town;

        assert_non_null(figures);
        town_init(&town);
        town.now_ms = recording.signs[0].time_ms;
        town_add(&town, rule);
        town_start(&town);
        for (uint8_t i = 0; i < recording.home_count; i++) {
                struct elder_profile profile = home_profile(i);

                town_put(&town, &profile);
                if (recording.last_ms[i] > recording.first_ms[i] + 14 * DAY)
                        figures->home_months +=
                                (double)(recording.last_ms[i] - recording.first_ms[i] - 14 * DAY) /
                                (30.4 * (double)DAY);
        }
        for (size_t i = 0; i < recording.count; i++) {
                const struct sign *sign = &recording.signs[i];

                if (sign->time_ms > town.now_ms)
                        town_pass(&town, sign->time_ms - town.now_ms);
                send(&town, sign);
                /* Only after a sign of life inside the home. */
                if (i % WHAT_IF_EVERY == 0 && sign->sensor < 5 && counts(sign->home, sign->time_ms))
                        what_if(&town, sign->home, figures);
        }
        count_alerts(&town, figures);
        qsort(figures->delays_ms, figures->delay_count, sizeof(int64_t), compare_delays);
        town_fini(&town);
        return figures;
}

static double minutes(const struct figures *figures, double part) {
        return (double)figures->delays_ms[(size_t)(part * (figures->delay_count - 1))] / MINUTE;
}

static void show(const char *name, const struct figures *figures) {
        print_message("# %s: %.2f alerts a home-month, of %.1f (and %u when its sensors fell "
                      "silent); had the "
                      "elder stopped, told after %.0f min (median), %.0f min (90 %%); not within a "
                      "day: %u "
                      "of %u\n",
                      name, figures->raised / figures->home_months, figures->home_months,
                      figures->dropouts, minutes(figures, 0.5), minutes(figures, 0.9),
                      figures->never, figures->never + figures->delay_count);
}

static double given_times = 2.5, given_least = 180, given_over = 14;

static void test_the_outer_door_and_a_learned_profile_are_worth_it(void **state) {
        struct rule plain = by_time(3 * HOUR, 10 * HOUR);
        struct rule door = with_door(plain);
        struct rule shorter = with_door(by_time(3 * HOUR, 6 * HOUR));
        struct rule learning =
                learned(with_door(by_time(5 * HOUR, 10 * HOUR)), given_times,
                        (int64_t)(given_least * MINUTE), (int64_t)(given_over * (double)DAY));
        struct figures *of_plain = play(&plain), *of_door = play(&door);
        struct figures *of_shorter = play(&shorter), *of_learning = play(&learning);

        show("3 h by day, 10 h by night", of_plain);
        show("the same with the outer door", of_door);
        show("3 h and 6 h with the outer door", of_shorter);
        show("5 h and 10 h with the outer door, learned", of_learning);
        assert_true(of_door->raised < of_plain->raised * 3 / 4);
        assert_true(of_learning->raised < of_door->raised * 3 / 4);
        assert_true(minutes(of_learning, 0.5) < 1.1 * minutes(of_door, 0.5));
        assert_true(minutes(of_learning, 0.9) < 1.1 * minutes(of_shorter, 0.9));
        assert_true(of_learning->never < of_learning->delay_count / 100);
        free(of_plain);
        free(of_door);
        free(of_shorter);
        free(of_learning);
}

int main(int argc, char *argv[]) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_outer_door_and_a_learned_profile_are_worth_it),
        };

        if (access(RECORDED, R_OK) < 0) {
                puts("1..0 # SKIP " RECORDED " is not there");
                return 0;
        }
        if (system("xz --version >/dev/null 2>&1") != 0) {
                puts("1..0 # SKIP xz is not installed");
                return 0;
        }
        if (argc == 4) {
                given_times = atof(argv[1]);
                given_least = atof(argv[2]);
                given_over = atof(argv[3]);
        }
        return cmocka_run_group_tests(tests, read_recording, forget_recording);
}
