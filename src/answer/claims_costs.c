/* The claims that are about what a further worker takes: memory, and its creation. */
#include "answer/claims_internal.h"

#include <math.h>
#include <string.h>

/* Practical sizes, as the rules in claims.c say them. */
#define MEMORY_REPEATED 1.2 /* times that of serial, in all */
#define MEMORY_SHARE 0.2    /* of a process's memory */
#define TASK_S 1e-3         /* the task that a worker's creation is held against */
#define CREATION_WORTH 0.01 /* of such a task */

/* The workload in which the most processes share one core, beside serial and, at best, more threads
 * than are kept between cells: idle ones would count as memory of serial. */
static size_t find_memory_workload(const struct trial *trial)
{
    size_t found = QUESTION_NO_CELL;
    long most = 0;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        size_t processes = trial_largest(trial, w, point_is_processes);
        size_t threads = trial_largest(trial, w, point_is_threads);
        if (trial_workload(trial, w)->memory_bytes > 0 || processes == QUESTION_NO_CELL ||
            trial_serial(trial, w) == QUESTION_NO_CELL) {
            continue;
        }
        long workers = point_workers(question_point(trial->question, processes));
        bool seen = threads != QUESTION_NO_CELL &&
                    question_point(trial->question, threads).threads > POINT_TEAM_KEPT;
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
    size_t cell, base; /* QUESTION_NO_CELL: not measured */
    const char *what;
};

static double further_of(const struct trial *trial, const struct growth *growth)
{
    return (double)(point_concurrency(question_point(trial->question, growth->cell)) -
                    point_concurrency(question_point(trial->question, growth->base)));
}

/* By round: memory for each further one. */
static void fill_growth(const struct trial *trial, const struct growth *growth, double *bytes)
{
    double further = further_of(trial, growth);
    trial_beyond(trial, growth->cell, growth->base, SAMPLE_MEMORY, bytes);
    for (size_t r = 0; r < trial->rounds; r++) {
        bytes[r] /= further;
    }
}

/* Processes must take more at all, or a share of it says nothing. */
static void compare_repeated_memory(struct trial *trial, const struct growth *process)
{
    char where[POINT_TEXT_BYTES];
    struct comparison *repeated =
        trial_add(trial, AT_LEAST, MEMORY_REPEATED, "%s over serial",
                  point_text(question_point(trial->question, process->cell), where));
    if (repeated) {
        trial_values(trial, process->cell, SAMPLE_MEMORY, repeated->above);
        trial_values(trial, process->base, SAMPLE_MEMORY, repeated->below);
    }
}

static void compare_growth(struct trial *trial, const struct growth *growth,
                           const struct growth *process)
{
    char where[POINT_TEXT_BYTES];
    struct comparison *share =
        trial_add(trial, AT_MOST, MEMORY_SHARE, "a further %s (%s) over a process", growth->what,
                  point_text(question_point(trial->question, growth->cell), where));
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
                          further_of(trial, growth);
    if (!isnan(growth_bytes)) {
        words_add(&trial->reason, " A further %s takes %s.", growth->what,
                  words_bytes(fmax(0, growth_bytes), bytes));
    }
}

/* An operation takes so little that only very many of them tell. */
static struct growth growth_of_async(const struct trial *trial, size_t workload, size_t serial)
{
    struct growth growth = {trial_largest(trial, workload, point_is_async), serial,
                            "operation in flight"};
    size_t deepest = trial_deepest(trial, INT32_MAX, 0);
    if (deepest == QUESTION_NO_CELL) {
        return growth;
    }
    double latency_s = trial_workload_of(trial, deepest)->latency_s;
    int depth = question_point(trial->question, deepest).depth;
    size_t next = trial_deepest(trial, depth, latency_s);
    bool deeper = growth.cell == QUESTION_NO_CELL ||
                  depth > question_point(trial->question, growth.cell).depth;
    return next != QUESTION_NO_CELL && deeper ? (struct growth){deepest, next, growth.what}
                                              : growth;
}

void claim_memory(struct trial *trial)
{
    size_t w = find_memory_workload(trial);
    if (w == QUESTION_NO_CELL) {
        trial_conclude(trial, "Memory");
        return;
    }
    size_t serial = trial_serial(trial, w);
    const struct growth process = {trial_largest(trial, w, point_is_processes), serial, "process"};
    const struct growth others[] = {{trial_largest(trial, w, point_is_threads), serial, "thread"},
                                    growth_of_async(trial, w, serial)};
    for (int i = 0; i < 2; i++) {
        if (others[i].cell != QUESTION_NO_CELL) {
            compare_growth(trial, &others[i], &process);
        }
    }
    if (trial->count > 0) {
        compare_repeated_memory(trial, &process);
    }
    if (trial_conclude(trial, "Memory")) {
        say_growth(trial, &process);
        for (int i = 0; i < 2; i++) {
            if (others[i].cell != QUESTION_NO_CELL) {
                say_growth(trial, &others[i]);
            }
        }
    }
}

/* The most threads, more than are kept, of a workload that was measured with one, too. */
static size_t find_large_team(const struct trial *trial, size_t *serial)
{
    size_t found = QUESTION_NO_CELL;
    int most = POINT_TEAM_KEPT;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        size_t team = trial_largest(trial, w, point_is_threads), alone = trial_serial(trial, w);
        if (team == QUESTION_NO_CELL || alone == QUESTION_NO_CELL) {
            continue;
        }
        int threads = question_point(trial->question, team).threads;
        if (threads > most) {
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
        double further = question_point(trial->question, team).threads - 1;
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
        trial_fact(trial, CLAIM_UNDECIDED, "when a process was launched is not known");
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
        size_t serial = trial_serial(trial, w), async = trial_largest(trial, w, point_is_async);
        if (!workload->computes && !workload->has_waits && serial != QUESTION_NO_CELL &&
            async != QUESTION_NO_CELL) {
            double cost_s =
                (trial_median(trial, async, SAMPLE_CPU) - trial_median(trial, serial, SAMPLE_CPU)) /
                question_tasks(workload, 1);
            if (!isnan(cost_s)) {
                words_add(&trial->reason,
                          " A task in flight costs %s more than one after the other.",
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

void claim_creation(struct trial *trial)
{
    size_t serial = QUESTION_NO_CELL, team = find_large_team(trial, &serial);
    if (team != QUESTION_NO_CELL) {
        compare_thread_creation(trial, team, serial);
        judge_rank_creation(trial);
    }
    if (!trial_conclude(trial, "Cost in tasks of 1 ms")) {
        return;
    }
    double further = question_point(trial->question, team).threads - 1;
    double setup_s =
        trial_median(trial, team, SAMPLE_SETUP) - trial_median(trial, serial, SAMPLE_SETUP);
    say_paid_back(trial, setup_s / further, "thread");
    say_paid_back(trial, trial->question->start_s, "process");
    say_in_flight(trial);
}
