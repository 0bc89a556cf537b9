#include "answer/claims_workers.h"

#include "answer/trial_compare.h"
#include "answer/trial_conclude.h"
#include "answer/work.h"

#include <limits.h>
#include <math.h>

/* A tenth of a microsecond is what the least of system calls takes; a switch that costs less would
 * be no cost that anything else could be held against. */
#define SWITCH_WORTH_US 0.1

/* So many switches apart two cells must be to tell what one costs: 100 of 0.1 µs are the 10 µs by
 * which a sample's CPU time is known. */
#define SWITCHES_LEAST 100

/* Threads and processes in so large a number are many: an order of magnitude above the workers that
 * are of use to a core. */
#define MANY 100

/* Times as long per task with some ten times as many in flight. A cost that grows with the
 * logarithm of their number is then 1.2 times as large, and one for each pair of tasks ten times:
 * half way between the two, as ratios, is 3.5. */
#define SLOWER_WITH_MORE 3.5

/* The longest wait over the shortest: an order of magnitude is what "very" asks for, at least. */
#define WAIT_SPREAD 10.0

static double switches(const struct trial *trial, const struct candidate *cell)
{
    return trial_median(trial, cell, SAMPLE_SWITCHES_VOLUNTARY) +
           trial_median(trial, cell, SAMPLE_SWITCHES_INVOLUNTARY);
}

/* The cells of computing on one core of a workload that switch most and least. */
struct switching {
    const struct candidate *most, *least, *next; /* `next` is the second least */
    double switches_most, switches_least, switches_next;
    size_t unseen; /* cells without a valid sample */
};

static void count_switches(const struct candidate *cell, double count, struct switching *found)
{
    if (!found->most || count > found->switches_most) {
        found->most = cell;
        found->switches_most = count;
    }
    if (!found->least || count < found->switches_least) {
        found->next = found->least;
        found->switches_next = found->switches_least;
        found->least = cell;
        found->switches_least = count;
    } else if (!found->next || count < found->switches_next) {
        found->next = cell;
        found->switches_next = count;
    }
}

static struct switching switching_of(const struct trial *trial, size_t workload)
{
    struct switching found = {0};
    const struct question_workload *described = trial_workload(trial, workload);
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        bool asked = cell->point.cores == 1 && work_only_computes(described) && !described->lock;
        double count = asked ? switches(trial, cell) : NAN;
        if (!isnan(count)) {
            count_switches(cell, count, &found);
        } else if (asked) {
            found.unseen++;
        }
    }
    return found;
}

/* A member for what a switch costs by two cells: CPU time in µs and switches of one beyond the
 * other. */
static void add_switch_cost(struct trial *trial, struct trial_comparison *comparison,
                            const struct candidate *many, const struct candidate *few)
{
    struct trial_member *member = trial_member(trial, comparison, many, few);
    if (!member) {
        return;
    }
    trial_beyond(trial, many, few, SAMPLE_SWITCHES_VOLUNTARY, member->above);
    trial_beyond(trial, many, few, SAMPLE_SWITCHES_INVOLUNTARY, member->below);
    for (size_t r = 0; r < trial->rounds; r++) {
        member->below[r] += member->above[r];
    }
    trial_beyond(trial, many, few, SAMPLE_CPU, member->above);
    for (size_t r = 0; r < trial->rounds; r++) {
        member->above[r] *= 1e6;
    }
}

/* All cells that switch more than the two that switch least. */
static void compare_switches(struct trial *trial, size_t workload, const struct switching *found)
{
    static const struct trial_rule cost = {0, TRIAL_AT_LEAST, SWITCH_WORTH_US, TRIAL_MEDIAN};
    struct trial_comparison *comparison =
        trial_add(trial, &cost, "%s", trial_workload(trial, workload)->name);
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        double count = cell->point.cores == 1 ? switches(trial, cell) : NAN;
        if (count - found->switches_least >= SWITCHES_LEAST) {
            add_switch_cost(trial, comparison, cell, found->least);
        }
        if (found->next && count - found->switches_next >= SWITCHES_LEAST) {
            add_switch_cost(trial, comparison, cell, found->next);
        }
    }
}

