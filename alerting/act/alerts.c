/* SPDX-License-Identifier: MIT */
#include "alerting/act/alerts.h"

#include <string.h>

#include "alerting/act/decision.h"
#include "alerting/act/due.h"
#include "alerting/base/stats.h"
#include "alerting/intake/take.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"

static void taken(const struct alert *alert, const struct response *response) {
        int64_t now_us = clock_wall_us();

        if (alert->transition == ALERT_RAISED)
                stats_time(STATS_TIME_JUDGED_INTAKE, alert->judged_us, now_us);
        log_event(LOG_INFO, "V0401", "alert taken", "alert_id", response->alert.alert_id, "rule",
                  alert->rule_id, "transition", alert_transition_name(alert->transition),
                  "severity", severity_name(alert->severity), "response",
                  response_state_name(response->state), NULL);
}

/* Return: 0 or -errno. */
static int decide(struct alerting *alerting, int32_t partition, int64_t offset,
                  const struct alert *alert) {
        struct response *response = NULL;
        int64_t now_us = clock_wall_us(), now_ms = alerting_now_ms(alerting);
        int r = take_once(alerting->book, &alerting->view, alert, partition, offset, now_ms,
                          alerting->outcome, &response);

        if (r < 0)
                return err_trace(r);
        if (r > 0) {
                stats_add(r == TAKE_KNOWN ? STAT_ALERTS_KNOWN : STAT_ALERTS_UNKNOWN, 1);
                return err_trace(decision_skip(alerting, partition, offset));
        }
        if (response->intake_us == 0)
                response->intake_us = now_us;
        r = decision_submit(alerting, response, alerting->outcome, offset);
        /* A repeat: the response holds the ids of its latest repeats only, so its id is stored by itself too. */
        if (r == 0 && alert->transition == ALERT_RAISED &&
            strcmp(response->alert.alert_id, alert->alert_id) != 0)
                r = due_remember(alerting, partition, alert->alert_id, now_ms);
        if (r == 0)
                taken(alert, response);
        return err_trace(r);
}

int alerts_take(void *context, int32_t partition, int64_t offset, const struct alert *alert) {
        struct alerting *alerting = context;
        int r;

        if (!alert) {
                stats_add(STAT_ALERTS_REFUSED, 1);
                log_event(LOG_ERROR, "V0413", "an alert record cannot be read", "offset",
                          log_number(offset), "partition", log_number(partition), "why", err_why(),
                          NULL);
                return err_trace(decision_skip(alerting, partition, offset));
        }
        outcome_begin(alerting->outcome);
        r = decide(alerting, partition, offset, alert);
        outcome_end(alerting->outcome);
        return err_trace(r);
}
