#include "answer/claims_time.h"

#include "answer/trial.h"
#include "answer/trial_cells.h"
#include "answer/verdict.h"
#include "answer/work.h"

#include <math.h>

/* Practical sizes, as the rules below say them. */
#define GAIN_WORTH 1.2    /* a speed-up that is worth having */
#define GAIN_NONE 1.05    /* one that is none */
#define SHARE_OF_GAIN 0.5 /* of what waits allow to gain */

/* The speed-up of a cell over serial, unless either was not measured. */
static void compare_with_serial(struct trial *trial, size_t workload, const struct candidate *cell,
                                enum trial_side side, double threshold)
{
    char where[POINT_TEXT_BYTES];
    const struct candidate *serial = trial_serial(trial, workload);
    if (cell && serial) {
        trial_times(trial, serial, cell, side, threshold, "%s %s",
                    trial_workload(trial, workload)->name, point_text(cell->point, where));
    }
}

static bool is_pure_parallelism(struct point point)
{
    return point.depth == 1 && point_workers(point) == point.cores &&
           (point.ranks == 1 || point.threads == 1);
}

/* The same for computing on one core, by the time in which the core computed: on a busy machine
 * many workers get more of a core than one does, which is no gain. */
static void compare_costs_with_serial(struct trial *trial, size_t workload,
                                      const struct candidate *cell)
{
    char where[POINT_TEXT_BYTES];
    const struct candidate *serial = trial_serial(trial, workload);
    struct trial_comparison *gain =
        !cell || !serial
            ? NULL
            : trial_add(trial, TRIAL_AT_MOST, GAIN_NONE, "%s %s",
                        trial_workload(trial, workload)->name, point_text(cell->point, where));
    if (gain) {
        question_task_costs(trial->question, serial->cell, gain->above);
        question_task_costs(trial->question, cell->cell, gain->below);
    }
}

static void try_parallelism(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        int cores =
            work_only_computes(workload) && !workload->lock ? trial_several_cores(trial, w) : 0;
        if (cores > 1) {
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, is_pure_parallelism),
                                TRIAL_AT_LEAST, GAIN_WORTH);
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
        for (const struct candidate *cell = trial_next(trial, w, NULL); cell;
             cell = trial_next(trial, w, cell)) {
            struct point point = cell->point;
            if (point.cores == 1 && point_concurrency(point) > 1) {
                compare_costs_with_serial(trial, w, cell);
            }
        }
    }
}

static void try_concurrency(struct trial *trial)
{
    compare_on_one_core(trial);
    trial_conclude(trial, "Times as fast as serial, with more in hand on one core");
}

static void try_one_core(struct trial *trial)
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
static void compare_with_bound(struct trial *trial, size_t workload, const struct candidate *cell)
{
    char where[POINT_TEXT_BYTES];
    const struct candidate *serial = trial_serial(trial, workload);
    if (!cell || !serial) {
        return;
    }
    const struct question_workload *description = trial_workload(trial, workload);
    struct point point = cell->point;
    double greatest = greatest_gain(description, point);
    trial_times(trial, serial, cell, TRIAL_AT_LEAST, gain_asked(greatest), "%s %s, possible %.3g,",
                description->name, point_text(point, where), greatest);
}

static void try_waits(struct trial *trial)
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
static void compare_with_best(struct trial *trial, size_t workload, trial_admits *admits,
                              bool equal_cores)
{
    char where[POINT_TEXT_BYTES], other[POINT_TEXT_BYTES];
    int cores = trial_several_cores(trial, workload);
    const struct candidate *best = cores > 1 ? trial_fastest(trial, workload, cores, admits) : NULL;
    if (!best) {
        return;
    }
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        struct point point = cell->point;
        if ((point.cores == cores && admits(point)) || (equal_cores && point.cores != cores)) {
            continue;
        }
        trial_times(trial, best, cell, TRIAL_AT_MOST, VERDICT_TIE_RATIO, "%s %s over %s",
                    trial_workload(trial, workload)->name, point_text(best->point, where),
                    point_text(point, other));
    }
}

static void try_both(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (work_is_waiting(workload) && work_is_computing(workload) && !workload->lock) {
            compare_with_best(trial, w, is_parallel_and_deep, false);
        }
    }
    trial_conclude(trial, "Time of both over that of anything else");
}