static void say_switches(struct trial *trial, const struct switching *found)
{
    char where[POINT_TEXT_BYTES], few[WORDS_BYTES], many[WORDS_BYTES];
    char cpu_text[WORDS_BYTES], time_text[WORDS_BYTES];
    double cpu = trial_median(trial, found->most, SAMPLE_CPU) /
                 trial_median(trial, found->least, SAMPLE_CPU);
    double time = trial_median(trial, found->most, SAMPLE_TIME) /
                  trial_median(trial, found->least, SAMPLE_TIME);
    words_add(&trial->reason,
              " At %s the same work switches %s times instead of %s, takes %s times the CPU time "
              "and %s times the time.",
              point_text(found->most->point, where), words_count(found->switches_most, many),
              words_count(found->switches_least, few), words_number(cpu, cpu_text),
              words_number(time, time_text));
}

static void try_switch(struct trial *trial)
{
    struct switching most = {0};
    size_t where = 0, unseen = 0;
    for (size_t w = 0; w < trial->question->workloads; w++) {
        struct switching found = switching_of(trial, w);
        double apart = found.switches_most - found.switches_least;
        unseen += found.unseen;
        if (found.most && (!most.most || apart > most.switches_most - most.switches_least)) {
            most = found;
            where = w;
        }
    }
    if (most.most && most.switches_most - most.switches_least >= SWITCHES_LEAST) {
        compare_switches(trial, where, &most);
    } else if (!most.most && unseen > 0) {
        trial_fact(trial, 0, CLAIM_UNDECIDED, "no valid samples");
    }
    if (trial_conclude(trial, "CPU time of one more switch in µs") && most.most) {
        say_switches(trial, &most);
    }
}

