/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: native messages, decoded for both lanes. Input: topic, newline, payload.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/fuzz/decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct decoder *decoders[LANE_COUNT];

        if (!decoders[0]) {
                struct registry *registry = decode_check_registry();

                for (int lane = 0; lane < LANE_COUNT; lane++)
                        if (decoder_new(&decoders[lane], (enum lane)lane, NULL, registry, 65536) <
                            0)
                                abort();
        }

        size_t alarms = decode_check_input(decoders[LANE_ALARM], LANE_ALARM, data, size);
        size_t readings = decode_check_input(decoders[LANE_TELEMETRY], LANE_TELEMETRY, data, size);

        /* A native topic has one kind, and a kind belongs to one lane. */
        if (alarms > 0 && readings > 0)
                abort();
        return 0;
}
