/* SPDX-License-Identifier: MIT */
#include "alerting/journal/ack_record.h"

#include "alerting/base/json.h"
#include "common/base/err.h"

int ack_record_encode(const struct answer *answer, const char *elder_id, int64_t time_ms,
                      char **ret_json, size_t *ret_bytes) {
        struct json_builder b;
        yyjson_mut_val *root = json_begin(&b);

        json_int(&b, root, "v", 1);
        json_name(&b, root, "ack_id", answer->ack_id);
        json_name(&b, root, "alert_id", answer->alert_id);
        json_name(&b, root, "page_id", answer->page_id);
        json_name(&b, root, "elder", elder_id);
        json_name(&b, root, "type", answer_type_name(answer->type));
        json_int(&b, root, "time_ms", time_ms);
        json_name(&b, root, "by", answer->recipient);
        json_name(&b, root, "role", role_name(answer->role));
        json_name(&b, root, "reason", answer->reason);
        if (answer->eta_s >= 0)
                json_int(&b, root, "eta_s", answer->eta_s);
        return err_trace(json_end(&b, ret_json, ret_bytes));
}
