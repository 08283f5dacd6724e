/* SPDX-License-Identifier: MIT */
#include "cli/backtest/engines/twin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

/* Events received within one step of the engine's timer wheel are evaluated in one call: deadlines have no finer
 * resolution, and the engine prefetches. */
enum { STEP_MS = 100 };

/* A longer gap is a wrong clock, and its deadlines would be evaluated one by one. */
#define SILENCE_MAX_MS ((int64_t)400 * 24 * 3600 * 1000)

/* --- what the engines say ----------------------------------------------------------------------- */

static bool is_fall(const struct verdict *verdict) {
        return verdict->kind == KIND_FALL || verdict->kind == KIND_ACCELERATION;
}

static int raise_note(struct twin_side *side, const struct verdict *verdict, uint32_t row,
                      uint32_t person) {
        struct twin *twin = side->twin;
        const struct rule *rule = rule_set_rule(side->rules, verdict->rule_index);
        bool counted = verdict->now_ms >= twin->from_ms && verdict->now_ms < twin->to_ms;
        struct raised raised = {
                .raised_ms = verdict->now_ms,
                .event_time_ms = verdict->event_time_ms,
                .episode = verdict->first_event_key,
                .rule = row,
                .person = person,
                .severity = (uint8_t)verdict->severity,
                .worst = (uint8_t)verdict->severity,
                .counts = !rule->shadow && !verdict->drill,
                .late = verdict->late_ms > 0,
                .fall = is_fall(verdict),
        };

        if (!counted)
                return 0;
        side->shadows[row] += rule->shadow;
        side->drills += verdict->drill;

        int r = names_number(&twin->devices, verdict->device_id, &raised.device);

        if (r == 0)
                r = raised_add(&side->list, &raised);
        return r == -E2BIG ? err_raise_why(r,
                                           "more than %d alerts: rule \"%s\" was raising the last "
                                           "of them; replay a shorter time",
                                           RAISED_MAX, rule->id)
                           : r;
}

static void on_verdict(void *context, const struct verdict *verdict) {
        struct twin_side *side = context;
        uint32_t row = side->rows[verdict->rule_index];
        int64_t person = backtest_elders_find(&side->twin->people, verdict->elder_id);
        struct raised *open;

        if (side->failed || person < 0)
                return;
        if (verdict->transition == ALERT_RAISED) {
                side->failed = raise_note(side, verdict, row, (uint32_t)person);
                return;
        }
        open = raised_find(&side->list, row, (uint32_t)person, verdict->first_event_key);
        switch (verdict->transition) {
        case ALERT_SEVERITY_CHANGED:
                if (open && verdict->severity < open->worst)
                        open->worst = (uint8_t)verdict->severity;
                break;
        case ALERT_CANCELLED:
                side->cancels[row] += verdict->now_ms >= side->twin->from_ms;
                break;
        default:
                side->clears[row] += open != NULL;
        }
        if (open && verdict->transition != ALERT_SEVERITY_CHANGED)
                open->ended_ms = verdict->now_ms;
}

/* --- the clock ------------------------------------------------------------------------------------ */

/* Fire every deadline up to @to_ms, each at its own time. */
static void side_advance(struct twin_side *side, int64_t to_ms) {
        for (;;) {
                int64_t due_ms = engine_next_due_ms(side->engine, side->clock_ms);

                if (due_ms < 0 || side->clock_ms + due_ms > to_ms)
                        break;
                side->clock_ms += due_ms;
                engine_tick(side->engine, side->clock_ms);
        }
        if (side->clock_ms < to_ms)
                side->clock_ms = to_ms;
}

static int flush(struct twin *twin, const unsigned char *samples) {
        const unsigned char *const all[] = {samples}; /* an event with samples is flushed alone */
        int r = 0;

        for (int i = 0; i < TWIN_SIDES && twin->batch_count; i++) {
                struct twin_side *side = &twin->sides[i];

                side_advance(side, twin->batch_ms);
                engine_events(side->engine, twin->batch, samples ? all : NULL, twin->batch_count,
                              twin->clock_ms);
                if (side->failed)
                        r = side->failed;
        }
        twin->batch_count = 0;
        return r;
}

static int clock_turn(struct twin *twin, int64_t received_ms) {
        if (received_ms > twin->clock_ms + SILENCE_MAX_MS)
                return err_raise_why(-ERANGE,
                                     "received_time_ms %lld is more than 400 days after the event "
                                     "before it (%lld): leave it out with --from or --to",
                                     (long long)received_ms, (long long)twin->last_received_ms);
        twin->backwards += received_ms < twin->last_received_ms;
        twin->last_received_ms = received_ms;
        if (received_ms > twin->clock_ms)
                twin->clock_ms = received_ms;
        else if (twin->clock_ms - received_ms > twin->backwards_max_ms)
                twin->backwards_max_ms = twin->clock_ms - received_ms;
        return 0;
}

