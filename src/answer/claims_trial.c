#include "answer/claims_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Comparisons that are told one by one; of others only the number. */
enum { TOLD_MOST = 4, EFFECT_BYTES = 96 };

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
        question_task_times(trial->question, above, comparison->above);
        question_task_times(trial->question, below, comparison->below);
    }
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
    words_add(reason, "at %s %.3g", comparison->side == AT_LEAST ? "least" : "most",
              comparison->threshold);
}

/* Why one cannot tell; too few rounds are told once, at the end. */
static void say_open(struct words *reason, const struct comparison *comparison, size_t count)
{
    enum side other = comparison->side == AT_LEAST ? AT_MOST : AT_LEAST;
    size_t needed = stats_least_n(LEVEL / (double)count);
    if (comparison->effect.n == 0) {
        words_add(reason, ", no samples that vote");
    } else if (comparison->effect.n >= ROUNDS_LEAST && comparison->effect.n < needed &&
               margin(other, comparison->threshold, comparison->effect) > 0) {
        words_add(reason, ", %zu of %zu rounds that it takes to refute one of %zu",
                  comparison->effect.n, needed, count);
    } else if (comparison->effect.n >= ROUNDS_LEAST) {
        words_add(reason, ", not certain enough");
    }
}

static void say_few_rounds(struct trial *trial)
{
    size_t few = ROUNDS_LEAST;
    for (size_t i = 0; i < trial->count; i++) {
        const struct comparison *one = &trial->comparisons[i];
        bool open = one->above && one->outcome == CLAIM_UNDECIDED;
        few = open && one->effect.n > 0 && one->effect.n < few ? one->effect.n : few;
    }
    if (few < ROUNDS_LEAST) {
        words_add(&trial->reason, "; only %zu round%s, at least %d are needed", few,
                  few == 1 ? "" : "s", ROUNDS_LEAST);
    }
}

static void say_comparison(struct words *reason, const struct comparison *comparison, bool asked,
                           size_t count)
{
    char effect[EFFECT_BYTES];
    words_add(reason, "%s", comparison->label);
    if (!comparison->above) {
        return;
    }
    words_add(reason, " %s", effect_text(comparison->effect, effect));
    if (asked) {
        words_add(reason, ", asked ");
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
        words_add(reason, "; asked ");
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
