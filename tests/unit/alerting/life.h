/* SPDX-License-Identifier: MIT
 *
 * One response on a driven clock, in the neighbourhood of world.h: what happens to it, and what comes out.
 */
#ifndef VIGIL_TESTS_UNIT_ALERTING_LIFE_H
#define VIGIL_TESTS_UNIT_ALERTING_LIFE_H

#include "world.h"

struct fixture {
        struct world world;
        struct outcome outcome;    /* of the last call */
        struct response *response; /* the book's */
        int64_t now_ms;
        int64_t offset;
};

int life_setup(void **state);
int life_teardown(void **state);

/* Return: what take_once() says. */
int take(struct fixture *f, const struct alert *alert);
/* The @n-th SOS of E1. */
void life_raise(struct fixture *f, unsigned n);
/* Hand over what was planned, as the loop does once it is stored. */
void deliver(struct fixture *f);
/* Return: NULL, or why it is refused. */
const char *answer(struct fixture *f, const char *recipient, enum answer_type type);
void receive(struct fixture *f, const char *recipient);
void pass(struct fixture *f, int64_t ms);
/* From here on these are not connected, and all others are. */
void away(struct fixture *f, const char *const *ids);
#define AWAY(f, ...) away(f, (const char *const[]){__VA_ARGS__, NULL})

size_t sends(const struct fixture *f, enum outcome_send_type type, const char *recipient);
size_t entries(const struct fixture *f, enum outcome_type type);
/* Pages sent now, to exactly these. */
void assert_paged(const struct fixture *f, const char *const *recipients);
#define PAGED(f, ...) assert_paged(f, (const char *const[]){__VA_ARGS__, NULL})
void assert_nobody_paged(const struct fixture *f);

#endif
