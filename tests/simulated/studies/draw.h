/* Random numbers that follow from their keys alone: whatever else is drawn, and in whichever order,
 * the same study has the same noise, so that two methods are judged by the same studies. */
#ifndef CUAL_SIMULATED_DRAW_H
#define CUAL_SIMULATED_DRAW_H

#include "model/task.h"

#include <math.h>
#include <stdint.h>

/* What is drawn: the same numbers give other draws for each. */
enum draw {
    DRAW_TRUTH = 1,
    DRAW_CHALLENGER,
    DRAW_RESIDUAL,
    DRAW_TAIL,
    DRAW_BEGINNING,
    DRAW_LENGTH,
    DRAW_SLOWNESS,
    DRAW_WAVE,
    DRAW_LAYOUT,
    DRAW_LAUNCH,
    DRAW_DOUBLED
};

static inline uint64_t draw_key(uint64_t seed, enum draw what, uint64_t a, uint64_t b)
{
    return task_mix(task_mix(task_mix(seed + ((uint64_t)what << 56)) + a) + b);
}

/* In (0, 1). */
static inline double draw_uniform(uint64_t key)
{
    return ((double)(task_mix(key) >> 11) + 0.5) / 9007199254740992.0;
}

/* One of 0 … count − 1. */
static inline uint64_t draw_below(uint64_t key, uint64_t count)
{
    return (uint64_t)(draw_uniform(key) * (double)count);
}

/* Mean 0, standard deviation 1 (Box and Muller, 1958). */
static inline double draw_normal(uint64_t key)
{
    return sqrt(-2 * log(draw_uniform(key))) * cos(2 * M_PI * draw_uniform(~key));
}

/* Mean 1. */
static inline double draw_exponential(uint64_t key)
{
    return -log(draw_uniform(key));
}

#endif
