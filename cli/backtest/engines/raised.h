/* SPDX-License-Identifier: MIT
 *
 * Raised: the alerts that one rule set raised in a backtest, in order. Only alerts are kept, not events, so the
 * memory for a month of a town depends on its alerts only.
 *
 * Thread: one. Blocks: never.
 */
#ifndef VIGIL_CLI_BACKTEST_ENGINES_RAISED_H
#define VIGIL_CLI_BACKTEST_ENGINES_RAISED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/alert.h"

/* 64 bytes each. Beyond this raised_add() fails, and the error names the rule that raised the last alert. */
enum { RAISED_MAX = 16 * 1000 * 1000 };

struct raised {
        int64_t raised_ms; /* virtual wall clock */
        int64_t event_time_ms;
        int64_t ended_ms; /* cleared or cancelled; 0: still active at the end */
        uint64_t episode; /* verdict.first_event_key: equal in both sets if the cause is */
        uint32_t rule;    /* row of backtest.rules */
        uint32_t person;  /* number in people */
        uint32_t device;  /* number in backtest.devices */
        uint8_t severity; /* enum severity, as raised */
        uint8_t worst;    /* most urgent severity it reached */
        bool counts;      /* no shadow rule, no drill: a person would have seen it */
        bool late;
        bool fall; /* caused by a fall event or by raw acceleration */
};

struct raised_list {
        struct raised *all;
        uint32_t count, capacity;
        uint32_t *slots; /* index + 1 of the last one with this rule, person, episode */
        uint32_t mask;
};

/* Add a copy of @raised. Return: 0, -ENOMEM, -E2BIG (RAISED_MAX reached). */
int raised_add(struct raised_list *list, const struct raised *raised);

/* The last alert with this rule, person and episode, or NULL. Valid until the next raised_add(). */
struct raised *raised_find(const struct raised_list *list, uint32_t rule, uint32_t person,
                           uint64_t episode);

void raised_fini(struct raised_list *list);

#endif
