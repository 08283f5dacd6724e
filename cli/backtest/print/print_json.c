/* SPDX-License-Identifier: MIT
 *
 * JSON for scripts. Keys are stable and listed in docs/backtest.md: new ones may be added, but none changes its
 * meaning.
 */
#include "cli/backtest/print/print_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <yyjson.h>

#include "common/base/err.h"

struct json {
        yyjson_mut_doc *doc;
        const struct backtest *backtest;
};

static const char *const side_keys[TWIN_SIDES] = {"old", "new"};
static const char *const change_keys[MATCH_CHANGE_TYPES] = {"gained", "lost", "moved", "severity"};
static const char *const grade_keys[] = {"acceptable", "manageable", "over"};

static yyjson_mut_val *object(const struct json *json, yyjson_mut_val *in, const char *key) {
        return yyjson_mut_obj_add_obj(json->doc, in, key);
}

static void count(const struct json *json, yyjson_mut_val *in, const char *key, uint64_t number) {
        yyjson_mut_obj_add_uint(json->doc, in, key, number);
}

static void real(const struct json *json, yyjson_mut_val *in, const char *key, double number) {
        if (isfinite(number))
                yyjson_mut_obj_add_real(json->doc, in, key, number);
        else
                yyjson_mut_obj_add_null(json->doc, in, key);
}

static void text(const struct json *json, yyjson_mut_val *in, const char *key, const char *value) {
        yyjson_mut_obj_add_str(json->doc, in, key, value);
}

static void moment(const struct json *json, yyjson_mut_val *in, const char *key, int64_t time_ms) {
        yyjson_mut_obj_add_sint(json->doc, in, key, time_ms);
}

/* --- parts -------------------------------------------------------------------------------------------- */

static void origin_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        const struct twin *twin = backtest->twin;

        text(json, root, "schema", "vigil-backtest-1");
        for (int side = 0; side < TWIN_SIDES; side++) {
                yyjson_mut_val *set = object(json, root, side_keys[side]);

                text(json, set, "path", backtest->options->rules[side]);
                text(json, set, "version", rule_set_version(backtest->sets[side]));
                count(json, set, "rules", rule_set_count(backtest->sets[side]));
                count(json, set, "drills", twin->sides[side].drills);
        }
        moment(json, root, "from_ms", backtest->from_ms);
        moment(json, root, "to_ms", backtest->to_ms);

        yyjson_mut_val *events = object(json, root, "events");

        count(json, events, "read", backtest->source->events);
        count(json, events, "judged", twin->counted_events);
        count(json, events, "outside", backtest->events_outside);
        count(json, events, "bad", backtest->source->bad);
        count(json, events, "backwards", twin->backwards);
        moment(json, events, "backwards_max_ms", twin->backwards_max_ms);
}

static void tally_write(const struct json *json, yyjson_mut_val *in,
                        const struct backtest_tally *tally) {
        for (int side = 0; side < TWIN_SIDES; side++)
                count(json, in, side_keys[side], tally->count[side]);
        for (int type = 0; type < MATCH_CHANGE_TYPES; type++)
                count(json, in, change_keys[type], tally->changes[type]);
}

static void found_write(const struct json *json, yyjson_mut_val *in, const char *key,
                        const struct found *found) {
        yyjson_mut_val *one = object(json, in, key);

        count(json, one, "alerts", found->alerts);
        count(json, one, "real", found->real);
        count(json, one, "false", found_false(found));
        count(json, one, "unjudged", found->unjudged);
        real(json, one, "false_per_person_week", found_per_week(found, json->backtest->watched_ms));
        count(json, one, "real_happenings", found->truths);
        count(json, one, "real_found", found->met);
}

static void rules_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(json->doc, root, "rules");
        char differs[128];

        for (uint32_t i = 0; i < backtest->rule_count; i++) {
                yyjson_mut_val *one = yyjson_mut_arr_add_obj(json->doc, list);

                text(json, one, "rule", backtest->rules[i].id);
                yyjson_mut_obj_add_strcpy(json->doc, one, "differs",
                                          backtest_rule_differs(&backtest->rules[i], differs));
                tally_write(json, one, &backtest->rules[i].tally);
                for (int side = 0; side < TWIN_SIDES; side++) {
                        const struct twin_side *twin = &backtest->twin->sides[side];
                        yyjson_mut_val *also =
                                object(json, one, side == TWIN_OLD ? "also_old" : "also_new");

                        count(json, also, "shadow", twin->shadows[i]);
                        count(json, also, "cleared", twin->clears[i]);
                        count(json, also, "cancelled", twin->cancels[i]);
                        if (backtest->options->verdicts &&
                            found_is_told(&backtest->found[side].rules[i]))
                                found_write(json, also, "found", &backtest->found[side].rules[i]);
                }
        }
}

