/* SPDX-License-Identifier: MIT
 *
 * Take: one record of vigil.alerts, as read, becomes a new response, one more of an open one, or nothing new. It is here
 * that an alert is taken once per id, and decided (suppress.h) that it pages nobody.
 *
 * Pure. Thread: one. Blocks: never (the view may read a zone file once).
 * Proof: tests/unit/alerting/raise.c, tests/unit/alerting/told.c
 */
#ifndef VIGIL_ALERTING_INTAKE_TAKE_H
#define VIGIL_ALERTING_INTAKE_TAKE_H

#include "alerting/response/book.h"

/* @offset: within @partition. Return: 0, and *ret is the response that @outcome is about; TAKE_KNOWN: taken before;
 * TAKE_UNKNOWN: the end of an alert nobody raised (or that is forgotten); -errno. */
enum { TAKE_KNOWN = 1, TAKE_UNKNOWN = 2 };
int take_once(struct book *book, const struct route_view *view, const struct alert *alert,
              int32_t partition, int64_t offset, int64_t now_ms, struct outcome *outcome,
              struct response **ret);

#endif
