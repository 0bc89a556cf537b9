#include "answer/reason.h"

#include "answer/bounds.h"
#include "answer/interval_text.h"
#include "answer/question.h"
#include "answer/remarks.h"
#include "text/words.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* A bound explains a throughput that reaches this much of it. */
#define EXPLAINED 0.8

/* A service rank that was busy for more than this share of the time can answer no more. */
#define SERVICE_FULL 0.9

/* CPU time beyond that of the work that is worth a word. */
#define OVERHEAD 0.15

/* One cell, per task where not said otherwise. */
struct cell_facts {
    double time_s, cpu_s;
    double switches_voluntary, switches_involuntary; /* of the whole cell */
    double service_busy_s;                           /* the same; NAN without a service rank */
};

/* What the limit at the choice is found from. */
struct facts {
    const struct question_workload *workload;
    struct point point;
    bool computes, waits, device; /* device: nobody but it decides how long a wait takes */
    bool served;                  /* a service rank ends the waits */
    bool deeper_is_no_faster;     /* points with more in flight were measured at the same C */
    double tasks;                 /* at the choice */
    double worth;                 /* C* */
    struct cell_facts serial, choice;
    struct bound_inputs inputs;
    struct bounds bounds;
    double share; /* of what the lowest bound allows */
    /* CPU time of a task at the choice, without that of waiting where it cannot be told from work:
     * beside a service rank that is not busy, all CPU time is that of asking. */
    double work_s;
    double busy; /* share of the time that the cores work */
};

static struct cell_facts cell_facts(const struct question *question, size_t cell, double *scratch)
{
    if (cell == QUESTION_NO_CELL) {
        return (struct cell_facts){NAN, NAN, NAN, NAN, NAN};
    }
    double tasks = question_tasks(&question->workload[question_workload_of(question, cell)],
                                  question_point(question, cell).cores);
    return (struct cell_facts){
        .time_s = question_median(question, cell, SAMPLE_TIME, scratch) / tasks,
        .cpu_s = question_median(question, cell, SAMPLE_CPU, scratch) / tasks,
        .switches_voluntary = question_median(question, cell, SAMPLE_SWITCHES_VOLUNTARY, scratch),
        .switches_involuntary =
            question_median(question, cell, SAMPLE_SWITCHES_INVOLUNTARY, scratch),
        .service_busy_s = question_median(question, cell, SAMPLE_SERVICE_BUSY, scratch),
    };
}

/* C*: what calibration found, noise above C left out, unless the rounds reached more: a busy second
 * while calibrating is no limit of the machine. Work that never waits tells by its speed-up, other
 * work by the CPU time that it got done. Without a kernel or a calibration a core is worth a core.
 */
static double cores_worth(const struct question *question, const struct verdict *verdict)
{
    const struct question_workload *asked = &question->workload[verdict->workload];
    int cores = verdict->cores;
    double worth =
        asked->cores_worth ? asked->cores_worth[question_cores_index(question, cores)] : NAN;
    if (asked->waits == 0 && !isnan(worth)) {
        worth = fmax(worth, verdict->choice_speed_up.median);
    }
    return worth > 0 && asked->computes ? fmin(worth, cores) : cores;
}

/* Latency-bound memory traffic is no matter of the bus. */
static bool is_bound_by_bandwidth(const struct question_workload *workload)
{
    return workload->memory_bytes > 0 && workload->bound != KERNEL_BOUND_LATENCY;
}

/* CPU time that one task needs. */
static double needed_cpu_s(const struct facts *facts)
{
    double serial_cpu_s = facts->serial.cpu_s;
    if (isnan(serial_cpu_s) && !facts->waits) {
        serial_cpu_s = facts->serial.time_s;
    }
    /* Waits in flight together may cost less CPU time than one by one. */
    double cpu_s = fmin(serial_cpu_s, facts->choice.cpu_s);
    if (!facts->workload->spins) {
        return cpu_s;
    }
    /* Who looks all the while whether the wait has ended takes CPU time for that, but needs none.
     */
    double asked_s = facts->workload->waits * facts->workload->latency_s;
    double computing_s =
        isnan(asked_s) ? facts->workload->compute_s : facts->serial.time_s - asked_s;
    return facts->computes ? fmax(0, fmin(cpu_s, computing_s)) : 0;
}

