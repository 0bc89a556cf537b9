#include "answer/reason_limit.h"

#include "answer/reason_cores.h"
#include "answer/reason_excess.h"
#include "answer/reason_level.h"

#include <math.h>
#include <stdio.h>

/* A bound explains a throughput that reaches this much of it. */
#define EXPLAINED 0.8

/* Of two bounds that differ by less than this the plainer one is named. */
#define NEARLY 0.95

/* Cores that are worth, or busy, for this much of what they are, are fully used. */
#define FULLY_USED 0.95

/* Cores that are worth less than this much of what they are have to share what they need. */
#define SHARED 0.75

/* A service rank that was busy for more than this share of the time can answer no more. */
#define SERVICE_FULL 0.9

static const char *the_cores(const struct reason_facts *facts)
{
    return facts->point.cores == 1 ? "the core" : "the cores";
}

/* The part of a task's time that belongs to one of its waits, or blocks of a wait. */
static double per_wait(const struct reason_facts *facts, double task_s)
{
    return task_s / (facts->workload->waits > 0 ? facts->workload->waits : 1);
}

static void say_cost_of_waits(const struct reason_facts *facts, struct words *limit,
                              struct words *sentence)
{
    char time[WORDS_BYTES], bytes[WORDS_BYTES];
    double blocks = fmax(1, facts->workload->waits);
    words_time(per_wait(facts, facts->choice.cpu_s), time);
    words_add(limit, "%s: %s each", the_cores(facts), time);
    words_add(sentence, "%s: each ", the_cores(facts));
    if (facts->device) {
        words_add(sentence, "block of %s",
                  words_bytes(facts->workload->wait_bytes / blocks, bytes));
    } else {
        words_add(sentence, "wait");
    }
    words_add(sentence, " costs %s of CPU time", time);
}

/* What the cores would be worth if they shared nothing, and all waited for the slowest. */
static double equal_worth(const struct reason_facts *facts)
{
    const struct unequal *cores = &facts->cores;
    return facts->point.cores * (cores->speed ? cores->speed[cores->slowest] : 1);
}

/* "both fully used", or what the cores are worth where that is clearly less. */
static void say_worth(const struct reason_facts *facts, struct words *sentence)
{
    int cores = facts->point.cores;
    if (facts->worth.times < FULLY_USED * equal_worth(facts)) {
        words_add(sentence, "%d cores are worth %s%.2f for %s", cores,
                  facts->worth.trust == WORTH_AT_MOST ? "at most " : "", facts->worth.times,
                  facts->workload->kernel.name);
        if (facts->worth.disturbed) {
            words_add(sentence, ", by a calibration that other processes disturbed");
        }
    } else if (cores == 2) {
        words_add(sentence, "both fully used");
    } else {
        words_add(sentence, "all %d fully used", cores);
    }
}

static void say_computing(const struct reason_facts *facts, struct words *limit,
                          struct words *sentence)
{
    int cores = facts->point.cores;
    bool by_latency = facts->workload->kernel.bound == KERNEL_BOUND_LATENCY;
    if (cores == 1 && by_latency && !facts->waits && facts->busy >= FULLY_USED) {
        reason_level_add_latency(facts, limit, sentence);
    } else if (cores == 1) {
        words_add(limit, "the core: %.0f %% busy", 100 * facts->busy);
        words_add(sentence, "the core: %s waits, and it is ",
                  facts->waits ? "hardly anything" : "nothing");
        if (facts->busy >= FULLY_USED) {
            words_add(sentence, "fully used");
        } else {
            words_add(sentence, "busy %.0f %% of the time", 100 * facts->busy);
        }
        words_add(sentence, ", bound by ");
        reason_level_add_bound(facts, sentence);
    } else {
        words_add(limit, "the cores: %.2f of %d", facts->worth.times, cores);
        words_add(sentence, "the cores: ");
        say_worth(facts, sentence);
    }
    if (facts->worth.times < SHARED * equal_worth(facts) && !facts->worth.disturbed) {
        words_add(sentence, ", as if they shared ");
        reason_level_add_shared(facts, sentence);
    }
}

