#include "answer/trial_judge.h"

#include <math.h>
#include <stdlib.h>

double trial_judge_margin(enum trial_side side, double threshold, struct interval effect)
{
    return side == TRIAL_AT_LEAST ? effect.low - threshold : threshold - effect.high;
}

double trial_judge_joint_level(const struct trial *trial)
{
    return STATS_LEVEL / (double)trial->count;
}

static bool has_cell(const struct trial_member *member, const struct candidate *cell)
{
    for (size_t i = 0; i < member->cells; i++) {
        if (member->cell[i] == cell) {
            return true;
        }
    }
    return false;
}

/* The first member from `m` on that was not measured in the cell `without`; the count of members
 * when there is none. */
static size_t next_member(const struct trial_comparison *comparison, size_t m,
                          const struct candidate *without)
{
    while (m < comparison->count && has_cell(&comparison->members[m], without)) {
        m++;
    }
    return m;
}

/* What is held against a threshold, by round. */
struct effect_values {
    const double *above, *below;
    double threshold;
};

static struct effect_values values_of(const struct trial_member *member)
{
    return (struct effect_values){member->above, member->below, member->threshold};
}

/* The median over the members, round by round, into the trial's scratch. */
static struct effect_values median_over_members(const struct trial *trial,
                                                const struct trial_comparison *comparison,
                                                const struct candidate *without)
{
    double *above = trial->scratch + trial->rounds, *below = above + trial->rounds;
    for (size_t r = 0; r < trial->rounds; r++) {
        size_t count = 0;
        for (size_t m = next_member(comparison, 0, without); m < comparison->count;
             m = next_member(comparison, m + 1, without)) {
            const struct trial_member *member = &comparison->members[m];
            trial->ratios[count++] = member->above[r] / member->below[r];
        }
        above[r] = stats_median(trial->ratios, count).median;
        below[r] = isnan(above[r]) ? NAN : 1;
    }
    return (struct effect_values){above, below, comparison->rule.threshold};
}

/* By its members but those that were measured in the cell `without`, of which there are some. The
 * effect goes to `effect`, unless that is NULL. */
static enum claim_outcome judge_members(const struct trial *trial,
                                        const struct trial_comparison *comparison,
                                        const struct candidate *without, struct interval *effect)
{
    size_t first = next_member(comparison, 0, without);
    bool alone = next_member(comparison, first + 1, without) >= comparison->count;
    struct effect_values values = alone || comparison->rule.combine == TRIAL_FIRST
                                      ? values_of(&comparison->members[first])
                                      : median_over_members(trial, comparison, without);
    enum trial_side side = comparison->rule.side,
                    other = side == TRIAL_AT_LEAST ? TRIAL_AT_MOST : TRIAL_AT_LEAST;
    struct interval joint = stats_ratio_at(values.above, values.below, trial->rounds,
                                           trial_judge_joint_level(trial), trial->scratch);
    struct interval plain =
        stats_ratio_at(values.above, values.below, trial->rounds, STATS_LEVEL, trial->scratch);
    bool supports = trial_judge_margin(side, values.threshold, plain) >= 0;
    bool contradicts = trial_judge_margin(other, values.threshold, joint) > 0;
    if (effect) {
        *effect = plain;
    }
    return supports ? CLAIM_HOLDS : contradicts ? CLAIM_FAILS : CLAIM_UNDECIDED;
}

/* How comparisons become an outcome. */
struct tally {
    bool fails, open, tried[CLAIM_PARTS];
};

static void count_outcome(struct tally *tally, const struct trial_comparison *comparison,
                          enum claim_outcome outcome)
{
    tally->fails = tally->fails || outcome == CLAIM_FAILS;
    tally->open = tally->open || outcome == CLAIM_UNDECIDED;
    tally->tried[comparison->rule.part] = true;
}

static enum claim_outcome outcome_of(const struct trial *trial, const struct tally *tally)
{
    bool all_tried = tally->tried[0];
    for (int part = 1; part < CLAIM_PARTS && trial->claim->parts[part]; part++) {
        all_tried = all_tried && tally->tried[part];
    }
    return tally->fails  ? CLAIM_FAILS
           : !all_tried  ? CLAIM_NOT_TRIED
           : tally->open ? CLAIM_UNDECIDED
                         : CLAIM_HOLDS;
}

enum claim_outcome trial_judge(struct trial *trial)
{
    struct tally tally = {0};
    for (size_t i = 0; i < trial->count; i++) {
        struct trial_comparison *comparison = &trial->comparisons[i];
        if (!comparison->is_fact) {
            comparison->threshold = comparison->members[0].threshold;
            comparison->outcome = judge_members(trial, comparison, NULL, &comparison->effect);
        }
        count_outcome(&tally, comparison, comparison->outcome);
    }
    return outcome_of(trial, &tally);
}

/* How many members of a comparison were not measured in a cell. */
static size_t count_without(const struct trial_comparison *comparison, const struct candidate *cell)
{
    size_t count = 0;
    if (cell->cell < comparison->cell_least || cell->cell > comparison->cell_most) {
        return comparison->count;
    }
    for (size_t m = 0; m < comparison->count; m++) {
        count += has_cell(&comparison->members[m], cell) ? 0u : 1u;
    }
    return count;
}

static enum claim_outcome outcome_without(const struct trial *trial, const struct candidate *cell)
{
    struct tally tally = {0};
    for (size_t i = 0; i < trial->count; i++) {
        const struct trial_comparison *comparison = &trial->comparisons[i];
        size_t left = count_without(comparison, cell);
        if (left == comparison->count) { /* a fact, too */
            count_outcome(&tally, comparison, comparison->outcome);
        } else if (left > 0) {
            count_outcome(&tally, comparison, judge_members(trial, comparison, cell, NULL));
        }
    }
    return outcome_of(trial, &tally);
}

/* The more the outcome without a cell differs, the more it rests on that cell. */
static void look_without(const struct trial *trial, const struct candidate *cell,
                         enum claim_outcome outcome, struct trial_rest *rest)
{
    enum claim_outcome without = outcome_without(trial, cell);
    bool rests = without != outcome && without != CLAIM_NOT_TRIED;
    if (rests && (!rest->cell || rest->without == CLAIM_UNDECIDED)) {
        *rest = (struct trial_rest){cell, without};
    }
}

struct trial_rest trial_judge_rest(struct trial *trial, enum claim_outcome outcome)
{
    struct trial_rest rest = {0};
    const struct question *question = trial->question;
    size_t cells = question_first_cell(question, question->workloads, 0);
    bool *looked = calloc(cells + 1, sizeof *looked);
    trial->no_memory = trial->no_memory || !looked;
    bool decided = outcome == CLAIM_HOLDS || outcome == CLAIM_FAILS;
    for (size_t i = 0; looked && decided && i < trial->count; i++) {
        const struct trial_comparison *comparison = &trial->comparisons[i];
        for (size_t c = 0; c < comparison->count * TRIAL_MEMBER_CELLS; c++) {
            const struct candidate *cell =
                comparison->members[c / TRIAL_MEMBER_CELLS].cell[c % TRIAL_MEMBER_CELLS];
            if (cell && !looked[cell->cell]) {
                looked[cell->cell] = true;
                look_without(trial, cell, outcome, &rest);
            }
        }
    }
    free(looked);
    return rest;
}