static void try_async_processes(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (work_is_waiting(workload) && !workload->lock) {
            compare_with_best(trial, w, is_async_in_processes, true);
        }
    }
    trial_conclude(trial, "Time of async in processes over that of anything else on as many cores");
}

static void try_lock(struct trial *trial)
{
    bool computes = false, waits = false;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        computes = computes || (workload->lock && work_only_computes(workload));
        waits = waits || (workload->lock && is_measured_wait(workload));
        if (workload->lock && work_only_computes(workload)) {
            int cores = trial_several_cores(trial, w);
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, point_is_threads),
                                TRIAL_AT_MOST, GAIN_NONE);
            compare_with_serial(trial, w, trial_fastest(trial, w, cores, point_is_processes),
                                TRIAL_AT_LEAST, GAIN_WORTH);
        } else if (workload->lock && is_measured_wait(workload)) {
            compare_with_bound(trial, w, trial_fastest(trial, w, 1, point_is_threads));
        }
    }
    if (computes != waits) {
        trial_fact(trial, CLAIM_UNDECIDED, "%s was not measured",
                   computes ? "waiting" : "computing");
    }
    trial_conclude(trial, "Times as fast as serial, with one lock per process");
}

/* Threads and processes, as many as cores, are told apart only at equal C. */
static void compare_threads_with_processes(struct trial *trial, size_t workload, int cores)
{
    char threads[POINT_TEXT_BYTES], processes[POINT_TEXT_BYTES];
    const struct candidate *with_threads = trial_find(trial, workload, 1, cores, 1, cores);
    const struct candidate *with_processes = trial_find(trial, workload, cores, 1, 1, cores);
    if (with_threads && with_processes) {
        trial_times(trial, with_threads, with_processes, TRIAL_AT_LEAST, GAIN_NONE,
                    "%s, time at %s over %s", trial_workload(trial, workload)->name,
                    point_text(with_threads->point, threads),
                    point_text(with_processes->point, processes));
    } else {
        trial_fact(trial, CLAIM_UNDECIDED, "%s: threads and processes were not both measured",
                   trial_workload(trial, workload)->name);
    }
}

static void try_only_processes(struct trial *trial)
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

/* clang-format off */
static const struct claim rows[] = {
    {1, "without waits, parallelism on N cores cuts the time",
     "Computing without waits, on the most cores measured, the faster of threads and "
     "processes, one on each core, is at least 1.2 times as fast as serial for every kernel.",
     try_parallelism},
    {2, "without waits, concurrency without parallelism does not cut the time",
     "Computing without waits, every point on one core with R·T·D > 1, by the time in which the "
     "core computed: none is more than 1.05 times as fast as serial.",
     try_concurrency},
    {3, "on one core nothing helps compute",
     "Computing without waits, every point on one core, threads, processes and async, by the "
     "time in which the core computed: none is more than 1.05 times as fast as serial.",
     try_one_core},
    {4, "with waits, concurrency without parallelism cuts the time",
     "With a part f > 0 of waiting, the fastest point on one core: its gain is at least half of "
     "what is possible, which is 1/(1−f) − 1 or, where that is less, the number of tasks in flight "
     "minus 1.",
     try_waits},
    {5, "best is both: parallelism over the cores, concurrency in each",
     "Computing and waiting, on the most cores measured: the fastest point with R·T ≥ C and D > 1 "
     "takes at most 1.02 times as long as any other point, those on fewer cores included.",
     try_both},
    {13, "under a global interpreter lock threads do not compute in parallel but overlap waits",
     "With one lock per process: computing on the most cores measured, threads are at most 1.05 "
     "times as fast as serial and processes at least 1.2 times; waiting, threads on one core reach "
     "at least half of the possible gain.",
     try_lock},
    {14, "without waits only processes and cores help, nothing else",
     "Computing without waits, on the most cores measured: as many threads as cores take at least "
     "1.05 times as long as the same number of processes; async on one core is at most 1.05 times as fast as "
     "serial.",
     try_only_processes},
    {15, "with waits nothing beats async in processes",
     "With waits, on the most cores measured: the fastest point R×1×D takes at most 1.02 times as "
     "long as any other point on as many cores.",
     try_async_processes},
};
/* clang-format on */

const struct claim_group claims_time = {rows, sizeof rows / sizeof rows[0]};
