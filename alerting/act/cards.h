/* SPDX-License-Identifier: MIT
 *
 * What a pager shows, against what is so. A device that was away while another of the same key answered, or
 * while the alert was closed, still shows its card as waiting. Every beat names the cards it shows, and what is
 * not so any more is told to all endpoints of the key; what they know already changes nothing there.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_CARDS_H
#define VIGIL_ALERTING_ACT_CARDS_H

#include "alerting/act/alerting.h"

/* A beat of @id, whose body names the cards it shows. Return: 0 or -ENOMEM. */
int cards_shown(struct alerting *alerting, const char *id, const void *body, size_t body_bytes);

#endif
