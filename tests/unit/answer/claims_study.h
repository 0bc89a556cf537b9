/* Workloads whose samples a test plants, and the claims tried on them. Each file of tests of a
 * group of claims has, for every claim of the group, a scenario that decides it either way. */
#ifndef CUAL_TESTS_UNIT_ANSWER_CLAIMS_STUDY_H
#define CUAL_TESTS_UNIT_ANSWER_CLAIMS_STUDY_H

#include "answer/claims.h"
#include "unit/answer/sentences.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CORES = 2, RANKS = 3, THREADS = 5, DEPTHS = 5, EACH = CORES * RANKS * THREADS * DEPTHS };
enum { WORKLOADS = 12, CELLS = WORKLOADS * EACH, ROUNDS = 14 };
enum { FINDINGS = 64 }; /* room for those of all claims */
static const int cores_axis[CORES] = {1, 2}, ranks_axis[RANKS] = {1, 2, 16};
static const int threads_axis[THREADS] = {1, 2, 16, 100, 1000};
static const int depth_axis[DEPTHS] = {1, 16, 100, 1000, 10000};
static const struct point serial = {1, 1, 1, 1}, async = {1, 1, 16, 1}, two_threads = {1, 2, 1, 2};
static const struct point two_ranks = {2, 1, 1, 2}, crowd = {1, 16, 1, 1};

/* 1 and 2 ranks × 1 and 2 threads × 1 and 16 in flight on 1 and 2 cores, as far as there are
 * workers for both: the points that most jobs measure. */
enum { GRID = 14 };
static const struct point grid[GRID] = {{1, 1, 1, 1}, {1, 1, 16, 1}, {1, 2, 1, 1}, {1, 2, 16, 1},
                                        {2, 1, 1, 1}, {2, 1, 16, 1}, {2, 2, 1, 1}, {2, 2, 16, 1},
                                        {1, 2, 1, 2}, {1, 2, 16, 2}, {2, 1, 1, 2}, {2, 1, 16, 2},
                                        {2, 2, 1, 2}, {2, 2, 16, 2}};

/* Workloads whose samples a test plants; `spread` is their noise. */
struct study {
    struct question_workload workload[WORKLOADS];
    struct question question;
    struct samples samples;
    unsigned char status[CELLS];
    double spread;
    uint64_t random;
    struct finding findings[FINDINGS];
};

static inline void study_open(struct study *study, size_t rounds, double spread)
{
    *study = (struct study){.spread = spread, .random = 11};
    CU_ASSERT_EQUAL_FATAL(samples_create(&study->samples, CELLS, rounds, 1), 0);
    study->question = (struct question){
        .workload = study->workload,
        .cores = CORES,
        .ranks = RANKS,
        .threads = THREADS,
        .depths = DEPTHS,
        .cores_axis = cores_axis,
        .ranks_axis = ranks_axis,
        .threads_axis = threads_axis,
        .depth_axis = depth_axis,
        .status = study->status,
        .samples = &study->samples,
        .start_s = NAN,
    };
}

static inline void study_close(struct study *study)
{
    samples_free(&study->samples);
}

/* In (−1, 1): a linear congruential generator (Knuth's MMIX). */
static inline double study_noise(struct study *study)
{
    study->random = study->random * 6364136223846793005u + 1442695040888963407u;
    return 2 * ((double)(study->random >> 11) + 0.5) / 9007199254740992.0 - 1;
}

static inline size_t study_cell_of(struct study *study, size_t workload, struct point point)
{
    size_t first = workload * EACH;
    for (size_t cell = first; cell < first + EACH; cell++) {
        struct point there = question_point(&study->question, cell);
        if (memcmp(&there, &point, sizeof point) == 0) {
            return cell;
        }
    }
    CU_FAIL_FATAL("the point is not on the axes");
    return 0;
}

static inline double *study_values_of(struct study *study, size_t workload, struct point point,
                                      enum sample_variable variable)
{
    size_t cell = study_cell_of(study, workload, point);
    return &study->samples.value[variable][cell * study->samples.rounds];
}

/* A variable of a cell that was measured, in each round times e^(spread × noise). */
static inline void study_plant_value(struct study *study, size_t workload, struct point point,
                                     enum sample_variable variable, double value)
{
    double *values = study_values_of(study, workload, point, variable);
    for (size_t r = 0; r < study->samples.rounds; r++) {
        values[r] = value * exp(study->spread * study_noise(study));
    }
}

