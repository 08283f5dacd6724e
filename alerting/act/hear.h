/* SPDX-License-Identifier: MIT
 *
 * Hear: handle what people and their pagers send. The first four are the calls of a channel_handler; @context: the
 * struct alerting.
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

/* To be called every second: log how many more messages of a sender were refused than were logged. */
void hear_tell_counted(struct alerting *alerting, int64_t now_mono_ms);

#endif