static void people_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        const struct backtest_elders *people = &backtest->twin->people;
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(json->doc, root, "elders");

        for (uint32_t i = 0; i < people->count; i++) {
                uint32_t person = backtest->people_order[i];
                yyjson_mut_val *one = yyjson_mut_arr_add_obj(json->doc, list);

                text(json, one, "elder", people->all[person].elder_id);
                yyjson_mut_obj_add_bool(json->doc, one, "registered",
                                        people->all[person].registered);
                count(json, one, "events", people->all[person].events);
                tally_write(json, one, &backtest->people[person]);
        }
}

static void changes_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(json->doc, root, "changes");

        for (uint32_t i = 0; i < backtest->matches.count; i++) {
                const struct match_change *change = &backtest->matches.all[i];
                const struct raised *alert = match_change_alert(change);
                const struct raised *sides[TWIN_SIDES] = {change->before, change->after};
                yyjson_mut_val *one = yyjson_mut_arr_add_obj(json->doc, list);
                char id[ALERT_ID_BYTES];

                text(json, one, "change", change_keys[change->type]);
                text(json, one, "rule", backtest->rules[alert->rule].id);
                text(json, one, "elder", backtest->twin->people.all[alert->person].elder_id);
                text(json, one, "device", backtest->twin->devices.all[alert->device]);
                alert_id_make(backtest->rules[alert->rule].id,
                              backtest->twin->people.all[alert->person].elder_id, alert->episode,
                              id);
                yyjson_mut_obj_add_strcpy(json->doc, one, "alert_id", id);
                for (int side = 0; side < TWIN_SIDES; side++) {
                        if (!sides[side]) {
                                yyjson_mut_obj_add_null(json->doc, one, side_keys[side]);
                                continue;
                        }

                        yyjson_mut_val *half = object(json, one, side_keys[side]);

                        moment(json, half, "raised_time_ms", sides[side]->raised_ms);
                        moment(json, half, "event_time_ms", sides[side]->event_time_ms);
                        text(json, half, "severity", severity_name(sides[side]->worst));
                        yyjson_mut_obj_add_bool(json->doc, half, "late", sides[side]->late);
                }
                moment(json, one, "moved_ms", match_change_moved_ms(change));
        }
}

static void load_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        yyjson_mut_val *load = object(json, root, "operator_load");

        count(json, load, "operators", backtest->operators);
        for (int i = 0; i < LOAD_MEASURES; i++) {
                const struct load_limit *limit = load_limit(i);
                yyjson_mut_val *one = object(json, load, limit->key);

                for (int side = 0; side < TWIN_SIDES; side++)
                        real(json, one, side_keys[side], backtest->loads[side].values[i]);
                real(json, one, "acceptable", limit->acceptable);
                real(json, one, "manageable", limit->manageable);
                text(json, one, "grade",
                     grade_keys[load_grade(i, backtest->loads[TWIN_NEW].values[i])]);
                text(json, one, "source", limit->source);
        }
}

static void falls_write(const struct json *json, yyjson_mut_val *root) {
        const struct backtest *backtest = json->backtest;
        yyjson_mut_val *falls, *devices;

        if (!backtest->options->verdicts)
                return;
        falls = object(json, root, "falls");
        for (int side = 0; side < TWIN_SIDES; side++)
                found_write(json, falls, side_keys[side], &backtest->found[side].falls);
        real(json, falls, "person_weeks", (double)backtest->watched_ms / (double)FOUND_WEEK_MS);
        real(json, falls, "budget_per_person_week", backtest->options->budget_per_week);
        yyjson_mut_obj_add_bool(json->doc, falls, "over_budget", backtest_over_budget(backtest));
        devices = yyjson_mut_obj_add_arr(json->doc, falls, "devices");
        for (uint32_t i = 0; i < backtest->twin->devices.count; i++) {
                uint32_t falses[TWIN_SIDES] = {backtest->found[TWIN_OLD].devices[i],
                                               backtest->found[TWIN_NEW].devices[i]};

                if (!falses[TWIN_OLD] && !falses[TWIN_NEW])
                        continue;

                yyjson_mut_val *one = yyjson_mut_arr_add_obj(json->doc, devices);

                text(json, one, "device", backtest->twin->devices.all[i]);
                count(json, one, "false_old", falses[TWIN_OLD]);
                count(json, one, "false_new", falses[TWIN_NEW]);
        }
}

int backtest_print_json(const struct backtest *backtest, FILE *stream) {
        const struct json json = {yyjson_mut_doc_new(NULL), backtest};
        yyjson_mut_val *root = json.doc ? yyjson_mut_obj(json.doc) : NULL;
        char *line = NULL;
        int r = 0;

        if (root) {
                yyjson_mut_doc_set_root(json.doc, root);
                origin_write(&json, root);
                tally_write(&json, object(&json, root, "total"), &backtest->total);
                rules_write(&json, root);
                people_write(&json, root);
                changes_write(&json, root);
                load_write(&json, root);
                falls_write(&json, root);
                line = yyjson_mut_write(json.doc, YYJSON_WRITE_NOFLAG, NULL);
        }
        yyjson_mut_doc_free(json.doc);
        if (!line)
                return err_raise(-ENOMEM);
        if (fprintf(stream, "%s\n", line) < 0)
                r = err_raise(-errno);
        free(line);
        return r;
}
