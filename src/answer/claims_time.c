#include "answer/claims_time.h"

#include "answer/bounds.h"
#include "answer/trial_compare.h"
#include "answer/trial_conclude.h"
#include "answer/work.h"

#include <math.h>

/* Half way from no gain to what waits allow: nearer to what is said than to its opposite. */
#define SHARE_OF_GAIN 0.5

static bool is_any(struct point point)
{
    return point.ranks > 0;
}

static bool is_concurrent(struct point point)
{
    return point_concurrency(point) > 1;
}

/* A worker for each core, at least. */
static bool is_parallel(struct point point)
{
    return point_workers(point) >= point.cores;
}

static bool is_parallel_in_threads(struct point point)
{
    return is_parallel(point) && point.ranks == 1;
}

static bool is_parallel_in_processes(struct point point)
{
    return is_parallel(point) && point.threads == 1;
}

/* More than one in flight on each core, whoever keeps it there. */
static bool is_both(struct point point)
{
    return is_parallel(point) && point_concurrency(point) >= 2L * point.cores;
}

static bool is_async_in_processes(struct point point)
{
    return is_parallel_in_processes(point) && point.ranks > 1 && point.depth > 1;
}

static const struct trial_points on_one_core = {1, is_any};

/* Computing without waits, with tasks that can be divided: a single one cannot. */
static bool is_computing(const struct question_workload *workload, bool lock, int cores)
{
    return work_only_computes(workload) && workload->lock == lock &&
           question_tasks(workload, cores) >= 2;
}

/* Waiting, with tasks enough that each core can have more than one in flight. */
static bool is_waiting(const struct question_workload *workload, int cores)
{
    return work_is_waiting(workload) && !workload->lock &&
           question_tasks(workload, cores) >= 2 * cores;
}

static void try_parallelism(struct trial *trial)
{
    static const struct trial_rule gain = {0, TRIAL_AT_LEAST, TRIAL_WORTH, TRIAL_FIRST};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        int cores = work_only_computes(workload) ? trial_several_cores(trial, w) : 0;
        if (cores > 1 && is_computing(workload, false, cores)) {
            trial_compare_fastest(trial, &gain, w, (struct trial_points){cores, is_parallel},
                                  on_one_core);
        }
    }
    trial_conclude(trial, "Times as fast as one core, with a worker on each core");
}

/* More of one kind on one core against 1 of it. */
static void compare_kind(struct trial *trial, const struct trial_rule *rule, size_t workload,
                         enum trial_axis axis)
{
    const char *kind = axis == TRIAL_RANKS     ? "processes"
                       : axis == TRIAL_THREADS ? "threads"
                                               : "operations in flight";
    trial_compare_axis(
        trial, trial_add(trial, rule, "%s, %s", trial_workload(trial, workload)->name, kind),
        workload, axis);
}

/* On one core there is no parallelism, and more threads, more processes and more operations in
 * flight are all the concurrency that there is: two claims say the same of it. */
static void compare_on_one_core(struct trial *trial)
{
    static const struct trial_rule none = {0, TRIAL_AT_MOST, TRIAL_NONE, TRIAL_MEDIAN};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (is_computing(trial_workload(trial, w), false, 1)) {
            compare_kind(trial, &none, w, TRIAL_THREADS);
            compare_kind(trial, &none, w, TRIAL_RANKS);
            compare_kind(trial, &none, w, TRIAL_DEPTH);
        }
    }
}

static void try_concurrency(struct trial *trial)
{
    compare_on_one_core(trial);
    trial_conclude(trial, "Times as fast with more than 1 on one core, all else equal");
}

static void try_one_core(struct trial *trial)
{
    compare_on_one_core(trial);
    trial_conclude(trial, "Times as fast with more than 1 on one core, all else equal");
}

/* How many times as fast as serial waits allow a point on one core to be: what is computed is in
 * nobody's way, and tasks are dealt out whole. */
static double greatest_gain(const struct question_workload *workload, struct point point)
{
    double wait = work_is_computing(workload) ? workload->wait_fraction : 1;
    const struct bound_inputs inputs = {
        .compute_s = 1 - wait,
        .wait_s = wait,
        .least_wait_s = wait,
        .cores_worth = 1,
        .tasks = workload->tasks,
    };
    struct bounds bounds = bounds_at(&inputs, point);
    return bounds.tasks_per_s[bounds.lowest];
}

