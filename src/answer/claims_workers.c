#include "answer/claims_workers.h"

#include "answer/trial.h"
#include "answer/trial_cells.h"
#include "answer/work.h"

#include <math.h>

/* Practical sizes, as the rules below say them. */
#define SWITCH_WORTH_S 1e-7  /* CPU time of one switch */
#define SWITCHES_LEAST 100   /* beyond those of serial, to tell what one costs */
#define INEFFICIENT 1.2      /* times as long as async */
#define SLOWER_WITH_MORE 2.0 /* times as long per task as with fewer in flight */
#define PROCESSES_MANY 100   /* fewer are not many tasks */
#define WAIT_SPREAD 10.0     /* the longest wait over the shortest */

static double switches(const struct trial *trial, const struct candidate *cell)
{
    return trial_median(trial, cell, SAMPLE_SWITCHES_VOLUNTARY) +
           trial_median(trial, cell, SAMPLE_SWITCHES_INVOLUNTARY);
}

/* Of all points of computing on one core, the one that switches most beyond serial. Returns its
 * cell and that of serial; NULL when none was measured beside serial, or, `unseen`,
 * none has valid samples. */
static const struct candidate *find_most_switches(const struct trial *trial,
                                                  const struct candidate **serial, double *extra,
                                                  bool *unseen)
{
    const struct candidate *found = NULL;
    *extra = 0;
    *unseen = false;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        const struct candidate *alone = trial_serial(trial, w);
        if (!work_only_computes(workload) || workload->lock || !alone) {
            continue;
        }
        for (const struct candidate *cell = trial_next(trial, w, NULL); cell;
             cell = trial_next(trial, w, cell)) {
            struct point point = cell->point;
            double more = switches(trial, cell) - switches(trial, alone);
            bool asked = point.cores == 1 && point_workers(point) > 1;
            *unseen = *unseen || (asked && isnan(more));
            if (asked && !isnan(more) && (!found || more > *extra)) {
                found = cell;
                *serial = alone;
                *extra = more;
            }
        }
    }
    return found;
}

/* By round: CPU time in µs, and switches, beyond those of serial. */
static void fill_switch_cost(struct trial *trial, const struct candidate *cell,
                             const struct candidate *serial, struct trial_comparison *cost)
{
    trial_beyond(trial, cell, serial, SAMPLE_SWITCHES_VOLUNTARY, cost->above);
    trial_beyond(trial, cell, serial, SAMPLE_SWITCHES_INVOLUNTARY, cost->below);
    for (size_t r = 0; r < trial->rounds; r++) {
        cost->below[r] += cost->above[r];
    }
    trial_beyond(trial, cell, serial, SAMPLE_CPU, cost->above);
    for (size_t r = 0; r < trial->rounds; r++) {
        cost->above[r] *= 1e6;
    }
}

static void try_switch(struct trial *trial)
{
    char where[POINT_TEXT_BYTES], few[WORDS_BYTES], many[WORDS_BYTES];
    const struct candidate *serial = NULL;
    double extra;
    bool unseen;
    const struct candidate *cell = find_most_switches(trial, &serial, &extra, &unseen);
    struct trial_comparison *cost = NULL;
    if (!cell && unseen) {
        trial_fact(trial, CLAIM_UNDECIDED, "no valid samples");
    }
    if (cell && !(extra >= SWITCHES_LEAST)) {
        trial_fact(trial, CLAIM_UNDECIDED, "no point has at least %d more switches than serial",
                   SWITCHES_LEAST);
    } else if (cell) {
        point_text(cell->point, where);
        cost = trial_add(trial, TRIAL_AT_LEAST, SWITCH_WORTH_S * 1e6, "%s %s",
                         trial_workload_of(trial, cell)->name, where);
    }
    if (cost) {
        fill_switch_cost(trial, cell, serial, cost);
    }
    bool compared = cost != NULL;
    if (trial_conclude(trial, "CPU time of one more switch in µs") && compared) {
        double cpu =
            trial_median(trial, cell, SAMPLE_CPU) / trial_median(trial, serial, SAMPLE_CPU);
        double time =
            trial_median(trial, cell, SAMPLE_TIME) / trial_median(trial, serial, SAMPLE_TIME);
        words_add(&trial->reason,
                  " The same work switches %s times instead of %s, takes %.3g times the CPU time "
                  "and %.3g times the time.",
                  words_count(switches(trial, cell), many),
                  words_count(switches(trial, serial), few), cpu, time);
    }
}

/* The cell of the same work, in whatever workload, at 1×1×D@1. */
static const struct candidate *find_async_twin(const struct trial *trial, size_t workload,
                                               int depth)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *cell = trial_find(trial, w, 1, 1, depth, 1);
        if (cell && work_is_same(trial_workload(trial, workload), trial_workload(trial, w))) {
            return cell;
        }
    }
    return NULL;
}

