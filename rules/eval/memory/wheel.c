/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/wheel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

int wheel_init(struct wheel *wheel, const struct arena *arena, int64_t step_ms, int64_t now_ms) {
        *wheel = (struct wheel){.arena = arena, .step_ms = step_ms, .tick_ms = now_ms};
        wheel->lists = calloc(WHEEL_STEPS, sizeof(*wheel->lists));
        return wheel->lists ? 0 : err_raise(-ENOMEM);
}

void wheel_fini(struct wheel *wheel) {
        free(wheel->lists);
        wheel->lists = NULL;
}

static struct elder *at(const struct wheel *wheel, uint32_t handle) {
        return arena_at(wheel->arena, handle);
}

/* The list that an armed elder is in. Ticks wrap around and are compared only by subtraction. */
static struct wheel_list *list_of(struct wheel *wheel, const struct elder *elder) {
        int32_t ahead = (int32_t)(elder->timer_tick - wheel->tick);

        if (ahead <= 0)
                return &wheel->ready;
        require(ahead < WHEEL_STEPS, "a timer %d steps ahead, of %d", ahead, WHEEL_STEPS);
        return &wheel->lists[elder->timer_tick % WHEEL_STEPS];
}

static void set_busy(struct wheel *wheel, uint32_t tick, bool busy) {
        uint64_t bit = UINT64_C(1) << tick % 64;
        uint64_t *word = &wheel->busy[tick % WHEEL_STEPS / 64];

        *word = busy ? *word | bit : *word & ~bit;
}

static void unlink_elder(struct wheel *wheel, uint32_t handle) {
        struct elder *elder = at(wheel, handle);
        struct wheel_list *list = list_of(wheel, elder);
        /* The two links that lead to this elder. If one leads elsewhere, the list is corrupt, and timers of others
         * would hang on a freed block. */
        uint32_t *from_prev =
                elder->timer_prev ? &at(wheel, elder->timer_prev)->timer_next : &list->first;
        uint32_t *from_next =
                elder->timer_next ? &at(wheel, elder->timer_next)->timer_prev : &list->last;

        require(elder->flags & ELDER_TIMED, "block %u has no timer", handle);
        require(*from_prev == handle, "the timer before that of block %u leads to %u", handle,
                *from_prev);
        require(*from_next == handle, "the timer after that of block %u leads to %u", handle,
                *from_next);
        *from_prev = elder->timer_next;
        *from_next = elder->timer_prev;
        if (list != &wheel->ready && !list->first)
                set_busy(wheel, elder->timer_tick, false);
        elder->flags &= (uint8_t)~ELDER_TIMED;
}

/* The step at which a timer due at @due_ms comes up: the first one not before it. */
static uint32_t tick_of(const struct wheel *wheel, uint32_t handle, int64_t due_ms) {
        int64_t ahead_ms = due_ms - wheel->tick_ms;

        if (ahead_ms <= wheel->step_ms)
                return wheel->tick + 1;
        if (ahead_ms <= (int64_t)(WHEEL_STEPS - 1) * wheel->step_ms)
                return wheel->tick + (uint32_t)((ahead_ms + wheel->step_ms - 1) / wheel->step_ms);
        /* Beyond the span: an early check, spread out so that timers that were armed together do not all come up
         * together. */
        return wheel->tick + WHEEL_STEPS / 2 + handle * UINT32_C(0x9e3779b1) % (WHEEL_STEPS / 2);
}

void wheel_arm(struct wheel *wheel, uint32_t handle, int64_t due_ms) {
        struct elder *elder = at(wheel, handle);
        uint32_t tick = tick_of(wheel, handle, due_ms);

        require(handle != ARENA_NONE, "a timer of nobody");
        if (elder->flags & ELDER_TIMED) {
                if ((int32_t)(elder->timer_tick - tick) <= 0)
                        return; /* it comes up early enough as it is */
                unlink_elder(wheel, handle);
        }

        struct wheel_list *list = &wheel->lists[tick % WHEEL_STEPS];

        elder->timer_tick = tick;
        elder->timer_next = ARENA_NONE;
        elder->timer_prev = list->last;
        elder->flags |= ELDER_TIMED;
        if (list->last)
                at(wheel, list->last)->timer_next = handle;
        else
                list->first = handle;
        list->last = handle;
        set_busy(wheel, tick, true);
}

