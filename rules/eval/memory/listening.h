/* SPDX-License-Identifier: MIT
 *
 * Listening: is a partition silent, or are we deaf? While the MQTT broker, ingest or the way between is down
 * nobody is heard, and silence says nothing about anybody (docs/adr/0012-silence-or-deafness.md).
 *
 * Every ingest shard says to every partition each EVENT_LISTENING_EVERY_MS whether it listens. One shard that does
 * not, or has not said so for EVENT_LISTENING_LOST_MS, makes the partition deaf: which of its elders are heard
 * through that shard is not known here. A partition to which nobody ever said so is never deaf: a
 * producer of one's own need not say it.
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never. Pure: times are given.
 */
#ifndef VIGIL_RULES_EVAL_MEMORY_LISTENING_H
#define VIGIL_RULES_EVAL_MEMORY_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"

/* What is known of one partition; zero: nothing. */
struct listening {
        int64_t unheard_from_ms; /* the latest time of deafness that is over: [from, until) … */
        int64_t unheard_until_ms;
        uint32_t shard_count; /* highest number heard of + 1 */
        struct {
                int64_t listened_ms; /* last said that it listens; 0: shard not known */
                bool stopped;        /* said that it does not, since */
                uint32_t alike;      /* what it said was so often about as old, in sequence … */
                int64_t age_ms;      /* … as this */
        } shards[EVENT_LISTENING_SHARDS_MAX];
};

enum { LISTENING_AGAIN = 1 };

/* Take what shard @shard said at @said_ms, no later than now. Shards beyond the last are ignored.
 * Return: LISTENING_AGAIN when it had not listened before this, else 0. */
int listening_note(struct listening *listening, uint32_t shard, bool listens, int64_t said_ms);

/* What a shard says live is always equally old: by how much its clock is behind ours, and the way. What waited in
 * Kafka is of any age. Take in that shard @shard said something @age_ms ago.
 * Return: how far its clock is behind, 0 for a little; -1: not known. */
int64_t listening_behind_ms(struct listening *listening, uint32_t shard, int64_t age_ms);

/* Is anybody who should listen not doing so? A shard not heard of for an hour while others are was retired. */
bool listening_is_deaf(const struct listening *listening, int64_t now_ms);

/* How much of the time since @since_ms nobody could be heard, of the latest deafness that is over. */
int64_t listening_unheard_ms(const struct listening *listening, int64_t since_ms);

#endif
