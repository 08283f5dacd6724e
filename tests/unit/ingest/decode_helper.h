/* SPDX-License-Identifier: MIT
 *
 * Fixture for the decode tests: a registry with one elder and two devices, and one call from topic and payload to the
 * decoder's result. Every call fails the test on an error.
 */
#ifndef VIGIL_TESTS_UNIT_INGEST_DECODE_HELPER_H
#define VIGIL_TESTS_UNIT_INGEST_DECODE_HELPER_H

#include "ingest/decode/decoder.h"
#include "ingest/decode/profile.h"

enum { HELPER_MESSAGE_BYTES_MAX = 65536 };

/* 2026-11-24T00:00:00.000250Z */
#define HELPER_RECEIVED_US INT64_C(1795478400000250)
#define HELPER_RECEIVED_MS INT64_C(1795478400000)

struct helper {
        struct registry *registry;
        struct profile_set *profiles;
        struct decoder *decoder;
};

/* @profiles_folder: where the device profiles are, or NULL: none. */
void helper_open(struct helper *helper, enum lane lane, const char *profiles_folder);
/* With one device profile, given as text. */
void helper_open_text(struct helper *helper, enum lane lane, const char *profile_yaml);
void helper_close(struct helper *helper);

/* Add a device of elder E0017 to the registry. */
void helper_device(struct helper *helper, const char *id, const char *device_class,
                   const char *profile, const char *foreign_id);

/* Decode one message, received at HELPER_RECEIVED_US in the first call. Return: the decoder's result, valid until the
 * next message. */
const struct decoded *helper_read(struct helper *helper, const char *topic, const char *payload);
const struct decoded *helper_read_bytes(struct helper *helper, const char *topic,
                                        const void *payload, size_t payload_bytes, bool retained,
                                        int64_t received_us);

#endif
