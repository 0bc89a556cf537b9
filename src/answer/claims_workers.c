/* The claims that are about what workers cost: switching, many of them, memory, creation. */
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
#define MEMORY_REPEATED 1.2  /* times that of serial, in all */
#define MEMORY_SHARE 0.2     /* of a process's memory */
#define TASK_S 1e-3          /* the task that a worker's creation is held against */
#define CREATION_WORTH 0.01  /* of such a task */
#define TEAM_KEPT 64         /* smaller teams are kept, so that their creation is not seen */

static double switches(const struct trial *trial, size_t cell)
{
    return trial_median(trial, cell, SAMPLE_SWITCHES_VOLUNTARY) +
           trial_median(trial, cell, SAMPLE_SWITCHES_INVOLUNTARY);
}

/* Of all points of computing on one core, the one that switches most beyond serial. Returns its
 * cell and that of serial; CELLS_NONE when none was measured beside serial. */
static size_t find_most_switches(const struct trial *trial, size_t *serial, double *extra)
{
    size_t found = CELLS_NONE;
    *extra = 0;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = workload_of(trial, w);
        size_t alone = find_serial(trial, w);
        if (!is_only_computing(workload) || workload->lock || alone == CELLS_NONE) {
            continue;
        }
        for (size_t cell = next_cell(trial, w, CELLS_NONE); cell != CELLS_NONE;
             cell = next_cell(trial, w, cell)) {
            struct point point = cells_point(trial->question, cell);
            double more = switches(trial, cell) - switches(trial, alone);
            if (point.cores == 1 && point_workers(point) > 1 &&
                (found == CELLS_NONE || more > *extra)) {
                found = cell;
                *serial = alone;
                *extra = more;
            }
        }
    }
    return found;
}

/* By round: what a cell has of a variable beyond another, added to `sums`. */
static void add_beyond(struct trial *trial, size_t cell, size_t other,
                       enum sample_variable variable, double *sums)
{
    trial_values(trial, other, variable, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        sums[r] -= trial->scratch[r];
    }
    trial_values(trial, cell, variable, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        sums[r] += trial->scratch[r];
    }
}

static void fill(double *values, size_t count, double value)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = value;
    }
}

static void divide(double *values, size_t count, double by)
{
    for (size_t i = 0; i < count; i++) {
        values[i] /= by;
    }
}

void claim_switch(struct trial *trial)
{
    char where[POINT_TEXT_BYTES], few[WORDS_BYTES], many[WORDS_BYTES];
    size_t serial = CELLS_NONE;
    double extra;
    size_t cell = find_most_switches(trial, &serial, &extra);
    struct comparison *cost = NULL;
    if (cell != CELLS_NONE && !(extra >= SWITCHES_LEAST)) {
        trial_fact(trial, CLAIM_UNDECIDED, "no point switches %d times more often than serial",
                   SWITCHES_LEAST);
    } else if (cell != CELLS_NONE) {
        point_text(cells_point(trial->question, cell), where);
        cost = trial_add(trial, AT_LEAST, SWITCH_WORTH_S * 1e6, "%s %s",
                         workload_of_cell(trial, cell)->name, where);
    }
    if (cost) {
        fill(cost->above, trial->rounds, 0);
        fill(cost->below, trial->rounds, 0);
        add_beyond(trial, cell, serial, SAMPLE_CPU, cost->above);
        add_beyond(trial, cell, serial, SAMPLE_SWITCHES_VOLUNTARY, cost->below);
        add_beyond(trial, cell, serial, SAMPLE_SWITCHES_INVOLUNTARY, cost->below);
        divide(cost->below, trial->rounds, 1e6);
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
        size_t cell = find_cell(trial, w, 1, 1, depth, 1);
        if (cell != CELLS_NONE &&
            is_same_work(workload_of(trial, workload), workload_of(trial, w))) {
            return cell;
        }
    }
    return CELLS_NONE;
}

