#include "simulated/studies/scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One row: twelve points on one core. */
#define ROW                                                                                        \
    "budget: 60 s\nprecision: 1 %\nrounds: 60\n"                                                   \
    "cores: 1\nranks: [1, 2]\nthreads: [1, 2, 16]\ndepth: [1, 16]\n"                               \
    "workloads:\n  work: {compute: primes, task: 1 ms, wait: timer, wait_fraction: 0.5, tasks: "   \
    "64}\n"

/* The rows and the budget of the quick job, after what it prepares. */
#define ROWS                                                                                       \
    "budget: 47 s\nprecision: 1 %\nrounds: 60\n"                                                   \
    "cores: [1, 2]\nranks: [1, 2]\nthreads: [1, 2]\ndepth: 1\n"                                    \
    "workloads:\n"                                                                                 \
    "  flops:  {compute: flops,  task: 200 us, tasks: 128, threads: [1, 2, 16], depth: [1, 16]}\n" \
    "  primes: {compute: primes, task: 200 us, tasks: 128}\n"                                      \
    "  triad:  {compute: triad,  task: 2 ms, tasks: 64}\n"                                         \
    "  chase:  {compute: chase,  task: 1 ms, tasks: 64}\n"                                         \
    "  wait:   {wait: timer, latency: 1 ms, tasks: 256, threads: [1, 2, 16], depth: [1, 256]}\n"   \
    "  read:   {wait: file, block: 4 KiB, file: 64 MiB, tasks: 4096, depth: [1, 16]}\n"            \
    "  mixed:  {compute: primes, task: 1 ms, wait: timer, wait_fraction: [0.5, 0.9], tasks: 64,\n" \
    "           threads: [1, 2, 16], depth: [1, 64]}\n"

#define RESIDUALS_ALONE .residuals = NOISE_MADE, .sd = 0.025, .tail_share = 0.12, .tail_mean = 0.08

/* Residuals of each visit's own, which pairing cannot help against. */
#define ALONE                                                                                      \
    {                                                                                              \
        RESIDUALS_ALONE                                                                            \
    }

/* Bursts and a drift beside them, and what a cell keeps: its layout, which is made anew in each
 * round, and what its launch makes of it. */
#define SHARED                                                                                     \
    RESIDUALS_ALONE, .calm_s = 1.5, .burst_s = 0.3, .burst_mean = 0.1, .drift_sd = 0.01,           \
                     .drift_s = 60, .doubled = 0.01
#define ALL                                                                                        \
    {                                                                                              \
        SHARED, .layout = {0.02, 1}, .launch = { 0.015, 0 }                                        \
    }
#define LAYOUT_KEPT                                                                                \
    {                                                                                              \
        SHARED, .layout = {0.02, 0}, .launch = { 0.015, 0 }                                        \
    }

const struct scenario scenarios[] = {
    {
        .name = "equal",
        .help = "one row of equal cells; residuals alone",
        .job = ROW,
        .noise = ALONE,
        .limits = {0.05, 0.05, 0.015, 0.95, 0.95},
    },
    {
        .name = "equal_all",
        .help = "the same with bursts, drift, layout and launch",
        .job = ROW,
        .noise = ALL,
        .limits = {0.05, 0.05, 0.015, 0.95, 0.95},
    },
    {
        .name = "equal_rows",
        .help = "equal cells in 16 rows; all noise",
        .job = ROWS,
        .noise = ALL,
        .limits = {1, 0.05, 0.015, 0.95, 0.95},
    },
    {
        .name = "spread",
        .help = "16 rows of cells that differ by 5 %; residuals alone",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = ALONE,
        .limits = {1, 1, 0.015, 0.95, 0.95},
    },
    {
        .name = "spread_all",
        .help = "the same with all noise",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = ALL,
        .limits = {1, 1, 0.015, 0.95, 0.95},
    },
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

const struct scenario *scenario_find(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            return &scenarios[i];
        }
    }
    return NULL;
}

const char *scenario_missed(const struct scenario *scenario, const struct figures *figures,
                            char text[SCENARIO_TEXT_BYTES])
{
    const struct scenario_limits *limits = &scenario->limits;
    const struct {
        const char *what;
        double found, limit;
        bool least;
    } rows[] = {
        {"studies ever wrong", figures->wrong_studies, limits->wrong_studies_most, false},
        {"rows ever wrong", figures->wrong_rows, limits->wrong_rows_most, false},
        {"choices > 5 % slower", figures->lost_5, limits->lost_most, false},
        {"intervals that hold", figures->covered, limits->covered_least, true},
        {"loss bounds that hold", figures->bounded, limits->bounded_least, true},
    };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && used < SCENARIO_TEXT_BYTES; i++) {
        bool missed = rows[i].least ? rows[i].found < rows[i].limit : rows[i].found > rows[i].limit;
        if (missed) { /* what is NAN was not there to be counted */
            used += (size_t)snprintf(text + used, SCENARIO_TEXT_BYTES - used,
                                     "%s%s %.1f %% (%.1f %%)", used > 0 ? ", " : "", rows[i].what,
                                     100 * rows[i].found, 100 * rows[i].limit);
        }
    }
    return text;
}
