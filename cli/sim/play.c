/* SPDX-License-Identifier: MIT */
#include "cli/sim/play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim/publish.h"
#include "cli/sim/report.h"
#include "common/base/err.h"

/* A rule with a hold pages later than its event: its pages are expected but not timed. */
static const struct sim_storm_kind known_kinds[] = {
        {"sos_button", "sos", false},
        {"smoke_detector", "smoke", false},
        {"gas_detector", "gas", false},
        {"fall_radar", "fall", true},
};
enum { KNOWN_KINDS = sizeof(known_kinds) / sizeof(known_kinds[0]) };

static const struct sim_storm_kind *known_kind(const char *kind) {
        for (int i = 0; i < KNOWN_KINDS; i++)
                if (strcmp(known_kinds[i].kind, kind) == 0)
                        return &known_kinds[i];
        return NULL;
}

/* --- begin ---------------------------------------------------------------------------------------- */

static int storm_kinds_read(struct sim *sim) {
        char words[128];
        char *rest = words;
        const char *word;

        snprintf(words, sizeof(words), "%s", sim->options.storm_kinds);
        while ((word = strsep(&rest, ","))) {
                const struct sim_storm_kind *kind = known_kind(word);

                if (!kind)
                        return err_raise_why(-EINVAL,
                                             "a storm knows sos, smoke, gas and fall, not \"%s\"",
                                             word);
                if (sim->storm_kind_count < SIM_STORM_KINDS_MAX)
                        sim->storm_kinds[sim->storm_kind_count++] = *kind;
        }
        return 0;
}

int play_begin(struct sim *sim) {
        size_t stories = sim->options.stories ? sim->options.stories->count : 0;

        sim->story_states = calloc(stories + 1, sizeof(*sim->story_states));
        sim->storm_open = calloc(sim->options.hood->elder_count, 1);
        if (!sim->story_states || !sim->storm_open)
                return err_raise(-ENOMEM);
        sim->storm_random = random_for(sim->options.seed, 99);
        sim->storm_due_us = (double)sim->start_mono_us + 1e6;
        return storm_kinds_read(sim);
}

/* --- stories ---------------------------------------------------------------------------------------- */

static int64_t story_mono_us(const struct sim *sim, const struct story *story, int64_t after_ms) {
        return sim->start_mono_us + (story->at_ms + after_ms) * 1000;
}

static void expectation_fill(const struct sim *sim, const struct story *story,
                             const struct story_expect *expect, struct score_expectation *ret) {
        int needs = 0;

        *ret = (struct score_expectation){
                .elder_id = story->elder_id,
                .rule = expect->rule,
                .alert_id = "",
                .accepted_by = expect->accepted_by,
                .from_mono_us = story_mono_us(sim, story, expect->from_ms),
                .by_mono_us = story_mono_us(sim, story, expect->by_ms),
                .story = story->id,
        };
        for (int role = STORY_FAMILY; role <= STORY_DESK; role <<= 1)
                if (expect->page & role)
                        ret->needs[needs++] = role;
}

/* Whether this step raises the alert of this expectation, so that the alert's id is known in advance. */
static bool step_leads_to(const struct story_step *step, const struct story_expect *expect) {
        char rule[ALERT_RULE_ID_BYTES];

        if (!step->kind || step->kind->shape != KIND_SHAPE_HAPPENING || !expect->page ||
            step->at_ms != expect->from_ms)
                return false;
        sim_rule_of_kind(step->kind->name, rule);
        return strcmp(rule, expect->rule) == 0;
}

static const struct story_expect *expect_of_step(const struct story *story,
                                                 const struct story_step *step) {
        for (int i = 0; i < story->expect_count; i++)
                if (step_leads_to(step, &story->expect[i]))
                        return &story->expect[i];
        return NULL;
}

static bool expect_has_step(const struct story *story, const struct story_expect *expect) {
        for (int i = 0; i < story->step_count; i++)
                if (expect_of_step(story, &story->steps[i]) == expect)
                        return true;
        return false;
}

