/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/judge.h"

#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/gate.h"

void judge_emit(struct engine *engine, const struct elder *elder, const struct finding *finding) {
        const struct rule *rule = engine_rule(engine, finding->rule);
        struct finding told = *finding;

        if (gate_holds(engine, elder, finding, &told.cause))
                return;
        finding_tell(engine, elder, &told);
        /* Check the elder again for alerts that this rule held back. */
        if (rule->inhibits && finding->transition != ALERT_RAISED)
                judge_arm(engine, elder_find(engine, elder->id, elder_hash(elder)), finding->now_ms,
                          false);
}

void judge_motion_unjudged(struct engine *engine) {
        engine->stats.motion_unjudged++;
}

void judge_dismissed(struct engine *engine) {
        engine->stats.dismissed++;
}

void judge_sighted(struct engine *engine) {
        engine->stats.blind--;
}

uint8_t judge_own_severity(const struct engine *engine, const struct plan_slot *slot) {
        return (uint8_t)engine_rule(engine, slot->rule)->severity;
}

void judge_arm(struct engine *engine, uint32_t handle, int64_t due_ms, bool life) {
        timers_arm(&engine->timers, handle, due_ms, life);
}

const char *judge_word(const struct engine *engine, uint16_t word) {
        return engine->plans.words.text[word];
}
