/* SPDX-License-Identifier: MIT
 *
 * A small neighbourhood for alerting's tests: one elder with two children, three teams on duty around
 * the clock, one desk; who has a key and who is connected are lists that a test may change.
 *
 *      E1 in grid-1; F1 and F2 are family; T1 is near, T2 farther, T3 in grid-2 and skilled in nursing.
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
        const char *without_key[WORLD_IDS]; /* NULL-terminated */
        const char *away[WORLD_IDS];        /* not connected */
        const char *busy[WORLD_IDS];        /* besides what the book says */
        unsigned nonces;
};

/* 2026-11-24 03:00:00 UTC, a Tuesday, 11:00 in Shanghai. */
#define WORLD_NOW_MS INT64_C(1795489200000)

void world_init(struct world *world);
void world_fini(struct world *world);
void world_put(struct world *world, const char *key, const char *json);

/* A raised SOS of E1 on ladder "sos-now", the @n-th. */
struct alert world_alert(unsigned n, int64_t now_ms);

/* A channel of the test's, and no other. channels_close() it. */
struct channels *world_channels(const struct channel_type *type);

/* An answer as E1's people would give it to the newest page of @recipient. */
struct answer world_answer(const struct response *response, const char *recipient,
                           enum answer_type type);

#endif
