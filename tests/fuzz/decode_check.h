/* SPDX-License-Identifier: MIT
 *
 * What must hold of every answer of the decoder, whatever the bytes were. Shared by the fuzz targets.
 */
#ifndef VIGIL_TESTS_FUZZ_DECODE_CHECK_H
#define VIGIL_TESTS_FUZZ_DECODE_CHECK_H

#include <stdint.h>

#include "ingest/decode/decoder.h"

/* A registry with devices of the names the corpora use. */
struct registry *decode_check_registry(void);

/* @data: a topic, a newline, a payload. Reads it with @decoder of @lane, checks, and returns the number
 * of events. */
size_t decode_check_input(struct decoder *decoder, enum lane lane, const uint8_t *data,
                          size_t size);

#endif