/* Waits whose part in a task is known. */
static bool is_measured_wait(const struct question_workload *workload)
{
    return work_is_waiting(workload) && workload->latency_s > 0 &&
           (!work_is_computing(workload) || workload->wait_fraction > 0);
}

static void add_gain(struct trial *trial, struct trial_comparison *comparison, size_t workload,
                     const struct candidate *cell)
{
    double greatest = greatest_gain(trial_workload(trial, workload), cell->point);
    trial_times(trial, comparison, trial_serial(trial, workload), cell);
    trial_set_threshold(comparison, 1 + SHARE_OF_GAIN * (greatest - 1));
}

/* The speed-up of the fastest of some points on one core against what waits allow. Where half of
 * that is no more than two equal cells may differ by, nothing could be told. */
static void compare_with_gain(struct trial *trial, const struct trial_rule *rule, size_t workload,
                              trial_admits *admits)
{
    char where[POINT_TEXT_BYTES], possible[WORDS_BYTES];
    struct trial_fastest fastest = trial_fastest(trial, workload, (struct trial_points){1, admits});
    const struct question_workload *described = trial_workload(trial, workload);
    if (!trial_serial(trial, workload) || !fastest.cell) {
        return;
    }
    double greatest = greatest_gain(described, fastest.cell->point);
    if (1 + SHARE_OF_GAIN * (greatest - 1) < TRIAL_NONE) {
        return;
    }
    struct trial_comparison *comparison =
        trial_add(trial, rule, "%s %s, possible %s,", described->name,
                  point_text(fastest.cell->point, where), words_number(greatest, possible));
    add_gain(trial, comparison, workload, fastest.cell);
    if (fastest.next) {
        add_gain(trial, comparison, workload, fastest.next);
    }
}

static void try_waits(struct trial *trial)
{
    static const struct trial_rule gain = {0, TRIAL_AT_LEAST, NAN, TRIAL_FIRST};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (is_measured_wait(workload) && !workload->lock) {
            compare_with_gain(trial, &gain, w, is_concurrent);
        }
    }
    trial_conclude(trial, "Times as fast as serial on one core");
}

/* What is said to be best, the fastest of it on all cores, against every other point, those on
 * fewer cores included unless `equal_cores`. */
static void compare_with_best(struct trial *trial, size_t workload, trial_admits *admits,
                              bool equal_cores)
{
    static const struct trial_rule rule = {0, TRIAL_AT_MOST, TRIAL_NONE, TRIAL_FIRST};
    char where[POINT_TEXT_BYTES], other[POINT_TEXT_BYTES];
    int cores = trial_several_cores(trial, workload);
    struct trial_points points = {cores, admits};
    struct trial_fastest best = cores > 1 && is_waiting(trial_workload(trial, workload), cores)
                                    ? trial_fastest(trial, workload, points)
                                    : (struct trial_fastest){NULL, NULL};
    for (const struct candidate *cell = trial_next(trial, workload, NULL); best.cell && cell;
         cell = trial_next(trial, workload, cell)) {
        if (trial_has_point(points, cell->point) || (equal_cores && cell->point.cores != cores)) {
            continue;
        }
        struct trial_comparison *comparison =
            trial_add(trial, &rule, "%s %s over %s", trial_workload(trial, workload)->name,
                      point_text(best.cell->point, where), point_text(cell->point, other));
        trial_times(trial, comparison, best.cell, cell);
        if (best.next) {
            trial_times(trial, comparison, best.next, cell);
        }
    }
}

static void try_both(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (work_is_waiting(workload) && work_is_computing(workload)) {
            compare_with_best(trial, w, is_both, false);
        }
    }
    trial_conclude(trial, "Time of both over that of anything else");
}

static void try_async_processes(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (work_is_waiting(trial_workload(trial, w))) {
            compare_with_best(trial, w, is_async_in_processes, true);
        }
    }
    trial_conclude(trial, "Time of async in processes over that of anything else on as many cores");
}

/* Threads and processes that compute, a worker on each core, against one core. The parts of the
 * claims that ask for them begin with these two. */
enum { PART_THREADS, PART_PROCESSES, PART_REST };

static void compare_in_parallel(struct trial *trial, bool lock)
{
    static const struct trial_rule no_gain = {PART_THREADS, TRIAL_AT_MOST, TRIAL_NONE, TRIAL_FIRST};
    static const struct trial_rule gain = {PART_PROCESSES, TRIAL_AT_LEAST, TRIAL_WORTH,
                                           TRIAL_FIRST};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        bool asked = work_only_computes(workload) && workload->lock == lock;
        int cores = asked ? trial_several_cores(trial, w) : 0;
        if (cores > 1 && is_computing(workload, lock, cores)) {
            trial_compare_fastest(trial, &no_gain, w,
                                  (struct trial_points){cores, is_parallel_in_threads},
                                  on_one_core);
            trial_compare_fastest(trial, &gain, w,
                                  (struct trial_points){cores, is_parallel_in_processes},
                                  on_one_core);
        }
    }
}

