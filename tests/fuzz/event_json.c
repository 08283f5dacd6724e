/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: events as lines of JSON. An accepted event can be encoded, and decodes to the same event.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/record/event_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool truth) {
        if (!truth)
                abort();
}

static int16_t samples[EVENT_SAMPLES_MAX * 3], samples_again[EVENT_SAMPLES_MAX * 3];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        struct event event, again;
        enum lane lane, lane_again;
        size_t column = 0, bytes = 0;
        char *json = NULL;

        if (event_json_decode((const char *)data, size, &event, &lane, samples, &column) != 0) {
                check(column <= size + 1);
                return 0;
        }
        check(memchr(event.elder_id, 0, EVENT_ELDER_ID_BYTES) &&
              memchr(event.device_id, 0, EVENT_DEVICE_ID_BYTES));
        check(event_json_encode(&event, (const unsigned char *)samples, lane, NULL, &json,
                                &bytes) == 0);
        check(event_json_decode(json, bytes, &again, &lane_again, samples_again, NULL) == 0);
        check(lane == lane_again);
        check(memcmp(samples, samples_again, (size_t)event.sample_count * EVENT_SAMPLE_BYTES) == 0);
        /* NaN has several bit patterns, of which one is written; a value2 of -0 is not written. */
        if (isnan(event.value))
                event.value = again.value;
        if (isnan(event.value2) || event.value2 == 0)
                event.value2 = again.value2;
        check(memcmp(&event, &again, sizeof(event)) == 0);
        free(json);
        return 0;
}
