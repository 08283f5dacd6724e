/* SPDX-License-Identifier: MIT
 *
 * Take: one record of vigil.alerts becomes a new response, changes an open one, or is known already. Here an alert is
 * taken once for each id, and suppress.h may decide that it pages nobody.
 *
 * Pure. Thread: one at a time. Blocks: never, but the view reads the file of a time zone at its first use.
 * Proof: tests/unit/alerting/raise.c, tests/unit/alerting/told.c
 */
#ifndef VIGIL_ALERTING_INTAKE_TAKE_H
#define VIGIL_ALERTING_INTAKE_TAKE_H

#include "alerting/response/book.h"

/* @offset: of the record in @partition. Return: 0, and *ret is the response, owned by the book, that @outcome belongs
 * to; TAKE_KNOWN: taken before; TAKE_UNKNOWN: cleared or cancelled, but no such alert is known (any more); -errno. */
enum { TAKE_KNOWN = 1, TAKE_UNKNOWN = 2 };
int take_once(struct book *book, const struct route_view *view, const struct alert *alert,
              int32_t partition, int64_t offset, int64_t now_ms, struct outcome *outcome,
              struct response **ret);

#endif
