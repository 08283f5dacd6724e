/* SPDX-License-Identifier: MIT
 *
 * Poison: a message that crashes the process is not acknowledged, so the broker redelivers it for ever. Therefore a
 * hash of the message being handled is stored where it survives a crash: in a mapped file in $RUNTIME_DIRECTORY, which
 * costs a memory write and no system call. A message that was being handled at POISON_DEATHS crashes in a row goes to
 * quarantine unread. A kill -9 during a message counts as one crash; the message is handled normally when redelivered.
 *
 * Thread: that of one session. Blocks: only poison_open(), which opens the file.
 */
#ifndef VIGIL_INGEST_GUARD_POISON_H
#define VIGIL_INGEST_GUARD_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POISON_DEATHS = 3 };

struct poison_slot;

struct poison {
        struct poison_slot *slot; /* the mapped file; NULL: no folder, nothing is stored */
};

/* Open the file of @name in @folder and count a crash of the previous process. @folder NULL: do nothing, as do the
 * calls below then. Return: 0 or -errno with err_why(). */
int poison_open(struct poison *poison, const char *folder, const char *name);
void poison_close(struct poison *poison);

/* Call before handling a message. Return: true if it has caused POISON_DEATHS crashes: do not read it. */
bool poison_begin(struct poison *poison, const char *topic, const void *payload,
                  size_t payload_bytes);

/* Call after handling the message. */
void poison_end(struct poison *poison);

#endif
