/* SPDX-License-Identifier: MIT */
#include "bench/falls/falls_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "rules/eval/engine.h"
#include "rules/eval/measure/motion.h"
#include "rules/eval/rule_set_builder.h"

#define DATA "../shared/data/"
#define BEGIN_MS INT64_C(1790000000000)

enum { COLUMNS_MAX = 20, LINE_BYTES = 512, BLOCK_MS = 1000 };

static const struct {
        const char *name, *folder, *file;
        enum rule_worn worn;
} sensors[FALLS_SENSORS] = {
        [FALLS_WRIST] = {"wrist", "umafall", "accel_wrist", RULE_WORN_WRIST},
        [FALLS_WAIST] = {"waist", "umafall", "accel_waist", RULE_WORN_WAIST},
        [FALLS_CHEST] = {"chest", "umafall", "accel_chest", RULE_WORN_CHEST},
        [FALLS_STAIRS_BELT] = {"belt", "assist-iot-stairs", "accel_belt", RULE_WORN_WAIST},
        [FALLS_STAIRS_LEFT] = {"wrist_left", "assist-iot-stairs", "accel_wrist_left",
                               RULE_WORN_WRIST},
        [FALLS_STAIRS_RIGHT] = {"wrist_right", "assist-iot-stairs", "accel_wrist_right",
                                RULE_WORN_WRIST},
};

bool falls_are_here(void) {
        return access(DATA "umafall/trials.csv.xz", R_OK) == 0 &&
               access(DATA "assist-iot-stairs/trials.csv.xz", R_OK) == 0 &&
               system("xz --version >/dev/null 2>&1") == 0;
}

/* --- reading ------------------------------------------------------------------------------------ */

static FILE *open_csv(const char *folder, const char *file) {
        char command[128];

        snprintf(command, sizeof(command), "xz -dc " DATA "%s/%s.csv.xz", folder, file);
        return popen(command, "re");
}

/* Return: number of columns. */
static int split(char *line, char *ret[COLUMNS_MAX]) {
        int count = 0;

        line[strcspn(line, "\n")] = '\0';
        while (line && count < COLUMNS_MAX)
                ret[count++] = strsep(&line, ",");
        return count;
}

/* trial,subject,age,group,sex,code,activity,is_fall,rate_hz,samples,start_ms,dur_ms,… */
static int read_trials(FILE *file, struct falls_set *set) {
        char line[LINE_BYTES];
        char *column[COLUMNS_MAX];
        uint32_t room = 0;

        if (!fgets(line, sizeof(line), file))
                return err_raise(-ENOENT);
        while (fgets(line, sizeof(line), file)) {
                if (split(line, column) < 12)
                        return err_raise(-EINVAL);
                if (set->count == room) {
                        room = room ? room * 2 : 256;

                        struct falls_trial *trials = realloc(set->trials, room * sizeof(*trials));

                        if (!trials)
                                return err_raise(-ENOMEM);
                        set->trials = trials;
                }

                struct falls_trial *trial = &set->trials[set->count++];

                *trial = (struct falls_trial){
                        .is_fall = strcmp(column[7], "1") == 0,
                        .begin_ms = strtoll(column[10], NULL, 10),
                        .lasts_ms = strtoll(column[11], NULL, 10),
                };
                snprintf(trial->id, sizeof(trial->id), "%s", column[0]);
                snprintf(trial->subject, sizeof(trial->subject), "%s", column[1]);
        }
        return 0;
}

static struct falls_trial *find_trial(const struct falls_set *set, const char *id,
                                      struct falls_trial *last) {
        if (last && strcmp(last->id, id) == 0)
                return last;
        for (uint32_t i = 0; i < set->count; i++)
                if (strcmp(set->trials[i].id, id) == 0)
                        return &set->trials[i];
        return NULL;
}

