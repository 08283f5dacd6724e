/* SPDX-License-Identifier: MIT
 *
 * Open: create and free the struct alerting with everything but Kafka: ladders, keys, channels, the feed.
 *
 * Thread: that of main(), which becomes the loop's. Blocks: alerting_open() reads files; alerting_close() writes out
 * what is left, for a few seconds at most.
 */
#ifndef VIGIL_ALERTING_OPEN_H
#define VIGIL_ALERTING_OPEN_H

#include "alerting/act/alerting.h"
#include "common/files/diag.h"

/* Errors in files go to @diag. @conf must outlive the result. Return: 0; ALERTING_REFUSED when the diag holds errors;
 * -errno. */
enum { ALERTING_REFUSED = 1 };
int alerting_open(struct alerting **ret, const struct conf *conf, struct diag *diag);
/* Closes the Kafka clients that loop_run() has opened, too. Takes NULL. */
struct alerting *alerting_close(struct alerting *alerting);

#endif
