/* SPDX-License-Identifier: MIT */
#include "rules/shard/slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/base/murmur2.h"

enum stage {
        STAGE_NEXT,    /* read the next event */
        STAGE_EVENT,   /* hand over the event in hand */
        STAGE_SAMPLES, /* hand over the rest of its sample block */
        STAGE_MISPLACED,
        STAGE_BROKEN,
        STAGE_EMPTY,
        STAGE_DONE,
};

static const struct {
        const char *name;
        const char *detail;
} reasons[SLOT_REASON_COUNT] = {
        [SLOT_REASON_BROKEN_FRAME] = {"broken_frame",
                                      "not an event frame of a version we read, or its "
                                      "length does not add up"},
        [SLOT_REASON_WRONG_PARTITION] =
                {"wrong_partition", "the elder's hash belongs to another partition: whoever wrote "
                                    "it does not partition by murmur2 of the elder id"},
        [SLOT_REASON_UNKNOWN_ELDER] = {"unknown_elder", "the elder is not in the registry"},
};

const char *slot_reason_name(enum slot_reason reason) {
        require(reason < SLOT_REASON_COUNT, "reason %d", reason);
        return reasons[reason].name;
}

const char *slot_reason_detail(enum slot_reason reason) {
        require(reason < SLOT_REASON_COUNT, "reason %d", reason);
        return reasons[reason].detail;
}

void slot_drop(struct slot *slot) {
        if (slot->type == SLOT_REFUSED) {
                free(slot->refused);
                slot->refused = NULL;
        }
}

void slot_packer_begin(struct slot_packer *packer, const void *record, size_t record_bytes,
                       enum lane lane, int32_t partition, int32_t partition_count,
                       uint32_t generation, int64_t offset) {
        require(partition >= 0 && partition < partition_count, "partition %d of %d", partition,
                partition_count);
        require(generation != 0, "a record of partition %d, which is not ours", partition);
        *packer = (struct slot_packer){
                .record = record,
                .record_bytes = record_bytes,
                .offset = offset,
                .partition = partition,
                .partition_count = partition_count,
                .generation = generation,
                .lane = (uint8_t)lane,
        };
        packer->stage =
                frame_open(&packer->reader, record, record_bytes) ? STAGE_BROKEN : STAGE_NEXT;
}

static struct slot *reserve(const struct slot_packer *packer, struct ring *ring,
                            enum slot_type type, bool last) {
        struct slot *slot = ring_reserve(ring);

        if (!slot)
                return NULL;
        slot->type = (uint8_t)type;
        slot->lane = packer->lane;
        slot->reason = 0;
        slot->last = last;
        slot->partition = packer->partition;
        slot->generation = packer->generation;
        slot->bytes_used = 0;
        slot->offset = packer->offset;
        return slot;
}

static uint8_t read_next(struct slot_packer *packer) {
        int r = frame_next(&packer->reader, &packer->event, &packer->samples);

        if (r == FRAME_BROKEN)
                return STAGE_BROKEN;
        if (r == FRAME_END)
                return STAGE_EMPTY; /* only without events: the last event of a record leads to STAGE_DONE */

        packer->samples_left = event_sample_bytes(&packer->event);
        packer->last = packer->reader.left == 0 && packer->reader.at == packer->reader.end;
        if (murmur2_partition(packer->event.elder_hash, packer->partition_count) !=
            packer->partition)
                return STAGE_MISPLACED;
        return STAGE_EVENT;
}

static int push_event(struct slot_packer *packer, struct ring *ring) {
        bool last = packer->last && packer->samples_left == 0;
        struct slot *slot = reserve(packer, ring, SLOT_EVENT, last);

        if (!slot)
                return SLOT_PACKER_FULL;
        slot->event = packer->event;
        ring_commit(ring);
        packer->stage = packer->samples_left ? STAGE_SAMPLES : last ? STAGE_DONE : STAGE_NEXT;
        return 0;
}

