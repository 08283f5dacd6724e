/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/timers.h"

#include "common/base/require.h"

int timers_init(struct timers *timers, const struct arena *arena, int64_t now_ms) {
        int r = wheel_init(&timers->life, arena, TIMERS_LIFE_STEP_MS, now_ms);

        return r < 0 ? r : wheel_init(&timers->rest, arena, WHEEL_STEP_MS, now_ms);
}

void timers_fini(struct timers *timers) {
        wheel_fini(&timers->life);
        wheel_fini(&timers->rest);
}

static struct elder *at(const struct timers *timers, uint32_t handle) {
        return arena_at(timers->rest.arena, handle);
}

static struct wheel *wheel_of(struct timers *timers, uint32_t handle) {
        return at(timers, handle)->flags & ELDER_LIFE ? &timers->life : &timers->rest;
}

void timers_arm(struct timers *timers, uint32_t handle, int64_t due_ms, bool life) {
        struct elder *elder = at(timers, handle);

        /* Otherwise the timer would be sought in a wheel that it is not in. */
        require(!(elder->flags & ELDER_LIFE) || elder->flags & ELDER_TIMED,
                "block %u is of life safety, and in no wheel", handle);
        if (life && !(elder->flags & ELDER_LIFE)) {
                if (elder->flags & ELDER_TIMED) {
                        int64_t other_ms = wheel_due_ms(&timers->rest, handle);

                        due_ms = other_ms < due_ms ? other_ms : due_ms;
                        wheel_disarm(&timers->rest, handle);
                }
                elder->flags |= ELDER_LIFE;
        }
        wheel_arm(wheel_of(timers, handle), handle, due_ms);
}

void timers_disarm(struct timers *timers, uint32_t handle) {
        wheel_disarm(wheel_of(timers, handle), handle);
        at(timers, handle)->flags &= (uint8_t)~ELDER_LIFE;
}

void timers_moved(struct timers *timers, uint32_t handle) {
        wheel_moved(wheel_of(timers, handle), handle);
}

void timers_advance(struct timers *timers, int64_t now_ms) {
        wheel_advance(&timers->life, now_ms);
        wheel_advance(&timers->rest, now_ms);
}

uint32_t timers_pop(struct timers *timers, bool life) {
        uint32_t handle = wheel_pop(life ? &timers->life : &timers->rest);

        if (!handle)
                return handle;
        require(!!(at(timers, handle)->flags & ELDER_LIFE) == life,
                "block %u came up in the wrong wheel, flags %02x", handle,
                at(timers, handle)->flags);
        at(timers, handle)->flags &= (uint8_t)~ELDER_LIFE;
        return handle;
}

int64_t timers_next_ms(const struct timers *timers, int64_t now_ms) {
        int64_t life_ms = wheel_next_ms(&timers->life, now_ms);
        int64_t rest_ms = wheel_next_ms(&timers->rest, now_ms);

        return life_ms < 0 || (rest_ms >= 0 && rest_ms < life_ms) ? rest_ms : life_ms;
}
