/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: foreign messages, decoded with the shipped profiles and one that uses every feature of profiles. Input:
 * topic, newline, payload. Runs in the root of the source tree.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/decode/profile.h"
#include "tests/fuzz/decode_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char everything[] =
        "version: 1\nprofile: records\nabout: everything a profile can say\nauthenticated: false\n"
        "subscribe: [ \"r/#\" ]\ntopics:\n"
        "  - topic: r/map\n    each: m.m\n    sequence: n\n    readings: [ { field: b, kind: "
        "battery } ]\n"
        "  - topic: r/list\n    each: .\n    device: d.d\n    otherwise: heartbeat\n"
        "    time: { field: t, form: [ epoch_s, iso8601 ] }\n    readings:\n"
        "      - { field: temp, kind: skin_temperature, unit: \"[degF]\" }\n"
        "      - field: a\n        cases:\n          - { is: [ 1, true, \"1\" ], kind: smoke }\n"
        "          - { class: x, kind: sos, confidence: 0.5 }\n"
        "  - topic: r/{device}/x\n    readings: [ { field: s, kind: steps, scale: 2, offset: -1 } "
        "]\n";

static struct decoder *make(enum lane lane, const struct profile_set *set,
                            const struct registry *registry) {
        struct decoder *decoder = NULL;

        if (decoder_new(&decoder, lane, set, registry, 65536) < 0)
                abort();
        return decoder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static struct decoder *decoders[2][LANE_COUNT];

        if (!decoders[0][0]) {
                struct registry *registry = decode_check_registry();
                struct profile_set *sets[2] = {NULL, NULL};
                struct diag *diag;

                if (diag_new(&diag) < 0 ||
                    profile_set_load(&sets[0], "configs/profiles", diag) != 0 ||
                    profile_set_parse(&sets[1], "everything", everything, strlen(everything),
                                      diag) != 0) {
                        diag_print(diag, stderr, false);
                        abort();
                }
                diag_free(diag);
                for (int set = 0; set < 2; set++)
                        for (int lane = 0; lane < LANE_COUNT; lane++)
                                decoders[set][lane] = make((enum lane)lane, sets[set], registry);
        }
        for (int set = 0; set < 2; set++)
                for (int lane = 0; lane < LANE_COUNT; lane++)
                        decode_check_input(decoders[set][lane], (enum lane)lane, data, size);
        return 0;
}
