/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/finding.h"

#include <stdio.h>
#include <string.h>

#include "common/base/require.h"
#include "rules/eval/core/engine_state.h"

static void name_cause(const struct engine *engine, const struct elder *elder,
                       const struct finding *finding, struct verdict *ret) {
        const char *device_id = elder_device_id(elder, finding->cause.device);
        char cause_id[EVENT_DEVICE_ID_BYTES] = "";

        memcpy(cause_id, device_id, strlen(device_id));
        memcpy(ret->device_id, device_id, strlen(device_id));
        if (finding->cause.device != ELDER_DEVICE_UNLISTED) /* else it is in no room */
                memcpy(ret->room,
                       engine_word(engine, elder_cold(elder)->devices[finding->cause.device].room),
                       sizeof(ret->room));
        /* An unregistered device is named by the event at hand, if there is one. The key is made without that name,
         * so that later transitions can make the same one. */
        if (finding->cause.device == ELDER_DEVICE_UNLISTED && finding->event)
                memcpy(ret->device_id, finding->event->device_id, EVENT_DEVICE_ID_BYTES - 1);
        ret->first_event_key = event_key_of(cause_id, finding->cause.boot, finding->cause.sequence);
        if (finding->event_text)
                snprintf(ret->event_id, sizeof(ret->event_id), "%s", finding->event_text);
        else
                event_id_text_of(cause_id, finding->cause.boot, finding->cause.sequence,
                                 ret->event_id);
}

/* What leaves the engine is in wall-clock time. 0 means no time. */
static int64_t on_the_wall(const struct engine *engine, int64_t time_ms) {
        return time_ms ? time_ms - engine->plans.ahead_ms : 0;
}

void finding_tell(struct engine *engine, const struct elder *elder, const struct finding *finding) {
        const struct rule *rule = engine_rule(engine, finding->rule);
        struct verdict verdict = {
                .rule_index = finding->rule,
                .rule_set = engine->rules,
                .elder_id = elder->id,
                .transition = finding->transition,
                .severity = finding->transition == ALERT_CANCELLED ? SEVERITY_INFO
                            : finding->severity ? (enum severity)finding->severity
                                                : rule->severity,
                .event_time_ms = on_the_wall(engine, finding->event_time_ms),
                .received_time_ms = on_the_wall(engine, finding->received_time_ms),
                .now_ms = on_the_wall(engine, finding->now_ms),
                .late_ms = finding->late_ms,
                .kind = finding->kind,
                .value = finding->value,
                .limit = finding->limit,
                .duration_ms = finding->duration_ms,
                .samples = finding->samples,
                .confidence_pct = finding->confidence_pct,
                .overridden = finding->overridden || plan_is_patched(elder->plan, finding->rule),
                .drill = finding->drill,
                .since_ms = on_the_wall(engine, finding->since_ms),
                .needed_ms = finding->needed_ms,
                .needed_samples = finding->needed_samples,
                .history_count = finding->history_count,
        };

        require(finding->history_count <= VERDICT_HISTORY_MAX, "%d samples of rule %d",
                finding->history_count, finding->rule);
        memcpy(verdict.history, finding->history, sizeof(verdict.history));
        for (uint8_t i = 0; i < verdict.history_count; i++)
                verdict.history[i].time_ms = on_the_wall(engine, verdict.history[i].time_ms);
        if (finding->event)
                verdict.received_us =
                        finding->event->received_time_ms * 1000 + finding->event->received_sub_us;
        name_cause(engine, elder, finding, &verdict);
        engine->stats.verdicts++;
        if (engine->sink)
                engine->sink(engine->context, &verdict);
}