/* What a task waited for when it was alone, or less, where the choice shows that it was less: one
 * after the other they may all have been late. */
static double wait_s(const struct facts *facts, double compute_s)
{
    double asked_s = facts->workload->latency_s * facts->workload->waits;
    double in_flight = fmin(facts->tasks, (double)point_concurrency(facts->point));
    double shown_s = in_flight * facts->choice.time_s - compute_s;
    return isnan(facts->serial.time_s)
               ? asked_s
               : fmin(facts->serial.time_s - compute_s, fmax(asked_s, shown_s));
}

static struct bound_inputs bound_inputs(const struct facts *facts)
{
    const struct question_workload *workload = facts->workload;
    double compute_s = needed_cpu_s(facts);
    return (struct bound_inputs){
        .compute_s = compute_s,
        .wait_s = facts->waits ? fmax(0, wait_s(facts, compute_s)) : 0,
        .cores_worth = facts->worth,
        .bytes = is_bound_by_bandwidth(workload) ? workload->memory_bytes : 0,
        .bandwidth = workload->memory_bytes * facts->worth / compute_s,
        .tasks = (uint64_t)facts->tasks,
        .lock = workload->lock && facts->computes,
    };
}

/* Tasks that wait go in waves; places in flight that the last one leaves empty are nobody's loss.
 */
static double last_wave_loss(double tasks, struct point point)
{
    double in_flight = fmin(tasks, (double)point_concurrency(point));
    return ceil(tasks / in_flight) * in_flight / tasks;
}

/* True when a point with more in flight has a vote at the same C: it was not better. */
static bool deeper_was_measured(const struct question *question, const struct verdict *verdict)
{
    size_t cores_index = question_cores_index(question, verdict->cores);
    size_t first = question_first_cell(question, verdict->workload, cores_index);
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        if (question->status[cell] == CELL_DONE &&
            point_concurrency(question_point(question, cell)) >
                point_concurrency(verdict->choice) &&
            question_votes(question, cell) > 0) {
            return true;
        }
    }
    return false;
}

static struct facts facts_of(const struct question *question, const struct verdict *verdict,
                             double *scratch)
{
    const struct question_workload *workload = &question->workload[verdict->workload];
    const struct point serial = {1, 1, 1, 1};
    struct facts facts = {
        .workload = workload,
        .point = verdict->choice,
        .computes = workload->computes,
        .waits = workload->has_waits,
        .device = workload->wait_bytes > 0 && isnan(workload->latency_s),
        .tasks = question_tasks(workload, verdict->cores),
        .worth = cores_worth(question, verdict),
        .serial = cell_facts(question, question_cell(question, verdict->workload, serial), scratch),
        .choice = cell_facts(question, question_cell(question, verdict->workload, verdict->choice),
                             scratch),
    };
    facts.deeper_is_no_faster = deeper_was_measured(question, verdict);
    facts.served = !isnan(facts.choice.service_busy_s);
    if (facts.computes) { /* what it got done */
        facts.worth =
            fmin(verdict->cores, fmax(facts.worth, needed_cpu_s(&facts) / facts.choice.time_s));
    }
    facts.inputs = bound_inputs(&facts);
    facts.bounds = bounds_at(&facts.inputs, facts.point);
    facts.share = 1 / facts.choice.time_s / facts.bounds.tasks_per_s[facts.bounds.lowest];
    if (facts.bounds.lowest == BOUND_DEPTH) {
        facts.share *= last_wave_loss(facts.tasks, facts.point);
    }
    facts.work_s = workload->spins && !facts.served ? facts.inputs.compute_s : facts.choice.cpu_s;
    facts.busy = fmin(1, facts.work_s / facts.choice.time_s / facts.point.cores);
    return facts;
}

