/* SPDX-License-Identifier: MIT
 *
 * Sliding: a window over event time that moves in steps, so that a few numbers stand for any count of
 * readings. Each step keeps one number (its lowest, say) at a place in a ring. The window holds the present
 * step and those before it: whatever is @within_ms old or younger lies in it, nothing older than
 * @within_ms and one step does.
 *
 * Readings may come in any order. After a gap longer than the window nothing is left of what was before.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_SLIDING_H
#define VIGIL_RULES_EVAL_MEASURE_SLIDING_H

#include <stdbool.h>
#include <stdint.h>

struct sliding {
        int64_t newest;   /* number of the newest step: event time / step_ms */
        uint32_t step_ms; /* 0: nothing came yet */
        uint32_t reserved;
};

/* Longest window: steps are counted in 32 bits of milliseconds. */
#define SLIDING_WITHIN_MAX_MS (INT64_C(366) * 24 * 60 * 60 * 1000)

static inline int64_t sliding_step(int64_t time_ms, uint32_t step_ms) {
        return time_ms < 0 ? 0 : time_ms / step_ms;
}

/* Move the window on to @time_ms, if it is the newest. @places: in the ring; one more than the steps that
 * @within_ms is cut into. Return: how many places, from that of the newest step backwards, now stand for
 * other steps and must be emptied by the caller; all of them when @within_ms is another than before. */
static inline uint32_t sliding_move(struct sliding *sliding, int64_t within_ms, uint32_t places,
                                    int64_t time_ms) {
        uint32_t step_ms = (uint32_t)((within_ms + places - 2) / (places - 1));
        int64_t step = sliding_step(time_ms, step_ms);
        int64_t ahead = step - sliding->newest;

        if (sliding->step_ms != step_ms) {
                *sliding = (struct sliding){.newest = step, .step_ms = step_ms};
                return places;
        }
        if (ahead <= 0)
                return 0;
        sliding->newest = step;
        return ahead < places ? (uint32_t)ahead : places;
}

/* How many steps before the newest one @time_ms lies; @places or more: outside the window. */
static inline uint32_t sliding_back(const struct sliding *sliding, uint32_t places,
                                    int64_t time_ms) {
        int64_t back = sliding->newest - sliding_step(time_ms, sliding->step_ms);

        return back < places ? (uint32_t)(back < 0 ? 0 : back) : places;
}

/* The place of the step that lies @back before the newest; @back: below @places. */
static inline uint32_t sliding_place(const struct sliding *sliding, uint32_t places,
                                     uint32_t back) {
        return (uint32_t)((uint64_t)(sliding->newest + places - back) % places);
}

static inline bool sliding_is_sound(const struct sliding *sliding) {
        return sliding->newest >= 0 && sliding->newest < INT64_C(1) << 47;
}

#endif
