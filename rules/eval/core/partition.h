/* SPDX-License-Identifier: MIT
 *
 * Partition: what the engine knows of one, and whether silence in it says anything: not while it settles, and not
 * while nobody listens (docs/adr/0012-silence-or-deafness.md).
 *
 * Thread: the engine's owner. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_RULES_EVAL_CORE_PARTITION_H
#define VIGIL_RULES_EVAL_CORE_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/core/moment.h"
#include "rules/eval/memory/listening.h"

enum {
        PARTITIONS_MAX = 65536,
        PARTITION_SETTLE_MS = 60 * 1000,
        PARTITION_BEHIND_MS = 10 * 1000, /* an event received longer ago: still catching up */
};

struct partition {
        int64_t opened_ms;
        int64_t settling_since_ms; /* opened, or listened to again */
        int64_t settled_ms;
        int64_t reads_back_until_ms; /* 0: it does not, or no more */
        bool open;
        bool listened_again; /* that is what it settles after */
        struct listening listening;
};

const struct partition *partition_of(const struct engine *engine, const struct elder *elder);

/* When the elder's partition was opened; deadlines that passed before are settled. */
int64_t partition_opened_ms(const struct engine *engine, const struct elder *elder);
/* Until when nobody is called overdue after that. */
int64_t partition_settled_ms(const struct engine *engine, const struct elder *elder);
/* When what waits until @ends_ms may be told: then, or once the past has been read again. */
int64_t partition_ends_ms(const struct engine *engine, const struct elder *elder, int64_t ends_ms);
/* From when on silence says something: as partition_settled_ms(), and after @now_ms while we are deaf. For whatever
 * is told because nothing came. */
int64_t partition_hears_ms(const struct engine *engine, const struct elder *elder, int64_t now_ms);
/* How much of the time since @since_ms we were deaf: rules/eval/memory/listening.h. */
int64_t partition_unheard_ms(const struct engine *engine, const struct elder *elder,
                             int64_t since_ms);

/* --- for the engine ------------------------------------------------------------------------------- */

/* Nobody is called overdue before @settled_ms. */
void partition_settle_until(struct engine *engine, struct partition *partition, int64_t settled_ms);

/* An event that waited, in Kafka or in a device (@moment->buffered), arrived while a partition settles: more of
 * them may still come. */
void partition_behind(const struct moment *moment);

/* @event is of KIND_LISTENING: an ingest shard says whether it listens. */
void partition_listening(struct engine *engine, const struct event *event, int64_t now_ms);

/* Count the deaf partitions, once a second. */
void partitions_count_deaf(struct engine *engine, int64_t now_ms);

#endif