/* Share of a cell's CPU time that more workers than cores lose by taking turns; 0 when it is no
 * matter of switching. Cores that share their units use more CPU time for the same work. */
static double switching_share(const struct facts *facts, struct point point, struct cell_facts cell)
{
    double work_s = facts->serial.cpu_s * fmax(1, facts->point.cores / facts->worth);
    double share = 1 - work_s / cell.cpu_s;
    bool switches = cell.switches_involuntary > 2 * facts->serial.switches_involuntary + 10;
    return point_workers(point) > point.cores && switches && share > OVERHEAD ? share : 0;
}

static const char *the_cores(const struct facts *facts)
{
    return facts->point.cores == 1 ? "the core" : "the cores";
}

/* One wait or one block that waits are made of. */
static double per_wait(const struct facts *facts, double task_s)
{
    return task_s / (facts->workload->waits > 0 ? facts->workload->waits : 1);
}

static void say_cost_of_waits(const struct facts *facts, struct words *limit,
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

static void say_computing(const struct facts *facts, struct words *limit, struct words *sentence)
{
    const struct question_workload *workload = facts->workload;
    int cores = facts->point.cores;
    if (cores == 1) {
        words_add(limit, "the core: %.0f %% busy", 100 * facts->busy);
        words_add(sentence, "the core: %s here waits, and 1 core does 1 core's work",
                  facts->waits ? "hardly anything" : "nothing");
        if (workload->bound_words) {
            words_add(sentence, ", bound by %s", workload->bound_words);
        }
    } else {
        words_add(limit, "the cores: %.2f of %d", facts->worth, cores);
        words_add(sentence, "the cores: %d cores do %.2f %s worth of %s here", cores, facts->worth,
                  facts->worth < 1.005 ? "core's" : "cores'", workload->kernel);
    }
    if (workload->bound_words && facts->worth < 0.75 * cores) {
        words_add(sentence, ", as if they shared %s", workload->bound_words);
    }
}

static void say_mixed(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char compute[WORDS_BYTES], task[WORDS_BYTES];
    double compute_s = facts->inputs.compute_s, task_s = compute_s + facts->inputs.wait_s;
    words_add(limit, "%s: %.0f %% compute", the_cores(facts), 100 * compute_s / task_s);
    words_add(sentence, "%s: %s of each %s task is compute", the_cores(facts),
              words_time(compute_s, compute), words_time(task_s, task));
    if (facts->point.cores > 1) {
        words_add(sentence, ", and %d cores do %.2f %s worth of it", facts->point.cores,
                  facts->worth, facts->worth < 1.005 ? "core's" : "cores'");
    }
}

static void say_cores(const struct facts *facts, struct words *limit, struct words *sentence)
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

/* Nothing but the way there and back is waited for. */
static bool is_round_trip(const struct facts *facts)
{
    return facts->served && facts->workload->latency_s == 0 && facts->point.depth == 1;
}

static void say_round_trip(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char trip[WORDS_BYTES];
    words_time(per_wait(facts, facts->inputs.wait_s), trip);
    words_add(limit, "the wait: %s each", trip);
    words_add(sentence, "the wait itself: one request at a time%s, and each round trip takes %s",
              point_workers(facts->point) > 1 ? " from each worker" : "", trip);
}

static void say_depth(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char wait[WORDS_BYTES], asked[WORDS_BYTES];
    double in_flight = fmin(facts->tasks, (double)point_concurrency(facts->point));
    bool one_wait = !facts->computes && facts->workload->waits <= 1;
    if (!facts->waits) {
        words_add(limit, "the tasks: %.0f on %d cores", facts->tasks, facts->point.cores);
        words_add(sentence, "the tasks: %.0f of them cannot keep %d cores busy", facts->tasks,
                  facts->point.cores);
    } else if (in_flight < facts->tasks) {
        words_add(limit, "the depth: %.0f of %.0f", in_flight, facts->tasks);
        words_add(sentence, "the depth: %.0f in flight of %.0f waiting", in_flight, facts->tasks);
    } else {
        words_time(one_wait ? facts->inputs.wait_s : facts->serial.time_s, wait);
        words_add(limit, "the wait: %s each", wait);
        words_add(sentence, "the wait itself: all %.0f in flight, one ", facts->tasks);
        if (one_wait && facts->workload->latency_s > 0) {
            words_add(sentence, "wait of %s takes %s",
                      words_time(facts->workload->latency_s, asked), wait);
        } else {
            words_add(sentence, "%s takes %s", one_wait ? "wait" : "task", wait);
        }
    }
}

static void say_memory(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char rate[WORDS_BYTES], one[WORDS_BYTES];
    int cores = facts->point.cores;
    words_rate(facts->inputs.bandwidth, rate);
    words_add(limit, "the memory: %s", rate);
    words_add(sentence, "the memory bus: %s on %d core%s", rate, cores, cores == 1 ? "" : "s");
    if (cores > 1) {
        words_add(sentence, ", %s on 1", words_rate(facts->inputs.bandwidth / facts->worth, one));
    }
}

static void say_lock(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char compute[WORDS_BYTES];
    int ranks = facts->point.ranks;
    words_add(limit, "the lock: %d at a time", ranks);
    words_add(sentence, "the lock: only %d of %ld workers compute%s at once, %s for each task",
              ranks, point_workers(facts->point), ranks == 1 ? "s" : "",
              words_time(facts->inputs.compute_s, compute));
}

static void say_switching(const struct facts *facts, struct words *limit, struct words *sentence)
{
    double share = switching_share(facts, facts->point, facts->choice);
    words_add(limit, "switching: %.0f %% CPU", 100 * share);
    words_add(sentence, "switching: %.0f %% of CPU time, for %ld workers take turns on %d core%s",
              100 * share, point_workers(facts->point), facts->point.cores,
              facts->point.cores == 1 ? "" : "s");
}

/* CPU time of all tasks on the cores, as if nothing waited. */
static double computing_s(const struct facts *facts)
{
    return facts->tasks * facts->work_s / facts->worth;
}

static void say_too_few_tasks(const struct facts *facts, struct words *limit,
                              struct words *sentence)
{
    char wait[WORDS_BYTES], computing[WORDS_BYTES];
    words_add(limit, "too few tasks: %.0f", facts->tasks);
    words_add(sentence,
              "too few tasks: %.0f of them, %s of CPU time in all, cannot hide a wait of %s",
              facts->tasks, words_time(computing_s(facts), computing),
              words_time(facts->inputs.wait_s, wait));
}

static void say_wait_and_its_cost(const struct facts *facts, struct words *limit,
                                  struct words *sentence)
{
    char computing[WORDS_BYTES];
    say_depth(facts, limit, sentence);
    words_add(sentence, ", the CPU time for all %s", words_time(computing_s(facts), computing));
}

static void say_storage(const struct facts *facts, struct words *limit, struct words *sentence)
{
    const struct question_workload *workload = facts->workload;
    char rate[WORDS_BYTES];
    words_rate(workload->wait_bytes / facts->choice.time_s, rate);
    words_add(limit, "the storage: %s", rate);
    words_add(sentence, "the storage");
    /* Memory gets a sentence of its own. */
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

/* Share of the time that the service rank was answering; NAN without one. */
static double service_share(const struct facts *facts)
{
    double time_s = facts->tasks * facts->choice.time_s;
    return facts->served ? fmin(1, facts->choice.service_busy_s / time_s) : NAN;
}

static void say_service(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char rate[WORDS_BYTES], count[WORDS_BYTES];
    double answers = facts->tasks * facts->workload->waits / facts->choice.service_busy_s;
    words_add(limit, "the service: %s", words_frequency(answers, rate));
    words_add(sentence,
              "the service rank: it was busy %.0f %% of the time and answers %s requests per "
              "second",
              100 * service_share(facts), words_count(answers, count));
}

/* Workers that append to one list have it one after the other, and its end travels between cores.
 */
static bool is_contended(const struct facts *facts)
{
    enum kernel_guard guard = facts->workload->guard;
    return guard != KERNEL_GUARD_ABSENT && guard != KERNEL_GUARD_SHARDED &&
           point_workers(facts->point) > 1;
}

static void say_list(const struct facts *facts, struct words *limit, struct words *sentence)
{
    char task[WORDS_BYTES], serial[WORDS_BYTES];
    words_add(limit, "the list: %s each", words_time(facts->choice.time_s, task));
    words_add(sentence, "the one list: %ld workers take turns at its end, a task takes %s",
              point_workers(facts->point), task);
    if (!isnan(facts->serial.time_s)) {
        words_add(sentence, " instead of %s alone", words_time(facts->serial.time_s, serial));
    }
}

static void say_unexplained(const struct facts *facts, struct words *limit, struct words *sentence)
{
    const char *name = bound_names[facts->bounds.lowest];
    words_add(limit, "unclear: %.0f %% used", 100 * facts->share);
    words_add(sentence, "not known: no bound explains it, %.0f %% of what the %s allow%s; ",
              100 * facts->share, name, facts->bounds.lowest == BOUND_CORES ? "" : "s");
    if (facts->inputs.compute_s > 0) {
        words_add(sentence, "CPU time is %.2f times that of the work, ",
                  facts->choice.cpu_s / facts->inputs.compute_s);
    }
    words_add(sentence, "%.0f voluntary and %.0f involuntary switches",
              facts->choice.switches_voluntary, facts->choice.switches_involuntary);
}

static void say_unknown(const struct facts *facts, struct words *limit, struct words *sentence)
{
    bool serial = !isnan(facts->serial.time_s);
    words_add(limit, serial ? "unknown" : "unknown without serial");
    words_add(sentence, "not known, because %s",
              serial ? "no CPU time was measured" : "serial, 1×1×1@1, was not measured");
}

typedef void say(const struct facts *, struct words *, struct words *);

/* The lowest bound; but more in flight is no help where the cores are all but full. */
static enum bound binding(const struct bounds *bounds)
{
    const double *tasks_per_s = bounds->tasks_per_s;
    bool nearly_full = tasks_per_s[BOUND_CORES] <= 1.1 * tasks_per_s[BOUND_DEPTH];
    return bounds->lowest == BOUND_DEPTH && nearly_full ? BOUND_CORES : bounds->lowest;
}

static say *const say_bound[BOUND_COUNT] = {
    [BOUND_CORES] = say_cores,
    [BOUND_DEPTH] = say_depth,
    [BOUND_MEMORY] = say_memory,
    [BOUND_LOCK] = say_lock,
};

/* The bound that holds, or what else was seen to keep the throughput below all bounds. */
static say *find_limit(const struct facts *facts)
{
    enum bound lowest = binding(&facts->bounds);
    double waits_and_computing_s = facts->inputs.wait_s + computing_s(facts);
    bool all_in_flight = (double)point_concurrency(facts->point) >= facts->tasks;
    if (service_share(facts) > SERVICE_FULL) {
        return say_service;
    }
    if (!(facts->share > 0)) { /* no bound is known */
        return say_unknown;
    }
    if (lowest == BOUND_DEPTH && facts->device && facts->deeper_is_no_faster) {
        return facts->busy > 0.9 ? say_cores : say_storage;
    }
    if (facts->share >= EXPLAINED) {
        return lowest == BOUND_DEPTH && is_round_trip(facts) ? say_round_trip : say_bound[lowest];
    }
    if (switching_share(facts, facts->point, facts->choice) > 0) {
        return say_switching;
    }
    if (!facts->computes && facts->busy > 0.9) {
        return say_cores;
    }
    if (is_contended(facts)) {
        return say_list;
    }
    if (facts->waits && (all_in_flight || (facts->computes && lowest == BOUND_CORES)) &&
        waits_and_computing_s >= EXPLAINED * facts->tasks * facts->choice.time_s) {
        return facts->computes ? say_too_few_tasks : say_wait_and_its_cost;
    }
    return facts->device ? say_storage : say_unexplained;
}

static void say_choice(const struct facts *facts, const struct verdict *verdict,
                       struct words *sentence)
{
    char where[POINT_TEXT_BYTES], ratio[WORDS_BYTES], time[WORDS_BYTES], serial[WORDS_BYTES];
    bool weak = facts->workload->weak;
    double serial_s = weak ? verdict->serial_task_s : verdict->serial_s;
    double choice_s = weak ? facts->choice.time_s : verdict->choice_s;
    enum model model = point_model(verdict->choice);
    words_time(choice_s, time);
    if (model == MODEL_SERIAL) {
        words_add(sentence, "Use serial: %s%s", time, weak ? " per task" : "");
    } else if (isnan(serial_s)) {
        words_add(sentence, "Use %s %s: %s%s, the shortest time here", model_name(model),
                  point_text(verdict->choice, where), time, weak ? " per task" : "");
    } else {
        words_add(sentence, "Use %s %s: %s times as fast as serial, %s instead of %s%s",
                  model_name(model), point_text(verdict->choice, where),
                  interval_text(verdict->choice_speed_up, ratio), time,
                  words_time(serial_s, serial), weak ? " per task" : "");
        if (verdict->choice_speed_up.high < 1) {
            words_add(sentence, ", which is slower: more cores do not help here");
        }
    }
}

/* `votes` are those of the choice. */
static void say_too_few_rounds(const struct verdict *verdict, size_t votes, struct words *sentence)
{
    size_t needed = verdict_rounds_needed(verdict), few = verdict->rounds;
    if (votes >= needed && few >= needed) {
        return;
    }
    if (few < votes) {
        words_add(sentence, "; some have only %zu vote%s beside the fastest: ", few,
                  few == 1 ? "" : "s");
    } else {
        words_add(sentence, "; only %zu round%s: ", votes, votes == 1 ? "" : "s");
    }
    if (verdict->points > 2) {
        words_add(sentence, "%zu are needed to compare %zu points at 95 %% together", needed,
                  verdict->points);
    } else {
        words_add(sentence, "too few to be sure; more budget or --rounds");
    }
}

static void say_how_sure(const struct verdict *verdict, size_t votes, struct words *sentence)
{
    if (verdict->ties > 0) {
        words_add(sentence, "; %zu other%s within 2 %%", verdict->ties,
                  verdict->ties == 1 ? " is" : "s are");
    }
    if (verdict->undecided > 0) {
        words_add(sentence, "; %zu %scannot be told from the fastest yet", verdict->undecided,
                  verdict->ties > 0         ? "more "
                  : verdict->undecided == 1 ? "other "
                                            : "others ");
    }
    say_too_few_rounds(verdict, votes, sentence);
}

/* The group, other than the choice's, that loses most to switching. */
static void say_who_switches(const struct question *question, const struct facts *facts,
                             const struct verdict *verdict, double *scratch, struct words *sentence)
{
    char where[POINT_TEXT_BYTES];
    double most = 0;
    struct point who = {0};
    for (int g = GROUP_THREADS; g < GROUP_COUNT; g++) {
        struct point point = verdict->best[g].point;
        if (point.ranks == 0 || point_compare_simplicity(point, verdict->choice) == 0) {
            continue;
        }
        size_t cell = question_cell(question, verdict->workload, point);
        double share = switching_share(facts, point, cell_facts(question, cell, scratch));
        if (share > most) {
            most = share;
            who = point;
        }
    }
    if (most > 0) {
        words_add(sentence, " %s loses %.0f %% of its CPU time to switching.",
                  point_text(who, where), 100 * most);
    }
}

/* The failure's text may lack its last period; where it is long, it is cut. */
static void say_failed(const char *failure, struct words *limit, struct words *sentence)
{
    size_t bytes = failure ? strlen(failure) : 0;
    words_add(limit, "failed");
    words_add(sentence, "Nothing can be said, for it failed%s%s%s", bytes ? ": " : "",
              bytes ? failure : "", bytes && failure[bytes - 1] == '.' ? "" : ".");
}

static void say_no_choice(const struct question *question, const struct verdict *verdict,
                          struct words *limit, struct words *sentence)
{
    const struct samples *samples = question->samples;
    const char *failure = question->workload[verdict->workload].failure;
    size_t cores_index = question_cores_index(question, verdict->cores);
    size_t cell = question_first_cell(question, verdict->workload, cores_index);
    size_t first = cell * samples->rounds;
    size_t end = first + question_cells_per_cores(question) * samples->rounds;
    unsigned flags = 0;
    size_t measured = 0;
    if (failure ||
        memchr(&question->status[cell], CELL_FAILED, question_cells_per_cores(question))) {
        say_failed(failure, limit, sentence);
        return;
    }
    for (size_t i = first; i < end; i++) {
        if (!isnan(samples->value[SAMPLE_TIME][i])) {
            measured++;
            flags |= (unsigned)samples->value[SAMPLE_FLAGS][i];
        }
    }
    words_add(limit, "no valid samples");
    if (measured == 0) {
        words_add(sentence, "Nothing can be said: there are no samples yet.");
        return;
    }
    words_add(sentence, "Nothing can be said: none of %zu samples may vote, flags", measured);
    const char *separator = " ";
    for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        if ((flags >> bit) & 1) {
            words_add(sentence, "%s%s", separator, sample_flag_names[bit]);
            separator = ", ";
        }
    }
    words_add(sentence, ".");
}

/* The bounds, and the one that the limit is; others than bounds leave it empty. */
static void take_bounds(const struct facts *facts, say *limit, struct verdict *verdict)
{
    verdict->tasks_per_s = 1 / facts->choice.time_s;
    memcpy(verdict->bound_tasks_per_s, facts->bounds.tasks_per_s,
           sizeof verdict->bound_tasks_per_s);
    for (int b = 0; b < BOUND_COUNT; b++) {
        if (limit == say_bound[b] || (b == BOUND_DEPTH && limit == say_round_trip)) {
            strcpy(verdict->bound, bound_names[b]);
        }
    }
}

static void say_why(const struct question *question, struct verdict *verdict, double *scratch,
                    struct words *limit, struct words *sentence)
{
    struct facts facts = facts_of(question, verdict, scratch);
    size_t cell = question_cell(question, verdict->workload, verdict->choice);
    say *say_limit = find_limit(&facts);
    take_bounds(&facts, say_limit, verdict);
    say_choice(&facts, verdict, sentence);
    say_how_sure(verdict, question_votes(question, cell), sentence);
    words_add(sentence, ". The limit is ");
    say_limit(&facts, limit, sentence);
    words_add(sentence, ".");
    say_who_switches(question, &facts, verdict, scratch, sentence);
}

void reason_give(const struct question *question, struct verdict *verdict, double *scratch)
{
    struct words limit = {verdict->limit, sizeof verdict->limit, 0};
    struct words sentence = {verdict->reason, sizeof verdict->reason, 0};
    if (verdict->choice.ranks == 0) {
        say_no_choice(question, verdict, &limit, &sentence);
    } else {
        say_why(question, verdict, scratch, &limit, &sentence);
    }
    remarks_add(question, verdict, scratch, &sentence);
}
