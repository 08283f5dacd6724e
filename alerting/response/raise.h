/* SPDX-License-Identifier: MIT
 *
 * Alerts in: a new one, one more of the same, and what rules say of one that is open.
 *
 * Pure, as response.h says. Thread: one. Blocks: never (the view may read a zone file once).
 */
#ifndef VIGIL_ALERTING_RESPONSE_RAISE_H
#define VIGIL_ALERTING_RESPONSE_RAISE_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* A new alert: begins its ladder. @response is fresh from response_new(). */
void response_raise(struct response *response, const struct route_view *view,
                    const struct alert *alert, int64_t now_ms, struct outcome *outcome);

/* The same, but it pages nobody. @reason: the ledger's. @closes: it is over at once, else it is shown on the feed. */
void response_suppress(struct response *response, const struct route_view *view,
                       const struct alert *alert, const char *reason, bool closes, int64_t now_ms,
                       struct outcome *outcome);

/* Another alert of the same rule and elder while this one is open. */
void response_repeat(struct response *response, const struct route_view *view,
                     const struct alert *alert, int64_t now_ms, struct outcome *outcome);

/* severity_changed, cleared or cancelled, of this alert or of a repeat folded into it. */
void response_transition(struct response *response, const struct route_view *view,
                         const struct alert *alert, int64_t now_ms, struct outcome *outcome);

#endif
