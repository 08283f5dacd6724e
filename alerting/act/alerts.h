/* SPDX-License-Identifier: MIT
 *
 * Alerts: handle a record of vigil.alerts, from intake to the decision.
 *
 * Thread: the loop's. Blocks: never.
 */
#ifndef VIGIL_ALERTING_ACT_ALERTS_H
#define VIGIL_ALERTING_ACT_ALERTS_H

#include "alerting/act/alerting.h"

/* alert() of intake_handler. @alert NULL: the record cannot be read, err_why() says why. Return: 0 or -errno. */
int alerts_take(void *context, int32_t partition, int64_t offset, const struct alert *alert);

#endif
