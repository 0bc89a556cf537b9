#include "answer/impossible.h"

#include "answer/interval_text.h"
#include "answer/question.h"
#include "answer/unequal.h"
#include "text/words.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct point serial_point = {1, 1, 1, 1};

struct search {
    const struct question *question;
    double level;                     /* of an interval: all cells hold together with 95 % */
    double *seen_worth;               /* by workload and index on the cores axis; NAN: not seen */
    double *serial, *other, *scratch; /* a double per round each */
    struct interval serial_task_s;    /* of the workload at hand */
    const struct question_workload *workload;
};

/* The bounds of a point, and what it reached, in the same unit. */
struct trial {
    size_t cell;
    struct point point;
    struct bounds bounds;
    double slack[BOUND_COUNT];
    double reached; /* the low end of its interval; NAN where there is none yet */
};

/* Workers that share memory out may each fit into a cache that the whole does not fit into: how
 * long it takes at least is not known, nor how much can be moved at most. */
static bool uses_memory(const struct question_workload *workload)
{
    return workload->memory_bytes > 0 || workload->kernel.guard != KERNEL_GUARD_ABSENT ||
           kernel_bound_is_memory(workload->kernel.bound);
}

static size_t cells_each(const struct question *question)
{
    return question_cells_per_cores(question) * question->cores;
}

static bool search_open(struct search *search, const struct question *question)
{
    size_t rounds = question->samples->rounds, cells = 0;
    size_t worths = question->workloads * question->cores;
    double *memory = malloc((3 * rounds + worths + 1) * sizeof *memory);
    for (size_t cell = 0; cell < question->workloads * cells_each(question); cell++) {
        cells += question->status[cell] == CELL_DONE;
    }
    *search = (struct search){
        .question = question,
        .level = STATS_LEVEL / (double)(cells ? cells : 1),
        .serial = memory,
        .other = memory + rounds,
        .scratch = memory + 2 * rounds,
        .seen_worth = memory + 3 * rounds,
    };
    return memory != NULL;
}

static void search_close(struct search *search)
{
    free(search->serial);
}

static struct interval ratio_of(const struct search *search, const double *a, const double *b)
{
    return stats_ratio_at(a, b, search->question->samples->rounds, search->level, search->scratch);
}

static struct interval median_of(const struct search *search, const double *values)
{
    size_t rounds = search->question->samples->rounds;
    memcpy(search->scratch, values, rounds * sizeof *values);
    return stats_median_at(search->scratch, rounds, search->level);
}

/* Times of serial, and what it takes at least: on a busy machine several workers get more of a core
 * than one does, which makes nothing impossible; no such thing is true of CPU time. */
static void load_serial(struct search *search, size_t workload)
{
    const struct question *question = search->question;
    size_t cell = question_cell(question, workload, serial_point);
    search->workload = &question->workload[workload];
    search->serial_task_s = (struct interval){NAN, NAN, NAN, 0};
    for (size_t r = 0; r < question->samples->rounds; r++) {
        search->serial[r] = NAN;
    }
    if (cell != QUESTION_NO_CELL) {
        question_task_times(question, cell, search->serial);
        search->serial_task_s = median_of(search, search->serial);
        question_task_costs(question, cell, search->serial);
    }
}

/* The cores' worth that a point shows, all that is uncertain in its favour: by what it got done,
 * and by the CPU time that a task took more than it takes alone. The latter is too large where the
 * machine is busy, the former too small. */
static double worth_at(const struct search *search, size_t cell)
{
    const struct question *question = search->question;
    int cores = question_point(question, cell).cores;
    question_task_times(question, cell, search->other);
    double done = ratio_of(search, search->serial, search->other).high;
    question_task_cpu(question, cell, search->other);
    return fmax(done, cores * ratio_of(search, search->serial, search->other).high);
}

