/* SPDX-License-Identifier: MIT
 *
 * Chatter: elders with four devices each who speak as in life: motion and vitals most of the time,
 * heartbeats, now and then a battery or an alarm, in no order that a cache could guess. The same in
 * every run.
 *
 * Thread: any one. Blocks: never.
 */
#ifndef VIGIL_BENCH_ENGINE_CHATTER_H
#define VIGIL_BENCH_ENGINE_CHATTER_H

#include <stdint.h>

#include "common/wire/event.h"
#include "rules/eval/engine.h"

enum { CHATTER_DEVICES = 4, CHATTER_DISTRICTS = 64 };

struct chatter {
        uint32_t elder_count;
        struct event *templates; /* elder and device, CHATTER_DEVICES for each elder */
        uint32_t *sequences;     /* of each device */
        uint64_t random;
};

/* Return: 0 or -ENOMEM. */
int chatter_init(struct chatter *chatter, uint32_t elder_count);
void chatter_fini(struct chatter *chatter);

/* Elder @number as the registry knows them, in partition 0; their devices are commissioned at @now_ms.
 * Call once for each, before anybody speaks. */
void chatter_elder(const struct chatter *chatter, uint32_t number, int64_t now_ms,
                   struct elder_profile *ret);

/* Somebody says something, received at @received_ms. */
void chatter_say(struct chatter *chatter, int64_t received_ms, struct event *ret);

/* The processor and the compiler, for the last line: "machine":"…" */
void chatter_print_machine(void);

#endif