static bool waits_by_timer(const struct question_workload *workload)
{
    return is_only_waiting(workload) && workload->latency_s > 0 && !workload->lock;
}

/* The most workers of a kind on one core whose work was also done by async with as many in flight;
 * both cells, or CELLS_NONE. */
struct pair {
    size_t cell, async;
    long workers;
};

static struct pair find_most_workers(const struct trial *trial, point_test *admits)
{
    struct pair most = {CELLS_NONE, CELLS_NONE, 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (!waits_by_timer(workload_of(trial, w))) {
            continue;
        }
        for (size_t cell = next_cell(trial, w, CELLS_NONE); cell != CELLS_NONE;
             cell = next_cell(trial, w, cell)) {
            struct point point = cells_point(trial->question, cell);
            long workers = point_workers(point);
            if (point.cores == 1 && admits(point) && workers > most.workers &&
                (double)workers <= cells_tasks(workload_of(trial, w), 1)) {
                size_t async = find_async_twin(trial, w, (int)workers);
                most = async == CELLS_NONE ? most : (struct pair){cell, async, workers};
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
        size_t each = cells_per_cores(question) * question->cores;
        for (size_t cell = w * each; cell < (w + 1) * each; cell++) {
            struct point point = cells_point(question, cell);
            if (waits_by_timer(workload_of(trial, w)) && is_threads(point) && point.cores == 1 &&
                question->status[cell] == CELL_INFEASIBLE && point.threads > most) {
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

/* The points of async with the most in flight, and of the same latency with fewer. */
static size_t find_deepest(const struct trial *trial, int below, double latency_s)
{
    size_t deepest = CELLS_NONE;
    int most = 1;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = workload_of(trial, w);
        if (!waits_by_timer(workload) || (latency_s > 0 && workload->latency_s != latency_s)) {
            continue;
        }
        for (size_t cell = next_cell(trial, w, CELLS_NONE); cell != CELLS_NONE;
             cell = next_cell(trial, w, cell)) {
            struct point point = cells_point(trial->question, cell);
            if (is_async(point) && point.depth > most && point.depth < below &&
                point.depth <= cells_tasks(workload, 1)) {
                most = point.depth;
                deepest = cell;
            }
        }
    }
    return deepest;
}

/* Async must not take longer per task with ten times as many. Returns the most in flight. */
static double compare_depths(struct trial *trial)
{
    char more[WORDS_BYTES], fewer[WORDS_BYTES];
    size_t deepest = find_deepest(trial, INT32_MAX, 0);
    if (deepest == CELLS_NONE) {
        return NAN;
    }
    int depth = cells_point(trial->question, deepest).depth;
    double latency_s = workload_of_cell(trial, deepest)->latency_s;
    size_t next = find_deepest(trial, depth, latency_s);
    if (next != CELLS_NONE) {
        int depth_next = cells_point(trial->question, next).depth;
        trial_times(trial, deepest, next, AT_MOST, SLOWER_WITH_MORE,
                    "time of async per task, %s in flight over %s", words_count(depth, more),
                    words_count(depth_next, fewer));
    }
    return depth;
}

/* What async takes for a task when all of them are in flight. */
static void say_async(struct trial *trial)
{
    char count[WORDS_BYTES], cpu[WORDS_BYTES];
    size_t deepest = find_deepest(trial, INT32_MAX, 0);
    if (deepest == CELLS_NONE) {
        return;
    }
    const struct question_workload *workload = workload_of_cell(trial, deepest);
    words_add(&trial->reason, " Async with %s in flight takes %s of CPU time per task.",
              words_count(cells_point(trial->question, deepest).depth, count),
              words_time(trial_median(trial, deepest, SAMPLE_CPU) / cells_tasks(workload, 1), cpu));
}

/* Few processes are no evidence of what many do; they are only told. */
static void say_processes(struct trial *trial, struct pair processes)
{
    double ratio = trial_median(trial, processes.cell, SAMPLE_TIME) /
                   trial_median(trial, processes.async, SAMPLE_TIME);
    words_add(&trial->reason,
              " %ld processes take %.3g times as long as async; more of them were "
              "not tried.",
              processes.workers, ratio);
}

void claim_many(struct trial *trial)
{
    char count[WORDS_BYTES];
    struct pair threads = find_most_workers(trial, is_threads);
    struct pair processes = find_most_workers(trial, is_processes);
    int refused = most_refused_threads(trial);
    if (refused > threads.workers && threads.cell != CELLS_NONE) {
        trial_fact(trial, CLAIM_HOLDS, "%s threads cannot be started here (`cual plan` says why)",
                   words_count(refused, count));
    }
    if (threads.cell != CELLS_NONE) {
        compare_with_async(trial, threads, "threads");
        compare_depths(trial);
    }
    if (processes.workers >= PROCESSES_MANY) {
        compare_with_async(trial, processes, "processes");
    }
    if (trial_conclude(trial, "Many at a time on one core")) {
        say_async(trial);
        if (processes.cell != CELLS_NONE && processes.workers < PROCESSES_MANY) {
            say_processes(trial, processes);
        }
    }
}

/* True when two are the same work but for the length of their waits. */
static bool differs_in_latency(const struct question_workload *a, const struct question_workload *b)
{
    struct question_workload other = *b;
    other.latency_s = a->latency_s;
    return a->latency_s != b->latency_s && is_same_work(a, &other);
}

/* The pair of threads and async with the longest waits for which there is one with waits so much
 * shorter, which goes to `shortest`. */
static struct pair find_longest_waits(const struct trial *trial, struct pair *shortest)
{
    struct pair longest = {CELLS_NONE, CELLS_NONE, 0};
    double spread = WAIT_SPREAD;
    for (size_t a = 0; a < trial->question->workloads; a++) {
        size_t cell = fastest_cell(trial, a, 1, is_threads);
        if (!waits_by_timer(workload_of(trial, a)) || cell == CELLS_NONE) {
            continue;
        }
        int threads = cells_point(trial->question, cell).threads;
        for (size_t b = 0; b < trial->question->workloads; b++) {
            size_t shorter = find_cell(trial, b, 1, threads, 1, 1);
            double ratio = workload_of(trial, a)->latency_s / workload_of(trial, b)->latency_s;
            size_t async = find_async_twin(trial, a, threads);
            size_t async_shorter = find_async_twin(trial, b, threads);
            if (shorter != CELLS_NONE && async != CELLS_NONE && async_shorter != CELLS_NONE &&
                differs_in_latency(workload_of(trial, a), workload_of(trial, b)) &&
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
    return workload_of_cell(trial, cell)->latency_s;
}

static void say_shortest_waits(struct trial *trial, struct pair longest, struct pair shortest)
{
    char wait[WORDS_BYTES], cpu[WORDS_BYTES], cpu_short[WORDS_BYTES];
    double tasks = cells_tasks(workload_of_cell(trial, longest.cell), 1);
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
    struct pair shortest = {CELLS_NONE, CELLS_NONE, 0};
    struct pair longest = find_longest_waits(trial, &shortest);
    if (longest.cell != CELLS_NONE) {
        trial_times(trial, longest.cell, longest.async, AT_LEAST, INEFFICIENT,
                    "%ld in flight, waits of %s", longest.workers,
                    words_time(latency_of(trial, longest.cell), wait));
    }
    if (trial_conclude(trial, "Time of threads over that of async") && longest.cell != CELLS_NONE) {
        say_shortest_waits(trial, longest, shortest);
    }
}

/* The cell of a kind on one core with the most workers or operations in flight. */
static size_t most_of_kind(const struct trial *trial, size_t workload, point_test *admits)
{
    size_t found = CELLS_NONE;
    long most = 1;
    for (size_t cell = next_cell(trial, workload, CELLS_NONE); cell != CELLS_NONE;
         cell = next_cell(trial, workload, cell)) {
        struct point point = cells_point(trial->question, cell);
        if (point.cores == 1 && admits(point) && point_concurrency(point) > most) {
            most = point_concurrency(point);
            found = cell;
        }
    }
    return found;
}

/* The workload in which the most processes share one core, beside serial and, at best, more threads
 * than are kept between cells: idle ones would count as memory of serial. */
static size_t find_memory_workload(const struct trial *trial)
{
    size_t found = CELLS_NONE;
    long most = 0;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        size_t processes = most_of_kind(trial, w, is_processes);
        size_t threads = most_of_kind(trial, w, is_threads);
        if (workload_of(trial, w)->memory_bytes > 0 || processes == CELLS_NONE ||
            find_serial(trial, w) == CELLS_NONE) {
            continue;
        }
        long workers = point_workers(cells_point(trial->question, processes));
        bool seen =
            threads != CELLS_NONE && cells_point(trial->question, threads).threads > TEAM_KEPT;
        long weight = workers + (seen ? 1000000 : 0);
        if (weight > most) {
            most = weight;
            found = w;
        }
    }
    return found;
}

/* By round: memory per worker or operation beyond the one of serial. */
static void fill_slopes(struct trial *trial, size_t cell, size_t serial, double *slopes)
{
    long further = point_concurrency(cells_point(trial->question, cell)) - 1;
    fill(slopes, trial->rounds, 0);
    add_beyond(trial, cell, serial, SAMPLE_MEMORY, slopes);
    divide(slopes, trial->rounds, (double)further);
}

/* Processes must take more at all, or a share of it says nothing. */
static void compare_repeated_memory(struct trial *trial, size_t processes, size_t serial)
{
    char where[POINT_TEXT_BYTES];
    struct comparison *repeated =
        trial_add(trial, AT_LEAST, MEMORY_REPEATED, "%s over serial",
                  point_text(cells_point(trial->question, processes), where));
    if (repeated) {
        trial_values(trial, processes, SAMPLE_MEMORY, repeated->above);
        trial_values(trial, serial, SAMPLE_MEMORY, repeated->below);
    }
}

static void compare_memory(struct trial *trial, size_t cell, size_t processes, size_t serial,
                           const char *what)
{
    char where[POINT_TEXT_BYTES];
    struct comparison *share =
        cell == CELLS_NONE ? NULL
                           : trial_add(trial, AT_MOST, MEMORY_SHARE, "%s (%s) over process", what,
                                       point_text(cells_point(trial->question, cell), where));
    if (share) {
        fill_slopes(trial, cell, serial, share->above);
        fill_slopes(trial, processes, serial, share->below);
    }
}

static void say_memory(struct trial *trial, size_t cell, size_t serial, const char *what)
{
    char bytes[WORDS_BYTES];
    if (cell == CELLS_NONE) {
        return;
    }
    double further = (double)point_concurrency(cells_point(trial->question, cell)) - 1;
    double slope =
        (trial_median(trial, cell, SAMPLE_MEMORY) - trial_median(trial, serial, SAMPLE_MEMORY)) /
        further;
    words_add(&trial->reason, " A further %s takes %s.", what, words_bytes(fmax(0, slope), bytes));
}

void claim_memory(struct trial *trial)
{
    size_t w = find_memory_workload(trial);
    size_t processes = CELLS_NONE, threads = CELLS_NONE, async = CELLS_NONE, serial = CELLS_NONE;
    if (w != CELLS_NONE) {
        serial = find_serial(trial, w);
        processes = most_of_kind(trial, w, is_processes);
        threads = most_of_kind(trial, w, is_threads);
        async = most_of_kind(trial, w, is_async);
        if (threads != CELLS_NONE || async != CELLS_NONE) {
            compare_repeated_memory(trial, processes, serial);
        }
        compare_memory(trial, threads, processes, serial, "further thread");
        compare_memory(trial, async, processes, serial, "further operation");
    }
    if (trial_conclude(trial, "Memory")) {
        say_memory(trial, processes, serial, "process");
        say_memory(trial, threads, serial, "thread");
        say_memory(trial, async, serial, "operation in flight");
    }
}

/* The most threads, more than are kept, of a workload that was measured with one, too. */
static size_t find_large_team(const struct trial *trial, size_t *serial)
{
    size_t found = CELLS_NONE;
    int most = TEAM_KEPT;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        size_t team = most_of_kind(trial, w, is_threads), alone = find_serial(trial, w);
        if (team == CELLS_NONE || alone == CELLS_NONE) {
            continue;
        }
        int threads = cells_point(trial->question, team).threads;
        if (threads > most && !isnan(trial_median(trial, team, SAMPLE_SETUP))) {
            most = threads;
            found = team;
            *serial = alone;
        }
    }
    return found;
}

static void compare_thread_creation(struct trial *trial, size_t team, size_t serial)
{
    struct comparison *cost = trial_add(trial, AT_LEAST, CREATION_WORTH, "a thread");
    if (cost) {
        double further = cells_point(trial->question, team).threads - 1;
        fill(cost->above, trial->rounds, 0);
        add_beyond(trial, team, serial, SAMPLE_SETUP, cost->above);
        fill(cost->below, trial->rounds, further * TASK_S);
    }
}

/* A process by a single number: a rank is launched but once in a run. */
static void judge_rank_creation(struct trial *trial)
{
    char cost[WORDS_BYTES];
    double start_s = trial->question->start_s;
    if (!isnan(start_s)) {
        trial_fact(trial, start_s >= CREATION_WORTH * TASK_S ? CLAIM_HOLDS : CLAIM_FAILS,
                   "a process %.3g (%s to its first task)", start_s / TASK_S,
                   words_time(start_s, cost));
    }
}

/* What a task costs in flight beyond one at a time, when there is nothing to do or to wait for. */
static void say_in_flight(struct trial *trial)
{
    char text[WORDS_BYTES];
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = workload_of(trial, w);
        size_t serial = find_serial(trial, w), async = most_of_kind(trial, w, is_async);
        if (strcmp(workload->kernel, "none") == 0 && strcmp(workload->engine, "none") == 0 &&
            serial != CELLS_NONE && async != CELLS_NONE) {
            double cost_s =
                (trial_median(trial, async, SAMPLE_CPU) - trial_median(trial, serial, SAMPLE_CPU)) /
                cells_tasks(workload, 1);
            words_add(&trial->reason, " A task in flight costs %s more than one after the other.",
                      words_time(fmax(0, cost_s), text));
            return;
        }
    }
}

/* A worker that takes a task over saves its time: so many tasks pay for the worker. */
static void say_paid_back(struct trial *trial, double cost_s, const char *what)
{
    char tasks[WORDS_BYTES], cost[WORDS_BYTES];
    words_add(&trial->reason, " A %s costs %s, paid back by %s task%s of 1 ms.", what,
              words_time(cost_s, cost), words_count(fmax(1, ceil(cost_s / TASK_S)), tasks),
              cost_s > TASK_S ? "s" : "");
}

void claim_creation(struct trial *trial)
{
    size_t serial = CELLS_NONE, team = find_large_team(trial, &serial);
    if (team != CELLS_NONE) {
        compare_thread_creation(trial, team, serial);
        judge_rank_creation(trial);
    }
    if (!trial_conclude(trial, "Cost in tasks of 1 ms")) {
        return;
    }
    double further = cells_point(trial->question, team).threads - 1;
    double setup_s =
        trial_median(trial, team, SAMPLE_SETUP) - trial_median(trial, serial, SAMPLE_SETUP);
    say_paid_back(trial, setup_s / further, "thread");
    if (!isnan(trial->question->start_s)) {
        say_paid_back(trial, trial->question->start_s, "process");
    }
    say_in_flight(trial);
}