/* How much several cores are worth to a kernel only work that does nothing else shows. */
static void see_worths(struct search *search)
{
    const struct question *question = search->question;
    for (size_t i = 0; i < question->workloads * question->cores; i++) {
        const struct question_workload *workload = &question->workload[i / question->cores];
        size_t first = i * question_cells_per_cores(question);
        search->seen_worth[i] = NAN;
        if (workload->engine.has_waits || workload->lock || uses_memory(workload)) {
            continue;
        }
        load_serial(search, i / question->cores);
        for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
            if (question->status[cell] == CELL_DONE) {
                search->seen_worth[i] = fmax(search->seen_worth[i], worth_at(search, cell));
            }
        }
    }
}

/* By core, where calibration found that they differ: then they count as if they shared nothing. */
static struct unequal unequal_at(const struct search *search, int cores)
{
    return unequal_cores(search->question, (size_t)(search->workload - search->question->workload),
                         cores);
}

/* What equal numbers of tasks on so many cores can be worth at most. */
static double most_worth(const struct unequal *unequal, int cores)
{
    return cores * (unequal->speed ? unequal->speed[unequal->slowest] : 1);
}

/* C*: the larger of what calibration found, which may have been disturbed, and of what was seen in
 * the rounds; C where nothing was seen, and never more. */
static double cores_worth(const struct search *search, size_t cores_index)
{
    const struct question *question = search->question;
    double cores = question->cores_axis[cores_index], seen = NAN;
    const double *calibrated = search->workload->calibrated.worth;
    for (size_t w = 0; w < question->workloads; w++) {
        if (strcmp(question->workload[w].kernel.name, search->workload->kernel.name) == 0) {
            seen = fmax(seen, search->seen_worth[w * question->cores + cores_index]);
        }
    }
    if (isnan(seen) || !calibrated || isnan(calibrated[cores_index])) {
        return cores;
    }
    return fmin(cores, fmax(seen, calibrated[cores_index]));
}

/* What computing takes of a task that waits, too; 0 where it is not known. Calibrated, it may be
 * too much on a busy machine; by CPU time, what waiting costs is in it: the lesser. Who looks all
 * the while whether the wait has ended needs no CPU time for that. */
static double least_compute_s(const struct search *search, size_t workload)
{
    const struct question *question = search->question;
    double least_s = INFINITY;
    if (question->workload[workload].engine.spins) {
        return 0;
    }
    for (size_t i = 0; i < cells_each(question); i++) {
        size_t cell = workload * cells_each(question) + i;
        if (question->status[cell] != CELL_DONE) {
            continue;
        }
        question_task_cpu(question, cell, search->other);
        for (size_t r = 0; r < question->samples->rounds; r++) {
            least_s = fmin(least_s, search->other[r]);
        }
    }
    return isfinite(least_s) ? fmin(least_s, question->workload[workload].compute_s) : 0;
}

/* Work that only computes: as times the speed of serial's CPU time, paired by round. */
static void try_computing(const struct search *search, struct trial *trial)
{
    struct unequal unequal = unequal_at(search, trial->point.cores);
    const struct bound_inputs inputs = {
        .compute_s = 1,
        .cores_worth = most_worth(&unequal, trial->point.cores),
        .speed = unequal.speed,
        .tasks = (uint64_t)question_tasks(search->workload, trial->point.cores),
        .lock = search->workload->lock,
    };
    trial->bounds = bounds_at(&inputs, trial->point);
    trial->reached = ratio_of(search, search->serial, search->other).low;
}

/* Work that waits: as tasks/s, for no wait ends before its time. */
static void try_waiting(const struct search *search, double compute_s, struct trial *trial)
{
    const struct question *question = search->question;
    const struct question_workload *workload = search->workload;
    int cores = trial->point.cores;
    struct unequal unequal = unequal_at(search, cores);
    const struct bound_inputs inputs = {
        .compute_s = compute_s,
        .speed = unequal.speed,
        .wait_s = workload->latency_s * workload->waits,
        .least_wait_s = workload->latency_s * workload->waits,
        .cores_worth = unequal.speed ? most_worth(&unequal, cores)
                                     : cores_worth(search, question_cores_index(question, cores)),
        .tasks = (uint64_t)question_tasks(workload, trial->point.cores),
        .lock = workload->lock,
    };
    trial->bounds = bounds_at(&inputs, trial->point);
    trial->reached = 1 / median_of(search, search->other).high;
    if (!workload->kernel.computes) {
        trial->slack[BOUND_DEPTH] = trial->slack[BOUND_WAVES] = IMPOSSIBLE_SLACK_OF_WAITS;
    }
}

