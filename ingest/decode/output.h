/* SPDX-License-Identifier: MIT
 *
 * The result of decoding a message while it is built: the events of this lane, their samples and the
 * first rejection. native.c and mapper.c fill it, decoder.c returns it.
 *
 * Thread: that of the decoder. Blocks: never. Allocates: never; the buffers belong to the decoder.
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

        struct alarm *alarm;   /* the first alarm of the message without an event */
        uint64_t ignored_keys; /* number of unknown keys */

        enum reject reject; /* the first rejection */
        char *detail;       /* room for DECODE_DETAIL_BYTES */
};

/* Note a rejection; only the first one of a message is kept. Return: @reject. */
enum reject output_reject(struct decode_output *output, enum reject reject, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Note an alarm without an event; only the first one of a message is kept. @device: name of the device, unused if
 * @known is given. @known: its registry entry, or NULL. @info: its kind, or NULL if unknown. */
void output_alarm(struct decode_output *output, enum alarm_reason reason,
                  const struct topic_part *device, const struct registry_device *known,
                  const struct event_kind_info *info);

/* Initialise an event with everything that does not come from the payload.
 * Return: 0 or -ENAMETOOLONG (a registry id too long for the wire). */
int output_begin(const struct decode_output *output, struct event *ret,
                 const struct registry_device *device, const struct event_kind_info *info);

/* Set the device time, and flag it if it is implausible. */
void output_set_time(struct event *event, int64_t device_time_ms);

/* Derive a sequence for event number @index of a message without one, by hashing topic, payload and @index. If the
 * device time is missing or the clock was never set, the received time is included, because two equal messages can be
 * two presses of a button. Otherwise the same message always gives the same sequence. */
void output_derive_sequence(const struct decode_output *output, struct event *event, size_t index);

/* Keep @event if it belongs to this lane. Return: REJECT_NONE, or REJECT_TOO_LARGE past DECODE_EVENTS_MAX. */
enum reject output_add(struct decode_output *output, const struct event *event,
                       const int16_t *samples);

#endif
