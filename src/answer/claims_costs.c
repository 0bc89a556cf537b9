#include "answer/claims_costs.h"

#include "answer/trial.h"
#include "answer/trial_cells.h"
#include "answer/work.h"

#include <math.h>
#include <string.h>

/* Practical sizes, as the rules below say them. */
#define MEMORY_REPEATED 1.2 /* times that of serial, in all */
#define MEMORY_SHARE 0.2    /* of a process's memory */
#define TASK_S 1e-3         /* the task that a worker's creation is held against */
#define CREATION_WORTH 0.01 /* of such a task */

#define NO_WORKLOAD SIZE_MAX

/* The workload in which the most processes share one core, beside serial and, at best, more threads
 * than are kept between cells: idle ones would count as memory of serial. */
static size_t find_memory_workload(const struct trial *trial)
{
    size_t found = NO_WORKLOAD;
    long most = 0;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *processes = trial_largest(trial, w, point_is_processes);
        const struct candidate *threads = trial_largest(trial, w, point_is_threads);
        if (trial_workload(trial, w)->memory_bytes > 0 || !processes || !trial_serial(trial, w)) {
            continue;
        }
        long workers = point_workers(processes->point);
        bool seen = threads && threads->point.threads > POINT_TEAM_KEPT;
        long weight = workers + (seen ? 1000000 : 0);
        if (weight > most) {
            most = weight;
            found = w;
        }
    }
    return found;
}

/* What a further worker or operation takes: the memory of a cell beyond that of another. */
struct growth {
    const struct candidate *cell, *base; /* NULL: not measured */
    const char *what;
};

static double further_of(const struct growth *growth)
{
    return (double)(point_concurrency(growth->cell->point) -
                    point_concurrency(growth->base->point));
}

/* By round: memory for each further one. */
static void fill_growth(const struct trial *trial, const struct growth *growth, double *bytes)
{
    double further = further_of(growth);
    trial_beyond(trial, growth->cell, growth->base, SAMPLE_MEMORY, bytes);
    for (size_t r = 0; r < trial->rounds; r++) {
        bytes[r] /= further;
    }
}

/* Processes must take more at all, or a share of it says nothing. */
static void compare_repeated_memory(struct trial *trial, const struct growth *process)
{
    char where[POINT_TEXT_BYTES];
    struct trial_comparison *repeated =
        trial_add(trial, TRIAL_AT_LEAST, MEMORY_REPEATED, "%s over serial",
                  point_text(process->cell->point, where));
    if (repeated) {
        trial_values(trial, process->cell, SAMPLE_MEMORY, repeated->above);
        trial_values(trial, process->base, SAMPLE_MEMORY, repeated->below);
    }
}

static void compare_growth(struct trial *trial, const struct growth *growth,
                           const struct growth *process)
{
    char where[POINT_TEXT_BYTES];
    struct trial_comparison *share =
        trial_add(trial, TRIAL_AT_MOST, MEMORY_SHARE, "a further %s (%s) over a process",
                  growth->what, point_text(growth->cell->point, where));
    if (share) {
        fill_growth(trial, growth, share->above);
        fill_growth(trial, process, share->below);
    }
}

static void say_growth(struct trial *trial, const struct growth *growth)
{
    char bytes[WORDS_BYTES];
    double growth_bytes = (trial_median(trial, growth->cell, SAMPLE_MEMORY) -
                           trial_median(trial, growth->base, SAMPLE_MEMORY)) /
                          further_of(growth);
    if (!isnan(growth_bytes)) {
        words_add(&trial->reason, " A further %s takes %s of memory.", growth->what,
                  words_bytes(fmax(0, growth_bytes), bytes));
    }
}

/* An operation takes so little that only very many of them tell. */
static struct growth growth_of_async(const struct trial *trial, size_t workload,
                                     const struct candidate *serial)
{
    struct growth growth = {trial_largest(trial, workload, point_is_async), serial,
                            "operation in flight"};
    const struct candidate *deepest = trial_deepest(trial, INT32_MAX, 0);
    if (!deepest) {
        return growth;
    }
    double latency_s = trial_workload_of(trial, deepest)->latency_s;
    int depth = deepest->point.depth;
    const struct candidate *next = trial_deepest(trial, depth, latency_s);
    bool deeper = !growth.cell || depth > growth.cell->point.depth;
    return next && deeper ? (struct growth){deepest, next, growth.what} : growth;
}