static void say_mixed(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char compute[WORDS_BYTES], task[WORDS_BYTES];
    double compute_s = facts->inputs.compute_s, task_s = compute_s + facts->inputs.wait_s;
    words_add(limit, "%s: %.0f %% compute", the_cores(facts), 100 * compute_s / task_s);
    words_add(sentence, "%s: %s of each %s task is computing", the_cores(facts),
              words_time(compute_s, compute), words_time(task_s, task));
    if (facts->point.cores > 1) {
        words_add(sentence, ", and ");
        say_worth(facts, sentence);
    }
}

static void say_cores(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char time[WORDS_BYTES];
    if (facts->computes) {
        bool is_mixed = facts->inputs.wait_s > 0.01 * facts->inputs.compute_s;
        (is_mixed ? say_mixed : say_computing)(facts, limit, sentence);
    } else if (facts->waits) {
        say_cost_of_waits(facts, limit, sentence);
    } else {
        words_time(facts->choice.cpu_s, time);
        words_add(limit, "the tool: %s per task", time);
        words_add(sentence, "the tool itself: a task that does nothing costs %s", time);
    }
}

/* True when a wait is nothing but the way of a request there and back. */
static bool is_round_trip(const struct reason_facts *facts)
{
    return facts->served && facts->workload->latency_s == 0 && facts->point.depth == 1;
}

static void say_round_trip(const struct reason_facts *facts, struct words *limit,
                           struct words *sentence)
{
    char trip[WORDS_BYTES];
    words_time(per_wait(facts, facts->inputs.wait_s), trip);
    words_add(limit, "the wait: %s each", trip);
    words_add(sentence, "the wait itself: one request at a time%s, and each round trip takes %s",
              point_workers(facts->point) > 1 ? " from each worker" : "", trip);
}

static void say_depth(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char wait[WORDS_BYTES], asked[WORDS_BYTES];
    double in_flight = fmin(facts->tasks, (double)point_concurrency(facts->point));
    bool one_wait = !facts->computes && facts->workload->waits <= 1;
    if (in_flight < facts->tasks) {
        words_add(limit, "the depth: %.0f of %.0f", in_flight, facts->tasks);
        words_add(sentence, "the depth: %.0f of %.0f tasks are in flight at a time", in_flight,
                  facts->tasks);
    } else {
        words_time(one_wait ? facts->inputs.wait_s : facts->serial.time_s, wait);
        words_add(limit, "the wait: %s each", wait);
        words_add(sentence, "the wait itself: all %.0f tasks are in flight, and one ",
                  facts->tasks);
        if (one_wait && facts->workload->latency_s > 0) {
            words_add(sentence, "wait of %s takes %s",
                      words_time(facts->workload->latency_s, asked), wait);
        } else {
            words_add(sentence, "%s takes %s", one_wait ? "wait" : "task", wait);
        }
    }
}

static void say_lock(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char compute[WORDS_BYTES];
    int ranks = facts->point.ranks;
    words_add(limit, "the lock: %d at a time", ranks);
    words_add(sentence, "the lock: only %d of %ld workers compute%s at once, %s for each task",
              ranks, point_workers(facts->point), ranks == 1 ? "s" : "",
              words_time(facts->inputs.compute_s, compute));
}

static void say_switching(const struct reason_facts *facts, struct words *limit,
                          struct words *sentence)
{
    double share = reason_excess(facts, facts->point, &facts->choice).share;
    words_add(limit, "switching: %.0f %% CPU", 100 * share);
    words_add(sentence,
              "switching: %.0f %% of CPU time, because %ld workers take turns on %d core%s",
              100 * share, point_workers(facts->point), facts->point.cores,
              facts->point.cores == 1 ? "" : "s");
}

