/* SPDX-License-Identifier: MIT
 *
 * Holder: which of several ingest processes has the MQTT sessions of a client id. They say so to each other in one
 * partition of Kafka (topic "health", key: the client id), whose order decides. Nothing that an MQTT client can
 * write takes part in it.
 *
 *      take NAME    NAME has the sessions from here on, whoever had them
 *      hold NAME    NAME has them still
 *      wait NAME    NAME stands by
 *      leave NAME   NAME has ended and nobody has them
 *
 * Each process says its word every HOLDER_EVERY_MS. A stand-by counts time in its own words that came back: only
 * when HOLDER_SILENT of them stood in Kafka without one of the holder's is the holder gone.
 *
 * Pure: no clock, no Kafka. Thread: the caller's.
 */
#ifndef VIGIL_INGEST_KAFKA_HOLDER_H
#define VIGIL_INGEST_KAFKA_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum {
        HOLDER_NAME_BYTES = 17, /* 16 hex digits and NUL */
        HOLDER_WORD_BYTES = 32,
        HOLDER_EVERY_MS = 1000,
        HOLDER_SILENT = 5,
};

struct holder {
        char ours[HOLDER_NAME_BYTES];
        char theirs[HOLDER_NAME_BYTES]; /* who has the sessions, "" nobody; ours when we do */
        bool begun;                     /* our first "take" was read back */
        int silent; /* words of ours read since the holder's last, while we stand by */
};

/* @name: 16 hex digits, unlike any other process's. */
void holder_init(struct holder *holder, const char *name);

/* One record, in Kafka's order. Return: true when it is a word of ours that came back. */
bool holder_read(struct holder *holder, const void *word, size_t bytes);

/* What to say next. */
void holder_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]);
void holder_last_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]);

bool holder_is_ours(const struct holder *holder);

#endif
