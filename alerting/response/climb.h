/* SPDX-License-Identifier: MIT
 *
 * Climb: the moves that a response is made of: asking, going up its ladder and
 * ending. raise.c, answer.c and tick.c decide which; nobody else calls these.
 *
 * Pure, as response.h says. What they cannot do for want of memory or room is noted in
 * outcome->failed.
 */
#ifndef VIGIL_ALERTING_RESPONSE_CLIMB_H
#define VIGIL_ALERTING_RESPONSE_CLIMB_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* --- asking ------------------------------------------------------------------------------------ */

/* A new page of the current step, or the same one once more. May move response->pages. */
void climb_ask(struct response *response, const struct route_view *view, const char *recipient,
               enum role role, int64_t now_ms, struct outcome *outcome);
void climb_stand_down(struct response *response, struct page *page, const char *by,
                      enum role by_role, const char *reason, int64_t now_ms,
                      struct outcome *outcome);
/* A family member learns of the alert even when somebody else accepts first: a page that has not been received stays on
 * its way until climb_told(), which stands it down when the alert is held. */
bool climb_must_tell(const struct page *page);
void climb_told(struct response *response, struct page *page, int64_t now_ms,
                struct outcome *outcome);
/* Another team in the place of one that will not come, within the same step and its time; with @free_only none that
 * holds another alert. Return: whether there is one. */
bool climb_replace(struct response *response, const struct route_view *view, bool free_only,
                   int64_t now_ms, struct outcome *outcome);

/* The desk: of the desks that stand in for each other, every one up to the first that receives. With @again those that
 * were asked in this step before are asked once more. When none is left that might receive, everybody is called who is
 * connected, family and teams, while nobody holds the alert. */
void climb_desks(struct response *response, const struct route_view *view, bool again,
                 int64_t now_ms, struct outcome *outcome);

/* The desk gets the card as well when family has it, since only desk and team may close, and when the wearer cancelled. */
void climb_show_desk(struct response *response, const struct route_view *view, int64_t now_ms,
                     struct outcome *outcome);

/* --- going up ---------------------------------------------------------------------------------- */

const struct ladder *climb_ladder(const struct response *response, const struct route_view *view);
int32_t climb_last_rung(const struct response *response, const struct route_view *view);
const struct ladder_step *climb_step(const struct response *response,
                                     const struct route_view *view);
struct route_place climb_place(const struct response *response);

/* From the first step: a new round. */
void climb_begin(struct response *response, const struct route_view *view, int64_t now_ms,
                 struct outcome *outcome);
/* To @rung, or past it when it has nobody. */
void climb_to(struct response *response, const struct route_view *view, int32_t rung,
              int64_t now_ms, struct outcome *outcome);
/* The next step; the last one is asked again, with the same step number and a higher attempt. */
void climb_on(struct response *response, const struct route_view *view, const char *reason,
              int64_t now_ms, struct outcome *outcome);
/* After a holder was lost: what comes after the step that found them, with a number of its own. */
void climb_again(struct response *response, const struct route_view *view, const char *reason,
                 int64_t now_ms, struct outcome *outcome);
/* The next step at once when everyone of this one has declined or cannot be reached. */
void climb_if_spent(struct response *response, const struct route_view *view, const char *reason,
                    int64_t now_ms, struct outcome *outcome);

/* @reason: of the alert; @told: what those paged are told. */
void climb_close(struct response *response, const char *by, enum role by_role, const char *reason,
                 const char *told, int64_t now_ms, struct outcome *outcome);

#endif
