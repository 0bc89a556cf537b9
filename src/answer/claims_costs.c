#include "answer/claims_costs.h"

#include "answer/trial_cells.h"
#include "answer/trial_conclude.h"
#include "answer/work.h"

#include <math.h>

/* What a further process must take at least, or a share of it says nothing: a process that shares
 * all that it can with its parent has some 0.1 MiB of its own, one that repeats its data and its
 * libraries' some MiB. It is not held against the memory of serial, which holds what is there but
 * once in a run. */
#define PROCESS_MIB 1.0

/* Of what a process takes. Those who share its memory have but their stacks and their state: a few
 * percent of it. A fifth is still shared, more than that is repeated in part. */
#define MEMORY_SHARE 0.2

/* The task that a worker's creation is held against, and the part of it that is worth a word: a
 * hundredth is what the layout of code and data changes anyway. */
#define TASK_S 1e-3
#define CREATION_WORTH 0.01

#define MIB 0x1p20

/* A cell with more of something, and the same work with less of it. */
struct growth {
    const struct candidate *cell, *base;
    double further; /* how many more */
};

static struct growth growth_of(const struct candidate *cell, const struct candidate *base)
{
    double further = (double)(point_concurrency(cell->point) - point_concurrency(base->point));
    return (struct growth){cell, base, further};
}

/* By round: what each further one takes. Overwrites the trial's scratch. */
static void fill_growth(const struct trial *trial, const struct growth *growth,
                        enum sample_variable variable, double *values)
{
    trial_beyond(trial, growth->cell, growth->base, variable, values);
    for (size_t r = 0; r < trial->rounds; r++) {
        values[r] /= growth->further;
    }
}

static double median_growth(const struct trial *trial, const struct growth *growth,
                            enum sample_variable variable)
{
    return (trial_median(trial, growth->cell, variable) -
            trial_median(trial, growth->base, variable)) /
           growth->further;
}

/* The cell of a workload on one core with the most of a kind. */
static const struct candidate *find_largest(const struct trial *trial, size_t workload,
                                            trial_admits *admits)
{
    const struct candidate *found = NULL;
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        long most = found ? point_concurrency(found->point) : 1;
        if (cell->point.cores == 1 && admits(cell->point) &&
            point_concurrency(cell->point) > most) {
            found = cell;
        }
    }
    return found;
}

/* The most processes of a workload that has no memory of its own to divide or to share, and that
 * was measured with one process, too. */
static const struct candidate *find_processes(const struct trial *trial, size_t workload)
{
    const struct question_workload *described = trial_workload(trial, workload);
    bool asked = described->footprint.bytes == 0 &&
                 described->kernel.guard == KERNEL_GUARD_ABSENT && trial_serial(trial, workload);
    return asked ? find_largest(trial, workload, point_is_processes) : NULL;
}

enum { PART_PROCESSES, PART_THREADS, PART_ASYNC };

static void add_process(struct trial *trial, struct trial_comparison *comparison,
                        const struct growth *process)
{
    struct trial_member *member = trial_member(trial, comparison, process->cell, process->base);
    if (member) {
        fill_growth(trial, process, SAMPLE_MEMORY, member->above);
        for (size_t r = 0; r < trial->rounds; r++) {
            member->below[r] = MIB;
        }
    }
}

static void compare_processes(struct trial *trial)
{
    static const struct trial_rule repeated = {PART_PROCESSES, TRIAL_AT_LEAST, PROCESS_MIB,
                                               TRIAL_MEDIAN};
    struct trial_comparison *comparison = trial_add(trial, &repeated, "a further process in MiB");
    for (size_t w = 0; w < trial->question->workloads; w++) {
        bool asked = find_processes(trial, w) != NULL;
        for (const struct candidate *cell = trial_next(trial, w, NULL); asked && cell;
             cell = trial_next(trial, w, cell)) {
            if (cell->point.cores == 1 && point_is_processes(cell->point)) {
                struct growth process = growth_of(cell, trial_serial(trial, w));
                add_process(trial, comparison, &process);
            }
        }
    }
}

/* A member: what a further one takes, over what a further process of the same work takes. */
static void add_share(struct trial *trial, struct trial_comparison *comparison,
                      const struct growth *growth, const struct growth *process)
{
    struct trial_member *member = trial_member(trial, comparison, growth->cell, growth->base);
    if (member) {
        trial_also(comparison, process->cell);
        fill_growth(trial, growth, SAMPLE_MEMORY, member->above);
        fill_growth(trial, process, SAMPLE_MEMORY, member->below);
    }
}