static void say_too_few_tasks(const struct reason_facts *facts, struct words *limit,
                              struct words *sentence)
{
    char wait[WORDS_BYTES], computing[WORDS_BYTES];
    words_add(limit, "too few tasks: %.0f", facts->tasks);
    words_add(sentence,
              "too few tasks: %.0f of them, %s of CPU time in all, cannot hide a wait of %s",
              facts->tasks, words_time(reason_computing_s(facts), computing),
              words_time(facts->inputs.wait_s, wait));
}

/* "2 waves", of a workload whose tasks go as many at a time as said before. */
static void say_last_wave(const struct reason_facts *facts, double at_a_time, const char *where,
                          struct words *limit, struct words *sentence)
{
    words_add(limit, "the last wave: %.0f %s", facts->tasks, where);
    words_add(sentence, "the last wave: %.0f tasks %s take %.0f waves", facts->tasks, where,
              ceil(facts->tasks / at_a_time));
}

/* Whole tasks on the cores: the last of them leave cores idle. */
static void say_whole_tasks(const struct reason_facts *facts, struct words *limit,
                            struct words *sentence)
{
    char where[WORDS_BYTES];
    int cores = facts->point.cores;
    snprintf(where, sizeof where, "on %d cores", cores);
    if (facts->tasks < cores) {
        words_add(limit, "too few tasks: %.0f %s", facts->tasks, where);
        words_add(sentence, "too few tasks: %.0f of them cannot keep %d cores busy", facts->tasks,
                  cores);
    } else {
        say_last_wave(facts, cores, where, limit, sentence);
    }
}

/* True when whole tasks take as long on the cores as if they did not wait. */
static bool is_computing(const struct reason_facts *facts)
{
    struct bound_inputs computing = facts->inputs;
    computing.wait_s = computing.least_wait_s = 0;
    return bounds_at(&computing, facts->point).tasks_per_s[BOUND_WAVES] <=
           facts->bounds.tasks_per_s[BOUND_WAVES] / NEARLY;
}

static void say_waves(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char where[WORDS_BYTES];
    double in_flight = (double)point_concurrency(facts->point);
    if (is_computing(facts)) {
        say_whole_tasks(facts, limit, sentence);
    } else if (in_flight < facts->tasks) {
        snprintf(where, sizeof where, "with %.0f in flight", in_flight);
        say_last_wave(facts, in_flight, where, limit, sentence);
    } else {
        say_too_few_tasks(facts, limit, sentence);
    }
}

static void say_wait_and_its_cost(const struct reason_facts *facts, struct words *limit,
                                  struct words *sentence)
{
    char computing[WORDS_BYTES];
    say_depth(facts, limit, sentence);
    words_add(sentence, ". The CPU time of all tasks is %s",
              words_time(reason_computing_s(facts), computing));
}

static void say_storage(const struct reason_facts *facts, struct words *limit,
                        struct words *sentence)
{
    const struct question_workload *workload = facts->workload;
    char rate[WORDS_BYTES];
    words_rate(workload->wait_bytes / facts->choice.time_s, rate);
    words_add(limit, "the storage: %s", rate);
    words_add(sentence, "the storage");
    /* That a scratch file is in memory is said in a remark. */
    if (workload->storage && !workload->storage_is_memory) {
        words_add(sentence, ", %s", workload->storage);
    }
    if (facts->deeper_is_no_faster) {
        words_add(sentence, ": %s, and more in flight gives no more", rate);
    } else {
        words_add(sentence, ": %s with %.0f in flight", rate,
                  fmin(facts->tasks, (double)point_concurrency(facts->point)));
    }
}

