/* SPDX-License-Identifier: MIT
 *
 * Loop: the main loop. In each turn it acts on stored decisions, then handles new alerts, answers and deadlines.
 *
 * Thread: loop_run() runs on the thread that is called the loop's everywhere else.
 *
 *      W1 watch made, by wait_for_kafka  ->  W2 watch asked, by loop_is_ready
 */
#ifndef VIGIL_ALERTING_LOOP_H
#define VIGIL_ALERTING_LOOP_H

#include "alerting/act/alerting.h"

/* Blocks: until alerting->stop is set or an error occurs. Return: 0 or -errno. */
int loop_run(struct alerting *alerting);

/* The readiness check for http_start(). @context: the struct alerting. @missing: set when not ready. Thread: any.
 * Blocks: never. */
bool loop_is_ready(void *context, char *missing, size_t missing_bytes);

#endif
