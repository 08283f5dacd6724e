/* SPDX-License-Identifier: MIT
 *
 * Decision: what was decided about an alert, written down and then acted on (docs/adr/0007-written-down-then-told.md).
 * Everything that changes a response ends here; once Kafka has it, decision_released() tells people, lets the ledger
 * follow, shows it on the feed and moves the position in vigil.alerts.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c, tests/models/page.pml
 */
#ifndef VIGIL_ALERTING_ACT_DECISION_H
#define VIGIL_ALERTING_ACT_DECISION_H

#include "alerting/act/alerting.h"

/* Write @outcome of @response down; it is acted on when Kafka has it. @offset: of the vigil.alerts record it came from,
 * or -1. Return: 0 or -errno. */
int decision_submit(struct alerting *alerting, struct response *response, struct outcome *outcome,
                    int64_t offset);
/* The same with the @answer that led to it; `stored` is said after. */
int decision_submit_answer(struct alerting *alerting, struct response *response,
                           const struct answer *answer, struct outcome *outcome);
/* Records that nothing follows from. Takes @batch over. Return: 0 or -errno. */
int decision_write(struct alerting *alerting, int32_t partition, struct journal_batch *batch);
/* A record of vigil.alerts that leads to nothing, so that the position moves in order. Return: 0 or -errno. */
int decision_skip(struct alerting *alerting, int32_t partition, int64_t offset);

/* journal_released, and its opposite. */
void decision_released(void *context, int32_t partition, void *deed);
void decision_discard(void *deed);

#endif