static void say_service(const struct reason_facts *facts, struct words *limit,
                        struct words *sentence)
{
    char rate[WORDS_BYTES], count[WORDS_BYTES];
    double answers = facts->tasks * facts->workload->waits / facts->choice.service_busy_s;
    words_add(limit, "the service: %s", words_frequency(answers, rate));
    words_add(sentence,
              "the service rank: it was busy %.0f %% of the time and answers %s requests per "
              "second",
              100 * reason_service_share(facts), words_count(answers, count));
}

/* Workers that append to one list have it one after the other, and its end travels between cores;
 * or calls of MPI take longer than that. */
static void say_list(const struct reason_facts *facts, struct words *limit, struct words *sentence)
{
    char task[WORDS_BYTES], serial[WORDS_BYTES];
    long workers = point_workers(facts->point);
    words_time(facts->choice.time_s, task);
    if (reason_calls_mpi(facts->workload, facts->point)) {
        words_add(limit, "the list by MPI: %s each", task);
        words_add(sentence, "one-sided calls of MPI: by them %ld workers append to one list",
                  workers);
    } else if (facts->workload->kernel.guard == KERNEL_GUARD_LOCK) {
        words_add(limit, "the list: %s each", task);
        words_add(sentence, "the one list: %ld workers take turns at its lock", workers);
    } else {
        words_add(limit, "the list: %s each", task);
        words_add(sentence, "the one list: %ld workers take turns at its end", workers);
    }
    words_add(sentence, ". A task takes %s", task);
    if (!isnan(facts->serial.time_s)) {
        words_add(sentence, " instead of %s alone", words_time(facts->serial.time_s, serial));
    }
}

static bool is_plural(enum bound bound)
{
    return bound == BOUND_CORES || bound == BOUND_WAVES;
}

static void say_unexplained(const struct reason_facts *facts, struct words *limit,
                            struct words *sentence)
{
    enum bound lowest = facts->bounds.lowest;
    words_add(limit, "unclear: %.0f %% used", 100 * facts->share);
    words_add(sentence, "unknown: no bound explains the time, %.0f %% of what the %s allow%s. ",
              100 * facts->share, bound_names[lowest], is_plural(lowest) ? "" : "s");
    if (facts->inputs.compute_s > 0) {
        enum reason_cause cause = reason_excess(facts, facts->point, &facts->choice).cause;
        const char *words = reason_cause_words(cause);
        words_add(sentence, "CPU time is %.2f times that of the work%s%s. ",
                  facts->choice.cpu_s / facts->inputs.compute_s, words ? " by " : "",
                  words ? words : "");
    }
    words_add(sentence, "There were %.0f voluntary and %.0f involuntary switches",
              facts->choice.switches_voluntary, facts->choice.switches_involuntary);
}

/* What cores are worth is a bound only where calibration was left alone. */
static void say_contradicted(const struct reason_facts *facts, struct words *limit,
                             struct words *sentence)
{
    int cores = facts->point.cores;
    words_add(limit, "unclear: calibration");
    words_add(sentence,
              "unknown, because calibration was disturbed: it found that %d cores are worth %.2f "
              "for %s, but they did the work of %.2f",
              cores, facts->worth.calibrated, facts->workload->kernel.name,
              facts->inputs.compute_s / facts->choice.time_s);
}

/* More was reached than can be: something of what the bound rests on was measured wrongly. */
static void say_not_credible(const struct reason_facts *facts, struct words *limit,
                             struct words *sentence)
{
    char compute[WORDS_BYTES], wait[WORDS_BYTES];
    enum bound lowest = facts->bounds.lowest;
    words_add(limit, "not credible: %.0f %%", 100 * facts->share);
    words_add(sentence,
              "unknown: %.0f %% of what the %s allow%s is not credible. That rests on %s of CPU "
              "time for a "
              "task",
              100 * facts->share, bound_names[lowest], is_plural(lowest) ? "" : "s",
              words_time(facts->inputs.compute_s, compute));
    if (facts->inputs.wait_s > 0) {
        words_add(sentence, " and a wait of %s", words_time(facts->inputs.wait_s, wait));
    }
}

