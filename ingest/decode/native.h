/* SPDX-License-Identifier: MIT
 *
 * Reads the native JSON format (docs/wire/mqtt.md): one object or an array of them.
 *
 * Thread: that of the decoder. Blocks: never. Allocates: never.
 */
#ifndef VIGIL_INGEST_DECODE_NATIVE_H
#define VIGIL_INGEST_DECODE_NATIVE_H

#include <yyjson.h>

#include "ingest/decode/output.h"

/* Add the events of @root for @device, and the first rejection, to @output. A telemetry reading is accepted completely
 * or refused. An alarm is always an event: values that cannot be read are dropped and noted as a rejection, so that the
 * message goes to quarantine as well. Unknown keys are counted. */
void native_read(struct decode_output *output, yyjson_val *root,
                 const struct registry_device *device, const struct event_kind_info *info);

/* The payload is not JSON and the rejection is noted. An alarm becomes an event from its topic alone; an unreadable
 * button_cancel cancels nothing. */
void native_read_garbage(struct decode_output *output, const struct registry_device *device,
                         const struct event_kind_info *info);

#endif
