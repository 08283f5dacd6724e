/* SPDX-License-Identifier: MIT
 *
 * Notice: an alarm that ingest holds and Kafka has not taken, told to the duty desk as it is, "unprocessed"
 * (docs/wire/pages.md, "Notices"). Alerting only passes it on: it needs neither Kafka nor Redis for it, writes nothing
 * down and opens no alert. Ingest repeats it until a desk has it; the page follows when Kafka is back.
 *
 *      ingest ── notice, settled ─▶ alerting ── the same, with the elder ─▶ desks
 *      ingest ◀─ noticed ────────── alerting ◀─ noticed ─────────────────── desk
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_NOTICE_H
#define VIGIL_ALERTING_ACT_NOTICE_H

#include "alerting/act/alerting.h"

/* A frame of @id. Return: false when it is none of these, or not @role's to say. */
bool notice_take(struct alerting *alerting, const char *id, enum role role, const void *type,
                 size_t type_bytes, const void *body, size_t body_bytes);

#endif
