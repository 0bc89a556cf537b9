/* The claims that are about speed: what cuts the time of work with and without waits. */
#include "answer/claims_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Practical sizes, as the rules in claims.c say them. */
#define GAIN_WORTH 1.2    /* a speed-up that is worth having */
#define GAIN_NONE 1.05    /* one that is none */
#define TIE 1.02          /* as in verdicts */
#define SHARE_OF_GAIN 0.5 /* of what waits allow to gain */

/* The speed-up of a cell over serial, unless either was not measured. */
static void compare_with_serial(struct trial *trial, size_t workload, size_t cell, enum side side,
                                double threshold)
{
    char where[POINT_TEXT_BYTES];
    size_t serial = trial_serial(trial, workload);
    if (cell != QUESTION_NO_CELL && serial != QUESTION_NO_CELL) {
        trial_times(trial, serial, cell, side, threshold, "%s %s",
                    trial_workload(trial, workload)->name,
                    point_text(question_point(trial->question, cell), where));
    }
}

static bool is_pure_parallelism(struct point point)
{
    return point.depth == 1 && point_workers(point) == point.cores &&
           (point.ranks == 1 || point.threads == 1);
}

/* The same for computing on one core, by the time in which the core computed: on a busy machine
 * many workers get more of a core than one does, which is no gain. */
static void compare_costs_with_serial(struct trial *trial, size_t workload, size_t cell)
{
    char where[POINT_TEXT_BYTES];
    size_t serial = trial_serial(trial, workload);
    struct comparison *gain =
        cell == QUESTION_NO_CELL || serial == QUESTION_NO_CELL
            ? NULL
            : trial_add(trial, AT_MOST, GAIN_NONE, "%s %s", trial_workload(trial, workload)->name,
                        point_text(question_point(trial->question, cell), where));
    if (gain) {
        question_task_costs(trial->question, serial, gain->above);
        question_task_costs(trial->question, cell, gain->below);
    }
}

void claim_parallelism(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        int cores =
            work_only_computes(workload) && !workload->lock ? trial_several_cores(trial, w) : 0;
        if (cores > 1) {
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, is_pure_parallelism),
                                AT_LEAST, GAIN_WORTH);
        }
    }
    trial_conclude(trial, "Times as fast as serial, with a thread or a process on each core");
}

/* Every point on one core against serial. */
static void compare_on_one_core(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (!work_only_computes(workload) || workload->lock) {
            continue;
        }
        for (size_t cell = trial_next_cell(trial, w, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
             cell = trial_next_cell(trial, w, cell)) {
            struct point point = question_point(trial->question, cell);
            if (point.cores == 1 && point_concurrency(point) > 1) {
                compare_costs_with_serial(trial, w, cell);
            }
        }
    }
}

void claim_concurrency(struct trial *trial)
{
    compare_on_one_core(trial);
    trial_conclude(trial, "Times as fast as serial, with more in hand on one core");
}

void claim_one_core(struct trial *trial)
{
    compare_on_one_core(trial);
    trial_conclude(trial, "Times as fast as serial, with threads, processes or async on one core");
}

static bool is_concurrent(struct point point)
{
    return point_concurrency(point) > 1;
}

/* How many times as fast waits allow a point on one core to be: everything that is in flight, but
 * no more than the computing leaves room for. */
static double greatest_gain(const struct question_workload *workload, struct point point)
{
    double in_flight = fmin(question_tasks(workload, 1), (double)point_concurrency(point));
    return work_is_computing(workload) ? fmin(in_flight, 1 / (1 - workload->wait_fraction))
                                       : in_flight;
}

/* Half way from no gain to the greatest. */
static double gain_asked(double greatest)
{
    return 1 + SHARE_OF_GAIN * (greatest - 1);
}

/* Waits whose part in a task is known. */
static bool is_measured_wait(const struct question_workload *workload)
{
    return work_is_waiting(workload) && workload->latency_s > 0 &&
           (!work_is_computing(workload) || workload->wait_fraction > 0);
}

/* The speed-up of a cell on one core against what waits allow. */
static void compare_with_bound(struct trial *trial, size_t workload, size_t cell)
{
    char where[POINT_TEXT_BYTES];
    size_t serial = trial_serial(trial, workload);
    if (cell == QUESTION_NO_CELL || serial == QUESTION_NO_CELL) {
        return;
    }
    const struct question_workload *description = trial_workload(trial, workload);
    struct point point = question_point(trial->question, cell);
    double greatest = greatest_gain(description, point);
    trial_times(trial, serial, cell, AT_LEAST, gain_asked(greatest), "%s %s, possible %.3g,",
                description->name, point_text(point, where), greatest);
}

