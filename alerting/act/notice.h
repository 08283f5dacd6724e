/* SPDX-License-Identifier: MIT
 *
 * Notice: an alarm that ingest holds and Kafka has not accepted, sent to the duty desk as "unprocessed"
 * (docs/wire/pages.md, "Notices"). Alerting only forwards it: it needs neither Kafka nor Redis, stores nothing and
 * opens no alert. Ingest repeats the notice until a desk confirms it; the page follows when Kafka is back.
 *
 *      ingest ── notice, settled ─▶ alerting ── the same, with the elder ─▶ desks
 *      ingest ◀─ noticed ────────── alerting ◀─ noticed ─────────────────── desk
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_NOTICE_H
#define VIGIL_ALERTING_ACT_NOTICE_H

#include "alerting/act/alerting.h"

/* Handle a message of @id. Return: false when it is no valid notice, settled or noticed, or @role may not send it. */
bool notice_take(struct alerting *alerting, const char *id, enum role role, const void *type,
                 size_t type_bytes, const void *body, size_t body_bytes);

#endif
