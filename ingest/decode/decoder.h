/* SPDX-License-Identifier: MIT
 *
 * Step 2 of 12: decode. Bytes of an MQTT message -> events, or a named rejection.
 *
 *      sensor -> [mqtt] -> DECODE -> [kafka] -> rules
 *
 * Pure but for the registry it reads: no clock, no socket, no log. A message may give events and a
 * rejection at once (an array with one bad element): the good events go on, the message
 * goes to quarantine whole. Nothing is allocated per message.
 *
 * Thread: a decoder, its registry and what it returns belong to one thread. Blocks: never.
 */
#ifndef VIGIL_INGEST_DECODE_DECODER_H
#define VIGIL_INGEST_DECODE_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/registry/registry.h"
#include "ingest/decode/decoded.h"

struct profile_set;
struct decoder;

/* @lane: whose events are kept. @profiles may be NULL; it and @registry outlive the decoder.
 * @message_bytes_max: longer payloads are refused as too large. Return: 0 or -ENOMEM. */
int decoder_new(struct decoder **ret, enum lane lane, const struct profile_set *profiles,
                const struct registry *registry, size_t message_bytes_max);
struct decoder *decoder_free(struct decoder *decoder);

/* Never fails: what cannot be understood is a result. */
const struct decoded *decoder_read(struct decoder *decoder, const struct decode_message *message);

#endif