static int push_samples(struct slot_packer *packer, struct ring *ring) {
        size_t piece = packer->samples_left < EVENT_BYTES ? packer->samples_left : EVENT_BYTES;
        bool ends = piece == packer->samples_left;
        struct slot *slot = reserve(packer, ring, SLOT_SAMPLES, ends && packer->last);

        if (!slot)
                return SLOT_PACKER_FULL;
        require(piece > 0, "an empty piece of samples, partition %d, offset %lld",
                packer->partition, (long long)packer->offset);
        memcpy(slot->bytes, packer->samples, piece);
        slot->bytes_used = (uint32_t)piece;
        ring_commit(ring);
        packer->samples += piece;
        packer->samples_left -= piece;
        if (ends)
                packer->stage = packer->last ? STAGE_DONE : STAGE_NEXT;
        return 0;
}

int slot_frame_of_one(enum lane lane, const struct event *event, const unsigned char *samples,
                      unsigned char **ret, uint32_t *ret_bytes) {
        size_t block = event_sample_bytes(event);
        size_t capacity = FRAME_HEADER_BYTES + EVENT_BYTES + block;
        unsigned char *bytes = malloc(capacity);
        struct frame_writer writer;

        if (!bytes)
                return err_raise(-ENOMEM);

        /* frame_append() requires aligned samples, but a block in a record may be unaligned. So append the event
         * without samples, then overwrite it with the original and copy the block after it. */
        struct event bare = *event;

        bare.sample_count = 0;
        frame_begin(&writer, lane, bytes, capacity);
        frame_append(&writer, &bare, NULL);
        memcpy(bytes + FRAME_HEADER_BYTES, event, EVENT_BYTES);
        if (block)
                memcpy(bytes + writer.used, samples, block);
        writer.used += block;

        *ret_bytes = (uint32_t)frame_end(&writer);
        *ret = bytes;
        return 0;
}

/* Without memory for the copy the slot is sent without bytes, so that the refusal is counted and the
 * position advances in order. */
static void copy_whole(const struct slot_packer *packer, struct slot *slot) {
        size_t kept = packer->record_bytes;

        if (kept > SLOT_REFUSED_BYTES_MAX)
                kept = SLOT_REFUSED_BYTES_KEPT;
        slot->refused_bytes = (uint32_t)packer->record_bytes;
        slot->refused = malloc(kept + 1);
        if (!slot->refused || kept == 0)
                return;
        memcpy(slot->refused, packer->record, kept);
        slot->bytes_used = (uint32_t)kept;
}

static void copy_event(const struct slot_packer *packer, struct slot *slot) {
        slot_frame_of_one(packer->lane, &packer->event, packer->samples, &slot->refused,
                          &slot->bytes_used);
        slot->refused_bytes = slot->bytes_used;
}

static int push_refused(struct slot_packer *packer, struct ring *ring, enum slot_reason reason) {
        bool whole = reason == SLOT_REASON_BROKEN_FRAME;
        bool last = whole || packer->last;
        struct slot *slot = reserve(packer, ring, SLOT_REFUSED, last);

        if (!slot)
                return SLOT_PACKER_FULL;
        slot->reason = (uint8_t)reason;
        slot->refused = NULL;
        if (whole)
                copy_whole(packer, slot);
        else
                copy_event(packer, slot);
        ring_commit(ring);
        packer->refused[reason]++;
        packer->stage = last ? STAGE_DONE : STAGE_NEXT;
        return 0;
}

static int push_empty(struct slot_packer *packer, struct ring *ring) {
        if (!reserve(packer, ring, SLOT_SKIP, true))
                return SLOT_PACKER_FULL;
        ring_commit(ring);
        packer->stage = STAGE_DONE;
        return 0;
}

int slot_packer_push(struct slot_packer *packer, struct ring *ring) {
        int r = 0;

        require(packer->stage <= STAGE_DONE, "stage %d", packer->stage);
        while (r == 0 && packer->stage != STAGE_DONE) {
                switch ((enum stage)packer->stage) {
                case STAGE_NEXT:
                        packer->stage = read_next(packer);
                        break;
                case STAGE_EVENT:
                        r = push_event(packer, ring);
                        break;
                case STAGE_SAMPLES:
                        r = push_samples(packer, ring);
                        break;
                case STAGE_MISPLACED:
                        r = push_refused(packer, ring, SLOT_REASON_WRONG_PARTITION);
                        break;
                case STAGE_BROKEN:
                        r = push_refused(packer, ring, SLOT_REASON_BROKEN_FRAME);
                        break;
                case STAGE_EMPTY:
                        r = push_empty(packer, ring);
                        break;
                case STAGE_DONE:
                        break;
                }
        }
        return r;
}
