#include "answer/claims_sharing.h"

#include "answer/trial.h"
#include "answer/trial_cells.h"
#include "answer/work.h"

#include <math.h>
#include <stdlib.h>

/* Practical sizes, as the rules below say them. */
#define SHARING_COSTLY 1.5 /* times as long per item as with threads */
#define SAMPLES_MANY 29    /* without a loss: less than one in ten loses anything (0.9^29 < 5 %) */

/* One list, kept whole by a guard: as many processes as threads on as many cores. */
static void compare_sharing(struct trial *trial, size_t workload)
{
    char where[POINT_TEXT_BYTES], other[POINT_TEXT_BYTES];
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        struct point point = cell->point;
        const struct candidate *threads =
            point_is_processes(point) ? trial_find(trial, workload, 1, point.ranks, 1, point.cores)
                                      : NULL;
        if (threads) {
            trial_times(trial, cell, threads, TRIAL_AT_LEAST, SHARING_COSTLY, "%s %s over %s",
                        trial_workload(trial, workload)->name, point_text(point, where),
                        point_text(threads->point, other));
        }
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
    const struct candidate *threads = trial_fastest(trial, workload, cores, point_is_threads);
    const struct candidate *processes = trial_fastest(trial, workload, cores, point_is_processes);
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
        if (trial->count == 0 && trial_workload(trial, w)->kernel.guard) {
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
    note_one_core(trial);
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

static void judge_untold(struct trial *trial, const struct losses *losses, const char *what)
{
    trial_fact(trial, CLAIM_UNDECIDED, "%s: %s", what,
               losses->cells > 0 ? "no valid samples" : "not measured");
}

/* Said to be unsafe: one loss is proof; that none was seen is none, unless they are many. */
static void judge_unsafe(struct trial *trial, const struct losses *losses, const char *what)
{
    char most[WORDS_BYTES];
    if (losses->samples == 0) {
        judge_untold(trial, losses, what);
        return;
    }
    enum claim_outcome unseen = losses->samples < SAMPLES_MANY ? CLAIM_UNDECIDED : CLAIM_FAILS;
    if (losses->with_loss > 0) {
        trial_fact(trial, CLAIM_HOLDS, "%s lost items in %zu of %zu samples, at most %s", what,
                   losses->with_loss, losses->samples, words_count(losses->most, most));
    } else {
        trial_fact(trial, unseen, "%s lost nothing in %zu sample%s", what, losses->samples,
                   losses->samples == 1 ? "" : "s");
    }
}

/* Said to be safe: one loss refutes it. */
static void judge_safe(struct trial *trial, const struct losses *losses, const char *what)
{
    if (losses->samples == 0) {
        judge_untold(trial, losses, what);
    } else {
        trial_fact(trial, losses->with_loss > 0 ? CLAIM_FAILS : CLAIM_HOLDS,
                   "%s lost items in %zu of %zu samples", what, losses->with_loss, losses->samples);
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
    if (threads.cells + processes.cells > 0) {
        judge_unsafe(trial, &threads, "threads");
        judge_unsafe(trial, &processes, "processes");
        judge_safe(trial, &async, "async on one thread");
        judge_safe(trial, &guarded, "all points with a guard");
    }
    note_one_core(trial);
    trial_conclude(trial, "One list, without a guard");
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

/* Two orders refute it at once; that there was but one takes rounds to believe. */
static void judge_order(struct trial *trial, const struct candidate *cell, const char *name)
{
    char where[POINT_TEXT_BYTES];
    struct orders orders = orders_of(trial, cell);
    if (orders.rounds == 0) {
        trial_fact(trial, CLAIM_UNDECIDED, "%s %s has no valid samples", name,
                   point_text(cell->point, where));
        return;
    }
    enum claim_outcome outcome = orders.different > 1                 ? CLAIM_FAILS
                                 : orders.rounds < STATS_ROUNDS_LEAST ? CLAIM_UNDECIDED
                                                                      : CLAIM_HOLDS;
    trial_fact(trial, outcome, "%s %s had %zu order%s in %zu round%s, entropy %.2f", name,
               point_text(cell->point, where), orders.different, orders.different == 1 ? "" : "s",
               orders.rounds, orders.rounds == 1 ? "" : "s", orders.entropy);
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
    words_add(&trial->reason, " %s has entropy", trial_workload(trial, workload)->name);
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
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct question_workload *workload = trial_workload(trial, w);
        for (const struct candidate *cell = trial_next(trial, w, NULL);
             cell && tells_order(workload); cell = trial_next(trial, w, cell)) {
            if (point_is_async(cell->point)) {
                judge_order(trial, cell, workload->name);
            }
        }
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
     "on as many cores: processes take at least 1.5 times as long.",
     try_sharing},
    {11, "threads and processes bring races, async decides when it switches",
     "Appending to one list without a guard: threads and processes lose items in at least one "
     "sample (29 or more samples without a loss refute that), async on one thread never does, and "
     "with a guard nothing is lost.",
     try_races},
    {12, "async is reproducible",
     "Tasks whose order of ending is recorded, with simulated waits and real I/O: each point of "
     "async on one thread ends its tasks in the same order in every round, of at least 6. The "
     "entropy of the order is 0 when it is always the same and 1 when it is never the same twice.",
     try_reproducible},
};
/* clang-format on */

const struct claim_group claims_sharing = {rows, sizeof rows / sizeof rows[0]};
