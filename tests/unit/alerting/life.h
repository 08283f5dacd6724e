/* SPDX-License-Identifier: MIT
 *
 * Fixture for alerting/response: one response in the neighbourhood of world.h, on a simulated clock, and the outcome of
 * each call.
 */
#ifndef VIGIL_TESTS_UNIT_ALERTING_LIFE_H
#define VIGIL_TESTS_UNIT_ALERTING_LIFE_H

#include "world.h"

struct fixture {
        struct world world;
        struct outcome outcome;    /* of the last call */
        struct response *response; /* the book owns it */
        int64_t now_ms;
        int64_t offset;
};

int life_setup(void **state);
int life_teardown(void **state);

/* Take an alert. Return: that of take_once(). */
int take(struct fixture *f, const struct alert *alert);
/* Take the @n-th SOS of E1. */
void life_raise(struct fixture *f, unsigned n);
/* Mark the planned pages of connected recipients as sent, as the loop does once the plan is stored. */
void deliver(struct fixture *f);
/* @recipient answers its newest page. Return: NULL, or why the answer is refused. */
const char *answer(struct fixture *f, const char *recipient, enum answer_type type);
/* @recipient confirms receipt of its newest page. */
void receive(struct fixture *f, const char *recipient);
/* Advance the clock and run what is due. */
void pass(struct fixture *f, int64_t ms);
/* From now on the recipients in @ids (ends with NULL) are not connected, and all others are. */
void away(struct fixture *f, const char *const *ids);
#define AWAY(f, ...) away(f, (const char *const[]){__VA_ARGS__, NULL})

/* How many frames of @type the last call sends to @recipient. */
size_t sends(const struct fixture *f, enum outcome_send_type type, const char *recipient);
/* How many ledger entries of @type the last call has made. */
size_t entries(const struct fixture *f, enum outcome_type type);
/* The last call pages exactly @recipients (ends with NULL), each once. */
void assert_paged(const struct fixture *f, const char *const *recipients);
#define PAGED(f, ...) assert_paged(f, (const char *const[]){__VA_ARGS__, NULL})
void assert_nobody_paged(const struct fixture *f);

#endif