/* Add the expectations whose alert id no single event determines; they are matched by elder and rule. */
static int story_begin(struct sim *sim, const struct story *story) {
        int r = 0;

        report_story(sim, story);
        for (int i = 0; i < story->expect_count && r == 0; i++) {
                struct score_expectation expectation;

                if (expect_has_step(story, &story->expect[i]))
                        continue;
                expectation_fill(sim, story, &story->expect[i], &expectation);
                r = score_expect(sim->score, &expectation);
        }
        return r;
}

static int step_event(struct sim *sim, const struct story *story, const struct story_step *step,
                      int value, int64_t now_time_ms) {
        const struct registry_device *device =
                neighbourhood_device(sim->options.hood, step->device);
        const struct story_expect *expect = expect_of_step(story, step);
        const struct sim_storm_kind *known = known_kind(step->kind->name);
        struct score_expectation expectation;
        struct sim_publish_alarm alarm = {
                .device = device,
                .kind = step->kind->name,
                .value = step->values[value],
                .confidence = step->confidence,
                .event_time_ms = now_time_ms - step->age_ms,
                .buffered = step->buffered,
                .drill = step->drill,
                .retained = step->retained,
        };

        if (step->kind->lane != LANE_ALARM)
                return sim_publish_telemetry(sim, device, step->kind->name, step->values[value],
                                             alarm.event_time_ms, step->buffered);
        if (expect) {
                expectation_fill(sim, story, expect, &expectation);
                expectation.timed = known && !known->held && !step->age_ms;
                alarm.expect = &expectation;
        }
        return sim_publish_alarm(sim, &alarm);
}

static int step_turn(struct sim *sim, const struct story *story, struct sim_progress *state,
                     int index, int64_t now_mono_us, int64_t now_time_ms) {
        const struct story_step *step = &story->steps[index];
        int r = 0;

        if (step->what != STORY_STEP_EVENT) {
                if (now_mono_us < story_mono_us(sim, story, step->at_ms))
                        return 0;
                telemetry_hush(sim->telemetry, story->elder, step->device,
                               step->what == STORY_STEP_HUSH);
                report_step(sim, story, step);
                state->step_done[index] = true;
                return 0;
        }
        while (r == 0 && state->values_sent[index] < step->value_count &&
               now_mono_us >=
                       story_mono_us(sim, story,
                                     step->at_ms + state->values_sent[index] * step->every_ms)) {
                if (state->values_sent[index] == 0)
                        report_step(sim, story, step);
                r = step_event(sim, story, step, state->values_sent[index], now_time_ms);
                state->values_sent[index]++;
        }
        state->step_done[index] = state->values_sent[index] == step->value_count;
        return r;
}

static int story_turn(struct sim *sim, size_t index, int64_t now_mono_us, int64_t now_time_ms) {
        const struct story *story = &sim->options.stories->rows[index];
        struct sim_progress *state = &sim->story_states[index];
        int r = 0;

        if (now_mono_us < story_mono_us(sim, story, 0) || !sim_has_story(sim, story))
                return 0;
        if (!state->begun) {
                /* A story that has not begun when the run ends is not played. */
                if (sim->draining)
                        return 0;
                state->begun = true;
                r = story_begin(sim, story);
        }
        for (int i = 0; i < story->step_count && r == 0; i++)
                if (!state->step_done[i])
                        r = step_turn(sim, story, state, i, now_mono_us, now_time_ms);
        return r;
}

/* --- the storm ------------------------------------------------------------------------------------------ */

static bool elder_has_story(const struct sim *sim, int elder) {
        for (size_t i = 0; sim->options.stories && i < sim->options.stories->count; i++)
                if (sim->options.stories->rows[i].elder == elder)
                        return true;
        return false;
}

/* Skips Zigbee devices: they send no sequence number, so there is no receipt and the alert id is unknown. */
static const struct registry_device *device_of_class(const struct sim *sim, int elder,
                                                     const char *device_class) {
        const struct neighbourhood_home *home = &sim->options.hood->homes[elder];

        for (uint32_t i = 0; i < home->device_count; i++) {
                const struct registry_device *device =
                        &sim->options.hood->devices[home->first_device + i];

                if (!device->profile[0] && strcmp(device->device_class, device_class) == 0)
                        return device;
        }
        return NULL;
}