/* The bound that was beaten; BOUND_COUNT: none. */
static enum bound beaten(const struct trial *trial)
{
    for (int b = 0; b < BOUND_COUNT; b++) {
        if (trial->reached > trial->slack[b] * trial->bounds.tasks_per_s[b]) {
            return (enum bound)b;
        }
    }
    return BOUND_COUNT;
}

static void say_impossible(const struct search *search, const struct trial *trial, enum bound bound,
                           char *text, size_t text_bytes)
{
    char where[POINT_TEXT_BYTES], time[WORDS_BYTES], least[WORDS_BYTES], ratio[WORDS_BYTES];
    const char *name = search->workload->name;
    double possible = trial->slack[bound] * trial->bounds.tasks_per_s[bound];
    bool is_serial = point_compare_simplicity(trial->point, serial_point) == 0;
    point_text(trial->point, where);
    if (is_serial || isnan(search->serial_task_s.median)) {
        snprintf(text, text_bytes,
                 "%s at %s is done in %s per task, but less than %s is impossible: the %s.", name,
                 where, words_time(median_of(search, search->other).median, time),
                 words_time(1 / possible, least), bound_names[bound]);
        return;
    }
    double serial_task_s = search->serial_task_s.median;
    if (search->workload->engine.has_waits) {
        question_task_times(search->question,
                            question_cell(search->question,
                                          trial->cell / cells_each(search->question), serial_point),
                            search->serial);
        possible *= serial_task_s;
    }
    snprintf(text, text_bytes,
             "%s at %s is %s times as fast as serial (%s per task), but more than %.4g times is "
             "impossible: the %s.",
             name, where, interval_text(ratio_of(search, search->serial, search->other), ratio),
             words_time(serial_task_s, time), possible, bound_names[bound]);
}

static const char *search_workload(struct search *search, size_t workload, char *text,
                                   size_t text_bytes)
{
    const struct question *question = search->question;
    load_serial(search, workload);
    bool has_waits = search->workload->engine.has_waits, in_memory = uses_memory(search->workload);
    double compute_s = has_waits && !in_memory ? least_compute_s(search, workload) : 0;
    for (size_t i = 0; i < cells_each(question) && (has_waits || !in_memory); i++) {
        struct trial trial = {
            .cell = workload * cells_each(question) + i,
        };
        for (int b = 0; b < BOUND_COUNT; b++) {
            trial.slack[b] = IMPOSSIBLE_SLACK;
        }
        if (question->status[trial.cell] != CELL_DONE) {
            continue;
        }
        trial.point = question_point(question, trial.cell);
        question_task_times(question, trial.cell, search->other);
        if (has_waits) {
            try_waiting(search, compute_s, &trial);
        } else {
            try_computing(search, &trial);
        }
        enum bound bound = beaten(&trial);
        if (bound != BOUND_COUNT) {
            say_impossible(search, &trial, bound, text, text_bytes);
            return text;
        }
    }
    return NULL;
}

const char *impossible_find(const struct question *question, char *text, size_t text_bytes)
{
    struct search search;
    const char *found = NULL;
    if (!search_open(&search, question)) {
        return NULL;
    }
    see_worths(&search);
    for (size_t w = 0; w < question->workloads && !found; w++) {
        bool does_something =
            question->workload[w].kernel.computes || question->workload[w].engine.has_waits;
        found = does_something ? search_workload(&search, w, text, text_bytes) : NULL;
    }
    search_close(&search);
    return found;
}
