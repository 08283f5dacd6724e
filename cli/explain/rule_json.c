/* SPDX-License-Identifier: MIT */
#include "cli/explain/rule_json.h"

#include <errno.h>
#include <stdlib.h>

#include <yyjson.h>

#include "common/base/err.h"

static const char *const scopes[] = {[RULE_OVERRIDE_CITY] = "city",
                                     [RULE_OVERRIDE_DISTRICT] = "district",
                                     [RULE_OVERRIDE_ELDER] = "elder"};

/* The results of yyjson_mut_*() are not checked: when memory runs out, writing the document is expected to fail as
 * well. */
static void add_origin(yyjson_mut_doc *doc, yyjson_mut_val *object,
                       const struct lang_origin *origin) {
        yyjson_mut_obj_add_str(doc, object, "file", origin->file);
        yyjson_mut_obj_add_int(doc, object, "line", origin->line);
        yyjson_mut_obj_add_int(doc, object, "column", origin->column);
}

static void add_layer(yyjson_mut_doc *doc, yyjson_mut_val *object,
                      const struct lang_source *layer) {
        yyjson_mut_obj_add_str(doc, object, "scope", layer ? scopes[layer->scope] : "rule");
        if (layer && layer->id[0])
                yyjson_mut_obj_add_str(doc, object, "id", layer->id);
}

static void add_settings(const struct explain_rule *explain, yyjson_mut_doc *doc,
                         yyjson_mut_val *root) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "settings");

        for (size_t i = 0; i < explain->setting_count; i++) {
                const struct explain_setting *setting = &explain->settings[i];
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_str(doc, row, "key", setting->origin->key);
                yyjson_mut_obj_add_str(doc, row, "value", setting->origin->text);
                add_layer(doc, row, setting->layer);
                add_origin(doc, row, setting->origin);
                if (setting->former)
                        yyjson_mut_obj_add_str(doc, row, "instead_of", setting->former->text);
        }
}

static void add_overrides(const struct explain_rule *explain, yyjson_mut_doc *doc,
                          yyjson_mut_val *root) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "overrides");

        for (size_t i = 0; i < explain->layer_count + explain->ended_count; i++) {
                bool ended = i >= explain->layer_count;
                const struct lang_source *layer =
                        ended ? explain->ended[i - explain->layer_count] : explain->layers[i];
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                add_layer(doc, row, layer);
                add_origin(doc, row, &layer->here);
                if (layer->reason.text)
                        yyjson_mut_obj_add_str(doc, row, "reason", layer->reason.text);
                if (layer->until.text)
                        yyjson_mut_obj_add_str(doc, row, "until", layer->until.text);
                yyjson_mut_obj_add_bool(doc, row, "ended", ended);
        }
        yyjson_mut_obj_add_bool(doc, root, "contradictory", explain->contradictory);
}

static void add_selectors(const struct explain_rule *explain, yyjson_mut_doc *doc,
                          yyjson_mut_val *root) {
        yyjson_mut_val *list;

        if (!explain->elder)
                return;
        yyjson_mut_obj_add_str(doc, root, "elder", explain->elder->id);
        yyjson_mut_obj_add_bool(doc, root, "applies", explain->applies);
        list = yyjson_mut_obj_add_arr(doc, root, "selectors");
        for (size_t i = 0; i < explain->selector_count; i++) {
                const struct explain_selector *selector = &explain->selectors[i];
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_str(doc, row, "key", selector->origin->key);
                yyjson_mut_obj_add_str(doc, row, "asks", selector->origin->text);
                yyjson_mut_obj_add_str(doc, row, "elder_has", selector->has);
                yyjson_mut_obj_add_bool(doc, row, "passes", selector->passes);
                add_origin(doc, row, selector->origin);
        }
}

static void add_slots(const struct explain_rule *explain, yyjson_mut_doc *doc, yyjson_mut_val *root,
                      const char *key, const struct day_slot *slots, uint8_t count) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, key);
        int now = explain_slot_now(explain, slots, count);

        for (uint8_t i = 0; i < count; i++) {
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_int(doc, row, "from_minute", slots[i].from_minute);
                yyjson_mut_obj_add_int(doc, row, "to_minute", slots[i].to_minute);
                if (slots[i].longer_than_ms)
                        yyjson_mut_obj_add_sint(doc, row, "longer_than_ms",
                                                slots[i].longer_than_ms);
                yyjson_mut_obj_add_bool(doc, row, "now", (int)i == now);
        }
}

static void add_pages(const struct explain_rule *explain, yyjson_mut_doc *doc,
                      yyjson_mut_val *root) {
        yyjson_mut_val *list;

        yyjson_mut_obj_add_bool(doc, root, "shadow", explain->rule->shadow);
        yyjson_mut_obj_add_str(doc, root, "ladder", explain->rule->ladder);
        if (!explain->ladder)
                return;
        list = yyjson_mut_obj_add_arr(doc, root, "first_step");
        for (size_t i = 0; i < explain->first_count; i++) {
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_str(doc, row, "role", explain->first[i].role);
                yyjson_mut_obj_add_str(doc, row, "recipient", explain->first[i].id);
        }
}

int explain_rule_json(const struct explain_rule *explain, FILE *out) {
        const struct rule_condition *condition = &explain->condition;
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json = NULL;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "rule", explain->rule->id);
        yyjson_mut_obj_add_str(doc, root, "rule_set", rule_set_version(explain->world->rules));
        add_origin(doc, root, &explain->source->here);
        add_selectors(explain, doc, root);
        add_settings(explain, doc, root);
        add_overrides(explain, doc, root);
        if (condition->type == CONDITION_QUIET)
                add_slots(explain, doc, root, "slots", condition->quiet.slots,
                          condition->quiet.slot_count);
        add_slots(explain, doc, root, "during", condition->during, condition->during_count);
        add_pages(explain, doc, root);
        json = yyjson_mut_write(doc, 0, NULL);
        if (json)
                fprintf(out, "%s\n", json);
        free(json);
        yyjson_mut_doc_free(doc);
        return json ? 0 : err_raise(-ENOMEM);
}