static void try_memory(struct trial *trial)
{
    size_t w = find_memory_workload(trial);
    if (w == NO_WORKLOAD) {
        trial_conclude(trial, "Memory");
        return;
    }
    const struct candidate *serial = trial_serial(trial, w);
    const struct growth process = {trial_largest(trial, w, point_is_processes), serial, "process"};
    const struct growth others[] = {{trial_largest(trial, w, point_is_threads), serial, "thread"},
                                    growth_of_async(trial, w, serial)};
    for (int i = 0; i < 2; i++) {
        if (others[i].cell) {
            compare_growth(trial, &others[i], &process);
        }
    }
    if (trial->count > 0) {
        compare_repeated_memory(trial, &process);
    }
    if (trial_conclude(trial, "Memory")) {
        say_growth(trial, &process);
        for (int i = 0; i < 2; i++) {
            if (others[i].cell) {
                say_growth(trial, &others[i]);
            }
        }
    }
}

/* The most threads, more than are kept, of a workload that was measured with one, too. */
static const struct candidate *find_large_team(const struct trial *trial,
                                               const struct candidate **serial)
{
    const struct candidate *found = NULL;
    int most = POINT_TEAM_KEPT;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *team = trial_largest(trial, w, point_is_threads),
                               *alone = trial_serial(trial, w);
        if (!team || !alone) {
            continue;
        }
        int threads = team->point.threads;
        if (threads > most) {
            most = threads;
            found = team;
            *serial = alone;
        }
    }
    return found;
}

static void compare_thread_creation(struct trial *trial, const struct candidate *team,
                                    const struct candidate *serial)
{
    struct trial_comparison *cost = trial_add(trial, TRIAL_AT_LEAST, CREATION_WORTH, "a thread");
    if (cost) {
        double further = team->point.threads - 1;
        trial_beyond(trial, team, serial, SAMPLE_SETUP, cost->above);
        for (size_t r = 0; r < trial->rounds; r++) {
            cost->below[r] = further * TASK_S;
        }
    }
}

/* A process by a single number: a rank is launched but once in a run. */
static void judge_rank_creation(struct trial *trial)
{
    char cost[WORDS_BYTES];
    double start_s = trial->question->start_s;
    if (isnan(start_s)) {
        trial_fact(trial, CLAIM_UNDECIDED, "the time at which a process was launched is unknown");
    } else {
        trial_fact(trial, start_s >= CREATION_WORTH * TASK_S ? CLAIM_HOLDS : CLAIM_FAILS,
                   "a process %.4g (%s to its first task)", start_s / TASK_S,
                   words_time(start_s, cost));
    }
}

/* What a task costs in flight beyond one at a time, when there is nothing to do or to wait for. */
static void say_in_flight(struct trial *trial)
{
    char text[WORDS_BYTES];
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        const struct candidate *serial = trial_serial(trial, w),
                               *async = trial_largest(trial, w, point_is_async);
        if (!workload->kernel.computes && !workload->engine.has_waits && serial && async) {
            double cost_s =
                (trial_median(trial, async, SAMPLE_CPU) - trial_median(trial, serial, SAMPLE_CPU)) /
                question_tasks(workload, 1);
            if (!isnan(cost_s)) {
                words_add(&trial->reason,
                          " A task costs %s more CPU time in flight than one at a time.",
                          words_time(fmax(0, cost_s), text));
            }
            return;
        }
    }
}

/* A worker that takes a task over saves its time: so many tasks pay for the worker. */
static void say_paid_back(struct trial *trial, double cost_s, const char *what)
{
    char tasks[WORDS_BYTES], cost[WORDS_BYTES];
    if (isnan(cost_s)) {
        return;
    }
    words_add(&trial->reason, " A %s costs %s, paid back by %s task%s of 1 ms.", what,
              words_time(cost_s, cost), words_count(fmax(1, ceil(cost_s / TASK_S)), tasks),
              cost_s > TASK_S ? "s" : "");
}

static void try_creation(struct trial *trial)
{
    const struct candidate *serial = NULL, *team = find_large_team(trial, &serial);
    if (team) {
        compare_thread_creation(trial, team, serial);
        judge_rank_creation(trial);
    }
    if (!trial_conclude(trial, "Cost in tasks of 1 ms") || !team) {
        return;
    }
    double further = team->point.threads - 1;
    double setup_s =
        trial_median(trial, team, SAMPLE_SETUP) - trial_median(trial, serial, SAMPLE_SETUP);
    say_paid_back(trial, setup_s / further, "thread");
    say_paid_back(trial, trial->question->start_s, "process");
    say_in_flight(trial);
}

/* clang-format off */
static const struct claim rows[] = {
    {9, "processes repeat memory, threads and async share it",
     "On one core: the point with the most processes takes at least 1.2 times the memory (PSS) of "
     "serial; one more thread, and one more operation in flight, each take at most 0.2 times what "
     "one more process takes.",
     try_memory},
    {16, "creating workers costs",
     "A thread of a large team, and a process from its launch to its first task, each cost at "
     "least 0.01 of a task of 1 ms, which is 10 µs.",
     try_creation},
};
/* clang-format on */

const struct claim_group claims_costs = {rows, sizeof rows / sizeof rows[0]};