/* --- people --------------------------------------------------------------------------------------- */

static int introduce(struct twin *twin, uint32_t person) {
        struct elder_profile profile;
        int r = 0;

        backtest_elders_profile(&twin->people, person, twin->begin_ms, &profile);
        for (int i = 0; r == 0 && i < TWIN_SIDES; i++)
                r = engine_elder_put(twin->sides[i].engine, &profile, twin->clock_ms);
        return r;
}

static int speaker_note(struct twin *twin, const struct event *event) {
        bool changed = false;
        uint32_t number = 0;
        int r = backtest_elders_meet(&twin->people, event, &number, &changed);

        if (r == 0 && changed)
                r = introduce(twin, number);
        if (r < 0)
                return r;
        if (event->received_time_ms < twin->from_ms || event->received_time_ms >= twin->to_ms)
                return 0;

        struct backtest_elder *person = &twin->people.all[number];

        if (person->events++ == 0)
                person->first_ms = person->last_ms = event->received_time_ms;
        if (event->received_time_ms > person->last_ms)
                person->last_ms = event->received_time_ms;
        twin->counted_events++;
        return 0;
}

static bool is_listening(const struct event *event) {
        return event->kind == KIND_LISTENING && event->elder_id[0] == '\0';
}

/* --- from outside --------------------------------------------------------------------------------- */

int twin_take(struct twin *twin, const struct source_event *event) {
        int64_t received_ms = event->event.received_time_ms;
        int r = 0;

        if (twin->batch_count == TWIN_BATCH ||
            (twin->batch_count && (event->samples || received_ms >= twin->batch_ms + STEP_MS)))
                r = flush(twin, NULL);
        if (r == 0)
                r = clock_turn(twin, received_ms);
        if (r < 0)
                return r;
        if (twin->batch_count == 0)
                twin->batch_ms = twin->clock_ms;
        twin->batch[twin->batch_count++] = event->event;
        if (is_listening(&event->event))
                twin->batch[twin->batch_count - 1].value2 = 0; /* partition 0 stands for all */
        else
                r = speaker_note(twin, &event->event);
        if (r == 0 && event->samples)
                r = flush(twin, event->samples);
        return r;
}

int twin_finish(struct twin *twin, int64_t until_ms) {
        int r = flush(twin, NULL);

        for (int i = 0; i < TWIN_SIDES; i++) {
                side_advance(&twin->sides[i], until_ms);
                if (r == 0)
                        r = twin->sides[i].failed;
        }
        return r;
}

static int side_open(struct twin *twin, int i, const struct twin_options *options) {
        struct twin_side *side = &twin->sides[i];
        struct engine_options engine_options = {
                .elders_expected = twin->people.count,
                .sink = on_verdict,
                .context = side,
                .settle_ms = -1, /* the recording is read in order: no backlog to wait for */
        };

        side->twin = twin;
        side->rules = options->rules[i];
        side->rows = options->rows[i];
        side->clock_ms = twin->begin_ms;
        side->shadows = calloc(options->row_count + 1, sizeof(*side->shadows));
        side->cancels = calloc(options->row_count + 1, sizeof(*side->cancels));
        side->clears = calloc(options->row_count + 1, sizeof(*side->clears));
        if (!side->shadows || !side->cancels || !side->clears)
                return err_raise(-ENOMEM);

        int r = engine_new(&side->engine, &engine_options, side->rules, twin->begin_ms);

        return r == 0 ? engine_partition_open(side->engine, 0, twin->begin_ms) : r;
}

int twin_new(struct twin **ret, const struct twin_options *options) {
        struct twin *twin = aligned_alloc(64, (sizeof(*twin) + 63) & ~(size_t)63);
        int r;

        if (!twin)
                return err_raise(-ENOMEM);
        memset(twin, 0, sizeof(*twin));
        twin->begin_ms = twin->clock_ms = twin->last_received_ms = options->begin_ms;
        twin->from_ms = options->from_ms;
        twin->to_ms = options->to_ms;
        r = backtest_elders_init(&twin->people, options->registry);
        for (int i = 0; r == 0 && i < TWIN_SIDES; i++)
                r = side_open(twin, i, options);
        for (uint32_t i = 0; r == 0 && i < twin->people.count; i++)
                r = introduce(twin, i);
        if (r < 0) {
                twin_free(twin);
                return r;
        }
        *ret = twin;
        return 0;
}

struct twin *twin_free(struct twin *twin) {
        if (!twin)
                return NULL;
        for (int i = 0; i < TWIN_SIDES; i++) {
                struct twin_side *side = &twin->sides[i];

                engine_free(side->engine);
                raised_fini(&side->list);
                free(side->shadows);
                free(side->cancels);
                free(side->clears);
        }
        backtest_elders_fini(&twin->people);
        names_fini(&twin->devices);
        free(twin);
        return NULL;
}
