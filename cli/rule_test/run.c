/* SPDX-License-Identifier: MIT
 *
 * The clock of a test is simulated: it jumps to the next time at which something is due: a change made by the test,
 * an event that arrives, a deadline of the engine, an answer, a ladder step. Things due at the same time happen in
 * this order. Long silences cost nothing.
 */
#include "cli/rule_test/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rule_test/coverage.h"
#include "cli/rule_test/recipients.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/murmur2.h"
#include "common/language/say.h"
#include "rules/alert/verdict.h"
#include "rules/consumer/registry_profile.h"

static const char note_killed[] = N_("rules killed");
static const char note_back[] = N_("rules are back");
static const char note_deaf[] = N_("the MQTT broker is away");
static const char note_hears[] = N_("the MQTT broker is back");
static const char note_reloaded[] = N_("rules reloaded");

enum { TEST_BATCH = 64 };
enum { PARTITION = 0, PARTITIONS = 1, NO_SETTLING = -1, SETTLING = 0 };

/* Saved state of an elder of a killed engine. */
struct test_saved {
        char elder_id[EVENT_ELDER_ID_BYTES];
        void *blob;
        size_t bytes;
};

struct test_run {
        struct rule_test_case *test;
        struct coverage *coverage;
        struct timeline *timeline;
        struct registry *registry;
        int64_t now_ms;
        int failed; /* -errno from a callback */

        struct engine *engine; /* NULL: killed */
        const struct rule_set *rules;
        int64_t due_ms;                      /* next deadline of the engine */
        int64_t up_ms;                       /* restart time of a killed engine */
        int64_t deaf_from_ms, deaf_until_ms; /* broker down: [from, until) */
        int64_t say_ms; /* time of the next listening record; 0: none in this test */
        struct test_saved *saved;
        size_t saved_count;
        uint64_t sequence;
        size_t change_at, answer_at;

        struct recipients recipients;
};

/* --- the engine --------------------------------------------------------------------------------- */

static void on_verdict(void *context, const struct verdict *verdict) {
        struct test_run *run = context;
        struct alert alert;
        int r;

        verdict_to_alert(verdict, verdict->now_ms * 1000, &alert);
        r = timeline_found(run->timeline, &alert);
        if (r < 0)
                run->failed = r;
        if (verdict->rule_set == run->test->file->rules)
                coverage_found(run->coverage, run->test, &alert);
        r = recipients_take(&run->recipients, &alert, run->now_ms);
        if (r < 0 && run->failed == 0)
                run->failed = r;
}

static int elder_put(struct test_run *run, const struct registry_elder *elder) {
        struct elder_profile profile;

        registry_profile_make(run->registry, elder, PARTITIONS, &profile);
        return engine_elder_put(run->engine, &profile, run->now_ms);
}

static int engine_begin(struct test_run *run, int64_t settle_ms) {
        const struct engine_options options = {
                .elders_expected = (uint32_t)registry_count(run->registry, REGISTRY_ELDER),
                .sink = on_verdict,
                .context = run,
                .settle_ms = settle_ms,
        };
        const struct registry_elder *elder;
        int r = engine_new(&run->engine, &options, run->rules, run->now_ms);

        for (size_t i = 0; r == 0 && (elder = registry_at(run->registry, REGISTRY_ELDER, i)); i++)
                r = elder_put(run, elder);
        for (size_t i = 0; r == 0 && i < run->saved_count; i++)
                r = blob_restore(run->engine, PARTITION, run->saved[i].elder_id, run->saved[i].blob,
                                 run->saved[i].bytes);
        if (r == 0)
                r = engine_partition_open(run->engine, PARTITION, run->now_ms);
        return r == BLOB_REFUSED ? err_raise(-EILSEQ) : r;
}

static void saved_free(struct test_run *run) {
        for (size_t i = 0; i < run->saved_count; i++)
                free(run->saved[i].blob);
        free(run->saved);
        run->saved = NULL;
        run->saved_count = 0;
}

static void on_saved(void *context, int32_t partition, const char *elder_id, const void *blob,
                     size_t blob_bytes) {
        struct test_run *run = context;
        struct test_saved *saved =
                realloc(run->saved, (run->saved_count + 1) * sizeof(*run->saved));
        void *copy = malloc(blob_bytes);

        if (saved)
                run->saved = saved;
        if (!saved || !copy) {
                free(copy);
                run->failed = err_raise(-ENOMEM);
                return;
        }
        memcpy(copy, blob, blob_bytes);
        saved = &run->saved[run->saved_count++];
        *saved = (struct test_saved){.blob = copy, .bytes = blob_bytes};
        memcpy(saved->elder_id, elder_id, strlen(elder_id) + 1);
}

static void engine_kill(struct test_run *run, int64_t down_ms) {
        saved_free(run);
        engine_partition_mark_dirty(run->engine, PARTITION); /* all elders, not only changed ones */
        blobs_save_dirty(run->engine, on_saved, run);
        run->engine = engine_free(run->engine);
        run->up_ms = run->now_ms + down_ms;
}

