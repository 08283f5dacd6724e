/* SPDX-License-Identifier: MIT */
#include "alerting/audit.h"

#include "alerting/base/stats.h"
#include "common/base/log.h"
#include "common/base/require.h"

struct audit {
        int64_t open[SEVERITY_INFO + 1][2];
        int64_t oldest_ms;
        int64_t unowned;
        bool look;
};

static void audit_one(void *context, struct response *response) {
        struct audit *audit = context;
        const struct alert *alert = &response->alert;
        bool held = response_is_held(response);

        if (response->state == RESPONSE_CLOSED)
                return;
        require(alert->severity >= SEVERITY_CRITICAL && alert->severity <= SEVERITY_INFO,
                "alert %s of severity %d", alert->alert_id, (int)alert->severity);
        audit->open[alert->severity][held]++;
        if (!held && !response->feed_only &&
            (audit->oldest_ms == 0 || alert->raised_time_ms < audit->oldest_ms))
                audit->oldest_ms = alert->raised_time_ms;
        if (!audit->look || response_is_owned(response))
                return;
        audit->unowned++;
        stats_add(STAT_UNOWNED_FOUND, 1);
        log_event(LOG_ERROR, "V0431", "an open alert has neither next action nor owner", "alert_id",
                  alert->alert_id, "response", response_state_name(response->state), NULL);
}

void audit_run(struct alerting *alerting, bool look) {
        struct audit audit = {.look = look};

        book_each(alerting->book, audit_one, &audit);
        for (int severity = SEVERITY_CRITICAL; severity <= SEVERITY_INFO; severity++) {
                int row = STAT_OPEN_CRITICAL_UNACKED + (severity - SEVERITY_CRITICAL) * 2;

                stats_set((enum stats_item)row, audit.open[severity][0]);
                stats_set((enum stats_item)(row + 1), audit.open[severity][1]);
        }
        stats_set(STAT_OLDEST_UNACKED, audit.oldest_ms / 1000);
        if (look)
                stats_set(STAT_UNOWNED, audit.unowned);
}
