#include "answer/trial_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many comparisons are said one by one; of the others only the number is said. */
enum { TOLD_MOST = 4, EFFECT_BYTES = 96 };

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
    if (x->is_fact || y->is_fact) {
        return y->is_fact - x->is_fact;
    }
    double p = trial_judge_margin(x->rule.side, x->threshold, x->effect) / x->threshold;
    double q = trial_judge_margin(y->rule.side, y->threshold, y->effect) / y->threshold;
    return isnan(p) || isnan(q) ? isnan(q) - isnan(p) : (p > q) - (p < q);
}

void trial_words_sort(struct trial *trial)
{
    qsort(trial->comparisons, trial->count, sizeof *trial->comparisons, by_weight);
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
        if (one->is_fact) {
            continue;
        }
        first = first ? first : one;
        if (one->threshold != first->threshold || one->rule.side != first->rule.side) {
            return false;
        }
    }
    return first != NULL;
}

static void say_threshold(struct words *reason, const struct trial_comparison *comparison)
{
    char threshold[WORDS_BYTES];
    words_add(reason, "The rule asks for at %s %s",
              comparison->rule.side == TRIAL_AT_LEAST ? "least" : "most",
              words_number(comparison->threshold, threshold));
}

/* Says why a comparison is undecided; too few rounds are said once, at the end. */
static void say_open(struct words *reason, const struct trial_comparison *comparison, double level)
{
    enum trial_side other =
        comparison->rule.side == TRIAL_AT_LEAST ? TRIAL_AT_MOST : TRIAL_AT_LEAST;
    size_t needed = stats_least_n(level);
    if (comparison->effect.n == 0) {
        words_add(reason, ". No sample is valid");
    } else if (comparison->effect.n >= STATS_ROUNDS_LEAST && comparison->effect.n < needed &&
               trial_judge_margin(other, comparison->threshold, comparison->effect) > 0) {
        size_t more = needed - comparison->effect.n;
        if (more == 1) {
            words_add(reason, ". One more round would decide");
        } else {
            words_add(reason, ". %zu more rounds would decide", more);
        }
    } else if (comparison->effect.n >= STATS_ROUNDS_LEAST) {
        words_add(reason, ". The interval is too wide");
    }
}

static void say_few_rounds(struct trial *trial)
{
    size_t few = STATS_ROUNDS_LEAST;
    for (size_t i = 0; i < trial->count; i++) {
        const struct trial_comparison *one = &trial->comparisons[i];
        bool open = !one->is_fact && one->outcome == CLAIM_UNDECIDED;
        few = open && one->effect.n > 0 && one->effect.n < few ? one->effect.n : few;
    }
    if (few < STATS_ROUNDS_LEAST) {
        words_add(&trial->reason, ". Only %zu round%s, at least %d are needed", few,
                  few == 1 ? "" : "s", STATS_ROUNDS_LEAST);
    }
}

static void say_comparison(struct words *reason, const struct trial_comparison *comparison,
                           bool asked, double level)
{
    char effect[EFFECT_BYTES];
    words_add(reason, "%s", comparison->label);
    if (comparison->is_fact) {
        return;
    }
    if (comparison->rule.combine == TRIAL_MEDIAN && comparison->count > 1) {
        words_add(reason, ", %zu pairs", comparison->count);
    }
    words_add(reason, " %s", effect_text(comparison->effect, effect));
    if (asked) {
        words_add(reason, ". ");
        say_threshold(reason, comparison);
    }
    if (comparison->outcome == CLAIM_UNDECIDED) {
        say_open(reason, comparison, level);
    }
}

void trial_words_say(struct trial *trial, const char *subject)
{
    struct words *reason = &trial->reason;
    bool one_threshold = has_one_threshold(trial);
    words_add(reason, "%s: ", subject);
    size_t told = trial->count < TOLD_MOST ? trial->count : TOLD_MOST;
    for (size_t i = 0; i < told; i++) {
        words_add(reason, i > 0 ? ". And " : "");
        say_comparison(reason, &trial->comparisons[i], !one_threshold,
                       trial_judge_joint_level(trial));
    }
    if (told < trial->count) {
        words_add(reason, ". And %zu more", trial->count - told);
    }
    if (one_threshold) {
        size_t i = 0;
        while (trial->comparisons[i].is_fact) {
            i++;
        }
        words_add(reason, ". ");
        say_threshold(reason, &trial->comparisons[i]);
    }
    say_few_rounds(trial);
    words_add(reason, ".");
}

static bool is_missing(const struct trial *trial, int part)
{
    for (size_t i = 0; i < trial->count; i++) {
        if (trial->comparisons[i].rule.part == part) {
            return false;
        }
    }
    return true;
}

void trial_words_lack(struct trial *trial)
{
    struct words *reason = &trial->reason;
    if (trial->lacks_cores) {
        words_add(reason, "%s claim needs several cores, and only one was measured.",
                  trial->count > 0 ? " The rest of this" : "This");
        return;
    }
    if (trial->count == 0) {
        words_add(reason, "This job lacks the cells; jobs/question.yaml has them.");
        return;
    }
    const char *separator = " Not all of the claim was tried. The job has no cells ";
    for (int part = 0; part < CLAIM_PARTS && trial->claim->parts[part]; part++) {
        if (is_missing(trial, part)) {
            words_add(reason, "%s%s", separator, trial->claim->parts[part]);
            separator = ". It has none ";
        }
    }
    words_add(reason, ". The job question has them.");
}

void trial_words_rest(struct trial *trial, const struct trial_rest *rest)
{
    static const char *const without[CLAIM_OUTCOMES] = {
        [CLAIM_HOLDS] = "the claim would hold",
        [CLAIM_FAILS] = "the claim would not hold",
        [CLAIM_UNDECIDED] = "the intervals are too wide",
        [CLAIM_NOT_TRIED] = "nothing is left to try",
    };
    char where[POINT_TEXT_BYTES];
    const struct question *question = trial->question;
    size_t workload = question_workload_of(question, rest->cell->cell);
    words_add(&trial->reason, " This rests on %s %s: without that cell %s.",
              question->workload[workload].name, point_text(rest->cell->point, where),
              without[rest->without]);
}
