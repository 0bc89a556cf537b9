#include "answer/claims_sharing.h"

#include "answer/trial_cells.h"
#include "answer/trial_conclude.h"
#include "answer/work.h"

#include <math.h>
#include <stdlib.h>

/* Times as long with processes as with threads. Taking turns at one list goes by chance more than
 * computing does: half as much again is beyond that. */
#define SHARING_COSTLY 1.5

/* So many samples in which something was never seen: it then comes in less than one of ten, with 95
 * % (0.9^29 < 5 %). */
#define SAMPLES_MANY 29

/* A member for processes and as many threads on as many cores, with as many in flight. */
static void add_sharing(struct trial *trial, size_t workload, struct trial_comparison **comparison,
                        const struct candidate *processes)
{
    static const struct trial_rule costly = {0, TRIAL_AT_LEAST, SHARING_COSTLY, TRIAL_MEDIAN};
    struct point point = processes->point;
    struct point in_threads = {1, point.ranks, point.depth, point.cores};
    const struct candidate *threads =
        point.ranks > 1 && point.threads == 1 ? trial_find(trial, workload, in_threads) : NULL;
    if (threads && !*comparison) {
        *comparison = trial_add(trial, &costly, "%s", trial_workload(trial, workload)->name);
    }
    if (threads) {
        trial_times(trial, *comparison, processes, threads);
    }
}

/* One list, kept whole by a guard: as many processes as threads. */
static void compare_sharing(struct trial *trial, size_t workload)
{
    struct trial_comparison *comparison = NULL;
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        add_sharing(trial, workload, &comparison, cell);
    }
}

static double task_time(const struct trial *trial, const struct candidate *cell)
{
    const struct question_workload *workload = trial_workload_of(trial, cell);
    return trial_median(trial, cell, SAMPLE_TIME) / question_tasks(workload, cell->point.cores);
}

/* Says how a list of its own for each worker does, merged at the end: it avoids the sharing. */
static void say_sharded(struct trial *trial, size_t workload)
{
    char threads_text[WORDS_BYTES], processes_text[WORDS_BYTES];
    int cores = trial_most_cores(trial, workload);
    const struct candidate *threads =
        trial_fastest(trial, workload, (struct trial_points){cores, point_is_threads}).cell;
    const struct candidate *processes =
        trial_fastest(trial, workload, (struct trial_points){cores, point_is_processes}).cell;
    if (threads && processes) {
        words_add(&trial->reason,
                  " With lists of their own, merged at the end, threads take %s "
                  "per task and processes %s.",
                  words_time(task_time(trial, threads), threads_text),
                  words_time(task_time(trial, processes), processes_text));
    }
}

/* Where one core left no points to compare, the reason says so. */
static void note_one_core(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (trial_workload(trial, w)->kernel.guard != KERNEL_GUARD_ABSENT) {
            (void)trial_several_cores(trial, w);
        }
    }
}

static void try_sharing(struct trial *trial)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (workload->kernel.guard == KERNEL_GUARD_ATOMIC ||
            workload->kernel.guard == KERNEL_GUARD_LOCK) {
            compare_sharing(trial, w);
        }
    }
    if (trial->count == 0) {
        note_one_core(trial);
    }
    if (trial_conclude(trial, "Time of processes over that of threads")) {
        for (size_t w = 0; w < trial->question->workloads; w++) {
            if (trial_workload(trial, w)->kernel.guard == KERNEL_GUARD_SHARDED) {
                say_sharded(trial, w);
            }
        }
    }
}

/* What was lost at the points of a kind. */
struct losses {
    size_t cells, samples, with_loss;
    double most;
};

static void count_losses(const struct trial *trial, size_t workload, trial_admits *admits,
                         struct losses *losses)
{
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        if (!admits(cell->point)) {
            continue;
        }
        losses->cells++;
        trial_values(trial, cell, SAMPLE_LOST, trial->scratch);
        for (size_t r = 0; r < trial->rounds; r++) {
            double lost = trial->scratch[r];
            losses->samples += isnan(lost) ? 0u : 1u;
            losses->with_loss += lost > 0 ? 1u : 0u;
            losses->most = lost > losses->most ? lost : losses->most;
        }
    }
}

enum { PART_THREADS, PART_PROCESSES, PART_ASYNC, PART_GUARDED };

