/* SPDX-License-Identifier: MIT
 *
 * An event as one line of JSON, one way and back: what `vigil tap` prints and `vigil replay` reads,
 * and what tests and the simulator write by hand (docs/cli.md lists the keys):
 *
 *      {"lane":"alarm","elder":"E0017","device":"sos-17","kind":"sos","value":1.0,"device_time_ms":…,
 *       "received_time_ms":…,"received_sub_us":120,"boot":3,"sequence":42,"flags":["drill"],
 *       "validity":"valid","confidence_pct":100}
 *
 * Writing and reading again gives the same event, byte for byte but for its reserved bytes. A kind or
 * a flag without a name is a number; a value that is not finite is null.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_CLI_RECORD_EVENT_JSON_H
#define VIGIL_CLI_RECORD_EVENT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

/* Where an event was read. Written along for the reader's eye; reading skips it. */
struct event_json_place {
        const char *topic;
        int32_t partition;
        int64_t offset;
        uint32_t index; /* within the frame */
};

/* One line without its line end, malloc'd, the caller frees. @samples: as frame_next() gives them, or
 * NULL. @place may be NULL. Return: 0 or -ENOMEM; -EILSEQ when an id is not UTF-8. */
int event_json_encode(const struct event *event, const unsigned char *samples, enum lane lane,
                      const struct event_json_place *place, char **ret_json, size_t *ret_bytes);

/* Needed: elder, device, kind, sequence, received_time_ms. Without device_time_ms the event is marked
 * time_missing; without lane it is the kind's. Unknown keys are refused, so that a typing slip is
 * found. @ret_samples: room for EVENT_SAMPLES_MAX * 3 numbers.
 * Return: 0; EVENT_JSON_REFUSED with err_why(); -ENOMEM. Outputs are untouched unless 0, but for
 * @ret_samples. @ret_column (may be NULL): byte of the line where a syntax error was seen, from 1, or 0. */
enum { EVENT_JSON_REFUSED = 1 };
int event_json_decode(const char *json, size_t json_bytes, struct event *ret, enum lane *ret_lane,
                      int16_t *ret_samples, size_t *ret_column);

/* "valid", "off_body", …; NULL past the end. */
const char *event_json_validity_name(unsigned int validity);

#endif
