/* SPDX-License-Identifier: MIT
 *
 * Pseudo-random numbers that are the same on every machine for the same seed (splitmix64).
 *
 * Thread: one stream belongs to one thread. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_WORLD_RANDOM_H
#define VIGIL_CLI_SIM_WORLD_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random_stream {
        uint64_t state;
};

static inline uint64_t random_next(struct random_stream *stream) {
        uint64_t z = (stream->state += 0x9e3779b97f4a7c15u);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
}

/* A separate stream for each (seed, number), so that the values of one elder do not depend on the others. */
static inline struct random_stream random_for(uint64_t seed, uint64_t number) {
        struct random_stream stream = {seed ^ (number * 0xd1342543de82ef95u)};

        random_next(&stream);
        return stream;
}

/* In [0, limit). */
static inline uint32_t random_below(struct random_stream *stream, uint32_t limit) {
        return (uint32_t)((random_next(stream) >> 32) * limit >> 32);
}

/* In [from, to]. */
static inline int random_between(struct random_stream *stream, int from, int to) {
        return from + (int)random_below(stream, (uint32_t)(to - from + 1));
}

static inline bool random_chance_pct(struct random_stream *stream, uint32_t pct) {
        return random_below(stream, 100) < pct;
}

/* In [0, 1). */
static inline double random_unit(struct random_stream *stream) {
        return (double)(random_next(stream) >> 11) * 0x1p-53;
}

/* Approximately normal: mean 0, standard deviation 1, limited to ±3. */
static inline double random_bell(struct random_stream *stream) {
        double sum = 0;

        for (int i = 0; i < 12; i++)
                sum += random_unit(stream);
        sum -= 6.0;
        return sum > 3.0 ? 3.0 : sum < -3.0 ? -3.0 : sum;
}

#endif