/* True when some team on one core is not kept for the next cell. Idle threads of a team that is
 * kept count as memory of serial, too, so that such a team shows too little. */
static bool has_whole_teams(const struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *team =
            find_processes(trial, w) ? find_largest(trial, w, point_is_threads) : NULL;
        if (team && team->point.threads > POINT_TEAM_KEPT) {
            return true;
        }
    }
    return false;
}

/* An operation takes so little that only very many of them tell: async with the most in flight
 * against the next fewer, unless some cell of the workloads with processes has more. */
static struct growth growth_in_flight(const struct trial *trial)
{
    const struct candidate *deepest = trial_deepest(trial, INT32_MAX, 0);
    const struct candidate *next = deepest
                                       ? trial_deepest(trial, deepest->point.depth,
                                                       trial_workload_of(trial, deepest)->latency_s)
                                       : NULL;
    return next ? growth_of(deepest, next) : (struct growth){NULL, NULL, 0};
}

/* Threads, or operations in flight, against processes of the same work. */
static void compare_shares(struct trial *trial, const struct trial_rule *rule, trial_admits *admits,
                           const char *what)
{
    bool whole_only = rule->part == PART_THREADS && has_whole_teams(trial);
    struct trial_comparison *comparison =
        trial_add(trial, rule, "a further %s over a process", what);
    struct growth in_flight =
        rule->part == PART_ASYNC ? growth_in_flight(trial) : (struct growth){NULL, NULL, 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *processes = find_processes(trial, w),
                               *serial = trial_serial(trial, w);
        const struct candidate *most = processes ? find_largest(trial, w, admits) : NULL;
        if (!processes) {
            continue;
        }
        struct growth process = growth_of(processes, serial);
        bool is_whole = most && (!whole_only || most->point.threads > POINT_TEAM_KEPT);
        struct growth growth = is_whole ? growth_of(most, serial) : (struct growth){NULL, NULL, 0};
        growth = in_flight.further > growth.further ? in_flight : growth;
        if (growth.cell) {
            add_share(trial, comparison, &growth, &process);
        }
    }
}

static void say_growth(struct trial *trial, const struct growth *growth, const char *what)
{
    char bytes[WORDS_BYTES];
    double each = growth->cell ? median_growth(trial, growth, SAMPLE_MEMORY) : NAN;
    if (!isnan(each)) {
        words_add(&trial->reason, " A further %s takes %s of memory.", what,
                  words_bytes(fmax(0, each), bytes));
    }
}

/* The largest of a kind, of all workloads with processes. */
static struct growth largest_growth(const struct trial *trial, trial_admits *admits)
{
    struct growth largest = {NULL, NULL, 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *cell =
            find_processes(trial, w) ? find_largest(trial, w, admits) : NULL;
        struct growth growth =
            cell ? growth_of(cell, trial_serial(trial, w)) : (struct growth){NULL, NULL, 0};
        largest = growth.further > largest.further ? growth : largest;
    }
    return largest;
}

static void try_memory(struct trial *trial)
{
    static const struct trial_rule threads = {PART_THREADS, TRIAL_AT_MOST, MEMORY_SHARE,
                                              TRIAL_MEDIAN};
    static const struct trial_rule async = {PART_ASYNC, TRIAL_AT_MOST, MEMORY_SHARE, TRIAL_MEDIAN};
    compare_processes(trial);
    compare_shares(trial, &threads, point_is_threads, "thread");
    compare_shares(trial, &async, point_is_async, "operation in flight");
    if (trial_conclude(trial, "Memory")) {
        struct growth process = largest_growth(trial, point_is_processes);
        struct growth thread = largest_growth(trial, point_is_threads);
        struct growth operation = largest_growth(trial, point_is_async);
        struct growth in_flight = growth_in_flight(trial);
        say_growth(trial, &process, "process");
        say_growth(trial, &thread, "thread");
        say_growth(trial, in_flight.further > operation.further ? &in_flight : &operation,
                   "operation in flight");
    }
}

enum { PART_OF_THREADS, PART_OF_RANKS };

