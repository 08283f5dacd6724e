/* SPDX-License-Identifier: MIT
 *
 * Sliding: a window over event time that moves in steps, so that a few numbers represent any number of readings. Each
 * step keeps one number (its lowest, for example) in a ring. The window holds the current step and those before it:
 * any reading up to @within_ms old is in it, none older than @within_ms plus one step is.
 *
 * Readings may come in any order. After a gap longer than the window, nothing of what was before is left.
 *
 * Thread: any. Blocks: never. Pure.
 */
#ifndef VIGIL_RULES_EVAL_MEASURE_SLIDING_H
#define VIGIL_RULES_EVAL_MEASURE_SLIDING_H

#include <stdbool.h>
#include <stdint.h>

struct sliding {
        int64_t newest;   /* number of the newest step: event time / step_ms */
        uint32_t step_ms; /* 0: no reading yet */
        uint32_t reserved;
};

/* Longest window: a step must fit into 32 bits of milliseconds. */
#define SLIDING_WITHIN_MAX_MS (INT64_C(366) * 24 * 60 * 60 * 1000)

static inline int64_t sliding_step(int64_t time_ms, uint32_t step_ms) {
        return time_ms < 0 ? 0 : time_ms / step_ms;
}

/* Move the window on to @time_ms, if that is the newest. @places: size of the ring; one more than the number of steps
 * in @within_ms. Return: how many places, from that of the newest step backwards, now belong to other steps and must
 * be emptied by the caller; all of them if @within_ms differs from before. */
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

/* How many steps @time_ms lies before the newest one. Return: @places if it is outside the window. */
static inline uint32_t sliding_back(const struct sliding *sliding, uint32_t places,
                                    int64_t time_ms) {
        int64_t back = sliding->newest - sliding_step(time_ms, sliding->step_ms);

        return back < places ? (uint32_t)(back < 0 ? 0 : back) : places;
}

/* The place of the step that lies @back steps before the newest; @back: below @places. */
static inline uint32_t sliding_place(const struct sliding *sliding, uint32_t places,
                                     uint32_t back) {
        return (uint32_t)((uint64_t)(sliding->newest + places - back) % places);
}

/* Is @sliding usable? For states from a checkpoint. */
static inline bool sliding_is_sound(const struct sliding *sliding) {
        return sliding->newest >= 0 && sliding->newest < INT64_C(1) << 47;
}

#endif
