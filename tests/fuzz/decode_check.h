/* SPDX-License-Identifier: MIT
 *
 * Invariants of every result of the decoder, for any input. Shared by the fuzz targets. A violation aborts.
 */
#ifndef VIGIL_TESTS_FUZZ_DECODE_CHECK_H
#define VIGIL_TESTS_FUZZ_DECODE_CHECK_H

#include <stdint.h>

#include "ingest/decode/decoder.h"

/* Return: a registry with the devices that the corpora name; the caller frees it. */
struct registry *decode_check_registry(void);

/* Decode one message with @decoder, which is for @lane, and check the result. @data: topic, newline, payload. Return:
 * the number of events. */
size_t decode_check_input(struct decoder *decoder, enum lane lane, const uint8_t *data,
                          size_t size);

#endif
