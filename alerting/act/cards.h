/* SPDX-License-Identifier: MIT
 *
 * Cards: compare the cards that a pager shows with the state of their alerts. A device that was disconnected while
 * another one of the same key answered, or while the alert was closed, still shows its card as waiting. Each beat names
 * the cards that the device shows; for outdated ones a correction goes to all endpoints of the key. It has no effect on
 * endpoints that are up to date.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_CARDS_H
#define VIGIL_ALERTING_ACT_CARDS_H

#include "alerting/act/alerting.h"

/* A beat of @id, whose body names the cards it shows. Return: 0 or -ENOMEM. */
int cards_shown(struct alerting *alerting, const char *id, const void *body, size_t body_bytes);

#endif
