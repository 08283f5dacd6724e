/* SPDX-License-Identifier: MIT
 *
 * Loop: turns until it must stop: what is written is told, then come new alerts, answers, and time.
 *
 * Thread: its own is the loop's.
 *
 *      W1 watch made, by wait_for_kafka  ->  W2 watch asked, by loop_is_ready
 */
#ifndef VIGIL_ALERTING_LOOP_H
#define VIGIL_ALERTING_LOOP_H

#include "alerting/act/alerting.h"

/* Runs until alerting->stop. Return: 0 or -errno. */
int loop_run(struct alerting *alerting);

/* For http_start(). @context: the struct alerting. Thread: any. */
bool loop_is_ready(void *context, char *missing, size_t missing_bytes);

#endif