/* --- what the test does ------------------------------------------------------------------------- */

static int record_change(struct test_run *run, const struct rule_test_change *change) {
        const void *record = change->record_type == REGISTRY_ELDER ? (const void *)&change->elder
                                                                   : (const void *)&change->device;
        const struct registry_device *device = registry_device(run->registry, change->id);
        const char *owner = change->record_type == REGISTRY_ELDER ? change->id
                            : change->removed && device           ? device->elder_id
                                                                  : change->device.elder_id;
        char elder_id[EVENT_ELDER_ID_BYTES], key[64];
        const struct registry_elder *elder;
        int r;

        snprintf(elder_id, sizeof(elder_id), "%.*s", EVENT_ELDER_ID_BYTES - 1, owner);
        snprintf(key, sizeof(key), "%s/%s", registry_type_name(change->record_type), change->id);
        r = change->removed ? registry_apply(run->registry, key, strlen(key), NULL, 0)
                            : registry_put(run->registry, change->record_type, record);
        if (r != 0 || !run->engine)
                return r;
        elder = registry_elder(run->registry, elder_id);
        if (elder)
                return elder_put(run, elder);
        engine_elder_remove(run->engine, elder_id, murmur2(elder_id, strlen(elder_id)));
        return 0;
}

static int change_do(struct test_run *run, const struct rule_test_change *change) {
        switch (change->type) {
        case RULE_TEST_RESTART:
                if (run->engine)
                        engine_kill(run, change->down_ms);
                return timeline_note(run->timeline, run->now_ms, note_killed);
        case RULE_TEST_DEAF:
                run->deaf_from_ms = run->now_ms;
                run->deaf_until_ms = run->now_ms + change->down_ms;
                run->say_ms = run->now_ms;
                return timeline_note(run->timeline, run->now_ms, note_deaf);
        case RULE_TEST_RELOAD:
                run->rules = change->rules;
                if (run->engine)
                        (void)engine_swap(run->engine, change->rules); /* the test owns the sets */
                return timeline_note(run->timeline, run->now_ms, note_reloaded);
        case RULE_TEST_RECORD:
                return record_change(run, change);
        case RULE_TEST_PERSON:
                return recipients_reach(&run->recipients, change, run->now_ms);
        }
        return 0;
}

static int changes_do(struct test_run *run) {
        const struct rule_test_case *test = run->test;
        int r = 0;

        if (!run->engine && run->up_ms <= run->now_ms) {
                r = engine_begin(run, SETTLING);
                if (r == 0)
                        r = timeline_note(run->timeline, run->now_ms, note_back);
        }
        while (r == 0 && run->change_at < test->change_count &&
               test->changes[run->change_at].at_ms <= run->now_ms)
                r = change_do(run, &test->changes[run->change_at++]);
        return r;
}

/* --- listening ---------------------------------------------------------------------------------- */

static bool is_deaf(const struct test_run *run) {
        return run->now_ms < run->deaf_until_ms;
}

/* Send listening records as ingest does, but only after the first change `deaf:` of the test. */
static int listening_do(struct test_run *run) {
        struct event event;

        if (run->say_ms == 0 || run->say_ms > run->now_ms)
                return 0;
        event_listening(&event, 0, PARTITION, !is_deaf(run), run->now_ms);
        if (run->engine)
                engine_events(run->engine, &event, NULL, 1, run->now_ms);

        bool ends = run->say_ms == run->deaf_until_ms;

        run->say_ms = run->now_ms + EVENT_LISTENING_EVERY_MS;
        if (is_deaf(run) && run->say_ms > run->deaf_until_ms)
                run->say_ms = run->deaf_until_ms;
        return ends ? timeline_note(run->timeline, run->now_ms, note_hears) : 0;
}

/* --- events ------------------------------------------------------------------------------------- */

static int64_t source_time_ms(const struct rule_test_source *source) {
        return source->at_ms + (int64_t)source->sent * source->every_ms;
}

/* When the next event of @source arrives; INT64_MAX: none. */
static int64_t source_next_ms(const struct rule_test_source *source) {
        if (source->sent == source->count)
                return INT64_MAX;
        if (source->arrives_ms)
                return source->arrives_ms;
        return source_time_ms(source) + source->late_ms;
}

static const unsigned char *event_make(struct test_run *run, struct rule_test_source *source,
                                       struct event *ret) {
        const unsigned char *samples = NULL;

        *ret = source->event;
        ret->received_time_ms = source_next_ms(source);
        if (ret->received_time_ms >= run->deaf_from_ms &&
            ret->received_time_ms < run->deaf_until_ms)
                ret->received_time_ms = run->deaf_until_ms;
        ret->sequence = ++run->sequence;
        if (!(ret->flags & EVENT_TIME_MISSING))
                ret->device_time_ms = source_time_ms(source) + source->clock_ms;
        if (source->block > 0) {
                size_t from = (size_t)source->sent * source->block;
                size_t left = source->sample_rows - from;

                ret->sample_count = (uint16_t)(left < source->block ? left : source->block);
                samples = (const unsigned char *)(source->samples + 3 * from);
        } else {
                ret->value = source->values[source->sent % source->value_count];
        }
        source->sent++;
        run->test->events++;
        return samples;
}

