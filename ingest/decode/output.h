/* SPDX-License-Identifier: MIT
 *
 * What one message becomes while it is read: the events of this lane, their samples, and the first
 * thing that was wrong. Filled by native.c and mapper.c, handed out by decoder.c.
 *
 * Thread: the decoder's. Blocks: never. Allocates: never, the room is the decoder's.
 */
#ifndef VIGIL_INGEST_DECODE_OUTPUT_H
#define VIGIL_INGEST_DECODE_OUTPUT_H

#include "ingest/decode/decoded.h"
#include "ingest/decode/topic.h"

struct decode_output {
        enum lane lane;
        const struct decode_message *message;

        struct decoded_event *events; /* room for DECODE_EVENTS_MAX */
        size_t event_count;           /* of this lane */
        size_t found_count;           /* of both lanes */

        int16_t *samples; /* room for samples_max triples */
        size_t samples_max;
        size_t sample_count;

        struct alarm *alarm;   /* the first one of a message; the decoder's */
        uint64_t ignored_keys; /* nobody knows them */

        enum reject reject; /* the first one */
        char *detail;       /* room for DECODE_DETAIL_BYTES */
};

/* Note a rejection; only the first one of a message is kept. Return: @reject. */
enum reject output_reject(struct decode_output *output, enum reject reject, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Note an alarm that becomes no event. @device: what it is called, not NUL-terminated. @known: its registry entry, or NULL. @info:
 * what it seems to be, or NULL. */
void output_alarm(struct decode_output *output, enum alarm_reason reason,
                  const struct topic_part *device, const struct registry_device *known,
                  const struct event_kind_info *info);

/* An event with everything filled that does not come from the payload.
 * Return: 0 or -ENAMETOOLONG (a registry id too long for the wire). */
int output_begin(const struct decode_output *output, struct event *ret,
                 const struct registry_device *device, const struct event_kind_info *info);

/* The device gave a time: keep it, and mark it when it cannot be. */
void output_set_time(struct event *event, int64_t device_time_ms);

/* No sequence came with event number @index of the message: derive one. The same message read twice
 * gives the same sequence when it carries its own time; without a time, or with that of a clock that was
 * never set, two equal messages may be two presses of a button, and the received time keeps them apart. */
void output_derive_sequence(const struct decode_output *output, struct event *event, size_t index);

/* Keep @event when it is this lane's. Return: 0 or REJECT_TOO_LARGE when a message has too many. */
enum reject output_add(struct decode_output *output, const struct event *event,
                       const int16_t *samples);

#endif
