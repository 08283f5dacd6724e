/* SPDX-License-Identifier: MIT
 *
 * View: the route_view of the running program (route.h): the channels say who can be reached and how, the book who is
 * busy.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_VIEW_H
#define VIGIL_ALERTING_VIEW_H

#include "alerting/act/alerting.h"

/* The view of @alerting, which must be open and outlive it. */
struct route_view view_make(struct alerting *alerting);

#endif
