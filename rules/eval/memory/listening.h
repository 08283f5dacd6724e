/* SPDX-License-Identifier: MIT
 *
 * Listening: is a partition silent, or are we deaf? While the MQTT broker, ingest or the connection between them is
 * down, nobody is heard, and silence says nothing about anybody (docs/adr/0012-silence-or-deafness.md).
 *
 * Every ingest shard reports to every partition, each EVENT_LISTENING_EVERY_MS, whether it listens. One shard that
 * does not, or has not reported for EVENT_LISTENING_LOST_MS, makes the partition deaf, because it is not known here
 * which elders are heard through that shard. A partition that never received such a report is never deaf, so that
 * other producers of events need not send any.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never. Pure: times are arguments.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_LISTENING_H
#define VIGIL_RULES_EVAL_MEMORY_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"

/* What is known of one partition. All zero: nothing. */
struct listening {
        int64_t unheard_from_ms; /* the latest deafness that has ended: [from, until) */
        int64_t unheard_until_ms;
        uint32_t shard_count; /* highest shard number seen + 1 */
        struct {
                int64_t listened_ms; /* when it last reported that it listens; 0: shard not known */
                bool stopped;        /* it has reported since that it does not */
                uint32_t alike;      /* this many reports in a row were about … */
                int64_t age_ms;      /* … this old on arrival */
        } shards[EVENT_LISTENING_SHARDS_MAX];
};

enum { LISTENING_AGAIN = 1 };

/* Note a report of shard @shard, made at @said_ms, which must not be later than now. A shard number beyond the limit
 * is ignored. Return: LISTENING_AGAIN if the shard listens again after it did not, else 0. */
int listening_note(struct listening *listening, uint32_t shard, bool listens, int64_t said_ms);

/* How far the clock of an ingest shard is behind ours. Reports that arrive live are all equally old: by the clock
 * skew and the time of transport. Reports that waited in Kafka are of any age. Note that a report of shard @shard was
 * @age_ms old. Return: milliseconds behind, 0 for a few; -1: not known. */
int64_t listening_behind_ms(struct listening *listening, uint32_t shard, int64_t age_ms);

/* Does any shard that should listen not listen? A shard that was not heard of for an hour, while others were, counts
 * as retired. */
bool listening_is_deaf(const struct listening *listening, int64_t now_ms);

/* For how long since @since_ms nobody could be heard, in milliseconds; only the latest deafness that has ended
 * counts. */
int64_t listening_unheard_ms(const struct listening *listening, int64_t since_ms);

#endif