/* Pick an elder and a kind without an open alert, so that each press must page. Return: false when there is none
 * now. */
static bool storm_pick(struct sim *sim, int *ret_elder, int *ret_kind,
                       const struct registry_device **ret_device) {
        int elders = sim->options.people < (int)sim->options.hood->elder_count
                             ? sim->options.people
                             : (int)sim->options.hood->elder_count;

        for (int tries = 0; tries < 200; tries++) {
                int elder = (int)random_below(&sim->storm_random, (uint32_t)elders);
                int kind = (int)random_below(&sim->storm_random, (uint32_t)sim->storm_kind_count);
                const struct registry_device *device =
                        device_of_class(sim, elder, sim->storm_kinds[kind].device_class);

                if (!device || (sim->storm_open[elder] & (1u << kind)) ||
                    elder_has_story(sim, elder))
                        continue;
                *ret_elder = elder;
                *ret_kind = kind;
                *ret_device = device;
                return true;
        }
        return false;
}

static int storm_press(struct sim *sim, int elder, int kind, const struct registry_device *device,
                       int64_t now_time_ms) {
        const struct sim_storm_kind *storm = &sim->storm_kinds[kind];
        char rule[ALERT_RULE_ID_BYTES];
        struct score_expectation expectation = {
                .elder_id = device->elder_id,
                .rule = rule,
                .timed = !storm->held,
                .story = "",
        };
        const struct sim_publish_alarm alarm = {
                .device = device,
                .kind = storm->kind,
                .value = 1,
                .confidence = storm->held ? 0.95 : -1,
                .event_time_ms = now_time_ms,
                .expect = &expectation,
        };
        int needs = 0;

        sim_rule_of_kind(storm->kind, rule);
        if (sim->options.hood->homes[elder].contact_count)
                expectation.needs[needs++] = STORY_FAMILY;
        expectation.needs[needs] = STORY_TEAM | STORY_DESK;
        if (!sim->people)
                return sim_publish_alarm(sim,
                                         &(struct sim_publish_alarm){.device = device,
                                                                     .kind = storm->kind,
                                                                     .value = 1,
                                                                     .confidence = alarm.confidence,
                                                                     .event_time_ms = now_time_ms});
        sim->storm_open[elder] |= (uint8_t)(1u << kind);
        return sim_publish_alarm(sim, &alarm);
}

static int storm_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms) {
        int r = 0;

        while (r == 0 && sim->storm_due_us <= (double)now_mono_us) {
                const struct registry_device *device;
                int elder, kind;

                sim->storm_due_us += 1e6 / sim->options.storm;
                if (storm_pick(sim, &elder, &kind, &device))
                        r = storm_press(sim, elder, kind, device, now_time_ms);
                else
                        sim->storm_held++;
        }
        return r;
}

void play_alert_closed(struct sim *sim, const char *elder_id, const char *rule) {
        int elder = neighbourhood_elder_index(sim->options.hood, elder_id);
        char kind_rule[ALERT_RULE_ID_BYTES];

        for (int kind = 0; elder >= 0 && kind < sim->storm_kind_count; kind++) {
                sim_rule_of_kind(sim->storm_kinds[kind].kind, kind_rule);
                if (strcmp(kind_rule, rule) == 0)
                        sim->storm_open[elder] &= (uint8_t) ~(1u << kind);
        }
}

int play_turn(struct sim *sim, int64_t now_mono_us, int64_t now_time_ms) {
        int r = 0;

        if (sim->cut_short)
                return 0;
        for (size_t i = 0; sim->options.stories && i < sim->options.stories->count && r == 0; i++)
                r = story_turn(sim, i, now_mono_us, now_time_ms);
        if (r == 0 && sim->options.storm > 0 && !sim->draining)
                r = storm_turn(sim, now_mono_us, now_time_ms);
        return r;
}

int64_t play_due_ms(const struct sim *sim, int64_t now_mono_us) {
        if (sim->options.storm <= 0 || sim->draining)
                return INT64_MAX;
        return ((int64_t)sim->storm_due_us - now_mono_us + 999) / 1000;
}
