#include "answer/claims_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Comparisons that are told one by one; of others only the number. */
enum { TOLD_MOST = 4 };

/* Errors that are accepted: 95 % intervals. */
#define LEVEL 0.05

/* Fewer rounds make no 95 % interval. */
enum { ROUNDS_LEAST = 6 };

static struct comparison *next_comparison(struct trial *trial)
{
    if (trial->count == trial->room) {
        size_t room = 2 * trial->room + 16;
        struct comparison *more = realloc(trial->comparisons, room * sizeof *more);
        if (!more) {
            trial->no_memory = true;
            return NULL;
        }
        trial->comparisons = more;
        trial->room = room;
    }
    struct comparison *comparison = &trial->comparisons[trial->count];
    *comparison = (struct comparison){.threshold = NAN, .effect = {NAN, NAN, NAN, 0}};
    return comparison;
}

struct comparison *trial_add(struct trial *trial, enum side side, double threshold,
                             const char *format, ...)
{
    struct comparison *comparison = next_comparison(trial);
    double *values = comparison ? malloc((2 * trial->rounds + 1) * sizeof *values) : NULL;
    if (!values) {
        trial->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < 2 * trial->rounds; i++) {
        values[i] = NAN;
    }
    comparison->above = values;
    comparison->below = values + trial->rounds;
    comparison->side = side;
    comparison->threshold = threshold;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comparison->label, sizeof comparison->label, format, arguments);
    va_end(arguments);
    trial->count++;
    return comparison;
}

void trial_fact(struct trial *trial, enum claim_outcome outcome, const char *format, ...)
{
    struct comparison *comparison = next_comparison(trial);
    if (!comparison) {
        return;
    }
    comparison->outcome = outcome;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comparison->label, sizeof comparison->label, format, arguments);
    va_end(arguments);
    trial->count++;
}

