#include "simulated/studies/scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One row: twelve points on one core, with time enough to become certain. */
#define ROW                                                                                        \
    "budget: 60 s\nprecision: 3 %\nrounds: 120\n"                                                  \
    "cores: 1\nranks: [1, 2]\nthreads: [1, 2, 16]\ndepth: [1, 16]\n"                               \
    "workloads:\n  work: {compute: primes, task: 1 ms, wait: timer, wait_fraction: 0.5, tasks: "   \
    "64}\n"

/* The rows and the budget of the quick job, after what it prepares. */
#define ROWS                                                                                       \
    "budget: 47 s\nprecision: 3 %\nrounds: 200\n"                                                 \
    "cores: [1, 2]\nranks: [1, 2]\nthreads: [1, 2]\ndepth: 1\n"                                    \
    "workloads:\n"                                                                                 \
    "  flops:  {compute: flops,  task: 200 us, tasks: 64, threads: [1, 2, 16], depth: [1, 16]}\n"  \
    "  primes: {compute: primes, task: 200 us, tasks: 64}\n"                                       \
    "  triad:  {compute: triad,  task: 2 ms, tasks: 36}\n"                                         \
    "  chase:  {compute: chase,  task: 1 ms, tasks: 48}\n"                                         \
    "  wait:   {wait: timer, latency: 1 ms, tasks: 128, threads: [1, 2, 16], depth: [1, 128]}\n"   \
    "  read:   {wait: file, block: 4 KiB, file: 64 MiB, tasks: 4096, depth: [1, 16]}\n"            \
    "  mixed:  {compute: primes, task: 1 ms, wait: timer, wait_fraction: [0.5, 0.9], tasks: 64,\n" \
    "           threads: [1, 2, 16], depth: [1, 32]}\n"

/* Residuals with a tail, each for itself: pairing cannot help against them. */
#define ALONE .residuals = NOISE_MADE, .sd = 0.025, .tail_share = 0.12, .tail_mean = 0.08

/* Bursts and a drift beside them, so that neighbours are as alike as they were measured to be, by
 * 0.24 within 0.1 s and by 0.05 within 3 s; and doubled times. */
#define SHARED                                                                                     \
    ALONE, .calm_s = 2.5, .burst_s = 0.5, .burst_mean = 0.05, .drift_sd = 0.012, .drift_s = 60,    \
           .doubled = 0.01

/* What a cell has from its layout, which is made anew in each round, and from its pages and
 * threads, which are made anew every four rounds. */
#define LAYOUT .layout = {0.02, 1}
#define LAYOUT_KEPT .layout = {0.02, 0}
#define LAUNCH .launch = {0.015, 4}
#define LAUNCH_KEPT .launch = {0.015, 0}

#define FASTER(percent)                                                                            \
    {                                                                                              \
        .name = "faster_" #percent, .help = "one row in which one point is " #percent " % faster", \
        .job = ROW, .truth = {TRUTH_CHALLENGER, (percent) / 100.0, NULL},                          \
        .noise = {SHARED, LAYOUT, LAUNCH}, .limits = {1, 1, 0.015, 0.95, 0.95},                    \
    }

/* Of equal cells a point that is named beside serial is named by mistake, so that its interval is
 * one that fails: what such cells are called says the same of all rows. */
const struct scenario scenarios[] = {
    {
        .name = "equal",
        .help = "one row of equal cells; residuals alone",
        .job = ROW,
        .noise = {ALONE},
        .limits = {0.05, 0.05, 0.015, 0, 0.95},
    },
    {
        .name = "equal_all",
        .help = "the same with bursts, drift, doubled times, layout and launch",
        .job = ROW,
        .noise = {SHARED, LAYOUT, LAUNCH},
        .limits = {0.05, 0.05, 0.015, 0, 0.95},
    },
    {
        .name = "equal_rows",
        .help = "equal cells in 16 rows; all noise",
        .job = ROWS,
        .noise = {SHARED, LAYOUT, LAUNCH},
        .limits = {1, 0.05, 0.015, 0, 0.95},
    },
    {
        .name = "spread",
        .help = "16 rows of cells that differ by 5 %; residuals alone",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = {ALONE},
        .limits = {1, 1, 0.015, 0.95, 0.95},
    },
    {
        .name = "spread_all",
        .help = "the same with all noise",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = {SHARED, LAYOUT, LAUNCH},
        .limits = {1, 1, 0.015, 0.95, 0.95},
    },
    {
        .name = "spread_kept",
        .help = "the same with a layout that lasts for the run; nothing is asked",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = {SHARED, LAYOUT_KEPT, LAUNCH},
        .limits = {1, 1, 1, 0, 0},
    },
    {
        .name = "spread_launch",
        .help = "with a launch that lasts for the run, of which one run knows nothing; nothing is "
                "asked",
        .job = ROWS,
        .truth = {TRUTH_SPREAD, 0.05, NULL},
        .noise = {SHARED, LAYOUT, LAUNCH_KEPT},
        .limits = {1, 1, 1, 0, 0},
    },
    FASTER(3),
    FASTER(5),
    FASTER(10),
    FASTER(20),
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