static void try_lock(struct trial *trial)
{
    static const struct trial_rule gain = {PART_REST, TRIAL_AT_LEAST, NAN, TRIAL_FIRST};
    compare_in_parallel(trial, true);
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (workload->lock && is_measured_wait(workload)) {
            compare_with_gain(trial, &gain, w, point_is_threads);
        }
    }
    trial_conclude(trial, "Times as fast, with one lock per process");
}

static void try_only_processes(struct trial *trial)
{
    static const struct trial_rule none = {PART_REST, TRIAL_AT_MOST, TRIAL_NONE, TRIAL_MEDIAN};
    compare_in_parallel(trial, false);
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (is_computing(trial_workload(trial, w), false, 1)) {
            compare_kind(trial, &none, w, TRIAL_DEPTH);
        }
    }
    trial_conclude(trial, "Times as fast as one core, and with more than 1 in flight on it");
}

/* clang-format off */
static const struct claim rows[] = {
    {1, "without waits, parallelism on N cores cuts the time",
     "Computing without waits, two tasks or more, on the most cores measured: the fastest point "
     "with a worker for each core is at least 1.2 times as fast as the fastest on one core, for "
     "every workload.",
     {NULL},
     try_parallelism},
    {2, "without waits, concurrency without parallelism does not cut the time",
     "Computing without waits on one core, where there is no parallelism, two tasks or more, by the "
     "time in which the core computed: each point is held against the one with 1 thread, 1 process "
     "or 1 operation in flight that is like it in all else. The median over these pairs is at most "
     "1.05 times as fast, for every workload and each of the three.",
     {NULL},
     try_concurrency},
    {3, "on one core nothing helps compute",
     "As claim 2: more threads, more processes and more operations in flight are all that there is "
     "to help on one core, and none of them is more than 1.05 times as fast.",
     {NULL},
     try_one_core},
    {4, "with waits, concurrency without parallelism cuts the time",
     "With a part f > 0 of waiting whose length is known, the fastest point on one core: its gain "
     "over serial is at least half of what is possible, which is 1/(1−f) − 1 or, where that is "
     "less, what the tasks and the operations in flight allow: whole tasks in whole waves.",
     {NULL},
     try_waits},
    {5, "best is both: parallelism over the cores, concurrency in each",
     "Computing and waiting, two tasks or more for each core, on the most cores measured: the "
     "fastest point with R·T ≥ C and R·T·D ≥ 2·C takes at most 1.05 times as long as any other "
     "point, those on fewer cores included.",
     {NULL},
     try_both},
    {13, "under a global interpreter lock threads do not compute in parallel but overlap waits",
     "With one lock per process. Computing, with a worker for each of the most cores measured: the "
     "fastest point of 1×T×D is at most 1.05 times and the fastest of R×1×D at least 1.2 times as "
     "fast as the fastest on one core. Waiting: threads on one core reach at least half of the gain "
     "that claim 4 calls possible.",
     {"that compute under a lock in threads on several cores and on one",
      "that do so in processes", "that wait under a lock in threads on one core"},
     try_lock},
    {14, "without waits only processes and cores help, nothing else",
     "Computing without waits, two tasks or more. With a worker for each of the most cores "
     "measured, the fastest point of R×1×D is at least 1.2 times as fast as the fastest on one "
     "core, which is what helps, and the fastest of 1×T×D at most 1.05 times; more than 1 "
     "operation in flight on one core is at most 1.05 times as fast, in the median over pairs as "
     "in claim 3.",
     {"that compute without waits in threads on several cores and on one",
      "that do so in processes",
      "that compute without waits on one core with 1 and with more in flight"},
     try_only_processes},
    {15, "with waits nothing beats async in processes",
     "With waits, two tasks or more for each core, on the most cores measured: the fastest point "
     "R×1×D with R ≥ C and D > 1 takes at most 1.05 times as long as any other point on as many "
     "cores.",
     {NULL},
     try_async_processes},
};
/* clang-format on */

const struct claim_group claims_time = {rows, sizeof rows / sizeof rows[0]};
