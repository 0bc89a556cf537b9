/* The claims that are about many workers: switching between them, and waiting with them. */
#include "answer/claims_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Practical sizes, as the rules in claims.c say them. */
#define SWITCH_WORTH_S 1e-7  /* CPU time of one switch */
#define SWITCHES_LEAST 100   /* beyond those of serial, to tell what one costs */
#define INEFFICIENT 1.2      /* times as long as async */
#define SLOWER_WITH_MORE 2.0 /* times as long per task as with fewer in flight */
#define PROCESSES_MANY 100   /* fewer are not many tasks */
#define WAIT_SPREAD 10.0     /* the longest wait over the shortest */

static double switches(const struct trial *trial, size_t cell)
{
    return trial_median(trial, cell, SAMPLE_SWITCHES_VOLUNTARY) +
           trial_median(trial, cell, SAMPLE_SWITCHES_INVOLUNTARY);
}

/* Of all points of computing on one core, the one that switches most beyond serial. Returns its
 * cell and that of serial; QUESTION_NO_CELL when none was measured beside serial, or, `unseen`,
 * none has samples that vote. */
static size_t find_most_switches(const struct trial *trial, size_t *serial, double *extra,
                                 bool *unseen)
{
    size_t found = QUESTION_NO_CELL;
    *extra = 0;
    *unseen = false;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        size_t alone = trial_serial(trial, w);
        if (!work_only_computes(workload) || workload->lock || alone == QUESTION_NO_CELL) {
            continue;
        }
        for (size_t cell = trial_next_cell(trial, w, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
             cell = trial_next_cell(trial, w, cell)) {
            struct point point = question_point(trial->question, cell);
            double more = switches(trial, cell) - switches(trial, alone);
            bool asked = point.cores == 1 && point_workers(point) > 1;
            *unseen = *unseen || (asked && isnan(more));
            if (asked && !isnan(more) && (found == QUESTION_NO_CELL || more > *extra)) {
                found = cell;
                *serial = alone;
                *extra = more;
            }
        }
    }
    return found;
}

/* By round: CPU time in µs, and switches, beyond those of serial. */
static void fill_switch_cost(struct trial *trial, size_t cell, size_t serial,
                             struct comparison *cost)
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