static int add_sample(struct falls_trial *trial, char *column[COLUMNS_MAX]) {
        /* Double the memory whenever the count reaches a power of two. */
        if ((trial->count & (trial->count - 1)) == 0) {
                size_t room = trial->count ? trial->count * 2 : 1;
                int16_t *mg = realloc(trial->mg, room * 3 * sizeof(*mg));

                if (!mg)
                        return err_raise(-ENOMEM);
                trial->mg = mg;

                int32_t *t_ms = realloc(trial->t_ms, room * sizeof(*t_ms));

                if (!t_ms)
                        return err_raise(-ENOMEM);
                trial->t_ms = t_ms;
        }
        trial->t_ms[trial->count] = (int32_t)strtol(column[1], NULL, 10);
        for (size_t k = 0; k < 3; k++)
                trial->mg[(size_t)trial->count * 3 + k] = (int16_t)strtol(column[2 + k], NULL, 10);
        trial->count++;
        return 0;
}

/* trial,t_ms,ax_mg,ay_mg,az_mg */
static int read_samples(FILE *file, const struct falls_set *set) {
        char line[LINE_BYTES];
        char *column[COLUMNS_MAX];
        struct falls_trial *trial = NULL;
        int r;

        if (!fgets(line, sizeof(line), file))
                return err_raise(-ENOENT);
        while (fgets(line, sizeof(line), file)) {
                if (split(line, column) != 5)
                        return err_raise(-EINVAL);
                trial = find_trial(set, column[0], trial);
                if (!trial)
                        return err_raise(-EINVAL);
                r = add_sample(trial, column);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Remove trials without samples: not every trial has every sensor. */
static void drop_empty(struct falls_set *set) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < set->count; i++)
                if (set->trials[i].count > 1)
                        set->trials[kept++] = set->trials[i];
        set->count = kept;
}

int falls_load(enum falls_sensor sensor, struct falls_set *ret) {
        struct falls_set set = {.name = sensors[sensor].name, .worn = sensors[sensor].worn};
        FILE *trials = open_csv(sensors[sensor].folder, "trials");
        FILE *samples = open_csv(sensors[sensor].folder, sensors[sensor].file);
        int r = trials && samples ? 0 : err_raise(-ENOENT);

        if (r == 0)
                r = read_trials(trials, &set);
        if (r == 0)
                r = read_samples(samples, &set);
        if (trials)
                pclose(trials);
        if (samples)
                pclose(samples);
        if (r < 0) {
                falls_free(&set);
                return r;
        }
        drop_empty(&set);
        *ret = set;
        return 0;
}

void falls_free(struct falls_set *set) {
        for (uint32_t i = 0; i < set->count; i++) {
                free(set->trials[i].mg);
                free(set->trials[i].t_ms);
        }
        free(set->trials);
        *set = (struct falls_set){0};
}

/* --- judging ------------------------------------------------------------------------------------ */

bool falls_block(const struct falls_trial *trial, uint32_t n, struct motion_block *ret) {
        int32_t lasts_ms = trial->t_ms[trial->count - 1] - trial->t_ms[0];
        double rate_hz = (trial->count - 1) * 1000.0 / (lasts_ms > 0 ? lasts_ms : 1);
        uint32_t each = (uint32_t)(rate_hz * BLOCK_MS / 1000 + 0.5);
        uint32_t from = n * each;

        if (from >= trial->count)
                return false;
        *ret = (struct motion_block){
                .samples = (const unsigned char *)(trial->mg + (size_t)from * 3),
                .count = (uint16_t)(trial->count - from < each ? trial->count - from : each),
                .rate_dhz = (uint16_t)(rate_hz * 10 + 0.5),
                .begin_ms = BEGIN_MS + trial->begin_ms + trial->t_ms[from],
        };
        return true;
}

/* Counts the alarms of the current trial. */
struct watch {
        const struct falls_trial *trial;
        uint32_t alarms;
};

static void watch_verdict(void *context, const struct verdict *verdict) {
        struct watch *watch = context;
        int64_t after_ms = verdict->event_time_ms - BEGIN_MS - watch->trial->begin_ms;

        if (verdict->transition == ALERT_RAISED && after_ms >= 0 &&
            after_ms <= watch->trial->lasts_ms)
                watch->alarms++;
}

