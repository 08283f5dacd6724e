/* SPDX-License-Identifier: MIT
 *
 * A source that is the two event topics of a site.
 *
 * Thread: one. Blocks: while reading.
 */
#ifndef VIGIL_CLI_BACKTEST_EVENTS_SOURCE_KAFKA_H
#define VIGIL_CLI_BACKTEST_EVENTS_SOURCE_KAFKA_H

#include <stdint.h>

#include "cli/backtest/events/source.h"
#include "common/files/conf.h"

/* Both event topics of the site, what was received in [from_ms, to_ms), merged by the time received.
 * Return: 0, or -errno with err_why(), as topic_reader_open(). */
int source_kafka_open(struct source **ret, const struct conf *conf, int64_t from_ms, int64_t to_ms,
                      int timeout_ms);

#endif
