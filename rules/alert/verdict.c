/* SPDX-License-Identifier: MIT */
#include "rules/alert/verdict.h"

#include <stdio.h>
#include <string.h>

#include "common/base/require.h"
#include "common/wire/event_kind.h"
#include "rules/alert/texts.h"
#include "rules/eval/rule/rule_set.h"

static void set_texts(struct alert *alert, const struct verdict *verdict, const struct rule *rule) {
        memcpy(alert->rule_id, rule->id, sizeof(alert->rule_id));
        memcpy(alert->ladder, rule->ladder, sizeof(alert->ladder));
        alert_texts_expand(verdict, rule->title_zh, true, alert->title_zh);
        alert_texts_expand(verdict, rule->title_en, false, alert->title_en);
        alert_texts_expand(verdict, rule->advice_zh, true, alert->advice_zh);
        alert_texts_expand(verdict, rule->advice_en, false, alert->advice_en);
        alert->class = rule->class;
        alert->latching = rule->latching;
        alert->shadow = rule->shadow;
}

static void set_evidence(struct alert *alert, const struct verdict *verdict) {
        const struct event_kind_info *kind = event_kind_info(verdict->kind);

        snprintf(alert->signal, sizeof(alert->signal), "%s", kind ? kind->name : "");
        alert->value = verdict->value;
        alert->limit = verdict->limit;
        alert->duration_ms = verdict->duration_ms;
        alert->samples = verdict->samples;
        alert->confidence_pct = verdict->confidence_pct;
        alert->overridden = verdict->overridden;
        alert->since_ms = verdict->since_ms;
        alert->needed_ms = verdict->needed_ms;
        alert->needed_samples = verdict->needed_samples;
        require(verdict->history_count <= VERDICT_HISTORY_MAX, "%d samples of rule %u",
                verdict->history_count, verdict->rule_index);
        alert->history_count = verdict->history_count;
        memcpy(alert->history, verdict->history,
               verdict->history_count * sizeof(verdict->history[0]));
}

void verdict_to_alert(const struct verdict *verdict, int64_t judged_us, struct alert *ret) {
        const struct rule *rule = rule_set_rule(verdict->rule_set, verdict->rule_index);

        memset(ret, 0, sizeof(*ret));
        alert_id_make(rule->id, verdict->elder_id, verdict->first_event_key, ret->alert_id);
        snprintf(ret->rule_set, sizeof(ret->rule_set), "%s", rule_set_version(verdict->rule_set));
        snprintf(ret->elder_id, sizeof(ret->elder_id), "%s", verdict->elder_id);
        memcpy(ret->device_id, verdict->device_id, sizeof(ret->device_id));
        memcpy(ret->event_id, verdict->event_id, sizeof(ret->event_id));
        ret->transition = verdict->transition;
        ret->severity = verdict->severity;
        ret->drill = verdict->drill;
        ret->event_time_ms = verdict->event_time_ms;
        ret->received_time_ms = verdict->received_time_ms;
        ret->raised_time_ms = verdict->now_ms;
        ret->late_ms = verdict->late_ms;
        ret->received_us = verdict->received_us;
        ret->judged_us = judged_us;
        set_texts(ret, verdict, rule);
        set_evidence(ret, verdict);
}
