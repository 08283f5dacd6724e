/* SPDX-License-Identifier: MIT
 *
 * Notices: the alarms that Kafka has not taken and the duty desk is to hear of, until a desk has confirmed each, and then
 * until Kafka has it (docs/wire/pages.md, "Notices"). A fixed table; one notice for an id, however often its message
 * comes again.
 *
 * Pure: no clock, no socket. Thread: the caller's.
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
        NOTICE_SETTLED_TIMES = 5, /* how often "settled" is said: nobody confirms it */
        NOTICE_KEPT_MS = 60 * 60 * 1000,
};

struct notice {
        char id[NOTICE_ID_BYTES];
        char district[REGISTRY_ID_BYTES];
        char device_id[EVENT_DEVICE_ID_BYTES];
        char elder_id[EVENT_ELDER_ID_BYTES];
        const char *kind; /* of event_kind_info(): never freed */
        int64_t received_time_ms;
        bool drill;
        bool cry; /* somebody may need help; not a door, not a cancel */

        /* The table's own. */
        bool told;    /* a desk has confirmed it */
        bool settled; /* Kafka has it */
        int settled_left;
        int64_t begun_mono_ms; /* 0: free */
        int64_t due_mono_ms;
};

struct notices {
        struct notice rows[NOTICES_MAX];
        size_t open; /* not confirmed by a desk */
};

/* Of an event: known by the event's id. One without time and sequence of its own gets another id each time its message
 * comes again, so its notice is known by device and kind. @district: "" when nobody knows. */
void notice_of_event(struct notice *ret, const struct event *event, const char *district);
/* Of an alarm that becomes no event: known by its device. */
void notice_of_alarm(struct notice *ret, const struct alarm *alarm, int64_t received_time_ms);

enum { NOTICES_KNOWN = 1, NOTICES_FULL = 2, NOTICES_REPLACED = 3 };
/* In a full table a cry takes the place of a notice that is none. Return: 0, NOTICES_KNOWN (nothing to do), NOTICES_FULL,
 * NOTICES_REPLACED (it is in, and another one is lost). */
int notices_add(struct notices *notices, const struct notice *notice, int64_t now_mono_ms);

/* Kafka has the event. */
void notices_settle(struct notices *notices, const char *id, int64_t now_mono_ms);

/* A desk has it. Return: true when that is news. */
bool notices_told(struct notices *notices, const char *id);

/* What is to be said now, or NULL; it is due again later. Its `settled` says which frame. */
const struct notice *notices_next(struct notices *notices, int64_t now_mono_ms);

#endif
