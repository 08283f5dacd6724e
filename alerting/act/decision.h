/* SPDX-License-Identifier: MIT
 *
 * Decision: what was decided about an alert is stored in Kafka, then acted on
 * (docs/adr/0007-written-down-then-told.md). Every change of a response is submitted here. Once Kafka has it,
 * decision_released() sends messages to people, writes the ledger, publishes on the feed and moves the position in
 * vigil.alerts.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c, tests/models/page.pml
 */
#ifndef VIGIL_ALERTING_ACT_DECISION_H
#define VIGIL_ALERTING_ACT_DECISION_H

#include "alerting/act/alerting.h"

/* Store @outcome of @response; it is acted on when Kafka has it. @offset: of the vigil.alerts record that led to it, or
 * -1. Return: 0 or -errno; outcome->failed is returned too. */
int decision_submit(struct alerting *alerting, struct response *response, struct outcome *outcome,
                    int64_t offset);
/* The same for an @answer that led to it: the answer is stored too, and `stored` is sent once Kafka has both. The
 * caller has checked outcome->failed. Return: 0 or -errno. */
int decision_submit_answer(struct alerting *alerting, struct response *response,
                           const struct answer *answer, struct outcome *outcome);
/* Store records without acting on them afterwards. Takes @batch over. Return: 0 or -errno. */
int decision_write(struct alerting *alerting, int32_t partition, struct journal_batch *batch);
/* A record of vigil.alerts that leads to nothing: move the position past it, after the decisions before it.
 * Return: 0 or -errno. */
int decision_skip(struct alerting *alerting, int32_t partition, int64_t offset);

/* journal_released: act on a stored decision. @context: the struct alerting. */
void decision_released(void *context, int32_t partition, void *deed);
/* Free a decision without acting on it. */
void decision_discard(void *deed);

#endif
