/* SPDX-License-Identifier: MIT
 *
 * Gateway store: the alarm-class events a home gateway still has to answer for. PUBACK says that the
 * broker has a message, and the broker is not a store: an event is kept here until ingest's receipt
 * (docs/wire/mqtt.md, "Receipts"), and sent again after 5, 10, 20, then every 60 s.
 *
 * With a file the store outlives the process: each change is one line appended with one write(2),
 * which a kill cannot take back (a power cut can: a device with flash syncs there).
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
        int gateway; /* which session it goes through */
        char *topic;
        char *payload;
        int sends;           /* how often it has been handed out */
        int64_t due_mono_ms; /* when it is sent next */
        size_t index;        /* the store's own business, as the next one */
        struct gateway_store_item *next;
};

struct gateway_store;

/* @path NULL: memory only. Reads what an earlier process left (due at once).
 * *ret_boot: counts the starts with this file, from 1; without a file it is seconds since 1970, so
 * that two runs never use one event id twice.
 * Return: 0, -ENOMEM, -EINVAL (not a store file; err_why()), -errno. */
int gateway_store_open(struct gateway_store **ret, const char *path, uint32_t *ret_boot);
struct gateway_store *gateway_store_close(struct gateway_store *store);

/* Keep an event. It is due at once. Return: 0 or -errno: then it is not kept and must not be sent. */
int gateway_store_put(struct gateway_store *store, int gateway, const char *event_id,
                      const char *topic, const char *payload, int64_t now_mono_ms);

/* The receipt came. Return: false when it was not kept (a second receipt). */
bool gateway_store_done(struct gateway_store *store, const char *event_id);

/* An item that is due, its schedule moved on; NULL: none. Valid until it is done. */
const struct gateway_store_item *gateway_store_due(struct gateway_store *store,
                                                   int64_t now_mono_ms);

/* Walk what is kept: 0, 1, … until NULL. */
const struct gateway_store_item *gateway_store_at(const struct gateway_store *store, size_t index);
size_t gateway_store_count(const struct gateway_store *store);

/* Milliseconds until something is due, -1: nothing is kept. */
int64_t gateway_store_due_ms(const struct gateway_store *store, int64_t now_mono_ms);

#endif
