/* SPDX-License-Identifier: MIT
 *
 * The native JSON form (docs/wire/mqtt.md): one object or an array of them -> events.
 *
 * Thread: the decoder's. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_DECODE_NATIVE_H
#define VIGIL_INGEST_DECODE_NATIVE_H

#include <yyjson.h>

#include "ingest/decode/output.h"

/* A reading of telemetry is taken as it is meant or refused. An alarm is an alarm whatever else its payload says: what cannot
 * be read is noted as a rejection, so that the message is kept beside, and left out. Keys that nobody knows are counted.
 *
 * Add what @root says about @device to @output: events, and the first rejection. */
void native_read(struct decode_output *output, yyjson_val *root,
                 const struct registry_device *device, const struct event_kind_info *info);

/* The payload is no JSON, and the rejection is noted. Of an alarm the topic alone says enough; but nobody's alarm is cancelled
 * by bytes that cannot be read. */
void native_read_garbage(struct decode_output *output, const struct registry_device *device,
                         const struct event_kind_info *info);

#endif