/* Workers on one core, and async that does the same work with as many in flight. */
struct pair {
    const struct candidate *cell, *async; /* NULL: there is no such pair */
    long workers;
};

/* Of a kind, the one with the most workers. */
static struct pair find_most_workers(const struct trial *trial, trial_admits *admits)
{
    struct pair most = {NULL, NULL, 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (!work_waits_by_timer(trial_workload(trial, w))) {
            continue;
        }
        for (const struct candidate *cell = trial_next(trial, w, NULL); cell;
             cell = trial_next(trial, w, cell)) {
            struct point point = cell->point;
            long workers = point_workers(point);
            if (point.cores == 1 && admits(point) && workers > most.workers &&
                (double)workers <= question_tasks(trial_workload(trial, w), 1)) {
                const struct candidate *async = find_async_twin(trial, w, (int)workers);
                most = !async ? most : (struct pair){cell, async, workers};
            }
        }
    }
    return most;
}

/* The most threads on one core that a limit of the machine refuses; 0: none. */
static int most_refused_threads(const struct trial *trial)
{
    const struct question *question = trial->question;
    int most = 0;
    for (size_t w = 0; w < question->workloads; w++) {
        size_t each = question_cells_per_cores(question) * question->cores;
        for (size_t cell = w * each; cell < (w + 1) * each; cell++) {
            struct point point = question_point(question, cell);
            if (work_waits_by_timer(trial_workload(trial, w)) && point_is_threads(point) &&
                point.cores == 1 && question->status[cell] == CELL_INFEASIBLE &&
                point.threads > most) {
                most = point.threads;
            }
        }
    }
    return most;
}

static void compare_with_async(struct trial *trial, struct pair pair, const char *what)
{
    char count[WORDS_BYTES];
    trial_times(trial, pair.cell, pair.async, TRIAL_AT_LEAST, INEFFICIENT,
                "time of %s %s over async with as many in flight",
                words_count((double)pair.workers, count), what);
}

/* Async with the most in flight against the next fewer. */
static void compare_depths(struct trial *trial)
{
    char more[WORDS_BYTES], fewer[WORDS_BYTES];
    const struct candidate *deepest = trial_deepest(trial, INT32_MAX, 0);
    if (!deepest) {
        return;
    }
    int depth = deepest->point.depth;
    double latency_s = trial_workload_of(trial, deepest)->latency_s;
    const struct candidate *next = trial_deepest(trial, depth, latency_s);
    if (next) {
        int depth_next = next->point.depth;
        trial_times(trial, deepest, next, TRIAL_AT_MOST, SLOWER_WITH_MORE,
                    "time of async per task, %s in flight over %s", words_count(depth, more),
                    words_count(depth_next, fewer));
    }
}

/* What async takes for a task when all of them are in flight. */
static void say_async(struct trial *trial)
{
    char count[WORDS_BYTES], cpu[WORDS_BYTES];
    const struct candidate *deepest = trial_deepest(trial, INT32_MAX, 0);
    if (!deepest) {
        return;
    }
    const struct question_workload *workload = trial_workload_of(trial, deepest);
    double cpu_s = trial_median(trial, deepest, SAMPLE_CPU) / question_tasks(workload, 1);
    if (!isnan(cpu_s)) {
        words_add(&trial->reason, " Async with %s in flight takes %s of CPU time per task.",
                  words_count(deepest->point.depth, count), words_time(cpu_s, cpu));
    }
}

/* A ratio that does not decide. */
static void say_pair(struct trial *trial, struct pair pair, const char *what)
{
    char count[WORDS_BYTES];
    double ratio =
        trial_median(trial, pair.cell, SAMPLE_TIME) / trial_median(trial, pair.async, SAMPLE_TIME);
    if (!isnan(ratio)) {
        words_add(&trial->reason, " %s %s take %.3g times as long as async.",
                  words_count((double)pair.workers, count), what, ratio);
    }
}

/* Threads that cannot be started are inefficient, however the fewer do that can. */
static void compare_threads(struct trial *trial, struct pair threads, int refused)
{
    char count[WORDS_BYTES];
    if (refused > threads.workers) {
        trial_fact(trial, CLAIM_HOLDS,
                   "%s threads cannot be started on this machine (`cual plan` says why)",
                   words_count(refused, count));
    } else {
        compare_with_async(trial, threads, "threads");
    }
}