/* Samples in which nothing was lost prove nothing, unless they are many. */
static enum claim_outcome judge_unseen(const struct losses *losses, enum claim_outcome when_many)
{
    return losses->samples < SAMPLES_MANY ? CLAIM_UNDECIDED : when_many;
}

/* What was lost at the points of a part, against what is said of it: a single loss proves that they
 * are not safe. */
static void judge_losses(struct trial *trial, int part, const struct losses *losses,
                         bool said_to_be_safe, const char *what)
{
    char most[WORDS_BYTES];
    if (losses->cells == 0) {
        return;
    }
    if (losses->samples == 0) {
        trial_fact(trial, part, CLAIM_UNDECIDED, "%s: no valid samples", what);
    } else if (losses->with_loss > 0) {
        trial_fact(trial, part, said_to_be_safe ? CLAIM_FAILS : CLAIM_HOLDS,
                   "%s lost items in %zu of %zu samples, at most %s", what, losses->with_loss,
                   losses->samples, words_count(losses->most, most));
    } else {
        trial_fact(trial, part, judge_unseen(losses, said_to_be_safe ? CLAIM_HOLDS : CLAIM_FAILS),
                   "%s lost nothing in %zu sample%s", what, losses->samples,
                   losses->samples == 1 ? "" : "s");
    }
}

static bool is_any(struct point point)
{
    return point.ranks > 0;
}

static void try_races(struct trial *trial)
{
    struct losses threads = {0}, processes = {0}, async = {0}, guarded = {0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        if (workload->kernel.guard == KERNEL_GUARD_NONE) {
            count_losses(trial, w, point_is_threads, &threads);
            count_losses(trial, w, point_is_processes, &processes);
            count_losses(trial, w, point_is_async, &async);
        } else if (workload->kernel.guard) {
            count_losses(trial, w, is_any, &guarded);
        }
    }
    judge_losses(trial, PART_THREADS, &threads, false, "threads");
    judge_losses(trial, PART_PROCESSES, &processes, false, "processes");
    judge_losses(trial, PART_ASYNC, &async, true, "async on one thread");
    judge_losses(trial, PART_GUARDED, &guarded, true, "all points with a guard");
    if (threads.cells + processes.cells == 0) {
        note_one_core(trial);
    }
    trial_conclude(trial, "One list, without a guard unless said otherwise");
}

/* The order in which a cell's tasks ended, over its rounds. */
struct orders {
    size_t rounds, different;
    double entropy; /* 0: always the same, 1: never twice the same */
};

static struct orders orders_of(const struct trial *trial, const struct candidate *cell)
{
    struct orders orders = {0};
    double *digests = trial->scratch;
    trial_values(trial, cell, SAMPLE_COMPLETION, digests);
    for (size_t r = 0; r < trial->rounds; r++) {
        if (!isnan(digests[r])) {
            digests[orders.rounds++] = digests[r];
        }
    }
    stats_sort(digests, orders.rounds);
    for (size_t first = 0, end; first < orders.rounds; first = end) {
        for (end = first + 1; end < orders.rounds && digests[end] == digests[first];) {
            end++;
        }
        double share = (double)(end - first) / (double)orders.rounds;
        orders.entropy -= share * log2(share);
        orders.different++;
    }
    orders.entropy = orders.rounds > 1 ? orders.entropy / log2((double)orders.rounds) : 0;
    orders.entropy = fmax(0, orders.entropy); /* no −0 */
    return orders;
}

enum { PART_SIMULATED, PART_DEVICES };

static int part_of_order(const struct trial *trial, const struct candidate *cell)
{
    return trial_workload_of(trial, cell)->latency_s > 0 ? PART_SIMULATED : PART_DEVICES;
}

/* Two orders refute it at once; that there was but one takes rounds to believe. Returns how many
 * there were. */
