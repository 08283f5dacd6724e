/* SPDX-License-Identifier: MIT
 *
 * A foreign JSON message -> events, as its profile says.
 *
 * Thread: the decoder's. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_DECODE_MAPPER_H
#define VIGIL_INGEST_DECODE_MAPPER_H

#include <yyjson.h>

#include "ingest/decode/output.h"
#include "ingest/decode/profile.h"
#include "ingest/decode/topic.h"

/* @device: what {device} of the topic stands for, text NULL when it has none. */
void mapper_read(struct decode_output *output, yyjson_val *root, const struct profile_topic *topic,
                 const struct topic_part *device, const struct registry *registry);

/* The payload is no JSON, and the rejection is noted. */
void mapper_read_garbage(struct decode_output *output, const struct profile_topic *topic,
                         const struct topic_part *device, const struct registry *registry);

#endif
