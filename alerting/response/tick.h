/* SPDX-License-Identifier: MIT
 *
 * Time, and what became of sending: the deadlines of a response.
 *
 * Pure, as response.h says. Thread: one. Blocks: never (the view may read a zone file once).
 */
#ifndef VIGIL_ALERTING_RESPONSE_TICK_H
#define VIGIL_ALERTING_RESPONSE_TICK_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* A page of this recipient and step was handed to a connection. */
void response_sent(struct response *response, const char *recipient, uint32_t step, int64_t now_ms,
                   struct outcome *outcome);

/* A stand-down was handed to a connection. */
void response_stood_down(struct response *response, const char *recipient, uint32_t step,
                         struct outcome *outcome);

/* The plan of the current step was stored late (Kafka was away): people get their whole time from
 * here. Only for a plan that waited; a step must not be made longer otherwise. */
void response_stored(struct response *response, const struct route_view *view, int64_t now_ms);

/* @team has accepted another alert: a free team is asked in its place, at once, when there is one. */
void response_occupied(struct response *response, const struct route_view *view, const char *team,
                       int64_t now_ms, struct outcome *outcome);

/* Do what is due. Harmless when nothing is. */
void response_tick(struct response *response, const struct route_view *view, int64_t now_ms,
                   struct outcome *outcome);

#endif
