/* SPDX-License-Identifier: MIT
 *
 * Hear: what people and their pagers say. The first four are a channel_handler's; @context: the struct alerting.
 *
 * Thread: the loop's. Blocks: never.
 * Proof: tests/unit/alerting/act.c
 */
#ifndef VIGIL_ALERTING_ACT_HEAR_H
#define VIGIL_ALERTING_ACT_HEAR_H

#include "alerting/act/alerting.h"

void hear_joined(void *context, const char *id, enum role role);
void hear_said(void *context, const char *id, enum role role, const void *type, size_t type_bytes,
               const void *body, size_t body_bytes);
void hear_partly(void *context, const char *id, int instances);
void hear_shows(void *context, const char *id, const void *body, size_t body_bytes);

/* Every second: refusals of a sender that were counted and not said. */
void hear_tell_counted(struct alerting *alerting, int64_t now_mono_ms);

#endif
