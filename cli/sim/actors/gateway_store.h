/* SPDX-License-Identifier: MIT
 *
 * Gateway store: the alarm-class events for which a home gateway is still responsible. PUBACK only says that the
 * broker has a message, and the broker is no durable storage: an event is kept here until ingest's receipt
 * (docs/wire/mqtt.md, "Receipts"), and resent after 5, 10, 20, then every 60 s.
 *
 * With a file the store outlives the process: each change is one line appended with one write(2), which survives a
 * kill. A power cut can lose it; a device with flash must sync at that point.
 *
 * Thread: a store belongs to one thread. Blocks: on its file. Time is an argument.
 */
#ifndef VIGIL_CLI_SIM_ACTORS_GATEWAY_STORE_H
#define VIGIL_CLI_SIM_ACTORS_GATEWAY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"

struct gateway_store_item {
        char event_id[EVENT_ID_TEXT_BYTES];
        int gateway; /* index of its session */
        char *topic;
        char *payload;
        int sends;           /* how often gateway_store_due() returned it */
        int64_t due_mono_ms; /* when it is due again */
        size_t index;        /* internal to the store, as is next */
        struct gateway_store_item *next;
};

struct gateway_store;

/* Open the store and read the events that an earlier process left; they are due at once. @path NULL: memory only.
 * *ret_boot: number of starts with this file, from 1; without a file seconds since 1970, so that two runs never use
 * the same event id. Return: 0, -ENOMEM, -EINVAL (not a store file; err_why()), -errno. */
int gateway_store_open(struct gateway_store **ret, const char *path, uint32_t *ret_boot);
struct gateway_store *gateway_store_close(struct gateway_store *store);

/* Store an event; it is due at once. Return: 0; -errno, then it is not stored and must not be sent. */
int gateway_store_put(struct gateway_store *store, int gateway, const char *event_id,
                      const char *topic, const char *payload, int64_t now_mono_ms);

/* Remove an event after its receipt. Return: false when it was not stored (a second receipt). */
bool gateway_store_done(struct gateway_store *store, const char *event_id);

/* The next item that is due; its next due time is set. NULL: none. Valid until gateway_store_done(). */
const struct gateway_store_item *gateway_store_due(struct gateway_store *store,
                                                   int64_t now_mono_ms);

/* Item @index, from 0; NULL past the end. */
const struct gateway_store_item *gateway_store_at(const struct gateway_store *store, size_t index);
size_t gateway_store_count(const struct gateway_store *store);

/* Milliseconds until an item is due; -1: the store is empty. */
int64_t gateway_store_due_ms(const struct gateway_store *store, int64_t now_mono_ms);

#endif
