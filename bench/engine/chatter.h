/* SPDX-License-Identifier: MIT
 *
 * Chatter: generates events of elders with four devices each in realistic proportions: mostly motion and
 * vitals, heartbeats, sometimes a battery or an alarm; in random order, so that the cache does not help. The
 * same in every run.
 *
 * Thread: one owner. Blocks: never; chatter_print_machine() reads a file.
 */
#ifndef VIGIL_BENCH_ENGINE_CHATTER_H
#define VIGIL_BENCH_ENGINE_CHATTER_H

#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/engine.h"

enum { CHATTER_DEVICES = 4, CHATTER_DISTRICTS = 64 };

struct chatter {
        uint32_t elder_count;
        struct event *templates; /* with ids only, CHATTER_DEVICES for each elder */
        uint32_t *sequences;     /* latest sequence number of each device */
        uint64_t random;
};

/* Return: 0 or -ENOMEM. */
int chatter_init(struct chatter *chatter, uint32_t elder_count);
void chatter_fini(struct chatter *chatter);

/* The profile of elder @number, in partition 0, with devices commissioned at @now_ms.
 * Call it once for each elder before the first chatter_say(). */
void chatter_elder(const struct chatter *chatter, uint32_t number, int64_t now_ms,
                   struct elder_profile *ret);

/* Generate the next event, received at @received_ms. */
void chatter_say(struct chatter *chatter, int64_t received_ms, struct event *ret);

/* Print processor and compiler as a member for the line of JSON: "machine":"…" */
void chatter_print_machine(void);

#endif