void wheel_disarm(struct wheel *wheel, uint32_t handle) {
        if (at(wheel, handle)->flags & ELDER_TIMED)
                unlink_elder(wheel, handle);
}

int64_t wheel_due_ms(const struct wheel *wheel, uint32_t handle) {
        require(at(wheel, handle)->flags & ELDER_TIMED, "block %u has no timer", handle);
        return wheel->tick_ms +
               (int32_t)(at(wheel, handle)->timer_tick - wheel->tick) * wheel->step_ms;
}

void wheel_moved(struct wheel *wheel, uint32_t handle) {
        struct elder *elder = at(wheel, handle);

        if (!(elder->flags & ELDER_TIMED))
                return;

        struct wheel_list *list = list_of(wheel, elder);

        if (elder->timer_prev)
                at(wheel, elder->timer_prev)->timer_next = handle;
        else
                list->first = handle;
        if (elder->timer_next)
                at(wheel, elder->timer_next)->timer_prev = handle;
        else
                list->last = handle;
}

/* Append the list of the step just reached to the ready list: two stores, however long it is. */
static void make_ready(struct wheel *wheel) {
        struct wheel_list *list = &wheel->lists[wheel->tick % WHEEL_STEPS];

        if (!list->first)
                return;
        require(list->last != ARENA_NONE, "step %u begins with block %u and has no end",
                wheel->tick, list->first);
        if (wheel->ready.last) {
                at(wheel, wheel->ready.last)->timer_next = list->first;
                at(wheel, list->first)->timer_prev = wheel->ready.last;
        } else {
                wheel->ready.first = list->first;
        }
        wheel->ready.last = list->last;
        *list = (struct wheel_list){0};
        set_busy(wheel, wheel->tick, false);
}

/* How many steps it is to the next one that is not empty, 64 empty ones at a time; 0: none within @most. */
static uint32_t steps_to_busy(const struct wheel *wheel, uint32_t most) {
        uint32_t steps = 1;

        while (steps <= most) {
                uint32_t tick = wheel->tick + steps;
                uint64_t busy = wheel->busy[tick % WHEEL_STEPS / 64] >> tick % 64;

                if (busy) {
                        steps += (uint32_t)__builtin_ctzll(busy);
                        return steps <= most ? steps : 0;
                }
                steps += 64 - tick % 64;
        }
        return 0;
}

void wheel_advance(struct wheel *wheel, int64_t now_ms) {
        if (now_ms < wheel->tick_ms) {
                wheel->tick_ms = now_ms;
                return;
        }

        int64_t behind = (now_ms - wheel->tick_ms) / wheel->step_ms;
        uint32_t left = behind < WHEEL_STEPS ? (uint32_t)behind : WHEEL_STEPS;

        while (left > 0) {
                uint32_t busy = steps_to_busy(wheel, left), steps = busy ? busy : left;

                wheel->tick += steps;
                wheel->tick_ms += (int64_t)steps * wheel->step_ms;
                left -= steps;
                make_ready(wheel);
        }

        /* After a time longer than the whole span, every list has been emptied; only the counters remain to be
         * advanced. */
        int64_t rest = (now_ms - wheel->tick_ms) / wheel->step_ms;

        wheel->tick += (uint32_t)rest;
        wheel->tick_ms += rest * wheel->step_ms;
}

uint32_t wheel_pop(struct wheel *wheel) {
        uint32_t handle = wheel->ready.first;

        if (handle)
                unlink_elder(wheel, handle);
        return handle;
}

int64_t wheel_next_ms(const struct wheel *wheel, int64_t now_ms) {
        uint32_t steps;
        int64_t due_ms;

        if (wheel->ready.first)
                return 0;
        steps = steps_to_busy(wheel, WHEEL_STEPS);
        if (steps == 0)
                return -1;
        due_ms = wheel->tick_ms + (int64_t)steps * wheel->step_ms;
        return due_ms > now_ms ? due_ms - now_ms : 0;
}