/* Few processes are no evidence of what many do. */
static void try_many(struct trial *trial)
{
    struct pair threads = find_most_workers(trial, point_is_threads);
    struct pair processes = find_most_workers(trial, point_is_processes);
    int refused = most_refused_threads(trial);
    if (threads.cell) {
        compare_threads(trial, threads, refused);
        compare_depths(trial);
    }
    if (processes.workers >= PROCESSES_MANY) {
        compare_with_async(trial, processes, "processes");
    }
    if (!trial_conclude(trial, "Many at a time on one core")) {
        return;
    }
    if (refused > threads.workers && threads.cell) {
        say_pair(trial, threads, "threads");
    }
    if (processes.cell && processes.workers < PROCESSES_MANY) {
        say_pair(trial, processes, "processes");
    }
    say_async(trial);
}

/* True when two are the same work but for the length of their waits. */
static bool differs_in_latency(const struct question_workload *a, const struct question_workload *b)
{
    struct question_workload other = *b;
    other.latency_s = a->latency_s;
    return a->latency_s != b->latency_s && work_is_same(a, &other);
}

/* The pair of threads and async with the longest waits for which there is one with waits so much
 * shorter, which goes to `shortest`. */
static struct pair find_longest_waits(const struct trial *trial, struct pair *shortest)
{
    struct pair longest = {NULL, NULL, 0};
    double spread = WAIT_SPREAD;
    for (size_t a = 0; a < trial->question->workloads; a++) {
        const struct candidate *cell = trial_fastest(trial, a, 1, point_is_threads);
        if (!work_waits_by_timer(trial_workload(trial, a)) || !cell) {
            continue;
        }
        int threads = cell->point.threads;
        for (size_t b = 0; b < trial->question->workloads; b++) {
            const struct candidate *shorter = trial_find(trial, b, 1, threads, 1, 1);
            double ratio =
                trial_workload(trial, a)->latency_s / trial_workload(trial, b)->latency_s;
            const struct candidate *async = find_async_twin(trial, a, threads);
            const struct candidate *async_shorter = find_async_twin(trial, b, threads);
            if (shorter && async && async_shorter &&
                differs_in_latency(trial_workload(trial, a), trial_workload(trial, b)) &&
                ratio >= 0.999 * spread) {
                spread = ratio;
                longest = (struct pair){cell, async, threads};
                *shortest = (struct pair){shorter, async_shorter, threads};
            }
        }
    }
    return longest;
}

static double latency_of(const struct trial *trial, const struct candidate *cell)
{
    return trial_workload_of(trial, cell)->latency_s;
}

static void say_shortest_waits(struct trial *trial, struct pair longest, struct pair shortest)
{
    char wait[WORDS_BYTES], cpu[WORDS_BYTES], cpu_short[WORDS_BYTES];
    double tasks = question_tasks(trial_workload_of(trial, longest.cell), 1);
    if (longest.cell->valid == 0 || shortest.cell->valid == 0 || shortest.async->valid == 0) {
        return;
    }
    words_add(
        &trial->reason,
        " With waits of %s the ratio is %.3g; a task takes %s of CPU time with the long waits and "
        "%s with the short ones.",
        words_time(latency_of(trial, shortest.cell), wait),
        trial_median(trial, shortest.cell, SAMPLE_TIME) /
            trial_median(trial, shortest.async, SAMPLE_TIME),
        words_time(trial_median(trial, longest.cell, SAMPLE_CPU) / tasks, cpu),
        words_time(trial_median(trial, shortest.cell, SAMPLE_CPU) / tasks, cpu_short));
}

static void try_long_waits(struct trial *trial)
{
    char wait[WORDS_BYTES];
    struct pair shortest = {NULL, NULL, 0};
    struct pair longest = find_longest_waits(trial, &shortest);
    if (longest.cell) {
        trial_times(trial, longest.cell, longest.async, TRIAL_AT_LEAST, INEFFICIENT,
                    "%ld in flight, waits of %s", longest.workers,
                    words_time(latency_of(trial, longest.cell), wait));
    }
    if (trial_conclude(trial, "Time of threads over that of async") && longest.cell) {
        say_shortest_waits(trial, longest, shortest);
    }
}

/* clang-format off */
static const struct claim rows[] = {
    {6, "a context switch costs",
     "The same computing on one core, at the point with the most context switches (at least 100 "
     "more than serial): each switch beyond those of serial costs at least 0.1 µs of CPU time "
     "beyond that of serial.",
     try_switch},
    {7, "with many tasks a thread or a process for each is inefficient, async is not",
     "Only waiting, on one core: the most threads take at least 1.2 times as long as async with as "
     "many in flight, unless a limit of the machine refuses more threads, which is inefficient, "
     "too; so do processes, where at least 100 were measured; and async with the most in flight "
     "takes at most twice as long per task as with the next fewer.",
     try_many},
    {8, "very long waits make threads inefficient",
     "Only waiting, on one core, with the longest of waits that differ 10 times or more: threads "
     "take at least 1.2 times as long as async with as many in flight.",
     try_long_waits},
};
/* clang-format on */

const struct claim_group claims_workers = {rows, sizeof rows / sizeof rows[0]};
