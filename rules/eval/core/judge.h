/* SPDX-License-Identifier: MIT
 *
 * Judge: services for the conditions. A condition has two entry points (rules/eval/core/condition_ops.h): an event
 * that a rule reads, and a deadline. It reads its parameters, changes the elder's state for the rule and reports
 * transitions through judge_emit().
 *
 * Thread: the engine's owner. Blocks: never. Allocates: judge_emit(), as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_JUDGE_H
#define VIGIL_RULES_EVAL_CORE_JUDGE_H

#include <string.h>

#include "rules/eval/core/condition_ops.h"
#include "rules/eval/core/episode.h"
#include "rules/eval/core/moment.h"
#include "rules/eval/core/partition.h"
#include "rules/eval/core/finding.h"
#include "rules/eval/memory/elder.h"
#include "rules/eval/rule/day_slot.h"

/* Report a finding, unless a gate holds it back (rules/eval/core/gate.h). */
void judge_emit(struct engine *engine, const struct elder *elder, const struct finding *finding);

/* Count a block of acceleration in which no fall could be sought. */
void judge_motion_unjudged(struct engine *engine);

/* Count a happening that a sign of life dismissed before it was confirmed; nothing is reported. */
void judge_dismissed(struct engine *engine);

/* A quiet rule has seen its first sign of life: it no longer counts as blind. */
void judge_sighted(struct engine *engine);

/* The rule's own severity, before any steps. */
uint8_t judge_own_severity(const struct engine *engine, const struct plan_slot *slot);

/* The elder may have a deadline at @due_ms: the timer comes up then or before. @life: the deadline is of life
 * safety. */
void judge_arm(struct engine *engine, uint32_t handle, int64_t due_ms, bool life);

/* The same for the rule being evaluated. */
static inline void moment_arm(const struct moment *moment, const struct plan_entry *entry,
                              int64_t due_ms) {
        judge_arm(moment->engine, moment->handle, due_ms, entry->life);
}

/* The device class or room numbered @word. */
const char *judge_word(const struct engine *engine, uint16_t word);

/* Was the event sent from @room? "": from any. An unregistered device is in no room. */
static inline bool moment_in_room(const struct moment *moment, const char *room) {
        if (room[0] == '\0')
                return true;
        if (moment->device == ELDER_DEVICE_UNLISTED)
                return false;
        return strcmp(judge_word(moment->engine,
                                 elder_cold(moment->elder)->devices[moment->device].room),
                      room) == 0;
}

/* --- where and when a rule holds ---------------------------------------------------------------- */

/* Inside during:, and not away with unless: [away]. Outside, nothing begins and nothing is raised. */
static inline bool condition_holds(const struct rule_condition *condition,
                                   const struct elder *elder, int64_t time_ms) {
        if (condition->unless_away && (elder->flags & ELDER_AWAY))
                return false;
        return condition->during_count == 0 ||
               day_slot_now(condition->during, condition->during_count, &elder->plan->calendar,
                            time_ms);
}

#endif
