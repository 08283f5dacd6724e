/* SPDX-License-Identifier: MIT
 *
 * Maps a foreign JSON message to events, as its profile specifies.
 *
 * Thread: that of the decoder. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_DECODE_MAPPER_H
#define VIGIL_INGEST_DECODE_MAPPER_H

#include <yyjson.h>

#include "ingest/decode/output.h"
#include "ingest/decode/profile.h"
#include "ingest/decode/topic.h"

/* Add the events of @root, the first rejection and the first alarm without an event to @output. @device: the part of
 * the MQTT topic that matched {device}; its text is NULL if the pattern has none. */
void mapper_read(struct decode_output *output, yyjson_val *root, const struct profile_topic *topic,
                 const struct topic_part *device, const struct registry *registry);

/* The payload is not JSON and the rejection is noted. Note an alarm if the device only sends calls for help. */
void mapper_read_garbage(struct decode_output *output, const struct profile_topic *topic,
                         const struct topic_part *device, const struct registry *registry);

#endif