/* Serial, or another team that is not kept. */
static bool is_smaller_team(struct point point)
{
    bool is_team = point_is_threads(point) && point.threads > POINT_TEAM_KEPT;
    return point.cores == 1 && (is_team || point_concurrency(point) == 1);
}

/* A member: what the setup of a further thread takes, in tasks. */
static void add_creation(struct trial *trial, struct trial_comparison *comparison,
                         const struct growth *growth)
{
    struct trial_member *member = trial_member(trial, comparison, growth->cell, growth->base);
    if (member) {
        fill_growth(trial, growth, SAMPLE_SETUP, member->above);
        for (size_t r = 0; r < trial->rounds; r++) {
            member->below[r] = TASK_S;
        }
    }
}

/* Teams that are not kept from cell to cell are created anew in each; by their setup against that
 * of serial and of the smaller teams of the same work. Returns the largest. */
static struct growth compare_thread_creation(struct trial *trial)
{
    static const struct trial_rule cost = {PART_OF_THREADS, TRIAL_AT_LEAST, CREATION_WORTH,
                                           TRIAL_MEDIAN};
    struct growth largest = {NULL, NULL, 0};
    struct trial_comparison *comparison = trial_add(trial, &cost, "a thread");
    for (size_t w = 0; w < trial->question->workloads; w++) {
        for (const struct candidate *cell = trial_next(trial, w, NULL); cell;
             cell = trial_next(trial, w, cell)) {
            bool created = cell->point.cores == 1 && point_is_threads(cell->point) &&
                           cell->point.threads > POINT_TEAM_KEPT;
            for (const struct candidate *base = trial_next(trial, w, NULL); created && base;
                 base = trial_next(trial, w, base)) {
                struct growth growth = growth_of(cell, base);
                if (is_smaller_team(base->point) && growth.further > 0) {
                    add_creation(trial, comparison, &growth);
                    largest = growth.further > largest.further ? growth : largest;
                }
            }
        }
    }
    return largest;
}

/* A process by a single number: a rank is launched but once in a run. */
static void judge_rank_creation(struct trial *trial)
{
    char cost[WORDS_BYTES], tasks[WORDS_BYTES];
    double start_s = trial->question->start_s;
    if (isnan(start_s)) {
        trial_fact(trial, PART_OF_RANKS, CLAIM_UNDECIDED,
                   "the time at which a process was launched is unknown");
    } else {
        trial_fact(trial, PART_OF_RANKS,
                   start_s >= CREATION_WORTH * TASK_S ? CLAIM_HOLDS : CLAIM_FAILS,
                   "a process %s (%s to its first task)", words_count(start_s / TASK_S, tasks),
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
                               *async = find_largest(trial, w, point_is_async);
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
    if (!(cost_s > 0)) {
        return;
    }
    words_add(&trial->reason, " A %s costs %s, paid back by %s task%s of 1 ms.", what,
              words_time(cost_s, cost), words_count(fmax(1, ceil(cost_s / TASK_S)), tasks),
              cost_s > TASK_S ? "s" : "");
}

static void try_creation(struct trial *trial)
{
    struct growth team = compare_thread_creation(trial);
    if (team.cell) {
        judge_rank_creation(trial);
    }
    if (trial_conclude(trial, "Cost in tasks of 1 ms")) {
        say_paid_back(trial, median_growth(trial, &team, SAMPLE_SETUP), "thread");
        say_paid_back(trial, trial->question->start_s, "process");
        say_in_flight(trial);
    }
}

/* clang-format off */
static const struct claim rows[] = {
    {9, "processes repeat memory, threads and async share it",
     "Work without memory of its own on one core, by proportional set sizes: a further process "
     "takes at least 1 MiB, and a further thread and a further operation in flight at most 0.2 of "
     "what a further process takes, each in the median over the workloads.",
     {"that work on one core in 1 and in more processes, without memory of their own",
      "that do the same in threads", "that do the same in async"},
     try_memory},
    {16, "creating workers costs",
     "A thread of a team of more than 64, in the median over such teams, and a process from its "
     "launch to its first task, each cost at least 0.01 of a task of 1 ms, which is 10 µs.",
     {"with more than 64 threads on one core, and the same work with fewer",
      "that tell how long a process takes to start"},
     try_creation},
};
/* clang-format on */

const struct claim_group claims_costs = {rows, sizeof rows / sizeof rows[0]};
