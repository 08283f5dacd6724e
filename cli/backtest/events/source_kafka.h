/* SPDX-License-Identifier: MIT
 *
 * Source that reads the two event topics of a site.
 *
 * Thread: one. Blocks: while reading.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_KAFKA_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_KAFKA_H

#include <stdint.h>

#include "cli/backtest/events/source.h"
#include "common/files/conf.h"

/* Open both event topics, for events received in [@from_ms, @to_ms), merged by received time. @conf must outlive
 * the source. Return: 0, or -errno with err_why(). */
int source_kafka_open(struct source **ret, const struct conf *conf, int64_t from_ms, int64_t to_ms,
                      int timeout_ms);

#endif