static int rules_of(enum rule_worn worn, const struct condition_motion_limits *limits,
                    struct rule_set **ret) {
        struct rule_set_builder *builder = NULL;
        struct rule rule = {
                .id = "fall",
                .severity = SEVERITY_CRITICAL,
                .class = ALERT_LIFE_SAFETY,
                .condition = {.type = CONDITION_MOTION},
        };
        uint32_t index;
        int r;

        rule.condition.motion.happening.kind = KIND_ACCELERATION;
        rule.condition.motion.positions = (uint8_t)(1u << worn);
        rule.condition.motion.limits[worn] = *limits;
        r = rule_set_builder_new(&builder);
        if (r == 0)
                r = rule_set_builder_add_rule(builder, &rule, &index);
        if (r == 0)
                r = rule_set_builder_finish(builder, "falls", ret);
        rule_set_builder_free(builder);
        return r;
}

static int put_wearer(struct engine *engine, const char *position, uint32_t n, struct event *ret) {
        struct elder_profile profile = {.device_count = 1};
        char device_id[EVENT_DEVICE_ID_BYTES];

        snprintf(profile.elder_id, sizeof(profile.elder_id), "E%u", n);
        profile.elder_hash = murmur2(profile.elder_id, strlen(profile.elder_id));
        snprintf(device_id, sizeof(device_id), "band-%u", n);
        snprintf(profile.devices[0].device_id, EVENT_DEVICE_ID_BYTES, "%s", device_id);
        profile.devices[0].device_hash = murmur2(device_id, strlen(device_id));
        snprintf(profile.devices[0].wearing_position, sizeof(profile.devices[0].wearing_position),
                 "%s", position);
        *ret = (struct event){.kind = KIND_ACCELERATION, .boot_id = 1, .confidence_pct = 100};
        event_set_ids(ret, profile.elder_id, device_id);
        return engine_elder_put(engine, &profile, BEGIN_MS);
}

static double cpu_s(void) {
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void judge_trial(struct engine *engine, struct event *event, struct watch *watch,
                        struct falls_figures *figures) {
        const struct falls_trial *trial = watch->trial;
        struct motion_block block;
        double began_s = cpu_s();

        watch->alarms = 0;
        for (uint32_t n = 0; falls_block(trial, n, &block); n++) {
                event->sequence++;
                event->sample_count = block.count;
                event->sample_rate_dhz = block.rate_dhz;
                event->device_time_ms = block.begin_ms;
                event->received_time_ms = block.begin_ms + BLOCK_MS;
                engine_events(engine, event, &block.samples, 1, event->received_time_ms);
        }
        figures->engine_s += cpu_s() - began_s;
        figures->samples += trial->count;
        if (trial->is_fall) {
                figures->falls++;
                figures->detected += watch->alarms > 0;
        } else {
                figures->daily++;
                figures->false_alarms += watch->alarms > 0;
                figures->alarms += watch->alarms;
                figures->daily_hours += (double)trial->lasts_ms / 3600000;
        }
}

int falls_judge(const struct falls_set *set, const struct condition_motion_limits *limits,
                struct falls_figures *ret) {
        static const char *const positions[RULE_WORN_POSITIONS] = {[RULE_WORN_WRIST] = "wrist",
                                                                   [RULE_WORN_WAIST] = "waist",
                                                                   [RULE_WORN_CHEST] = "chest"};
        struct falls_figures figures = {0};
        struct watch watch = {0};
        struct engine_options options = {
                .elders_expected = set->count, .sink = watch_verdict, .context = &watch};
        struct rule_set *rules = NULL;
        struct engine *engine = NULL;
        int r;

        r = rules_of(set->worn, limits, &rules);
        if (r == 0)
                r = engine_new(&engine, &options, rules, BEGIN_MS);
        if (r == 0)
                r = engine_partition_open(engine, 0, BEGIN_MS);
        for (uint32_t i = 0; r == 0 && i < set->count; i++) {
                struct event event;

                r = put_wearer(engine, positions[set->worn], i, &event);
                watch.trial = &set->trials[i];
                if (r == 0)
                        judge_trial(engine, &event, &watch, &figures);
        }
        engine_free(engine);
        rule_set_free(rules);
        if (r == 0)
                *ret = figures;
        return r;
}
