/* SPDX-License-Identifier: MIT
 *
 * What the decode tests share: a registry of a few devices, and one call from topic and payload to
 * the decoder's answer.
 */
#ifndef VIGIL_TESTS_UNIT_INGEST_DECODE_HELPER_H
#define VIGIL_TESTS_UNIT_INGEST_DECODE_HELPER_H

#include "ingest/decode/decoder.h"
#include "ingest/decode/profile.h"

enum { HELPER_MESSAGE_BYTES_MAX = 65536 };

/* 2026-11-24T00:00:00Z and 250 us */
#define HELPER_RECEIVED_US INT64_C(1795478400000250)
#define HELPER_RECEIVED_MS INT64_C(1795478400000)

struct helper {
        struct registry *registry;
        struct profile_set *profiles;
        struct decoder *decoder;
};

/* @profiles_yaml NULL: no profile. Fails the test on any trouble. */
void helper_open(struct helper *helper, enum lane lane, const char *profiles_folder);
void helper_open_text(struct helper *helper, enum lane lane, const char *profile_yaml);
void helper_close(struct helper *helper);

void helper_device(struct helper *helper, const char *id, const char *device_class,
                   const char *profile, const char *foreign_id);

const struct decoded *helper_read(struct helper *helper, const char *topic, const char *payload);
const struct decoded *helper_read_bytes(struct helper *helper, const char *topic,
                                        const void *payload, size_t payload_bytes, bool retained,
                                        int64_t received_us);

#endif
