/* SPDX-License-Identifier: MIT
 *
 * Step 2 of 12: decode. Bytes of an MQTT message -> events, or a rejection with a reason.
 *
 *      sensor -> [mqtt] -> DECODE -> [kafka] -> rules
 *
 * Pure except that it reads the registry: no clock, no socket, no log. A message can cause events and a
 * rejection at once (an array with one bad element): the good events continue, and the whole message
 * goes to quarantine. Nothing is allocated per message.
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

/* @lane: only its events are returned. @profiles may be NULL; it and @registry must outlive the decoder. Payloads above
 * @message_bytes_max are refused. The caller releases *ret with decoder_free(). Return: 0 or -ENOMEM. */
int decoder_new(struct decoder **ret, enum lane lane, const struct profile_set *profiles,
                const struct registry *registry, size_t message_bytes_max);
struct decoder *decoder_free(struct decoder *decoder);

/* Decode a message. Never fails: an unreadable message is a result too. */
const struct decoded *decoder_read(struct decoder *decoder, const struct decode_message *message);

#endif
