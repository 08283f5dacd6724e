/* SPDX-License-Identifier: MIT */
#include "cli/sim/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum { COMPLAINTS_MAX = 20, STATUS_MS = 5000 };

/* --- live lines --------------------------------------------------------------------------------------- */

static const char *const red = "31;1", *const green = "32", *const yellow = "33",
                         *const blue = "36", *const grey = "90";

static void tell(const struct sim *sim, const char *colour, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void tell(const struct sim *sim, const char *colour, const char *format, ...) {
        double seconds =
                sim->start_mono_us ? (double)(clock_mono_us() - sim->start_mono_us) / 1e6 : 0;
        va_list args;

        if (sim->options.quiet)
                return;
        fprintf(stderr, "%7.1f s  ", seconds);
        if (sim->options.colour)
                fprintf(stderr, "\033[%sm", colour);
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
        fputs(sim->options.colour ? "\033[0m\n" : "\n", stderr);
}

static const char *pick(const struct sim *sim, const char *english) __attribute__((format_arg(2)));

static const char *pick(const struct sim *sim, const char *english) {
        return say(sim->options.language, english);
}

/* The Chinese or English text of a story or an alert. */
static const char *own(const struct sim *sim, const char *zh, const char *en) {
        return language_reads_chinese(sim->options.language) ? zh : en;
}

void report_wait(struct sim *sim, const char *english) {
        tell(sim, yellow, "%s …", pick(sim, english));
}

void report_start(struct sim *sim) {
        const struct neighbourhood *hood = sim->options.hood;
        size_t played = 0;

        for (size_t i = 0; sim->options.stories && i < sim->options.stories->count; i++)
                played += sim_has_story(sim, &sim->options.stories->rows[i]);
        tell(sim, grey,
             pick(sim, "%zu elders, %zu devices, %d grids; %.0f events a second, %zu stories"),
             hood->elder_count, hood->device_count, hood->grids, sim->options.rate, played);
        for (size_t i = 0; sim->options.stories && i < sim->options.stories->override_count; i++) {
                const struct story_override *override = &sim->options.stories->overrides[i];

                tell(sim, grey,
                     pick(sim, "time pressed together (%s's own limit, no fake clock): %s"),
                     override->elder_id,
                     own(sim, override->stands_for_zh, override->stands_for_en));
        }
}

void report_story(struct sim *sim, const struct story *story) {
        const struct registry_elder *elder = &sim->options.hood->elders[story->elder];

        tell(sim, blue, "▶ %s %s: %s  [%s]", story->elder_id, elder->name,
             own(sim, story->title_zh, story->title_en), story->shows);
}

void report_step(struct sim *sim, const struct story *story, const struct story_step *step) {
        if (step->what != STORY_STEP_EVENT)
                tell(sim, grey, "    %s %s", step->device[0] ? step->device : story->elder_id,
                     step->what == STORY_STEP_HUSH ? pick(sim, "falls silent")
                                                   : pick(sim, "speaks again"));
        else if (step->value_count > 1)
                tell(sim, grey, "    %s → %s %g … %g", step->device, step->kind->name,
                     step->values[0], step->values[step->value_count - 1]);
        else
                tell(sim, grey, "    %s → %s%s%s", step->device, step->kind->name,
                     step->retained ? pick(sim, " (retained)") : "",
                     step->buffered ? pick(sim, " (buffered)") : "");
}

static bool is_storm(const struct sim *sim, const struct page_card *card) {
        for (size_t i = 0; sim->options.stories && i < sim->options.stories->count; i++)
                if (strcmp(sim->options.stories->rows[i].elder_id, card->elder_id) == 0)
                        return false;
        return sim->options.storm > 0;
}

void report_page(struct sim *sim, const struct sim_people_news *news, enum score_verdict verdict) {
        const struct page_card *card = news->news->card;
        char late[48] = "";

        if (verdict == SCORE_RESENT || verdict == SCORE_OLDER ||
            (is_storm(sim, card) && verdict == SCORE_EXPECTED))
                return;
        if (card->late_ms >= 60000)
                snprintf(late, sizeof(late), pick(sim, ", %lld minutes old"),
                         (long long)(card->late_ms / 60000));
        tell(sim,
             verdict == SCORE_EXPECTED ? (card->severity == SEVERITY_CRITICAL ? red : yellow) : red,
             "    ☎ %-12s %s %s%s%s", news->recipient, card->elder_name,
             own(sim, card->title_zh, card->title_en), late,
             verdict == SCORE_UNEXPECTED ? pick(sim, "  ✗ unexpected")
             : verdict == SCORE_DOUBLED  ? pick(sim, "  ✗ doubled")
                                         : "");
}

/* Each desk's robot reports the notice; only calls for help are printed. */
void report_notice(struct sim *sim, const char *recipient, const struct page_notice *notice) {
        char line[1024];

        if (!page_notice_is_cry(notice))
                return;
        page_notice_line(notice, sim->options.language, line, sizeof(line));
        tell(sim, notice->settled ? grey : red, "    ☎ %-12s %s", recipient, line);
}

void report_answer(struct sim *sim, const struct sim_people_news *news) {
        static const char *const words[PAGE_CARD_ANSWERS] = {
                N_("    ✓ %-12s accepts %s"),
                N_("    ✓ %-12s declines %s"),
                N_("    ✓ %-12s is there: %s"),
                N_("    ✓ %-12s closes %s"),
        };
        const struct page_card *card = news->news->card;
        int answer = (int)news->news->answer;

        if (is_storm(sim, card))
                return;
        if (news->news->kind == PAGE_NEWS_REFUSED)
                tell(sim, grey, pick(sim, "    %-12s answer refused: %s"), news->recipient,
                     card->reason);
        else
                tell(sim, green, pick(sim, words[answer]), news->recipient, card->elder_name);
}

void report_status(struct sim *sim, int64_t now_mono_ms) {
        struct gateways_stats stats;

        if (now_mono_ms < sim->status_due_mono_ms)
                return;
        sim->status_due_mono_ms = now_mono_ms + STATUS_MS;
        if (sim->ledger)
                fflush(sim->ledger);
        gateways_stats(sim->gateways, &stats);
        tell(sim, grey,
             pick(sim, "%s%llu events, %llu pages seen; %zu owed a PUBACK, %zu a receipt"),
             stats.connected < stats.count ? pick(sim, "MQTT is away; ") : "",
             (unsigned long long)sim->events_published, (unsigned long long)sim->pages_seen,
             gateways_waiting(sim->gateways), gateway_store_count(sim->store));
}

/* --- the result ------------------------------------------------------------------------------------------ */

static void complaint_say(void *context, const char *sentence) {
        const struct sim *sim = context;

        tell(sim, red, "✗ %s", sentence);
}

static double tenth(double value) {
        return (double)(int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5)) / 1000;
}