static size_t judge_order(struct trial *trial, const struct candidate *cell)
{
    char where[POINT_TEXT_BYTES];
    const struct question_workload *workload = trial_workload_of(trial, cell);
    int part = part_of_order(trial, cell);
    struct orders orders = orders_of(trial, cell);
    if (orders.rounds == 0) {
        trial_fact(trial, part, CLAIM_UNDECIDED, "%s %s has no valid samples", workload->name,
                   point_text(cell->point, where));
        return 0;
    }
    enum claim_outcome outcome = orders.different > 1                 ? CLAIM_FAILS
                                 : orders.rounds < STATS_ROUNDS_LEAST ? CLAIM_UNDECIDED
                                                                      : CLAIM_HOLDS;
    trial_fact(trial, part, outcome, "%s %s had %zu order%s in %zu round%s, entropy %.2f",
               workload->name, point_text(cell->point, where), orders.different,
               orders.different == 1 ? "" : "s", orders.rounds, orders.rounds == 1 ? "" : "s",
               orders.entropy);
    return orders.rounds;
}

/* The greatest entropy at a kind's points; negative when it has none. */
static double greatest_entropy(const struct trial *trial, size_t workload, trial_admits *admits)
{
    double greatest = -1;
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        if (admits(cell->point)) {
            struct orders orders = orders_of(trial, cell);
            greatest = orders.rounds > 1 ? fmax(greatest, orders.entropy) : greatest;
        }
    }
    return greatest;
}

/* How the other models do, beside async. */
static void say_order(struct trial *trial, size_t workload)
{
    double threads = greatest_entropy(trial, workload, point_is_threads);
    double processes = greatest_entropy(trial, workload, point_is_processes);
    if (threads < 0 && processes < 0) {
        return;
    }
    words_add(&trial->reason, " The entropy of %s is", trial_workload(trial, workload)->name);
    if (threads >= 0) {
        words_add(&trial->reason, " %.2f with threads", threads);
    }
    if (processes >= 0) {
        words_add(&trial->reason, "%s %.2f with processes", threads >= 0 ? "," : "", processes);
    }
    words_add(&trial->reason, ".");
}

static bool tells_order(const struct question_workload *workload)
{
    return workload->traced && work_is_waiting(workload);
}

static void try_reproducible(struct trial *trial)
{
    size_t rounds[] = {[PART_SIMULATED] = 0, [PART_DEVICES] = 0};
    for (size_t w = 0; w < trial->question->workloads; w++) {
        bool asked = tells_order(trial_workload(trial, w));
        for (const struct candidate *cell = trial_next(trial, w, NULL); asked && cell;
             cell = trial_next(trial, w, cell)) {
            if (point_is_async(cell->point)) {
                rounds[part_of_order(trial, cell)] += judge_order(trial, cell);
            }
        }
    }
    size_t all = rounds[PART_SIMULATED] + rounds[PART_DEVICES];
    if (all > 0 && all < SAMPLES_MANY) {
        trial_fact(trial, rounds[PART_SIMULATED] > 0 ? PART_SIMULATED : PART_DEVICES,
                   CLAIM_UNDECIDED, "%zu rounds in all, %d are needed", all, SAMPLES_MANY);
    }
    if (!trial_conclude(trial, "Async on one thread")) {
        return;
    }
    for (size_t w = 0; w < trial->question->workloads; w++) {
        if (tells_order(trial_workload(trial, w))) {
            say_order(trial, w);
        }
    }
}

/* clang-format off */
static const struct claim rows[] = {
    {10, "sharing data is easy with threads and costly with processes",
     "Appending to one list that atomics or a lock keep whole, with as many processes as threads "
     "on as many cores: processes take at least 1.5 times as long, in the median over these pairs, "
     "for every workload and through whatever they reach the list.",
     {NULL},
     try_sharing},
    {11, "threads and processes bring races, async decides when it switches",
     "Appending to one list without a guard: threads and processes lose items in at least one "
     "sample, async on one thread never does, and with a guard nothing is lost. That nothing is "
     "lost takes 29 samples: then losses come in less than one of ten, with 95 %.",
     {"that append to one list without a guard in threads", "that do so in processes",
      "that do so in async on one thread", "that append with a guard"},
     try_races},
    {12, "async is reproducible",
     "Tasks whose order of ending is recorded, with simulated waits and with those of devices: each "
     "point of async on one thread ends its tasks in the same order in every round, of 6 or more "
     "at each point and 29 or more in all (see claim 11). The entropy of the order is 0 when it is "
     "always the same and 1 when it is never the same twice.",
     {"that record the order of simulated waits in async", "that record that of real I/O in async"},
     try_reproducible},
};
/* clang-format on */

const struct claim_group claims_sharing = {rows, sizeof rows / sizeof rows[0]};
