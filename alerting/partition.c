/* SPDX-License-Identifier: MIT */
#include "alerting/partition.h"

#include <string.h>

#include "alerting/act/due.h"
#include "alerting/act/rejoin.h"
#include "alerting/act/show.h"
#include "alerting/journal/owing.h"
#include "alerting/journal/response_record.h"
#include "common/base/err.h"
#include "common/base/log.h"

enum { GIVE_MS = 1000 };

int alerting_partition_restored(void *context, int32_t partition, const char *key, size_t key_bytes,
                                const char *json, size_t json_bytes) {
        struct alerting *alerting = context;
        struct response *response = NULL;
        char alert_id[ALERT_ID_BYTES] = "";
        int64_t told_ms = 0;
        int r;

        if (key_bytes == sizeof(alert_id) - 1)
                memcpy(alert_id, key, key_bytes);
        if (!json || response_record_decode_told(json, json_bytes, &told_ms)) {
                response = book_find(alerting->book, alert_id);
                if (response && strcmp(response->alert.alert_id, alert_id) == 0)
                        book_forget(alerting->book, response);
                return json ? told_add(book_told(alerting->book), partition, alert_id, told_ms) : 0;
        }
        r = response_record_decode(&response, json, json_bytes);
        if (r == RESPONSE_RECORD_REFUSED) {
                log_event(LOG_ERROR, "V0414", "a stored alert cannot be read back", "alert_id",
                          alert_id, "why", err_why(), NULL);
                return 0;
        }
        if (r < 0)
                return err_trace(r);
        for (size_t i = 0; i < response->page_count; i++)
                response->pages[i].receipt =
                        view_receipt(&alerting->view, response->pages[i].recipient);
        response_not_from_the_future(response, alerting_now_ms(alerting));
        return err_trace(book_restore(alerting->book, partition, response));
}

bool alerting_partition_busy(void *context, int32_t partition) {
        const struct alerting *alerting = context;

        return journal_is_busy(alerting->journal, partition);
}

void alerting_partition_ready(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_INFO, "V0411", "partition read back", "partition", log_number(partition),
                  "alerts", log_number((long long)book_count(alerting->book)), NULL);
        owing_resume(alerting->ledger, alerting->book, partition);
        rejoin_partition(alerting, partition);
        show_open(alerting, partition);
}

void alerting_partition_emptied(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_ERROR, "V0433",
                  "vigil.pages has lost a partition: its alerts are written again", "partition",
                  log_number(partition), NULL);
        alerting_fail(alerting, due_rewrite(alerting, partition));
}

void alerting_partition_written(void *context, int32_t partition, int64_t offset) {
        struct alerting *alerting = context;

        if (alerting->intake)
                intake_wrote(alerting->intake, partition, offset);
}

/* Our records in flight must reach vigil.pages before the next owner reads it. */
void alerting_partition_giving(void *context) {
        const struct alerting *alerting = context;

        journal_flush(alerting->journal, GIVE_MS);
}

void alerting_partition_lost(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_INFO, "V0412", "partition given back", "partition", log_number(partition),
                  NULL);
        book_drop(alerting->book, partition);
}
