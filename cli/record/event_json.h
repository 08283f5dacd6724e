/* SPDX-License-Identifier: MIT
 *
 * An event as one line of JSON and back: printed by `vigil tap`, read by `vigil replay`, written by hand in tests
 * and by the simulator. docs/cli.md lists the keys:
 *
 *      {"lane":"alarm","elder":"E0017","device":"sos-17","kind":"sos","value":1.0,"device_time_ms":…,
 *       "received_time_ms":…,"received_sub_us":120,"boot":3,"sequence":42,"flags":["drill"],
 *       "validity":"valid","confidence_pct":100}
 *
 * Encoding and decoding gives the same event, byte for byte except its reserved bytes. A kind or a flag without a
 * name is a number; a value that is not finite is null.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_RECORD_EVENT_JSON_H
#define VIGIL_CLI_RECORD_EVENT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

/* Where an event was read: printed for the reader, ignored when decoding. */
struct event_json_place {
        const char *topic;
        int32_t partition;
        int64_t offset;
        uint32_t index; /* within the frame */
};

/* Encode one event as a line without its line end. @samples: as frame_next() returns them, or NULL. @place may be
 * NULL. *ret_json: malloc'd, the caller frees it. Return: 0; -ENOMEM; -EILSEQ when an id is not UTF-8. */
int event_json_encode(const struct event *event, const unsigned char *samples, enum lane lane,
                      const struct event_json_place *place, char **ret_json, size_t *ret_bytes);

/* Decode one event. Required keys: elder, device, kind, sequence, received_time_ms. Without device_time_ms the
 * event gets the flag time_missing; without lane it gets that of its kind. An unknown key is an error, so that a
 * misspelt one is noticed. @ret_samples: room for EVENT_SAMPLES_MAX * 3 numbers. @ret_column (may be NULL): byte of
 * the line, from 1, of a syntax error, else 0. Return: 0; EVENT_JSON_REFUSED with err_why(); -ENOMEM. On failure
 * *ret and *ret_lane are untouched. */
enum { EVENT_JSON_REFUSED = 1 };
int event_json_decode(const char *json, size_t json_bytes, struct event *ret, enum lane *ret_lane,
                      int16_t *ret_samples, size_t *ret_column);

/* Name of a validity: "valid", "off_body", …; NULL when there is no such value. */
const char *event_json_validity_name(unsigned int validity);

#endif
