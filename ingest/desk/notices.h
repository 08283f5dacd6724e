/* SPDX-License-Identifier: MIT
 *
 * Notices: alarms that Kafka has not accepted. Each is repeated to the duty desk until a desk confirms it, and kept
 * until Kafka has it (docs/wire/pages.md, "Notices"). A fixed table; redelivered messages have one notice.
 *
 * Pure: no clock, no socket. Thread: that of the caller. Blocks: never. Initialise with zeroes.
 */
#ifndef VIGIL_INGEST_DESK_NOTICES_H
#define VIGIL_INGEST_DESK_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/event.h"
#include "common/registry/registry.h"
#include "ingest/base/alarm.h"

enum {
        NOTICES_MAX = 2048,
        NOTICE_ID_BYTES = EVENT_ID_TEXT_BYTES,
        NOTICE_REPEAT_MS = 2000,
        NOTICE_SETTLED_TIMES = 5,        /* "settled" is sent this often, as nobody confirms it */
        NOTICE_KEPT_MS = 60 * 60 * 1000, /* a notice is dropped after this time */
};

struct notice {
        char id[NOTICE_ID_BYTES];
        char district[REGISTRY_ID_BYTES];
        char device_id[EVENT_DEVICE_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        const char *kind; /* constant text, never freed */
        int64_t received_time_ms;
        bool drill;
        bool cry; /* a call for help, not a door or a cancel */

        /* Used only by the table. */
        bool told;             /* a desk has confirmed it */
        bool settled;          /* Kafka has it */
        int settled_left;      /* how often "settled" is still to be sent */
        int64_t begun_mono_ms; /* 0: the row is free */
        int64_t due_mono_ms;   /* when to send it next */
};

struct notices {
        struct notice rows[NOTICES_MAX];
        size_t open; /* not confirmed by a desk */
};

/* Make a notice of an event; its id is that of the event. An event without time and sequence would get a new id on each
 * redelivery, so the id of its notice is device and kind. @district: "" if unknown. */
void notice_of_event(struct notice *ret, const struct event *event, const char *district);
/* Make a notice of an alarm without an event; its id is the device (of a crowd: the district) and the reason. */
void notice_of_alarm(struct notice *ret, const struct alarm *alarm, int64_t received_time_ms);

enum { NOTICES_KNOWN = 1, NOTICES_FULL = 2, NOTICES_REPLACED = 3 };
/* Add a notice. In a full table a call for help replaces a door or a cancel. Return: 0; NOTICES_KNOWN (already
 * present); NOTICES_FULL (not added); NOTICES_REPLACED (added, and an unconfirmed notice was lost). */
int notices_add(struct notices *notices, const struct notice *notice, int64_t now_mono_ms);

/* Kafka has the alarm: from now on "settled" is sent instead of the notice. */
void notices_settle(struct notices *notices, const char *id, int64_t now_mono_ms);

/* A desk has confirmed the notice. Return: true if it is the first confirmation. */
bool notices_told(struct notices *notices, const char *id);

/* Return: the next notice to send now, as "settled" if its `settled` is set, else as "notice"; NULL if there is none.
 * It becomes due again after NOTICE_REPEAT_MS. Valid until the next call. */
const struct notice *notices_next(struct notices *notices, int64_t now_mono_ms);

#endif