static inline void study_plant(struct study *study, size_t workload, struct point point,
                               double time_s)
{
    study->status[study_cell_of(study, workload, point)] = CELL_DONE;
    study_plant_value(study, workload, point, SAMPLE_TIME, time_s);
    study_plant_value(study, workload, point, SAMPLE_CPU, time_s);
    study_plant_value(study, workload, point, SAMPLE_SWITCHES_VOLUNTARY, 5);
    study_plant_value(study, workload, point, SAMPLE_SWITCHES_INVOLUNTARY, 5);
}

/* The time that a point takes when an effect has a certain size. */
typedef double study_time(struct point point, double effect);

static inline void study_plant_grid(struct study *study, size_t workload, study_time *time_s,
                                    double effect)
{
    for (int i = 0; i < GRID; i++) {
        study_plant(study, workload, grid[i], time_s(grid[i], effect));
    }
}

/* What does not apply is NAN; the number of the workload. */
static inline size_t study_add(struct study *study, struct question_workload workload)
{
    size_t w = study->question.workloads++;
    workload.name = workload.name ? workload.name : "work";
    workload.kernel.name = workload.kernel.name ? workload.kernel.name : "none";
    workload.engine.name = workload.engine.name ? workload.engine.name : "none";
    workload.tasks = workload.tasks ? workload.tasks : 100;
    workload.kernel.computes = strcmp(workload.kernel.name, "none") != 0;
    workload.engine.has_waits = strcmp(workload.engine.name, "none") != 0;
    workload.waits = workload.engine.has_waits;
    if (!(workload.wait_fraction > 0)) {
        workload.wait_fraction = NAN;
    }
    study->workload[w] = workload;
    return w;
}

static inline size_t study_add_computing(struct study *study)
{
    return study_add(study, (struct question_workload){.kernel.name = "primes"});
}

static inline size_t study_add_mixed(struct study *study, double wait_fraction)
{
    return study_add(study, (struct question_workload){.kernel.name = "primes",
                                                       .engine.name = "timer",
                                                       .latency_s = 1e-3 * wait_fraction,
                                                       .wait_fraction = wait_fraction});
}

static inline size_t study_add_waiting(struct study *study, uint64_t tasks, double latency_s)
{
    return study_add(study, (struct question_workload){
                                .engine.name = "timer", .latency_s = latency_s, .tasks = tasks});
}

static inline const struct finding *study_find(struct study *study, int number)
{
    CU_ASSERT_EQUAL_FATAL(claims_try(&study->question, study->findings), 0);
    for (size_t i = 0; i < claims_count(); i++) {
        sentences_check(study->findings[i].reason);
    }
    return &study->findings[number - 1];
}

/* Which claim it was is part of what is reported. */
static inline void study_expect(const struct finding *finding, enum claim_outcome outcome)
{
    CU_ASSERT_EQUAL(finding->outcome, outcome);
    CU_ASSERT(finding->reason[0] != '\0');
    if (finding->outcome != outcome) {
        printf("     claim %d, expected: %s; %s: %s\n", finding->number,
               claims_outcome_text(outcome), claims_outcome_text(finding->outcome),
               finding->reason);
    }
}

/* When one odd cell may leave a claim open, of those that have enough cells. */
enum odd {
    ODD_NEVER,
    ODD_FASTER, /* when it takes less, since the claim is about the fastest of some */
    ODD_EITHER
};

/* What decides a claim: plants what a whole job measures for it, with an effect of the size that is
 * asked. */
struct scenario {
    int number; /* of the claim; 0 ends a table */
    void (*plant)(struct study *study, double effect);
    double holds, fails; /* effects with which the claim holds, and with which it does not */
    enum odd odd;
    bool takes_cores; /* more than one */
    bool of_facts;    /* counted, not measured: noise does not touch them, and one may do */
};
extern const struct scenario scenarios_time[], scenarios_workers[], scenarios_costs[],
    scenarios_sharing[];

/* The scenario of a claim; a claim without one fails the test. */
static inline const struct scenario *scenario_of(int number)
{
    const struct scenario *const tables[] = {scenarios_time, scenarios_workers, scenarios_costs,
                                             scenarios_sharing};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct scenario *one = tables[t]; one->number != 0; one++) {
            if (one->number == number) {
                return one;
            }
        }
    }
    CU_FAIL_FATAL("a claim has no scenario");
    return NULL;
}

static inline void study_build(struct study *study, int number, double effect)
{
    scenario_of(number)->plant(study, effect);
}

#endif
