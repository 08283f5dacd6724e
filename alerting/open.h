/* SPDX-License-Identifier: MIT
 *
 * Open: everything but Kafka: ladders, keys, channels, the feed.
 *
 * Thread: main()'s, which is the loop's. Blocks: reads files; closing takes a few seconds at most.
 */
#ifndef VIGIL_ALERTING_OPEN_H
#define VIGIL_ALERTING_OPEN_H

#include "alerting/act/alerting.h"
#include "common/files/diag.h"

/* Complaints about files go to @diag. Return: 0; ALERTING_REFUSED when the diag holds errors; -errno. */
enum { ALERTING_REFUSED = 1 };
int alerting_open(struct alerting **ret, const struct conf *conf, struct diag *diag);
struct alerting *alerting_close(struct alerting *alerting);

#endif