void claim_waits(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (is_measured_wait(workload) && !workload->lock) {
            compare_with_bound(trial, w, trial_fastest(trial, w, 1, is_concurrent));
        }
    }
    trial_conclude(trial, "Times as fast as serial on one core");
}

static bool is_parallel_and_deep(struct point point)
{
    return point.depth > 1 && point_workers(point) >= point.cores;
}

static bool is_async_in_processes(struct point point)
{
    return point.depth > 1 && point.ranks > 1 && point.threads == 1;
}

/* What is said to be best, the fastest of it on all cores, against every other point that
 * `admits` does not admit. */
static void compare_with_best(struct trial *trial, size_t workload, point_test *admits,
                              bool equal_cores)
{
    char where[POINT_TEXT_BYTES], other[POINT_TEXT_BYTES];
    const struct question *question = trial->question;
    int cores = trial_several_cores(trial, workload);
    size_t best = cores > 1 ? trial_fastest(trial, workload, cores, admits) : QUESTION_NO_CELL;
    if (best == QUESTION_NO_CELL) {
        return;
    }
    for (size_t cell = trial_next_cell(trial, workload, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
         cell = trial_next_cell(trial, workload, cell)) {
        struct point point = question_point(question, cell);
        if ((point.cores == cores && admits(point)) || (equal_cores && point.cores != cores)) {
            continue;
        }
        trial_times(trial, best, cell, AT_MOST, TIE, "%s %s over %s",
                    trial_workload(trial, workload)->name,
                    point_text(question_point(question, best), where), point_text(point, other));
    }
}

void claim_both(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (work_is_waiting(workload) && work_is_computing(workload) && !workload->lock) {
            compare_with_best(trial, w, is_parallel_and_deep, false);
        }
    }
    trial_conclude(trial, "Time of both over that of anything else");
}

void claim_async_processes(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (work_is_waiting(workload) && !workload->lock) {
            compare_with_best(trial, w, is_async_in_processes, true);
        }
    }
    trial_conclude(trial, "Time of async in processes over that of anything else on as many cores");
}

void claim_lock(struct trial *trial)
{
    bool computes = false, waits = false;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        computes = computes || (workload->lock && work_only_computes(workload));
        waits = waits || (workload->lock && is_measured_wait(workload));
        if (workload->lock && work_only_computes(workload)) {
            int cores = trial_several_cores(trial, w);
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, point_is_threads), AT_MOST,
                                GAIN_NONE);
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, point_is_processes),
                                AT_LEAST, GAIN_WORTH);
        } else if (workload->lock && is_measured_wait(workload)) {
            compare_with_bound(trial, w, trial_fastest(trial, w, 1, point_is_threads));
        }
    }
    if (computes != waits) {
        trial_fact(trial, CLAIM_UNDECIDED, "%s was not tried", computes ? "waiting" : "computing");
    }
    trial_conclude(trial, "Times as fast as serial, with one lock per process");
}

/* Threads and processes, as many as cores, are told apart only at equal C. */
static void compare_threads_with_processes(struct trial *trial, size_t workload, int cores)
{
    char threads[POINT_TEXT_BYTES], processes[POINT_TEXT_BYTES];
    size_t with_threads = trial_cell(trial, workload, 1, cores, 1, cores);
    size_t with_processes = trial_cell(trial, workload, cores, 1, 1, cores);
    if (with_threads != QUESTION_NO_CELL && with_processes != QUESTION_NO_CELL) {
        trial_times(trial, with_threads, with_processes, AT_LEAST, GAIN_NONE,
                    "%s, time at %s over %s", trial_workload(trial, workload)->name,
                    point_text(question_point(trial->question, with_threads), threads),
                    point_text(question_point(trial->question, with_processes), processes));
    } else {
        trial_fact(trial, CLAIM_UNDECIDED, "%s: threads and processes were not both tried",
                   trial_workload(trial, workload)->name);
    }
}

void claim_only_processes(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        int cores =
            work_only_computes(workload) && !workload->lock ? trial_several_cores(trial, w) : 0;
        if (cores > 1) {
            compare_threads_with_processes(trial, w, cores);
            compare_costs_with_serial(trial, w, trial_fastest(trial, w, 1, point_is_async));
        }
    }
    trial_conclude(trial, "Threads against processes, and async against serial");
}
