#include "simulated/studies/noise.h"

#include "simulated/studies/draw.h"

#include <stdlib.h>
#include <string.h>

/* -- parameters by name -- */

static const struct parameter {
    const char *name;
    size_t offset; /* of a double */
} parameters[] = {
    {"sd", offsetof(struct noise, sd)},
    {"tail_share", offsetof(struct noise, tail_share)},
    {"tail_mean", offsetof(struct noise, tail_mean)},
    {"calm_s", offsetof(struct noise, calm_s)},
    {"burst_s", offsetof(struct noise, burst_s)},
    {"burst_mean", offsetof(struct noise, burst_mean)},
    {"drift_sd", offsetof(struct noise, drift_sd)},
    {"drift_s", offsetof(struct noise, drift_s)},
    {"layout_sd", offsetof(struct noise, layout.sd)},
    {"layout_rounds", offsetof(struct noise, layout.rounds)},
    {"launch_sd", offsetof(struct noise, launch.sd)},
    {"launch_rounds", offsetof(struct noise, launch.rounds)},
    {"doubled", offsetof(struct noise, doubled)},
};
#define PARAMETERS (sizeof parameters / sizeof parameters[0])

static const char *const residual_names[] = {
    [NOISE_MADE] = "made", [NOISE_DRAWN] = "drawn", [NOISE_IN_ORDER] = "in_order"};
#define RESIDUAL_NAMES (sizeof residual_names / sizeof residual_names[0])

const char *noise_help(void)
{
    return "residuals=made|drawn|in_order sd tail_share tail_mean calm_s burst_s burst_mean "
           "drift_sd drift_s layout_sd layout_rounds launch_sd launch_rounds doubled";
}

static bool set_residuals(struct noise *noise, const char *value)
{
    for (size_t i = 0; i < RESIDUAL_NAMES; i++) {
        if (strcmp(value, residual_names[i]) == 0) {
            noise->residuals = (enum noise_residuals)i;
            return true;
        }
    }
    return false;
}

bool noise_set(struct noise *noise, const char *setting)
{
    const char *sign = strchr(setting, '=');
    size_t length = sign ? (size_t)(sign - setting) : 0;
    if (sign && strncmp(setting, "residuals", length) == 0 && length == strlen("residuals")) {
        return set_residuals(noise, sign + 1);
    }
    for (size_t i = 0; sign && i < PARAMETERS; i++) {
        const char *name = parameters[i].name;
        if (strlen(name) == length && strncmp(setting, name, length) == 0) {
            char *end;
            double value = strtod(sign + 1, &end);
            memcpy((char *)noise + parameters[i].offset, &value, sizeof value);
            return end != sign + 1 && *end == '\0' && value >= 0;
        }
    }
    return false;
}

/* -- what a visit has for itself -- */

static double made(const struct noise_state *state, const struct noise_visit *visit)
{
    const struct noise *noise = state->noise;
    uint64_t tail = draw_key(state->seed, DRAW_TAIL, visit->cell, visit->round);
    double log =
        noise->sd * draw_normal(draw_key(state->seed, DRAW_RESIDUAL, visit->cell, visit->round));
    return draw_uniform(tail) < noise->tail_share
               ? log + noise->tail_mean * draw_exponential(task_mix(tail))
               : log;
}

/* Of workloads that no run has measured all residuals are drawn from. */
static double drawn(const struct noise_state *state, const struct noise_visit *visit)
{
    const struct residuals *residuals = state->residuals;
    const struct residuals_kind *kind = residuals_of(residuals, visit->workload, visit->cores);
    uint64_t key = draw_key(state->seed, DRAW_RESIDUAL, visit->cell, visit->round);
    return kind ? kind->log[draw_below(key, kind->count)]
                : residuals->log[draw_below(key, residuals->count)];
}

/* Visits that are longer than the real ones leave some out, shorter ones run ahead of the time:
 * none is given twice until all were. */
static double in_order(struct noise_state *state, const struct noise_visit *visit)
{
    const struct residuals *residuals = state->residuals;
    double at_s = fmod(state->beginning_s + visit->start_s, residuals_span_s(residuals));
    size_t at = residuals_at(residuals, at_s);
    bool ahead = state->next > at && state->next - at < residuals->count / 2;
    size_t taken = ahead ? state->next : at;
    state->next = (taken + 1) % residuals->count;
    return residuals->log[taken];
}

