/* SPDX-License-Identifier: MIT
 *
 * A small neighbourhood for the tests of alerting: one elder with two children, three teams on duty around the clock,
 * and desks. A test may change who has no key, who is not connected and who is busy.
 *
 *      E1 in grid-1; F1 and F2 are family; T1 is near, T2 farther, T3 in grid-2 and skilled in nursing.
 *      desk-main is the default desk, desk-grid-2 that of grid-2; desk-night is connected but not in escalation.yaml.
 */
#ifndef VIGIL_TESTS_UNIT_ALERTING_WORLD_H
#define VIGIL_TESTS_UNIT_ALERTING_WORLD_H

#include <stdbool.h>

#include "alerting/channel/channels.h"
#include "alerting/response/answer.h"
#include "alerting/response/book.h"
#include "alerting/response/raise.h"
#include "alerting/response/tick.h"
#include "alerting/route/route.h"

enum { WORLD_IDS = 8 };

struct world {
        struct registry *registry;
        struct ladders *ladders;
        struct route_zones *zones;
        struct book *book;
        struct route_view view;
        const char *without_key[WORLD_IDS]; /* ends with NULL, as do the others */
        const char *away[WORLD_IDS];        /* not connected */
        const char *busy[WORLD_IDS];        /* in addition to the teams that are busy by the book */
        unsigned nonces;
};

/* 2026-11-24 03:00:00 UTC, a Tuesday, 11:00 in Shanghai. */
#define WORLD_NOW_MS INT64_C(1795489200000)

void world_init(struct world *world);
void world_fini(struct world *world);
/* Apply one registry record; @json NULL: a tombstone. */
void world_put(struct world *world, const char *key, const char *json);

/* The @n-th raised SOS of E1, on ladder "sos-now". */
struct alert world_alert(unsigned n, int64_t now_ms);

/* Channels with @type as the only one. The caller frees them with channels_close(). */
struct channels *world_channels(const struct channel_type *type);

/* A valid answer of @recipient to the newest page of @response sent to it; fails the test if there is none. */
struct answer world_answer(const struct response *response, const char *recipient,
                           enum answer_type type);

#endif