static void say_unknown(const struct reason_facts *facts, struct words *limit,
                        struct words *sentence)
{
    bool serial = !isnan(facts->serial.time_s);
    words_add(limit, serial ? "unknown" : "unknown without serial");
    words_add(sentence, "unknown, because %s",
              serial ? "no CPU time was measured" : "serial, 1×1×1@1, was not measured");
}

/* The lowest bound. But that tasks are whole is not worth a word where they are many, and more in
 * flight is no help where the cores are all but full. */
static enum bound binding(const struct bounds *bounds)
{
    const double *tasks_per_s = bounds->tasks_per_s;
    enum bound many = bounds->lowest_of_many;
    if (tasks_per_s[BOUND_WAVES] < NEARLY * tasks_per_s[many]) {
        return BOUND_WAVES;
    }
    bool nearly_full = tasks_per_s[BOUND_CORES] <= 1.1 * tasks_per_s[BOUND_DEPTH];
    return many == BOUND_DEPTH && nearly_full ? BOUND_CORES : many;
}

static reason_limit *const say_bound[BOUND_COUNT] = {
    [BOUND_CORES] = say_cores,
    [BOUND_DEPTH] = say_depth,
    [BOUND_MEMORY] = reason_level_add_bandwidth,
    [BOUND_LOCK] = say_lock,
    [BOUND_WAVES] = say_waves,
};

reason_limit *reason_find_limit(const struct reason_facts *facts)
{
    enum bound lowest = binding(&facts->bounds);
    double waits_and_computing_s = facts->inputs.wait_s + reason_computing_s(facts);
    bool all_in_flight = (double)point_concurrency(facts->point) >= facts->tasks;
    if (reason_service_share(facts) > SERVICE_FULL) {
        return say_service;
    }
    if (!(facts->share > 0)) { /* no bound is known */
        return say_unknown;
    }
    if (facts->share_at_least > WORTH_SLACK) {
        return say_not_credible;
    }
    bool rests_on_worth = lowest == BOUND_CORES || lowest == BOUND_MEMORY;
    if (facts->worth.trust == WORTH_CONTRADICTED && rests_on_worth && facts->share < FULLY_USED) {
        return say_contradicted;
    }
    if (lowest == BOUND_DEPTH && facts->device && facts->deeper_is_no_faster) {
        return facts->busy > 0.9 ? say_cores : say_storage;
    }
    if (facts->share >= EXPLAINED) {
        bool unequal = facts->cores.speed && facts->tasks >= facts->point.cores;
        return lowest == BOUND_DEPTH && is_round_trip(facts)             ? say_round_trip
               : lowest == BOUND_WAVES && unequal && is_computing(facts) ? reason_cores_slowest
                                                                         : say_bound[lowest];
    }
    if (reason_excess(facts, facts->point, &facts->choice).cause == REASON_CAUSE_SWITCHING) {
        return say_switching;
    }
    if (!facts->computes && facts->busy > 0.9) {
        return say_cores;
    }
    if (reason_is_contended(facts, facts->point)) {
        return say_list;
    }
    if (facts->waits && (all_in_flight || (facts->computes && lowest == BOUND_CORES)) &&
        waits_and_computing_s >= EXPLAINED * facts->tasks * facts->choice.time_s) {
        return facts->computes ? say_too_few_tasks : say_wait_and_its_cost;
    }
    return facts->device ? say_storage : say_unexplained;
}

enum bound reason_bound_of(reason_limit *limit)
{
    if (limit == say_round_trip || limit == reason_cores_slowest) {
        return limit == say_round_trip ? BOUND_DEPTH : BOUND_WAVES;
    }
    enum bound bound = BOUND_CORES;
    while (bound < BOUND_COUNT && limit != say_bound[bound]) {
        bound++;
    }
    return bound;
}