static double residual(struct noise_state *state, const struct noise_visit *visit)
{
    switch (state->noise->residuals) {
    case NOISE_DRAWN:
        return drawn(state, visit);
    case NOISE_IN_ORDER:
        return in_order(state, visit);
    case NOISE_MADE:
        break;
    }
    return made(state, visit);
}

/* -- what a cell keeps -- */

static double kept(const struct noise_state *state, const struct noise_kept *effect, enum draw what,
                   const struct noise_visit *visit)
{
    uint64_t rounds = (uint64_t)effect->rounds;
    uint64_t drawn_before = rounds > 0 ? visit->round / rounds : 0;
    return effect->sd * draw_normal(draw_key(state->seed, what, visit->cell, drawn_before));
}

/* -- what all that is under way shares -- */

/* Waves of three periods that are no multiples of each other, with phases of the study's own. */
static double drift(const struct noise_state *state, double at_s)
{
    static const double period[] = {1, 0.38, 0.17};
    const size_t waves = sizeof period / sizeof period[0];
    double sum = 0;
    for (size_t i = 0; i < waves && state->noise->drift_sd > 0; i++) {
        double phase = draw_uniform(draw_key(state->seed, DRAW_WAVE, i, 0));
        sum += sin(2 * M_PI * (at_s / (state->noise->drift_s * period[i]) + phase));
    }
    return state->noise->drift_sd * sum * sqrt(2.0 / (double)waves);
}

static void next_stretch(struct noise_state *state)
{
    const struct noise *noise = state->noise;
    uint64_t number = ++state->stretch;
    state->disturbed = !state->disturbed;
    state->end_s += (state->disturbed ? noise->burst_s : noise->calm_s) *
                    draw_exponential(draw_key(state->seed, DRAW_LENGTH, number, 0));
    state->slowness = state->disturbed
                          ? exp(noise->burst_mean *
                                draw_exponential(draw_key(state->seed, DRAW_SLOWNESS, number, 0)))
                          : 1;
}

/* How long it takes from `start_s` on to do what takes `alone_s` in calm times. */
static double through_bursts(struct noise_state *state, double start_s, double alone_s)
{
    double now_s = start_s, left_s = alone_s;
    if (!(state->noise->calm_s > 0 && state->noise->burst_s > 0)) {
        return alone_s;
    }
    for (;;) {
        while (state->end_s <= now_s) {
            next_stretch(state);
        }
        double done_s = (state->end_s - now_s) / state->slowness;
        if (done_s >= left_s) {
            return now_s + left_s * state->slowness - start_s;
        }
        left_s -= done_s;
        now_s = state->end_s;
    }
}

void noise_begin(struct noise_state *state, const struct noise *noise,
                 const struct residuals *residuals, uint64_t seed)
{
    *state = (struct noise_state){
        .noise = noise,
        .residuals = residuals,
        .seed = seed,
        .disturbed = true, /* a calm time comes first */
        .slowness = 1,
    };
    if (noise->residuals != NOISE_MADE) {
        state->beginning_s =
            residuals_span_s(residuals) * draw_uniform(draw_key(seed, DRAW_BEGINNING, 0, 0));
        state->next = residuals_at(residuals, state->beginning_s);
    }
}

struct noise_found noise_of(struct noise_state *state, const struct noise_visit *visit)
{
    const struct noise *noise = state->noise;
    double log = residual(state, visit) + drift(state, visit->start_s) +
                 kept(state, &noise->layout, DRAW_LAYOUT, visit) +
                 kept(state, &noise->launch, DRAW_LAUNCH, visit);
    uint64_t key = draw_key(state->seed, DRAW_DOUBLED, visit->cell, visit->round);
    double cpu = exp(log) * (visit->all_cores && draw_uniform(key) < noise->doubled ? 2 : 1);
    double time_s = through_bursts(state, visit->start_s, visit->true_s * cpu);
    return (struct noise_found){.time = time_s / visit->true_s, .cpu = cpu};
}
