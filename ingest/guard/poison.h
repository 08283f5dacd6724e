/* SPDX-License-Identifier: MIT
 *
 * Poison: a message that kills the process comes back for ever, because nobody acknowledged it. So the
 * message in hand is written down where it survives us (a file in $RUNTIME_DIRECTORY, mapped: a store
 * in memory, no system call), and one that was in hand at POISON_DEATHS deaths in a row goes
 * to quarantine unread. A kill -9 that happens to fall into the microseconds of one message is one
 * death of that message, and it is handled normally when it comes again.
 *
 * Thread: one session's. Blocks: never, but poison_open().
 */
#ifndef VIGIL_INGEST_GUARD_POISON_H
#define VIGIL_INGEST_GUARD_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POISON_DEATHS = 3 };

struct poison_slot;

struct poison {
        struct poison_slot *slot; /* mapped; NULL: no folder was given, nothing is remembered */
};

/* @folder NULL: none. Return: 0 or -errno with err_why(). */
int poison_open(struct poison *poison, const char *folder, const char *name);
void poison_close(struct poison *poison);

/* A message comes into hand. Return: true when it is the one that kills us: do not read it. */
bool poison_begin(struct poison *poison, const char *topic, const void *payload,
                  size_t payload_bytes);

/* We survived it. */
void poison_end(struct poison *poison);

#endif