void trial_times(struct trial *trial, size_t above, size_t below, enum side side, double threshold,
                 const char *format, ...)
{
    char label[COMPARISON_LABEL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(label, sizeof label, format, arguments);
    va_end(arguments);
    struct comparison *comparison = trial_add(trial, side, threshold, "%s", label);
    if (comparison) {
        cells_task_times(trial->question, above, comparison->above);
        cells_task_times(trial->question, below, comparison->below);
    }
}

/* To be replaced by that of stats.h, which keeps to the level. */
static struct interval stats_ratio_at(const double *a, const double *b, size_t n, double level,
                                      double *scratch)
{
    (void)level;
    return stats_ratio(a, b, n, scratch);
}

/* How far the near end of the interval lies on the asked side; negative on the other, NAN without
 * an interval. */
static double margin(enum side side, double threshold, struct interval effect)
{
    return side == AT_LEAST ? effect.low - threshold : threshold - effect.high;
}

static void judge(struct trial *trial, struct comparison *comparison)
{
    if (!comparison->above) {
        return;
    }
    double joint_level = LEVEL / (double)trial->count;
    enum side side = comparison->side, other = side == AT_LEAST ? AT_MOST : AT_LEAST;
    struct interval joint = stats_ratio_at(comparison->above, comparison->below, trial->rounds,
                                           joint_level, trial->scratch);
    comparison->effect =
        stats_ratio_at(comparison->above, comparison->below, trial->rounds, LEVEL, trial->scratch);
    bool supports = margin(side, comparison->threshold, comparison->effect) >= 0;
    bool contradicts = margin(other, comparison->threshold, joint) > 0;
    comparison->outcome = supports ? CLAIM_HOLDS : contradicts ? CLAIM_FAILS : CLAIM_UNDECIDED;
}

/* What refutes comes first, then what is open, then what supports; facts before intervals, and the
 * narrowest escape before the wider ones. */
static int by_weight(const void *a, const void *b)
{
    static const int weight[CLAIM_OUTCOMES] = {
        [CLAIM_FAILS] = 0, [CLAIM_UNDECIDED] = 1, [CLAIM_HOLDS] = 2, [CLAIM_NOT_TRIED] = 3};
    const struct comparison *x = a, *y = b;
    if (x->outcome != y->outcome) {
        return weight[x->outcome] - weight[y->outcome];
    }
    if (!x->above || !y->above) {
        return (x->above != NULL) - (y->above != NULL);
    }
    double p = margin(x->side, x->threshold, x->effect) / x->threshold;
    double q = margin(y->side, y->threshold, y->effect) / y->threshold;
    return isnan(p) || isnan(q) ? isnan(q) - isnan(p) : (p > q) - (p < q);
}

/* A number without its sign has the decimals that show three digits. */
static int decimals_of(double number)
{
    double size = fabs(number);
    return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
}

const char *trial_effect(struct interval effect, char text[TRIAL_EFFECT_BYTES])
{
    int decimals = decimals_of(effect.median);
    if (!isfinite(effect.median)) {
        return strcpy(text, "?");
    }
    if (!isfinite(effect.low) || !isfinite(effect.high)) {
        snprintf(text, TRIAL_EFFECT_BYTES, "%.*f (?)", decimals, effect.median);
    } else {
        snprintf(text, TRIAL_EFFECT_BYTES, "%.*f (%.*f–%.*f)", decimals, effect.median, decimals,
                 effect.low, decimals, effect.high);
    }
    return text;
}

/* All thresholds of intervals are the same: it need be told only once. */
static bool has_one_threshold(const struct trial *trial)
{
    const struct comparison *first = NULL;
    for (size_t i = 0; i < trial->count; i++) {
        const struct comparison *one = &trial->comparisons[i];
        if (!one->above) {
            continue;
        }
        first = first ? first : one;
        if (one->threshold != first->threshold || one->side != first->side) {
            return false;
        }
    }
    return first != NULL;
}

static void say_threshold(struct words *reason, const struct comparison *comparison)
{
    words_add(reason, "at %s %.*f", comparison->side == AT_LEAST ? "least" : "most",
              decimals_of(comparison->threshold), comparison->threshold);
}

/* Why one cannot tell. */
static void say_open(struct words *reason, const struct comparison *comparison)
{
    size_t n = comparison->effect.n;
    if (n == 0) {
        words_add(reason, ", no samples that vote");
    } else if (n < ROUNDS_LEAST) {
        words_add(reason, ", only %zu round%s of at least %d", n, n == 1 ? "" : "s", ROUNDS_LEAST);
    } else {
        words_add(reason, ", not certain enough");
    }
}

static void say_comparison(struct words *reason, const struct comparison *comparison, bool asked)
{
    char effect[TRIAL_EFFECT_BYTES];
    words_add(reason, "%s", comparison->label);
    if (!comparison->above) {
        return;
    }
    words_add(reason, " %s", trial_effect(comparison->effect, effect));
    if (asked) {
        words_add(reason, ", asked ");
        say_threshold(reason, comparison);
    }
    if (comparison->outcome == CLAIM_UNDECIDED) {
        say_open(reason, comparison);
    }
}

static void say_comparisons(struct trial *trial, const char *subject)
{
    struct words *reason = &trial->reason;
    bool one_threshold = has_one_threshold(trial);
    words_add(reason, "%s: ", subject);
    size_t told = trial->count < TOLD_MOST ? trial->count : TOLD_MOST;
    for (size_t i = 0; i < told; i++) {
        words_add(reason, i > 0 ? "; " : "");
        say_comparison(reason, &trial->comparisons[i], !one_threshold);
    }
    if (told < trial->count) {
        words_add(reason, "; %zu more", trial->count - told);
    }
    if (one_threshold) {
        size_t i = 0;
        while (!trial->comparisons[i].above) {
            i++;
        }
        words_add(reason, "; asked ");
        say_threshold(reason, &trial->comparisons[i]);
    }
    words_add(reason, ".");
}

/* The first that comes down to a number. */
static void take_effect(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        if (trial->comparisons[i].above) {
            trial->finding->effect = trial->comparisons[i].effect;
            trial->finding->threshold = trial->comparisons[i].threshold;
            return;
        }
    }
}

bool trial_conclude(struct trial *trial, const char *subject)
{
    if (trial->count == 0 && trial->lacks_cores) {
        trial->finding->outcome = CLAIM_UNDECIDED;
        words_add(&trial->reason, "Only one core was measured, and this takes two.");
        return false;
    }
    if (trial->count == 0) {
        words_add(&trial->reason, "The job has not the points that it takes; jobs/question.yaml "
                                  "has.");
        return false;
    }
    for (size_t i = 0; i < trial->count; i++) {
        judge(trial, &trial->comparisons[i]);
    }
    qsort(trial->comparisons, trial->count, sizeof *trial->comparisons, by_weight);
    trial->finding->outcome = trial->comparisons[0].outcome;
    if (trial->lacks_cores && trial->finding->outcome == CLAIM_HOLDS) {
        trial->finding->outcome = CLAIM_UNDECIDED;
    }
    take_effect(trial);
    say_comparisons(trial, subject);
    if (trial->lacks_cores) {
        words_add(&trial->reason, " Only one core was measured, and the rest of it takes two.");
    }
    return true;
}