/* Evaluate every event that has arrived by now, source by source in the order of the file. */
static void events_do(struct test_run *run) {
        struct event events[TEST_BATCH];
        const unsigned char *samples[TEST_BATCH];
        uint32_t count = 0;

        if (!run->engine || is_deaf(run))
                return; /* meanwhile events wait in Kafka or in the devices */
        for (size_t i = 0; i < run->test->source_count; i++) {
                struct rule_test_source *source = &run->test->sources[i];

                while (source_next_ms(source) <= run->now_ms) {
                        samples[count] = event_make(run, source, &events[count]);
                        if (++count < TEST_BATCH)
                                continue;
                        engine_events(run->engine, events, samples, count, run->now_ms);
                        count = 0;
                }
        }
        if (count > 0)
                engine_events(run->engine, events, samples, count, run->now_ms);
}

/* --- the clock ---------------------------------------------------------------------------------- */

static void earlier(int64_t *next_ms, int64_t time_ms) {
        if (time_ms < *next_ms)
                *next_ms = time_ms;
}

static int64_t next_ms(const struct test_run *run) {
        const struct rule_test_case *test = run->test;
        int64_t next = recipients_next_ms(&run->recipients);

        if (run->change_at < test->change_count)
                earlier(&next, test->changes[run->change_at].at_ms);
        if (run->answer_at < test->answer_count)
                earlier(&next, test->answers[run->answer_at].at_ms);
        if (run->say_ms)
                earlier(&next, run->say_ms);
        if (!run->engine) {
                earlier(&next, run->up_ms);
                return next;
        }
        for (size_t i = 0; i < test->source_count && !is_deaf(run); i++)
                earlier(&next, source_next_ms(&test->sources[i]));
        earlier(&next, run->due_ms);
        return next;
}

/* Fire all deadlines due by now; this also applies a changed rule set. */
static void engine_do(struct test_run *run) {
        int64_t due_ms = 0;

        while (run->engine && due_ms == 0) {
                engine_tick(run->engine, run->now_ms);
                due_ms = engine_next_due_ms(run->engine, run->now_ms);
        }
        run->due_ms = run->engine && due_ms > 0 ? run->now_ms + due_ms : INT64_MAX;
}

static int moment_do(struct test_run *run) {
        const struct rule_test_case *test = run->test;
        int r = changes_do(run);

        if (r == 0)
                r = listening_do(run);
        if (r != 0)
                return r;
        events_do(run);
        engine_do(run);
        while (r == 0 && run->answer_at < test->answer_count &&
               test->answers[run->answer_at].at_ms <= run->now_ms)
                r = recipients_answer(&run->recipients, &test->answers[run->answer_at++],
                                      run->now_ms);
        if (r == 0)
                r = recipients_tick(&run->recipients, run->now_ms);
        return run->failed ? run->failed : r;
}

static int clock_run(struct test_run *run) {
        int r = 0;

        while (r == 0) {
                int64_t next = next_ms(run);

                if (next > run->test->end_ms)
                        return 0;
                if (next > run->now_ms)
                        run->now_ms = next;
                r = moment_do(run);
        }
        return r;
}

/* --- a run -------------------------------------------------------------------------------------- */

/* Copy the registry: coverage needs the registry at the start later. */
static int registry_copy(struct test_run *run) {
        int r = registry_new(&run->registry);

        for (int type = 0; r == 0 && type < REGISTRY_TYPES; type++) {
                const void *record;

                for (size_t i = 0; r == 0 && (record = registry_at(run->test->registry,
                                                                   (enum registry_type)type, i));
                     i++)
                        r = registry_put(run->registry, (enum registry_type)type, record);
        }
        return r;
}

int rule_test_run_case(struct rule_test_case *test, struct coverage *coverage) {
        struct test_run run = {.test = test,
                               .coverage = coverage,
                               .rules = test->file->rules,
                               .now_ms = test->start_ms};
        int64_t began_us = clock_mono_us();
        int r = timeline_new(&test->timeline);

        run.timeline = test->timeline;
        if (r == 0)
                r = registry_copy(&run);
        if (r == 0)
                r = recipients_init(&run.recipients, test, coverage, run.registry);
        if (r == 0)
                r = engine_begin(&run, NO_SETTLING);
        if (r == 0)
                r = moment_do(&run);
        if (r == 0)
                r = clock_run(&run);
        engine_free(run.engine);
        recipients_fini(&run.recipients);
        registry_free(run.registry);
        saved_free(&run);
        test->took_us = clock_mono_us() - began_us;
        if (r != 0 && r != -ENOMEM) {
                rule_test_fail(test, "T022", test->node, NULL, "the test cannot be run: %s",
                               err_why());
                r = 0;
        }
        return r;
}
