/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: a Kafka record that passes through the slot packer, a ring of a few slots and the batch of a shard. For
 * any bytes, the record ends exactly once, every sample block arrives whole, and bytes that are not a frame arrive
 * unchanged for quarantine.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/murmur2.h"
#include "rules/shard/slot.h"
#include "rules/shard/batch.h"

enum { RING_SLOTS = 4, PARTITIONS = 2 };

struct seen {
        uint32_t events;
        uint32_t ends;
        uint32_t broken;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

/* Every event of the batch has its own sample block, if it has samples. */
static void check_batch(const struct batch *batch) {
        for (uint32_t i = 0; i < batch->count; i++) {
                const struct event *event = &batch->events[i];

                check(murmur2_partition(event->elder_hash, PARTITIONS) == 0);
                check((batch->samples[i] != NULL) == (event->sample_count != 0));
                check(event->elder_id[EVENT_ELDER_ID_BYTES - 1] == '\0');
        }
}

static void take(struct batch *batch, struct slot *slot, const uint8_t *data, size_t size,
                 struct seen *seen) {
        check(seen->ends == 0); /* no slot after the last one */
        seen->ends += slot->last;
        if (slot->type == SLOT_REFUSED) {
                if (slot->reason == SLOT_REASON_BROKEN_FRAME) {
                        seen->broken++;
                        check(slot->refused_bytes == size);
                        check(slot->bytes_used ==
                              (size <= SLOT_REFUSED_BYTES_MAX ? size : SLOT_REFUSED_BYTES_KEPT));
                        check(size == 0 || memcmp(slot->refused, data, slot->bytes_used) == 0);
                }
                slot_drop(slot);
                return;
        }
        if (slot->type == SLOT_SKIP)
                return;
        if (batch_add(batch, slot) == BATCH_FULL) {
                check_batch(batch);
                batch_clear(batch);
                check(batch_add(batch, slot) == 0);
        }
        seen->events += slot->type == SLOT_EVENT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct batch batch;
        struct seen seen = {0};
        struct slot_packer packer;
        struct ring ring;
        void *slot;
        int r;

        if (size > FRAME_BYTES_MAX || ring_init(&ring, RING_SLOTS, SLOT_BYTES, UINT32_MAX) < 0)
                return 0;
        check(batch_init(&batch) == 0);
        slot_packer_begin(&packer, data, size, LANE_TELEMETRY, 0, PARTITIONS, 1, 7);
        do {
                r = slot_packer_push(&packer, &ring);
                while (ring_peek(&ring, 1, &slot)) {
                        take(&batch, slot, data, size, &seen);
                        ring_release(&ring, 1);
                }
        } while (r == SLOT_PACKER_FULL);
        check(seen.ends == 1);
        check(seen.broken <= 1);
        check(!batch.begun);
        check_batch(&batch);
        batch_fini(&batch);
        ring_fini(&ring);
        return 0;
}