void trial_values(const struct trial *trial, size_t cell, enum sample_variable variable,
                  double *values)
{
    const struct samples *samples = trial->question->samples;
    const double *all = &samples->value[variable][cell * samples->rounds];
    for (size_t r = 0; r < samples->rounds; r++) {
        values[r] = samples_votes(samples, cell, r) ? all[r] : NAN;
    }
}

double trial_median(const struct trial *trial, size_t cell, enum sample_variable variable)
{
    return cells_median(trial->question, cell, variable, trial->scratch);
}

const struct question_workload *workload_of(const struct trial *trial, size_t workload)
{
    return &trial->question->workload[workload];
}

const struct question_workload *workload_of_cell(const struct trial *trial, size_t cell)
{
    return workload_of(trial, cells_workload(trial->question, cell));
}

static bool computes(const struct question_workload *workload)
{
    return strcmp(workload->kernel, "none") != 0;
}

static bool has_engine(const struct question_workload *workload)
{
    return strcmp(workload->engine, "none") != 0 && workload->waits > 0;
}

bool is_waiting(const struct question_workload *workload)
{
    return has_engine(workload) && workload->wait_fraction != 0 && !workload->guard;
}

bool is_computing(const struct question_workload *workload)
{
    return computes(workload) && !workload->guard;
}

bool is_only_computing(const struct question_workload *workload)
{
    return is_computing(workload) && !has_engine(workload);
}

bool is_only_waiting(const struct question_workload *workload)
{
    return is_waiting(workload) && !computes(workload);
}

/* Equal, or neither is a number. */
static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

bool is_same_work(const struct question_workload *a, const struct question_workload *b)
{
    bool guards = a->guard && b->guard ? strcmp(a->guard, b->guard) == 0 : a->guard == b->guard;
    return strcmp(a->kernel, b->kernel) == 0 && strcmp(a->engine, b->engine) == 0 && guards &&
           a->tasks == b->tasks && a->weak == b->weak && a->lock == b->lock &&
           a->waits == b->waits && a->traced == b->traced && is_same(a->latency_s, b->latency_s) &&
           is_same(a->flops, b->flops) && is_same(a->memory_bytes, b->memory_bytes) &&
           is_same(a->wait_bytes, b->wait_bytes) && is_same(a->wait_fraction, b->wait_fraction);
}

size_t find_cell(const struct trial *trial, size_t workload, int ranks, int threads, int depth,
                 int cores)
{
    struct point point = {ranks, threads, depth, cores};
    return cells_find(trial->question, workload, point);
}

size_t find_serial(const struct trial *trial, size_t workload)
{
    return find_cell(trial, workload, 1, 1, 1, 1);
}

size_t next_cell(const struct trial *trial, size_t workload, size_t cell)
{
    const struct question *question = trial->question;
    size_t each = cells_per_cores(question) * question->cores;
    cell = cell == CELLS_NONE ? workload * each : cell + 1;
    while (cell < (workload + 1) * each && question->status[cell] != CELL_DONE) {
        cell++;
    }
    return cell < (workload + 1) * each ? cell : CELLS_NONE;
}

int most_cores(const struct trial *trial, size_t workload)
{
    int most = 0;
    for (size_t cell = next_cell(trial, workload, CELLS_NONE); cell != CELLS_NONE;
         cell = next_cell(trial, workload, cell)) {
        int cores = cells_point(trial->question, cell).cores;
        most = cores > most ? cores : most;
    }
    return most;
}

bool is_threads(struct point point)
{
    return point.threads > 1 && point.ranks == 1 && point.depth == 1;
}

bool is_processes(struct point point)
{
    return point.ranks > 1 && point.threads == 1 && point.depth == 1;
}

bool is_async(struct point point)
{
    return point.depth > 1 && point_workers(point) == 1;
}

size_t fastest_cell(const struct trial *trial, size_t workload, int cores, point_test *admits)
{
    size_t fastest = CELLS_NONE;
    double least_s = INFINITY;
    for (size_t cell = next_cell(trial, workload, CELLS_NONE); cell != CELLS_NONE;
         cell = next_cell(trial, workload, cell)) {
        struct point point = cells_point(trial->question, cell);
        if (point.cores != cores || !admits(point)) {
            continue;
        }
        double time_s = trial_median(trial, cell, SAMPLE_TIME);
        if (fastest == CELLS_NONE || time_s < least_s) {
            fastest = cell;
            least_s = isnan(time_s) ? INFINITY : time_s;
        }
    }
    return fastest;
}
