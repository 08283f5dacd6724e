/* SPDX-License-Identifier: MIT
 *
 * View: what decisions see of the world. Who can be reached, and how, is the channels' answer; who is busy the book's.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_VIEW_H
#define VIGIL_ALERTING_VIEW_H

#include "alerting/act/alerting.h"

/* Of what is open in @alerting. */
struct route_view view_make(struct alerting *alerting);

#endif
