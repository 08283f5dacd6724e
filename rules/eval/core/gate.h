/* SPDX-License-Identifier: MIT
 *
 * Gate: between what a rule finds and what is told. Two reasons hold an alert back, never one of life
 * safety and never a drill:
 *
 *      inhibited   another rule is raised for the same elder and explains this one: the home's gateway is
 *                  offline, so of course its sensors are. When the other clears first, this one is raised.
 *      flapping    raised too often within a time: the last one stays open, what follows is counted and not
 *                  told, and it is cleared when it has been calm for that time.
 *
 *      none ── raised, inhibitor active ──▶ held ── inhibitor clears ──▶ told, none
 *                                             └── cleared ──▶ none (nobody hears of it)
 *
 *      none ── raised ──▶ counting ── raised the nth time within the time ──▶ flapping
 *        ▲                   │                                                   │
 *        └── calm so long ───┴──────────── calm so long (told cleared) ──────────┘
 *
 * What is remembered is an episode of its own beside that of the rule, one for each device that the rule
 * tells apart. A clear is told with the name of the raise that was told.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: as episode_begin().
 */
#ifndef VIGIL_RULES_EVAL_CORE_GATE_H
#define VIGIL_RULES_EVAL_CORE_GATE_H

#include "rules/eval/core/moment.h"
#include "rules/eval/core/finding.h"

/* Is this finding held back? Then it is counted and the gate remembers; otherwise the caller tells it, with
 * *cause in place of its own when it ends what was told under another name. */
bool gate_holds(struct engine *engine, const struct elder *elder, const struct finding *finding,
                struct moment_cause *cause);

/* Tell what is held back no longer, clear what has calmed down. Return: the next look or MOMENT_NEVER. */
int64_t gates_due(struct moment_due *due);

#endif