/* The cell of the same work, in whatever workload, at 1×1×D@1. */
static const struct candidate *find_async_twin(const struct trial *trial, size_t workload,
                                               int depth)
{
    for (size_t w = 0; w < trial->question->workloads; w++) {
        const struct candidate *cell = trial_find(trial, w, (struct point){1, 1, depth, 1});
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

/* Of a kind, the one with the most workers, but fewer than `below`. */
static struct pair find_most_workers(const struct trial *trial, trial_admits *admits, long below)
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
            if (point.cores == 1 && admits(point) && workers > most.workers && workers < below &&
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

enum { PART_WORKERS, PART_ASYNC };

/* The most workers of a kind against async; the next fewer take their place. Few are no evidence of
 * what many do. Returns the most that were measured. */
static struct pair compare_with_async(struct trial *trial, trial_admits *admits, const char *what)
{
    static const struct trial_rule slow = {PART_WORKERS, TRIAL_AT_LEAST, TRIAL_WORTH, TRIAL_FIRST};
    char count[WORDS_BYTES];
    struct pair most = find_most_workers(trial, admits, LONG_MAX);
    struct trial_comparison *comparison =
        trial_add(trial, &slow, "time of %s %s over async with as many in flight",
                  words_count((double)most.workers, count), what);
    for (struct pair pair = most; pair.workers >= MANY;
         pair = find_most_workers(trial, admits, pair.workers)) {
        trial_times(trial, comparison, pair.cell, pair.async);
    }
    return most;
}

/* Async with the most in flight against the next fewer. */
static void compare_depths(struct trial *trial)
{
    static const struct trial_rule steady = {PART_ASYNC, TRIAL_AT_MOST, SLOWER_WITH_MORE,
                                             TRIAL_FIRST};
    char most[WORDS_BYTES], fewer[WORDS_BYTES];
    const struct candidate *cell[3] = {trial_deepest(trial, INT32_MAX, 0)};
    for (int i = 1; i < 3 && cell[i - 1]; i++) {
        double latency_s = trial_workload_of(trial, cell[0])->latency_s;
        cell[i] = trial_deepest(trial, cell[i - 1]->point.depth, latency_s);
        cell[i] = cell[i] && cell[i]->point.depth >= MANY ? cell[i] : NULL;
    }
    if (!cell[1]) {
        return;
    }
    struct trial_comparison *comparison = trial_add(
        trial, &steady, "time of async per task, %s in flight over %s",
        words_count(cell[0]->point.depth, most), words_count(cell[1]->point.depth, fewer));
    trial_times(trial, comparison, cell[0], cell[1]);
    if (cell[2]) {
        trial_times(trial, comparison, cell[1], cell[2]);
        trial_times(trial, comparison, cell[0], cell[2]);
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
static void say_few(struct trial *trial, struct pair pair, const char *what)
{
    char count[WORDS_BYTES], times[WORDS_BYTES];
    double ratio = pair.cell && pair.workers < MANY
                       ? trial_median(trial, pair.cell, SAMPLE_TIME) /
                             trial_median(trial, pair.async, SAMPLE_TIME)
                       : NAN;
    if (!isnan(ratio)) {
        words_add(&trial->reason, " %s %s take %s times as long as async.",
                  words_count((double)pair.workers, count), what, words_number(ratio, times));
    }
}

/* What a limit refuses is not measured, and may be another limit's elsewhere: it decides nothing.
 */
static void say_refused(struct trial *trial, int refused)
{
    char count[WORDS_BYTES];
    if (refused > 0) {
        words_add(&trial->reason,
                  " %s threads cannot be started on this machine (`cual plan` says why).",
                  words_count(refused, count));
    }
}

static void try_many(struct trial *trial)
{
    struct pair threads = compare_with_async(trial, point_is_threads, "threads");
    struct pair processes = compare_with_async(trial, point_is_processes, "processes");
    compare_depths(trial);
    if (trial_conclude(trial, "Many at a time on one core")) {
        say_few(trial, threads, "threads");
        say_few(trial, processes, "processes");
        say_refused(trial, most_refused_threads(trial));
        say_async(trial);
    }
}

/* True when two are the same work but for the length of their waits. */
static bool differs_in_latency(const struct question_workload *a, const struct question_workload *b)
{
    struct question_workload other = *b;
    other.latency_s = a->latency_s;
    return a->latency_s != b->latency_s && work_is_same(a, &other);
}

/* Threads and async with as many in flight, with long waits and with short ones. */
struct waits {
    double spread; /* how many times as long; 0: there are none */
    size_t long_workload, short_workload;
    struct pair at_long, at_short;
};

static double latency_of(const struct trial *trial, size_t workload)
{
    return trial_workload(trial, workload)->latency_s;
}

/* The most threads of a workload on one core, and async of the same work. */
static struct pair most_threads_of(const struct trial *trial, size_t workload)
{
    struct pair most = {NULL, NULL, 0};
    for (const struct candidate *cell = trial_next(trial, workload, NULL); cell;
         cell = trial_next(trial, workload, cell)) {
        int threads = cell->point.threads;
        if (cell->point.cores == 1 && point_is_threads(cell->point) && threads > most.workers) {
            const struct candidate *async = find_async_twin(trial, workload, threads);
            most = async ? (struct pair){cell, async, threads} : most;
        }
    }
    return most;
}

/* The same of another workload with as many in flight. */
static struct pair same_threads_of(const struct trial *trial, size_t workload, struct pair like)
{
    const struct candidate *cell = trial_find(trial, workload, like.cell->point);
    const struct candidate *async = find_async_twin(trial, workload, (int)like.workers);
    return cell && async ? (struct pair){cell, async, like.workers} : (struct pair){NULL, NULL, 0};
}

/* Those that differ most, neither of them in the workload `without`. */
static struct waits find_waits(const struct trial *trial, size_t without)
{
    struct waits most = {0};
    for (size_t a = 0; a < trial->question->workloads; a++) {
        struct pair at_long = a != without && work_waits_by_timer(trial_workload(trial, a))
                                  ? most_threads_of(trial, a)
                                  : (struct pair){NULL, NULL, 0};
        for (size_t b = 0; at_long.cell && b < trial->question->workloads; b++) {
            double spread = latency_of(trial, a) / latency_of(trial, b);
            if (b == without || !(spread > most.spread) || spread < 0.999 * WAIT_SPREAD ||
                !differs_in_latency(trial_workload(trial, a), trial_workload(trial, b))) {
                continue;
            }
            struct pair at_short = same_threads_of(trial, b, at_long);
            most = at_short.cell ? (struct waits){spread, a, b, at_long, at_short} : most;
        }
    }
    return most;
}

/* A member: how much more CPU time threads take than async with long waits, over the same with
 * short ones. Overwrites the trial's scratch. */
static void add_waits(struct trial *trial, struct trial_comparison *comparison,
                      const struct waits *waits)
{
    const struct pair *at_long = &waits->at_long, *at_short = &waits->at_short;
    struct trial_member *member =
        waits->spread > 0 ? trial_member(trial, comparison, at_long->cell, at_long->async) : NULL;
    if (!member) {
        return;
    }
    trial_also(comparison, at_short->cell);
    trial_also(comparison, at_short->async);
    trial_values(trial, at_long->cell, SAMPLE_CPU, member->above);
    trial_values(trial, at_short->async, SAMPLE_CPU, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        member->above[r] *= trial->scratch[r];
    }
    trial_values(trial, at_long->async, SAMPLE_CPU, member->below);
    trial_values(trial, at_short->cell, SAMPLE_CPU, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        member->below[r] *= trial->scratch[r];
    }
}

/* What a task takes with waits of a workload. */
static void say_waits(struct trial *trial, size_t workload, struct pair pair)
{
    char wait[WORDS_BYTES], cpu[WORDS_BYTES], times[WORDS_BYTES];
    double ratio =
        trial_median(trial, pair.cell, SAMPLE_TIME) / trial_median(trial, pair.async, SAMPLE_TIME);
    double tasks = question_tasks(trial_workload(trial, workload), 1);
    if (!isnan(ratio)) {
        words_add(&trial->reason,
                  " With waits of %s threads take %s times as long as async, and %s of CPU time "
                  "per task.",
                  words_time(latency_of(trial, workload), wait), words_number(ratio, times),
                  words_time(trial_median(trial, pair.cell, SAMPLE_CPU) / tasks, cpu));
    }
}

static void try_long_waits(struct trial *trial)
{
    static const struct trial_rule more = {0, TRIAL_AT_LEAST, TRIAL_WORTH, TRIAL_FIRST};
    char at_long[WORDS_BYTES], at_short[WORDS_BYTES];
    struct waits most = find_waits(trial, SIZE_MAX);
    if (most.spread > 0) {
        struct trial_comparison *comparison =
            trial_add(trial, &more, "%ld in flight, waits of %s over %s", most.at_long.workers,
                      words_time(latency_of(trial, most.long_workload), at_long),
                      words_time(latency_of(trial, most.short_workload), at_short));
        struct waits shorter = find_waits(trial, most.long_workload);
        struct waits longer = find_waits(trial, most.short_workload);
        add_waits(trial, comparison, &most);
        add_waits(trial, comparison, &shorter);
        add_waits(trial, comparison, &longer);
    }
    if (trial_conclude(trial,
                       "CPU time of threads over that of async, which long waits multiply")) {
        say_waits(trial, most.long_workload, most.at_long);
        say_waits(trial, most.short_workload, most.at_short);
    }
}

/* clang-format off */
static const struct claim rows[] = {
    {6, "a context switch costs",
     "The same computing on one core, in the workload whose points differ most in context switches: "
     "every point is held against the two that switch least, if it switches at least 100 times "
     "more. In the median over these pairs, one more switch goes with at least 0.1 µs more of CPU "
     "time.",
     {NULL},
     try_switch},
    {7, "with many tasks a thread or a process for each is inefficient, async is not",
     "Only waiting, on one core, with 100 or more at a time: the most threads take at least 1.2 "
     "times as long as async with as many in flight, and so do the most processes where so many "
     "were measured (a process for each has a thread for each, too); async with the most in flight "
     "takes at most 3.5 times as long per task as with the next fewer.",
     {"that wait on one core, in 100 threads or more and in async with as many in flight",
      "that wait on one core in async, with two numbers of 100 or more in flight"},
     try_many},
    {8, "very long waits make threads inefficient",
     "Only waiting, on one core, with waits of which some are 10 times as long as others: the CPU "
     "time of threads over that of async with as many in flight is at least 1.2 times as much with "
     "the longest waits as with the shortest.",
     {NULL},
     try_long_waits},
};
/* clang-format on */

const struct claim_group claims_workers = {rows, sizeof rows / sizeof rows[0]};
