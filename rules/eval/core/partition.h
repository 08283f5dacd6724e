/* SPDX-License-Identifier: MIT
 *
 * Partition: what the engine knows of a partition, and whether silence in it says anything: not while it settles, and
 * not while nobody listens (docs/adr/0012-silence-or-deafness.md).
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
        PARTITION_BEHIND_MS = 10 * 1000, /* an event that waited for longer: still catching up */
};

struct partition {
        int64_t opened_ms;
        int64_t settling_since_ms; /* opened, or listening resumed */
        int64_t settled_ms;
        int64_t reads_back_until_ms; /* see engine_partition_reads_back(); 0: it does not */
        bool open;
        bool listened_again; /* it settles because listening resumed */
        struct listening listening;
};

/* The row of the elder's partition; NULL if it was never opened here. */
const struct partition *partition_of(const struct engine *engine, const struct elder *elder);

/* When the elder's partition was opened, 0: never. Deadlines that passed before count as settled. */
int64_t partition_opened_ms(const struct engine *engine, const struct elder *elder);
/* Until when nothing is raised because of silence. */
int64_t partition_settled_ms(const struct engine *engine, const struct elder *elder);
/* When a happening that waits until @ends_ms may be raised: then or, if that was before the partition was opened and
 * the past is being read again, once that is done. */
int64_t partition_ends_ms(const struct engine *engine, const struct elder *elder, int64_t ends_ms);
/* From when on silence says something: as partition_settled_ms(), and after @now_ms while we are deaf. For whatever
 * is raised or cleared because nothing came. */
int64_t partition_hears_ms(const struct engine *engine, const struct elder *elder, int64_t now_ms);
/* For how long since @since_ms we were deaf, in milliseconds: listening_unheard_ms(). */
int64_t partition_unheard_ms(const struct engine *engine, const struct elder *elder,
                             int64_t since_ms);

/* --- for the engine ------------------------------------------------------------------------------- */

/* Raise nothing because of silence before @settled_ms. */
void partition_settle_until(struct engine *engine, struct partition *partition, int64_t settled_ms);

/* An event that waited in Kafka or, after listening resumed, in a device (@moment->buffered) arrived while the
 * partition settles: prolong the settling, because more of them may come. */
void partition_behind(const struct moment *moment);

/* @event is of KIND_LISTENING: an ingest shard reports whether it listens. */
void partition_listening(struct engine *engine, const struct event *event, int64_t now_ms);

/* Count the deaf partitions, at most once a second. */
void partitions_count_deaf(struct engine *engine, int64_t now_ms);

#endif