void claim_switch(struct trial *trial)
{
    char where[POINT_TEXT_BYTES], few[WORDS_BYTES], many[WORDS_BYTES];
    size_t serial = QUESTION_NO_CELL;
    double extra;
    bool unseen;
    size_t cell = find_most_switches(trial, &serial, &extra, &unseen);
    struct comparison *cost = NULL;
    if (cell == QUESTION_NO_CELL && unseen) {
        trial_fact(trial, CLAIM_UNDECIDED, "no samples that vote");
    }
    if (cell != QUESTION_NO_CELL && !(extra >= SWITCHES_LEAST)) {
        trial_fact(trial, CLAIM_UNDECIDED, "no point switches at least %d times more than serial",
                   SWITCHES_LEAST);
    } else if (cell != QUESTION_NO_CELL) {
        point_text(question_point(trial->question, cell), where);
        cost = trial_add(trial, AT_LEAST, SWITCH_WORTH_S * 1e6, "%s %s",
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
static size_t find_async_twin(const struct trial *trial, size_t workload, int depth)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        size_t cell = trial_cell(trial, w, 1, 1, depth, 1);
        if (cell != QUESTION_NO_CELL &&
            work_is_same(trial_workload(trial, workload), trial_workload(trial, w))) {
            return cell;
        }
    }
    return QUESTION_NO_CELL;
}

/* Workers on one core, and async that does the same work with as many in flight. */
struct pair {
    size_t cell, async; /* QUESTION_NO_CELL: there is no such pair */
    long workers;
};

/* Of a kind, the one with the most workers. */
static struct pair find_most_workers(const struct trial *trial, point_test *admits)
{
    struct pair most = {QUESTION_NO_CELL, QUESTION_NO_CELL, 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (!work_waits_by_timer(trial_workload(trial, w))) {
            continue;
        }
        for (size_t cell = trial_next_cell(trial, w, QUESTION_NO_CELL); cell != QUESTION_NO_CELL;
             cell = trial_next_cell(trial, w, cell)) {
            struct point point = question_point(trial->question, cell);
            long workers = point_workers(point);
            if (point.cores == 1 && admits(point) && workers > most.workers &&
                (double)workers <= question_tasks(trial_workload(trial, w), 1)) {
                size_t async = find_async_twin(trial, w, (int)workers);
                most = async == QUESTION_NO_CELL ? most : (struct pair){cell, async, workers};
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
    trial_times(trial, pair.cell, pair.async, AT_LEAST, INEFFICIENT,
                "time of %s %s over async with as many", words_count((double)pair.workers, count),
                what);
}

/* Async with the most in flight against the next fewer. */
static void compare_depths(struct trial *trial)
{
    char more[WORDS_BYTES], fewer[WORDS_BYTES];
    size_t deepest = trial_deepest(trial, INT32_MAX, 0);
    if (deepest == QUESTION_NO_CELL) {
        return;
    }
    int depth = question_point(trial->question, deepest).depth;
    double latency_s = trial_workload_of(trial, deepest)->latency_s;
    size_t next = trial_deepest(trial, depth, latency_s);
    if (next != QUESTION_NO_CELL) {
        int depth_next = question_point(trial->question, next).depth;
        trial_times(trial, deepest, next, AT_MOST, SLOWER_WITH_MORE,
                    "time of async per task, %s in flight over %s", words_count(depth, more),
                    words_count(depth_next, fewer));
    }
}

/* What async takes for a task when all of them are in flight. */
static void say_async(struct trial *trial)
{
    char count[WORDS_BYTES], cpu[WORDS_BYTES];
    size_t deepest = trial_deepest(trial, INT32_MAX, 0);
    if (deepest == QUESTION_NO_CELL) {
        return;
    }
    const struct question_workload *workload = trial_workload_of(trial, deepest);
    double cpu_s = trial_median(trial, deepest, SAMPLE_CPU) / question_tasks(workload, 1);
    if (!isnan(cpu_s)) {
        words_add(&trial->reason, " Async with %s in flight takes %s of CPU time per task.",
                  words_count(question_point(trial->question, deepest).depth, count),
                  words_time(cpu_s, cpu));
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
        trial_fact(trial, CLAIM_HOLDS, "%s threads cannot be started here (`cual plan` says why)",
                   words_count(refused, count));
    } else {
        compare_with_async(trial, threads, "threads");
    }
}

/* Few processes are no evidence of what many do. */
void claim_many(struct trial *trial)
{
    struct pair threads = find_most_workers(trial, point_is_threads);
    struct pair processes = find_most_workers(trial, point_is_processes);
    int refused = most_refused_threads(trial);
    if (threads.cell != QUESTION_NO_CELL) {
        compare_threads(trial, threads, refused);
        compare_depths(trial);
    }
    if (processes.workers >= PROCESSES_MANY) {
        compare_with_async(trial, processes, "processes");
    }
    if (!trial_conclude(trial, "Many at a time on one core")) {
        return;
    }
    if (refused > threads.workers && threads.cell != QUESTION_NO_CELL) {
        say_pair(trial, threads, "threads");
    }
    if (processes.cell != QUESTION_NO_CELL && processes.workers < PROCESSES_MANY) {
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
    struct pair longest = {QUESTION_NO_CELL, QUESTION_NO_CELL, 0};
    double spread = WAIT_SPREAD;
    for (size_t a = 0; a < trial->question->workloads; a++) {
        size_t cell = trial_fastest(trial, a, 1, point_is_threads);
        if (!work_waits_by_timer(trial_workload(trial, a)) || cell == QUESTION_NO_CELL) {
            continue;
        }
        int threads = question_point(trial->question, cell).threads;
        for (size_t b = 0; b < trial->question->workloads; b++) {
            size_t shorter = trial_cell(trial, b, 1, threads, 1, 1);
            double ratio =
                trial_workload(trial, a)->latency_s / trial_workload(trial, b)->latency_s;
            size_t async = find_async_twin(trial, a, threads);
            size_t async_shorter = find_async_twin(trial, b, threads);
            if (shorter != QUESTION_NO_CELL && async != QUESTION_NO_CELL &&
                async_shorter != QUESTION_NO_CELL &&
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

static double latency_of(const struct trial *trial, size_t cell)
{
    return trial_workload_of(trial, cell)->latency_s;
}

static void say_shortest_waits(struct trial *trial, struct pair longest, struct pair shortest)
{
    char wait[WORDS_BYTES], cpu[WORDS_BYTES], cpu_short[WORDS_BYTES];
    double tasks = question_tasks(trial_workload_of(trial, longest.cell), 1);
    if (question_votes(trial->question, longest.cell) == 0 ||
        question_votes(trial->question, shortest.cell) == 0 ||
        question_votes(trial->question, shortest.async) == 0) {
        return;
    }
    words_add(&trial->reason,
              " With waits of %s it is %.3g; a task takes %s of CPU time with the long waits, %s "
              "with the short ones.",
              words_time(latency_of(trial, shortest.cell), wait),
              trial_median(trial, shortest.cell, SAMPLE_TIME) /
                  trial_median(trial, shortest.async, SAMPLE_TIME),
              words_time(trial_median(trial, longest.cell, SAMPLE_CPU) / tasks, cpu),
              words_time(trial_median(trial, shortest.cell, SAMPLE_CPU) / tasks, cpu_short));
}

void claim_long_waits(struct trial *trial)
{
    char wait[WORDS_BYTES];
    struct pair shortest = {QUESTION_NO_CELL, QUESTION_NO_CELL, 0};
    struct pair longest = find_longest_waits(trial, &shortest);
    if (longest.cell != QUESTION_NO_CELL) {
        trial_times(trial, longest.cell, longest.async, AT_LEAST, INEFFICIENT,
                    "%ld in flight, waits of %s", longest.workers,
                    words_time(latency_of(trial, longest.cell), wait));
    }
    if (trial_conclude(trial, "Time of threads over that of async") &&
        longest.cell != QUESTION_NO_CELL) {
        say_shortest_waits(trial, longest, shortest);
    }
}
