/* SPDX-License-Identifier: MIT */
#include "alerting/journal/ledger_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "alerting/base/json.h"
#include "common/base/err.h"

int ledger_record_encode(const struct response *response, const struct owed *owed, char **ret_json,
                         size_t *ret_bytes) {
        const struct outcome_entry *entry = &owed->entry;
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b);
        char ledger_id[OUTCOME_ENTRY_ID_BYTES], page_id[PAGE_ID_BYTES];

        snprintf(ledger_id, sizeof(ledger_id), "%s/%u", response->alert.alert_id, entry->n);
        json_int(&b, root, "v", 1);
        json_text(&b, root, "ledger_id", ledger_id);
        json_name(&b, root, "alert_id", response->alert.alert_id);
        json_name(&b, root, "elder", response->alert.elder_id);
        json_name(&b, root, "type", outcome_type_name(entry->type));
        json_int(&b, root, "time_ms", entry->time_ms);
        json_int(&b, root, "step", entry->step);
        if (entry->recipient[0]) {
                page_id_make(response, entry->recipient, entry->step, entry->attempt, page_id);
                if (entry->attempt > 0)
                        json_text(&b, root, "page_id", page_id);
                json_name(&b, root, "recipient", entry->recipient);
                json_name(&b, root, "role", role_name(entry->role));
                json_int(&b, root, "attempt", entry->attempt);
        }
        json_name(&b, root, "by", entry->by);
        json_name(&b, root, "reason", entry->reason);
        json_int(&b, root, "seq", owed->seq);
        if (response->alert.drill)
                json_bool(&b, root, "drill", true);
        return err_trace(json_end(&b, ret_json, ret_bytes));
}

bool ledger_record_read(const char *json, size_t bytes, int64_t *ret_seq, int64_t *ret_n) {
        yyjson_doc *doc = yyjson_read(json, bytes, 0);
        yyjson_val *root = yyjson_doc_get_root(doc);
        yyjson_val *seq = yyjson_obj_get(root, "seq");
        const char *id = yyjson_get_str(yyjson_obj_get(root, "ledger_id"));
        const char *slash = id ? strrchr(id, '/') : NULL;
        char *end = NULL;
        long long n = slash ? strtoll(slash + 1, &end, 10) : -1;
        bool is_ours = yyjson_is_int(seq) && yyjson_get_sint(seq) > 0 && slash &&
                       end != slash + 1 && *end == '\0' && n >= 0;

        if (is_ours) {
                *ret_seq =
                        yyjson_get_sint(seq) < OWED_SEQ_MAX ? yyjson_get_sint(seq) : OWED_SEQ_MAX;
                *ret_n = n;
        }
        yyjson_doc_free(doc);
        return is_ours;
}
