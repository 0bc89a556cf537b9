#include "answer/trial.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many comparisons are said one by one; of the others only the number is said. */
enum { TOLD_MOST = 4, EFFECT_BYTES = 96 };

void trial_init(struct trial *trial, const struct question *question,
                const struct candidates *candidates, double *scratch, struct finding *finding)
{
    *trial = (struct trial){
        .question = question,
        .candidates = candidates,
        .rounds = question->samples->rounds,
        .scratch = scratch,
        .finding = finding,
        .reason = {finding->reason, sizeof finding->reason, 0},
    };
}

int trial_finish(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        free(trial->comparisons[i].above);
    }
    free(trial->comparisons);
    return trial->no_memory ? -ENOMEM : 0;
}

void trial_values(const struct trial *trial, const struct candidate *cell,
                  enum sample_variable variable, double *values)
{
    const struct samples *samples = trial->question->samples;
    const double *all = &samples->value[variable][cell->cell * samples->rounds];
    for (size_t r = 0; r < samples->rounds; r++) {
        values[r] = samples_valid(samples, cell->cell, r) ? all[r] : NAN;
    }
}

double trial_median(const struct trial *trial, const struct candidate *cell,
                    enum sample_variable variable)
{
    return question_median(trial->question, cell->cell, variable, trial->scratch);
}

void trial_beyond(const struct trial *trial, const struct candidate *cell,
                  const struct candidate *other, enum sample_variable variable, double *values)
{
    trial_values(trial, cell, variable, values);
    trial_values(trial, other, variable, trial->scratch);
    for (size_t r = 0; r < trial->rounds; r++) {
        values[r] -= trial->scratch[r];
    }
}

static struct trial_comparison *next_comparison(struct trial *trial)
{
    if (trial->count == trial->room) {
        size_t room = 2 * trial->room + 16;
        struct trial_comparison *more = realloc(trial->comparisons, room * sizeof *more);
        if (!more) {
            trial->no_memory = true;
            return NULL;
        }
        trial->comparisons = more;
        trial->room = room;
    }
    struct trial_comparison *comparison = &trial->comparisons[trial->count];
    *comparison = (struct trial_comparison){.threshold = NAN, .effect = {NAN, NAN, NAN, 0}};
    return comparison;
}

