/* A workload whose samples a test plants, and the verdict on it. */
#ifndef CUAL_TESTS_UNIT_ANSWER_STUDY_H
#define CUAL_TESTS_UNIT_ANSWER_STUDY_H

#include "answer/answer.h"
#include "answer/impossible.h"
#include "unit/answer/sentences.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CORES = 2, RANKS = 2, THREADS = 3, DEPTHS = 3, CELLS = CORES * RANKS * THREADS * DEPTHS };
static const int cores_axis[CORES] = {1, 2}, ranks_axis[RANKS] = {1, 2};
static const int threads_axis[THREADS] = {1, 2, 4}, depth_axis[DEPTHS] = {1, 16, 256};
static const struct point serial = {1, 1, 1, 1}, threads = {1, 2, 1, 2};
static const struct point processes = {2, 1, 1, 2}, both = {2, 2, 1, 2};
/* One workload, measured at the points that a test says. */
struct study {
    struct question_workload workload;
    struct question question;
    struct samples samples;
    unsigned char status[CELLS];
    double worth[CORES];
    uint64_t random;
    struct verdict verdicts[CORES];
    long count;
};

static inline void study_open(struct study *study, size_t rounds)
{
    *study = (struct study){.worth = {1, 1.98}, .random = 7};
    CU_ASSERT_EQUAL_FATAL(samples_create(&study->samples, CELLS, rounds, 1), 0);
    study->workload = (struct question_workload){
        .name = "work",
        .kernel.name = "flops",
        .kernel.computes = true,
        .kernel.bound = KERNEL_BOUND_FLOATING_POINT,
        .engine.name = "none",
        .tasks = 100,
        .latency_s = NAN,
        .huge_pages = NAN,
        .calibrated.worth = study->worth,
    };
    study->question = (struct question){
        .workloads = 1,
        .workload = &study->workload,
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
    };
}

static inline void study_set_kernel(struct question_workload *workload, const char *kernel)
{
    workload->kernel.name = kernel;
    workload->kernel.computes = strcmp(kernel, "none") != 0;
    workload->kernel.bound = strcmp(kernel, "triad") == 0   ? KERNEL_BOUND_BANDWIDTH
                             : strcmp(kernel, "chase") == 0 ? KERNEL_BOUND_LATENCY
                                                            : KERNEL_BOUND_FLOATING_POINT;
}

static inline void study_set_engine(struct question_workload *workload, const char *engine)
{
    workload->engine.name = engine;
    workload->engine.has_waits = strcmp(engine, "none") != 0;
    workload->engine.spins = strcmp(engine, "message") == 0;
}

static inline size_t study_index_of(const int *axis, int value)
{
    size_t i = 0;
    while (axis[i] != value) {
        i++;
    }
    return i;
}

static inline size_t study_cell_of(struct point point)
{
    size_t cell = study_index_of(cores_axis, point.cores);
    cell = cell * RANKS + study_index_of(ranks_axis, point.ranks);
    cell = cell * THREADS + study_index_of(threads_axis, point.threads);
    return cell * DEPTHS + study_index_of(depth_axis, point.depth);
}

static inline double *study_values_of(struct study *study, enum sample_variable variable,
                                      struct point point)
{
    return &study->samples.value[variable][study_cell_of(point) * study->samples.rounds];
}

/* In (−1, 1): a linear congruential generator (Knuth's MMIX). */
static inline double study_noise(struct study *study)
{
    study->random = study->random * 6364136223846793005u + 1442695040888963407u;
    return 2 * ((double)(study->random >> 11) + 0.5) / 9007199254740992.0 - 1;
}

