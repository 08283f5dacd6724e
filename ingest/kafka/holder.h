/* SPDX-License-Identifier: MIT
 *
 * Holder: which of several ingest processes owns the MQTT sessions of a client id. They write records to one partition
 * of Kafka (topic "health", key: the client id), whose order decides. No MQTT client can influence it.
 *
 *      take NAME    NAME owns the sessions from here on, whoever owned them before
 *      hold NAME    NAME still owns them
 *      wait NAME    NAME is stand-by
 *      leave NAME   NAME has ended; nobody owns them
 *
 * Each process writes a record every HOLDER_EVERY_MS. A stand-by measures time in its own records that it reads back:
 * the holder is gone if HOLDER_SILENT of them are in Kafka without a record of the holder in between.
 *
 * Pure: no clock, no Kafka. Thread: that of the caller. Blocks: never.
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
        char theirs[HOLDER_NAME_BYTES]; /* the holder, perhaps ours; "": nobody */
        bool begun;                     /* our first "take" was read back */
        int silent; /* own "wait" records read since the last record of the holder */
};

/* @name: 16 hex digits, unique for each process. */
void holder_init(struct holder *holder, const char *name);

/* Handle a record, in the order of Kafka. Return: true if it is one of our own. */
bool holder_read(struct holder *holder, const void *word, size_t bytes);

/* The next record to write, and the last one when the process ends. */
void holder_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]);
void holder_last_word(const struct holder *holder, char ret[HOLDER_WORD_BYTES]);

bool holder_is_ours(const struct holder *holder);

#endif
