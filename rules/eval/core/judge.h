/* SPDX-License-Identifier: MIT
 *
 * Judge: what the files of the conditions share. Each has two entrances (rules/eval/core/condition_ops.h): an
 * event that a rule reads, and a deadline. They read the condition, change the elder's state for
 * that rule and tell transitions through judge_emit().
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
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

/* Tell, unless a gate holds it back (rules/eval/core/gate.h). */
void judge_emit(struct engine *engine, const struct elder *elder, const struct finding *finding);

/* A block of acceleration in which no fall could be sought. */
void judge_motion_unjudged(struct engine *engine);

/* A sign of life came before a happening was confirmed: nobody is told, but it is counted. */
void judge_dismissed(struct engine *engine);

/* The first sign of life for a quiet rule: it is not blind any more. */
void judge_sighted(struct engine *engine);

/* The rule's own severity, before any steps. */
uint8_t judge_own_severity(const struct engine *engine, const struct plan_slot *slot);

/* The elder has a deadline at @due_ms or later; @life: of life safety. */
void judge_arm(struct engine *engine, uint32_t handle, int64_t due_ms, bool life);

/* The same for the rule being judged. */
static inline void moment_arm(const struct moment *moment, const struct plan_entry *entry,
                              int64_t due_ms) {
        judge_arm(moment->engine, moment->handle, due_ms, entry->life);
}

/* The device class or room numbered @word. */
const char *judge_word(const struct engine *engine, uint16_t word);

/* Was it sent from this room? "": from any. A device the registry does not know is in none. */
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

/* Inside during:, and not unless: away. Outside nothing begins and nothing is raised. */
static inline bool condition_holds(const struct rule_condition *condition,
                                   const struct elder *elder, int64_t time_ms) {
        if (condition->unless_away && (elder->flags & ELDER_AWAY))
                return false;
        return condition->during_count == 0 ||
               day_slot_now(condition->during, condition->during_count, &elder->plan->calendar,
                            time_ms);
}

#endif
