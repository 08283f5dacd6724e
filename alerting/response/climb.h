/* SPDX-License-Identifier: MIT
 *
 * Climb: the actions on a response: page somebody, go up the ladder, close. raise.c, answer.c and tick.c decide which;
 * nothing else calls these.
 *
 * Pure (response.h). Each call appends to @outcome what to record and to send; outcome->failed is set when memory or
 * room runs out. A call that pages somebody may move response->pages.
 *
 * Thread: that of the response. Blocks: never, but the view reads the file of a time zone at its first use.
 */
#ifndef VIGIL_ALERTING_RESPONSE_CLIMB_H
#define VIGIL_ALERTING_RESPONSE_CLIMB_H

#include "alerting/response/outcome.h"
#include "alerting/route/route.h"

/* --- asking ------------------------------------------------------------------------------------ */

/* Page @recipient in the current step: a new page, or the next attempt of the page that this step has already. */
void climb_ask(struct response *response, const struct route_view *view, const char *recipient,
               enum role role, int64_t now_ms, struct outcome *outcome);
/* Stand @page down: it counts as answered, and its recipient gets a stand-down if the page may have arrived.
 * @by, @by_role: who caused it. */
void climb_stand_down(struct response *response, struct page *page, const char *by,
                      enum role by_role, const char *reason, int64_t now_ms,
                      struct outcome *outcome);
/* Must @page stay open when somebody else accepts? So for a family member who has not received it: family must learn of
 * every alert. The page is resent until it is received. */
bool climb_must_tell(const struct page *page);
/* @page has got further: if it is a family member's, is received now and somebody else holds the alert, stand it
 * down. */
void climb_told(struct response *response, struct page *page, int64_t now_ms,
                struct outcome *outcome);
/* Page another team in place of one that will not come, within the current step and its time. @free_only: only a team
 * that holds no other alert. Return: whether there was one. */
bool climb_replace(struct response *response, const struct route_view *view, bool free_only,
                   int64_t now_ms, struct outcome *outcome);

/* Page the desks in the order of route_desks(), up to and including the first that may still receive. @again: desks
 * already paged in this step too. If no desk may receive and nobody holds the alert, page all connected family members
 * and teams (route_everybody()), unless the alert is buffered, or technical of a known elder. */
void climb_desks(struct response *response, const struct route_view *view, bool again,
                 int64_t now_ms, struct outcome *outcome);

/* Page the desk, unless it has the card already. For an alert that family has accepted, since only a desk or a team may
 * close it, and for one that the wearer has cancelled. */
void climb_show_desk(struct response *response, const struct route_view *view, int64_t now_ms,
                     struct outcome *outcome);

/* --- going up ---------------------------------------------------------------------------------- */

/* The ladder in force for this alert: the desk-only one if it is buffered or its ladder is unknown. */
const struct ladder *climb_ladder(const struct response *response, const struct route_view *view);
/* The index of its last step. */
int32_t climb_last_rung(const struct response *response, const struct route_view *view);
/* The step it is at. */
const struct ladder_step *climb_step(const struct response *response,
                                     const struct route_view *view);
struct route_place climb_place(const struct response *response);

/* Begin a new round: nobody holds the alert, and the first step is paged. */
void climb_begin(struct response *response, const struct route_view *view, int64_t now_ms,
                 struct outcome *outcome);
/* Page the step at index @rung, or the first after it that has somebody. The last one always has the desk. */
void climb_to(struct response *response, const struct route_view *view, int32_t rung,
              int64_t now_ms, struct outcome *outcome);
/* Go to the next step; @reason: for the ledger. At the last step that step is paged again, with the same step number
 * and a higher attempt. */
void climb_on(struct response *response, const struct route_view *view, const char *reason,
              int64_t now_ms, struct outcome *outcome);
/* The holder declined or did not arrive: page the step after the current one, or the last one again, with a new step
 * number in both cases. */
void climb_again(struct response *response, const struct route_view *view, const char *reason,
                 int64_t now_ms, struct outcome *outcome);
/* Go to the next step at once if everybody of the current one has declined or cannot be reached. The last step waits
 * for its end. */
void climb_if_spent(struct response *response, const struct route_view *view, const char *reason,
                    int64_t now_ms, struct outcome *outcome);

/* Close the alert, by @by. @reason: recorded with the alert; @told: the reason in the stand-downs of those paged. */
void climb_close(struct response *response, const char *by, enum role by_role, const char *reason,
                 const char *told, int64_t now_ms, struct outcome *outcome);

#endif
