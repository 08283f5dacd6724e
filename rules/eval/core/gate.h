/* SPDX-License-Identifier: MIT
 *
 * Gate: between the findings of a rule and the sink. It holds an alert back for two reasons, but never one of life
 * safety and never a drill:
 *
 *      inhibited   another rule is raised for the same elder and explains this one: if the gateway of a home is
 *                  offline, so are its sensors. If the other alert clears first, this one is raised.
 *      flapping    the alert was raised too often within a time: the last raise stays open, further ones are
 *                  counted and not reported, and it is cleared when none has occurred for that time.
 *
 *      none ── raised, inhibitor active ──▶ held ── inhibitor clears ──▶ raised, none
 *                                             └── cleared ──▶ none (not reported)
 *
 *      none ── raised ──▶ counting ── raised the nth time within the time ──▶ flapping
 *        ▲                   │                                                   │
 *        └── calm so long ───┴──────────── calm so long (cleared) ───────────────┘
 *
 * The state is an episode of its own beside that of the rule, one for each device that the rule distinguishes. A
 * clear is reported with the cause of the raise that was reported.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_GATE_H
#define VIGIL_RULES_EVAL_CORE_GATE_H

#include "rules/eval/core/moment.h"
#include "rules/eval/core/finding.h"

/* Is this finding held back? If so, it has been counted and noted. If not, the caller reports it, with *cause: the
 * finding's own, or that of the reported raise if it ends an alert that was reported under another cause. */
bool gate_holds(struct engine *engine, const struct elder *elder, const struct finding *finding,
                struct moment_cause *cause);

/* Report what is no longer held back, and clear what has stopped flapping. Return: the next check or MOMENT_NEVER. */
int64_t gates_due(struct moment_due *due);

#endif
