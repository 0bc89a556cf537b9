#include "answer/trial_conclude.h"

#include "answer/trial_judge.h"
#include "answer/trial_words.h"

#include <stdlib.h>

/* A comparison for which a job has no cells is none. */
static void drop_empty(struct trial *trial)
{
    size_t kept = 0;
    for (size_t i = 0; i < trial->count; i++) {
        if (trial->comparisons[i].is_fact || trial->comparisons[i].count > 0) {
            trial->comparisons[kept++] = trial->comparisons[i];
        } else {
            free(trial->comparisons[i].members);
        }
    }
    trial->count = kept;
}

/* The first that comes down to a number. */
static void take_effect(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        if (!trial->comparisons[i].is_fact) {
            trial->finding->effect = trial->comparisons[i].effect;
            trial->finding->threshold = trial->comparisons[i].threshold;
            return;
        }
    }
}

bool trial_conclude(struct trial *trial, const char *subject)
{
    drop_empty(trial);
    enum claim_outcome outcome = trial_judge(trial);
    struct trial_rest rest = trial_judge_rest(trial, outcome);
    trial->finding->outcome = rest.cell ? CLAIM_UNDECIDED : outcome;
    if (trial->count > 0) {
        trial_words_sort(trial);
        take_effect(trial);
        trial_words_say(trial, subject);
    }
    if (outcome == CLAIM_NOT_TRIED) {
        trial_words_lack(trial);
    }
    if (rest.cell) {
        trial_words_rest(trial, &rest);
    }
    return trial->count > 0;
}