static void counts_add(yyjson_mut_doc *doc, yyjson_mut_val *root, struct sim *sim,
                       const struct score_result *result) {
        struct gateways_stats stats;

        gateways_stats(sim->gateways, &stats);
        yyjson_mut_obj_add_uint(doc, root, "events_published", sim->events_published);
        yyjson_mut_obj_add_uint(doc, root, "alarms_published", sim->alarms_published);
        yyjson_mut_obj_add_uint(doc, root, "alerts", result->alerts);
        yyjson_mut_obj_add_uint(doc, root, "pages_expected", result->expected);
        yyjson_mut_obj_add_uint(doc, root, "pages_received", result->received);
        yyjson_mut_obj_add_uint(doc, root, "pages_missing", result->missing);
        yyjson_mut_obj_add_uint(doc, root, "pages_doubled", result->doubled);
        yyjson_mut_obj_add_uint(doc, root, "pages_unexpected", result->unexpected);
        yyjson_mut_obj_add_uint(doc, root, "pages_older", result->older);
        yyjson_mut_obj_add_uint(doc, root, "resends", result->resends);
        yyjson_mut_obj_add_uint(doc, root, "answered", result->answered);
        yyjson_mut_obj_add_uint(doc, root, "answers_missing", result->answers_missing);
        yyjson_mut_obj_add_uint(doc, root, "not_acknowledged", gateways_waiting(sim->gateways));
        yyjson_mut_obj_add_uint(doc, root, "without_receipt", gateway_store_count(sim->store));
        yyjson_mut_obj_add_uint(doc, root, "receipts", stats.receipts);
        yyjson_mut_obj_add_uint(doc, root, "alarm_resends", stats.alarm_resends);
        yyjson_mut_obj_add_uint(doc, root, "mqtt_reconnects", stats.reconnects);
        yyjson_mut_obj_add_uint(doc, root, "storm_held", sim->storm_held);
}

static char *result_json(struct sim *sim, const struct score_result *result, bool good) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        yyjson_mut_val *parts;
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        counts_add(doc, root, sim, result);
        yyjson_mut_obj_add_uint(doc, root, "pages_timed", result->timed);
        yyjson_mut_obj_add_real(doc, root, "p50_ms", tenth(result->p50_ms));
        yyjson_mut_obj_add_real(doc, root, "p99_ms", tenth(result->p99_ms));
        yyjson_mut_obj_add_real(doc, root, "p999_ms", tenth(result->p999_ms));
        yyjson_mut_obj_add_real(doc, root, "first_page_s", tenth(result->first_page_s));
        parts = yyjson_mut_obj_add_obj(doc, root, "parts");
        for (int i = 0; i < 5; i++)
                yyjson_mut_obj_add_real(doc, parts, score_part_names[i],
                                        tenth(result->parts_ms[i]));
        yyjson_mut_obj_add_bool(doc, root, "good", good);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

int report_result(struct sim *sim, FILE *out) {
        struct score_result result;
        char *json;
        bool good;

        score_result(sim->score, &result);
        good = !result.missing && !result.doubled && !result.unexpected &&
               !result.answers_missing && !gateway_store_count(sim->store) &&
               !gateways_waiting(sim->gateways);
        if (sim->people)
                score_complaints(sim->score, complaint_say, sim, COMPLAINTS_MAX);
        tell(sim, good ? green : red,
             pick(sim, "%llu pages expected, %llu came, %llu missing, %llu doubled, %llu "
                       "unexpected; p50 "
                       "%.1f ms, p99 %.1f ms"),
             (unsigned long long)result.expected, (unsigned long long)result.received,
             (unsigned long long)result.missing, (unsigned long long)result.doubled,
             (unsigned long long)result.unexpected, result.p50_ms, result.p99_ms);

        json = result_json(sim, &result, good);
        if (!json)
                return err_raise(-ENOMEM);
        fprintf(out, "%s\n", json);
        fflush(out);
        free(json);
        return good ? 0 : SIM_FAILED;
}