struct trial_comparison *trial_add(struct trial *trial, enum trial_side side, double threshold,
                                   const char *format, ...)
{
    struct trial_comparison *comparison = next_comparison(trial);
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
    struct trial_comparison *comparison = next_comparison(trial);
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

void trial_times(struct trial *trial, const struct candidate *above, const struct candidate *below,
                 enum trial_side side, double threshold, const char *format, ...)
{
    char label[TRIAL_LABEL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(label, sizeof label, format, arguments);
    va_end(arguments);
    struct trial_comparison *comparison = trial_add(trial, side, threshold, "%s", label);
    if (comparison) {
        memcpy(comparison->above, above->task_s, trial->rounds * sizeof *comparison->above);
        memcpy(comparison->below, below->task_s, trial->rounds * sizeof *comparison->below);
    }
}

/* How far the near end of the interval lies on the asked side; negative on the other, NAN without
 * an interval. */
static double margin(enum trial_side side, double threshold, struct interval effect)
{
    return side == TRIAL_AT_LEAST ? effect.low - threshold : threshold - effect.high;
}

static void judge(struct trial *trial, struct trial_comparison *comparison)
{
    if (!comparison->above) {
        return;
    }
    double joint_level = STATS_LEVEL / (double)trial->count;
    enum trial_side side = comparison->side,
                    other = side == TRIAL_AT_LEAST ? TRIAL_AT_MOST : TRIAL_AT_LEAST;
    struct interval joint = stats_ratio_at(comparison->above, comparison->below, trial->rounds,
                                           joint_level, trial->scratch);
    comparison->effect = stats_ratio_at(comparison->above, comparison->below, trial->rounds,
                                        STATS_LEVEL, trial->scratch);
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
    const struct trial_comparison *x = a, *y = b;
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

/* Decimals that show two or three digits, as far as there are some to show. */
static int decimals_of(double number)
{
    enum { DECIMALS_MOST = 8 };
    double size = fabs(number);
    if (size > 0 && size < 0.0995) {
        return (int)fmin(DECIMALS_MOST, 1 - floor(log10(size)));
    }
    return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
}

/* What is written as zero has no sign. */
static double without_sign_of_zero(double number, int decimals)
{
    return fabs(number) < 0.5 * pow(10, -decimals) ? 0 : number;
}

/* "1.96 (1.93–1.98)"; without an interval "1.96 (?)". */
static const char *effect_text(struct interval effect, char text[EFFECT_BYTES])
{
    int decimals = decimals_of(effect.median);
    double median = without_sign_of_zero(effect.median, decimals);
    if (!isfinite(effect.median)) {
        return strcpy(text, "?");
    }
    if (!isfinite(effect.low) || !isfinite(effect.high)) {
        snprintf(text, EFFECT_BYTES, "%.*f (?)", decimals, median);
    } else {
        snprintf(text, EFFECT_BYTES, "%.*f (%.*f–%.*f)", decimals, median, decimals,
                 without_sign_of_zero(effect.low, decimals), decimals,
                 without_sign_of_zero(effect.high, decimals));
    }
    return text;
}

/* All thresholds of intervals are the same: it need be told only once. */
static bool has_one_threshold(const struct trial *trial)
{
    const struct trial_comparison *first = NULL;
    for (size_t i = 0; i < trial->count; i++) {
        const struct trial_comparison *one = &trial->comparisons[i];
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

static void say_threshold(struct words *reason, const struct trial_comparison *comparison)
{
    words_add(reason, "the rule asks for at %s %.3g",
              comparison->side == TRIAL_AT_LEAST ? "least" : "most", comparison->threshold);
}

/* Says why a comparison is undecided; too few rounds are said once, at the end. */
static void say_open(struct words *reason, const struct trial_comparison *comparison, size_t count)
{
    enum trial_side other = comparison->side == TRIAL_AT_LEAST ? TRIAL_AT_MOST : TRIAL_AT_LEAST;
    size_t needed = stats_least_n(STATS_LEVEL / (double)count);
    if (comparison->effect.n == 0) {
        words_add(reason, ", no valid samples");
    } else if (comparison->effect.n >= STATS_ROUNDS_LEAST && comparison->effect.n < needed &&
               margin(other, comparison->threshold, comparison->effect) > 0) {
        size_t more = needed - comparison->effect.n;
        if (more == 1) {
            words_add(reason, ", one more round would decide");
        } else {
            words_add(reason, ", %zu more rounds would decide", more);
        }
    } else if (comparison->effect.n >= STATS_ROUNDS_LEAST) {
        words_add(reason, ", the interval is too wide");
    }
}

static void say_few_rounds(struct trial *trial)
{
    size_t few = STATS_ROUNDS_LEAST;
    for (size_t i = 0; i < trial->count; i++) {
        const struct trial_comparison *one = &trial->comparisons[i];
        bool open = one->above && one->outcome == CLAIM_UNDECIDED;
        few = open && one->effect.n > 0 && one->effect.n < few ? one->effect.n : few;
    }
    if (few < STATS_ROUNDS_LEAST) {
        words_add(&trial->reason, "; only %zu round%s, at least %d are needed", few,
                  few == 1 ? "" : "s", STATS_ROUNDS_LEAST);
    }
}

static void say_comparison(struct words *reason, const struct trial_comparison *comparison,
                           bool asked, size_t count)
{
    char effect[EFFECT_BYTES];
    words_add(reason, "%s", comparison->label);
    if (!comparison->above) {
        return;
    }
    words_add(reason, " %s", effect_text(comparison->effect, effect));
    if (asked) {
        words_add(reason, ", ");
        say_threshold(reason, comparison);
    }
    if (comparison->outcome == CLAIM_UNDECIDED) {
        say_open(reason, comparison, count);
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
        say_comparison(reason, &trial->comparisons[i], !one_threshold, trial->count);
    }
    if (told < trial->count) {
        words_add(reason, "; %zu more", trial->count - told);
    }
    if (one_threshold) {
        size_t i = 0;
        while (!trial->comparisons[i].above) {
            i++;
        }
        words_add(reason, "; ");
        say_threshold(reason, &trial->comparisons[i]);
    }
    say_few_rounds(trial);
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
        words_add(&trial->reason, "Only one core was measured, and this claim needs two.");
        return false;
    }
    if (trial->count == 0) {
        words_add(&trial->reason, "This job lacks the points that this claim needs; "
                                  "jobs/question.yaml has them.");
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
        words_add(&trial->reason,
                  " Only one core was measured, and the rest of this claim needs two.");
    }
    return true;
}
