/* SPDX-License-Identifier: MIT
 *
 * Town: elders with four devices each who speak as in life: motion and vitals most of the time,
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

enum { TOWN_DEVICES = 4, TOWN_DISTRICTS = 64 };

struct town {
        uint32_t elder_count;
        struct event *templates; /* elder and device, TOWN_DEVICES for each elder */
        uint32_t *sequences;     /* of each device */
        uint64_t random;
};

/* Return: 0 or -ENOMEM. */
int town_init(struct town *town, uint32_t elder_count);
void town_fini(struct town *town);

/* Elder @number as the registry knows them, in partition 0; their devices are commissioned at @now_ms.
 * Call once for each, before anybody speaks. */
void town_elder(const struct town *town, uint32_t number, int64_t now_ms,
                struct elder_profile *ret);

/* Somebody says something, received at @received_ms. */
void town_say(struct town *town, int64_t received_ms, struct event *ret);

/* The processor and the compiler, for the last line: "machine":"…" */
void town_print_machine(void);

#endif