/* Time and CPU time of a whole cell, the former with so much relative noise of its own. */
static inline void study_measure(struct study *study, struct point point, double time_s,
                                 double cpu_s, double own_noise)
{
    study->status[study_cell_of(point)] = 1;
    for (size_t r = 0; r < study->samples.rounds; r++) {
        study_values_of(study, SAMPLE_TIME, point)[r] =
            time_s * (1 + own_noise * study_noise(study));
        study_values_of(study, SAMPLE_CPU, point)[r] = cpu_s;
        study_values_of(study, SAMPLE_SWITCHES_VOLUNTARY, point)[r] = 0;
        study_values_of(study, SAMPLE_SWITCHES_INVOLUNTARY, point)[r] = 0;
        study_values_of(study, SAMPLE_FLAGS, point)[r] = 0;
    }
}

static inline void study_fill(double *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

/* The last verdict: that of the most cores. */
static inline const struct verdict *study_judge(struct study *study)
{
    study->count = answer_verdicts(&study->question, study->verdicts);
    CU_ASSERT_FATAL(study->count > 0);
    for (long i = 0; i < study->count; i++) {
        sentences_check(study->verdicts[i].reason);
    }
    return &study->verdicts[study->count - 1];
}

static inline bool study_is_point(struct point a, struct point b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static inline bool study_is_same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static inline bool study_is_same_interval(const struct interval *a, const struct interval *b)
{
    return study_is_same_number(a->median, b->median) && study_is_same_number(a->low, b->low) &&
           study_is_same_number(a->high, b->high) && a->n == b->n;
}

static inline void study_close(struct study *study)
{
    samples_free(&study->samples);
}

/* Every text becomes another, and nothing but texts. */
static inline void study_reword(struct question_workload *workload)
{
    workload->name = "the service";
    workload->kernel.name = workload->kernel.computes ? "none" : "the memory latency";
    workload->engine.name = workload->engine.has_waits ? "none" : "message";
    workload->storage = "tmpfs, which is memory";
}

/* The verdicts of reworded workloads are the same but for words. */
static inline void study_check_reworded(struct study *study)
{
    struct verdict before[CORES];
    struct question_workload workload = study->workload;
    char text[400];
    long count = answer_verdicts(&study->question, before);
    bool impossible = impossible_find(&study->question, text, sizeof text) != NULL;
    study_reword(&study->workload);
    study_judge(study);
    CU_ASSERT_EQUAL_FATAL(study->count, count);
    for (long i = 0; i < count; i++) {
        const struct verdict *a = &before[i], *b = &study->verdicts[i];
        CU_ASSERT(study_is_point(a->choice, b->choice));
        CU_ASSERT(study_is_same_interval(&a->choice_speed_up, &b->choice_speed_up));
        CU_ASSERT_EQUAL(a->points, b->points);
        CU_ASSERT_EQUAL(a->ties, b->ties);
        CU_ASSERT_EQUAL(a->undecided, b->undecided);
        CU_ASSERT_EQUAL(a->certain, b->certain);
        CU_ASSERT(study_is_same_number(a->half_width, b->half_width));
        CU_ASSERT(study_is_same_number(a->loss, b->loss));
        CU_ASSERT(study_is_same_number(a->tasks_per_s, b->tasks_per_s));
        for (int bound = 0; bound < BOUND_COUNT; bound++) {
            CU_ASSERT(
                study_is_same_number(a->bound_tasks_per_s[bound], b->bound_tasks_per_s[bound]));
        }
        CU_ASSERT_STRING_EQUAL(a->bound, b->bound);
        CU_ASSERT_STRING_EQUAL(a->limit, b->limit);
    }
    CU_ASSERT_EQUAL(impossible_find(&study->question, text, sizeof text) != NULL, impossible);
    study->workload = workload;
}

static inline void study_open_storage(struct study *study)
{
    study_open(study, 8);
    study_set_kernel(&study->workload, "none");
    study_set_engine(&study->workload, "file");
    study->workload.waits = 1;
    study->workload.wait_bytes = 4096;
}

static inline void study_open_service(struct study *study)
{
    study_open(study, 8);
    study_set_kernel(&study->workload, "none");
    study_set_engine(&study->workload, "message");
    study->workload.tasks = 10000;
    study->workload.waits = 1;
    study->workload.wait_bytes = 128;
    study->workload.latency_s = 0;
}

#endif
