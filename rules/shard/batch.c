/* SPDX-License-Identifier: MIT */
#include "rules/shard/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

int batch_init(struct batch *batch) {
        memset(batch, 0, sizeof(*batch));
        batch->arena = malloc(BATCH_SAMPLES_BYTES);
        return batch->arena ? 0 : err_raise(-ENOMEM);
}

void batch_fini(struct batch *batch) {
        free(batch->arena);
        batch->arena = NULL;
}

static void add_samples(struct batch *batch, const struct slot *slot) {
        struct batch_mark *mark = &batch->marks[batch->count];
        size_t piece = slot->bytes_used;

        require(mark->partition == slot->partition && mark->offset == slot->offset,
                "samples of partition %d, offset %lld, for an event of partition %d, offset %lld",
                slot->partition, (long long)slot->offset, mark->partition, (long long)mark->offset);
        require(piece <= EVENT_BYTES && piece <= batch->samples_due,
                "%zu bytes of samples, %zu are due", piece, batch->samples_due);
        require(batch->samples_used + piece <= BATCH_SAMPLES_BYTES, "%zu bytes of samples and %zu",
                batch->samples_used, piece);
        memcpy(batch->arena + batch->samples_used, slot->bytes, piece);
        batch->samples_used += piece;
        batch->samples_due -= piece;
        mark->last = slot->last;
        if (batch->samples_due == 0) {
                batch->begun = false;
                batch->count++;
        }
}

int batch_add(struct batch *batch, const struct slot *slot) {
        if (slot->type == SLOT_SAMPLES) {
                if (batch->begun) /* else: samples of an abandoned event */
                        add_samples(batch, slot);
                return 0;
        }

        size_t block = event_sample_bytes(&slot->event);

        require(!batch->begun,
                "partition %d, offset %lld, comes before all samples of partition %d, offset %lld",
                slot->partition, (long long)slot->offset, batch->marks[batch->count].partition,
                (long long)batch->marks[batch->count].offset);
        if (batch->count == BATCH_EVENTS || batch->samples_used + block > BATCH_SAMPLES_BYTES)
                return BATCH_FULL;

        batch->events[batch->count] = slot->event;
        batch->samples[batch->count] = block ? batch->arena + batch->samples_used : NULL;
        batch->marks[batch->count] = (struct batch_mark){
                .partition = slot->partition,
                .last = slot->last,
                .offset = slot->offset,
        };
        if (block) {
                batch->begun = true;
                batch->any_samples = true;
                batch->samples_due = block;
        } else {
                batch->count++;
        }
        return 0;
}

void batch_clear(struct batch *batch) {
        if (batch->begun) {
                size_t block = event_sample_bytes(&batch->events[batch->count]);

                require(batch->samples_due <= block &&
                                block - batch->samples_due <= batch->samples_used,
                        "%zu bytes of a block of %zu are due, %zu are here", batch->samples_due,
                        block, batch->samples_used);

                size_t have = block - batch->samples_due;

                memmove(batch->arena, batch->arena + batch->samples_used - have, have);
                batch->events[0] = batch->events[batch->count];
                batch->marks[0] = batch->marks[batch->count];
                batch->samples[0] = batch->arena;
                batch->samples_used = have;
        } else {
                batch->samples_used = 0;
                batch->any_samples = false;
        }
        batch->count = 0;
}

void batch_abandon(struct batch *batch, int32_t partition) {
        if (!batch->begun || batch->marks[batch->count].partition != partition)
                return;
        batch->begun = false;
        batch->samples_due = 0;
        batch_clear(batch);
}
