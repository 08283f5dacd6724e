/* SPDX-License-Identifier: MIT */
#include "cli/explain/alert_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "common/base/err.h"

/* In the wire format, docs/wire/alerts.md. Return: 0 or -ENOMEM. */
static int add_transitions(const struct explain_alert *explain, yyjson_mut_doc *doc,
                           yyjson_mut_val *root) {
        yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, root, "transitions");

        for (size_t i = 0; i < explain->transition_count; i++) {
                char *json = NULL;
                size_t bytes;
                int r = alert_encode(&explain->transitions[i], &json, &bytes);

                if (r < 0)
                        return r;
                yyjson_mut_arr_append(list, yyjson_mut_rawncpy(doc, json, bytes));
                free(json);
        }
        return 0;
}

static void add_ledger(const struct explain_alert *explain, yyjson_mut_doc *doc,
                       yyjson_mut_val *root) {
        yyjson_mut_val *list;

        if (!explain->ledger_read)
                return;
        list = yyjson_mut_obj_add_arr(doc, root, "ledger");
        for (size_t i = 0; i < explain->ledger_count; i++) {
                const struct explain_ledger *entry = &explain->ledger[i];
                yyjson_mut_val *row = yyjson_mut_arr_add_obj(doc, list);

                yyjson_mut_obj_add_str(doc, row, "type", entry->type);
                yyjson_mut_obj_add_sint(doc, row, "time_ms", entry->time_ms);
                yyjson_mut_obj_add_str(doc, row, "recipient", entry->recipient);
                yyjson_mut_obj_add_str(doc, row, "role", entry->role);
                yyjson_mut_obj_add_int(doc, row, "step", entry->step);
                yyjson_mut_obj_add_int(doc, row, "attempt", entry->attempt);
                yyjson_mut_obj_add_str(doc, row, "by", entry->by);
                yyjson_mut_obj_add_str(doc, row, "reason", entry->reason);
        }
}

int explain_alert_json(const struct explain_alert *explain, FILE *out) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json = NULL;
        int r;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "alert_id", explain->alert_id);
        if (explain->loaded[0]) {
                yyjson_mut_obj_add_str(doc, root, "rule_set_now", explain->loaded);
                yyjson_mut_obj_add_bool(doc, root, "same_rules", explain_same_rules(explain));
        }
        r = add_transitions(explain, doc, root);
        add_ledger(explain, doc, root);
        if (r == 0)
                json = yyjson_mut_write(doc, 0, NULL);
        if (json)
                fprintf(out, "%s\n", json);
        free(json);
        yyjson_mut_doc_free(doc);
        return json ? 0 : err_raise(-ENOMEM);
}
