/* SPDX-License-Identifier: MIT
 *
 * Tick: the deadlines of a response, and the results of sending.
 *
 * Pure (response.h). Thread: one at a time. Blocks: never, but the view reads the file of a time zone at its first use.
 */
#ifndef VIGIL_ALERTING_RESPONSE_TICK_H
#define VIGIL_ALERTING_RESPONSE_TICK_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* The page of @recipient in @step was handed to a connection. */
void response_sent(struct response *response, const char *recipient, uint32_t step, int64_t now_ms,
                   struct outcome *outcome);

/* The stand-down of that page was handed to a connection. */
void response_stood_down(struct response *response, const char *recipient, uint32_t step,
                         struct outcome *outcome);

/* Kafka stored the plan of the current step late: the answer time of the step starts at @now_ms. To be called only for
 * a plan that had to wait: a step must not get longer otherwise. */
void response_stored(struct response *response, const struct route_view *view, int64_t now_ms);

/* @team has accepted another alert. If this one waits for it and a free team exists, page that one at once. */
void response_occupied(struct response *response, const struct route_view *view, const char *team,
                       int64_t now_ms, struct outcome *outcome);

/* Act on every deadline that is not after @now_ms. No effect when there is none. */
void response_tick(struct response *response, const struct route_view *view, int64_t now_ms,
                   struct outcome *outcome);

#endif
