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

/* Add what @root says about @device to @output: events, and the first rejection. */
void native_read(struct decode_output *output, yyjson_val *root,
                 const struct registry_device *device, const struct event_kind_info *info);

#endif
