/* SPDX-License-Identifier: MIT
 *
 * Raise: apply a record of vigil.alerts to a response: a new alert, a repeat, or a transition of an open alert.
 *
 * Pure (response.h). Thread: one at a time. Blocks: never, but the view reads the file of a time zone at its first use.
 */
#ifndef VIGIL_ALERTING_RESPONSE_RAISE_H
#define VIGIL_ALERTING_RESPONSE_RAISE_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* A new alert: start its ladder. @response is fresh from response_new(). */
void response_raise(struct response *response, const struct route_view *view,
                    const struct alert *alert, int64_t now_ms, struct outcome *outcome);

/* The same, but nobody is paged. @reason: for the ledger. @closes: the alert is closed at once; otherwise it stays open
 * on the feed, for RESPONSE_FEED_ONLY_FOR_MS at most. */
void response_suppress(struct response *response, const struct route_view *view,
                       const struct alert *alert, const char *reason, bool closes, int64_t now_ms,
                       struct outcome *outcome);

/* A repeat: another alert of the same rule and elder while this one is open. Those who were paged get an update; the
 * ladder starts again if nobody may be attending to the alert any more. */
void response_repeat(struct response *response, const struct route_view *view,
                     const struct alert *alert, int64_t now_ms, struct outcome *outcome);

/* @alert is severity_changed, cleared or cancelled, of this alert or of a repeat folded into it. */
void response_transition(struct response *response, const struct route_view *view,
                         const struct alert *alert, int64_t now_ms, struct outcome *outcome);

#endif
