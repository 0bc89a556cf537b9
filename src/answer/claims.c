#include "answer/claims.h"

#include "answer/claims_costs.h"
#include "answer/claims_sharing.h"
#include "answer/claims_time.h"
#include "answer/claims_workers.h"
#include "answer/trial.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct claim_group *const groups[] = {&claims_time, &claims_workers, &claims_costs,
                                                   &claims_sharing};
enum { GROUPS = sizeof groups / sizeof groups[0] };

size_t claims_count(void)
{
    size_t count = 0;
    for (int g = 0; g < GROUPS; g++) {
        count += groups[g]->count;
    }
    return count;
}

const struct claim *claims_find(int number)
{
    for (int g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            if (groups[g]->claim[i].number == number) {
                return &groups[g]->claim[i];
            }
        }
    }
    return NULL;
}

const char *claims_outcome_text(enum claim_outcome outcome)
{
    static const char *const texts[CLAIM_OUTCOMES] = {
        [CLAIM_NOT_TRIED] = "not tried",
        [CLAIM_HOLDS] = "holds here",
        [CLAIM_FAILS] = "does not hold here",
        [CLAIM_UNDECIDED] = "cannot tell",
    };
    return texts[outcome];
}

enum claim_outcome claims_outcome_of(const char *text)
{
    enum claim_outcome outcome = 0;
    while (outcome < CLAIM_OUTCOMES && strcmp(claims_outcome_text(outcome), text) != 0) {
        outcome++;
    }
    return outcome;
}

/* Loads the candidates of every workload. NULL without memory. */
static struct candidates *load(const struct question *question)
{
    struct candidates *candidates = calloc(question->workloads + 1, sizeof *candidates);
    for (size_t w = 0; candidates && w < question->workloads; w++) {
        if (candidates_create(&candidates[w], question, w) != 0) {
            while (w-- > 0) {
                candidates_free(&candidates[w]);
            }
            free(candidates);
            return NULL;
        }
    }
    return candidates;
}

/* Up to the last round in which anything was measured; the job may have asked for many more. */
static size_t count_rounds(const struct question *question)
{
    const struct samples *samples = question->samples;
    size_t rounds = 0;
    for (size_t at = 0; at < samples->cells * samples->rounds; at++) {
        size_t round = at % samples->rounds + 1;
        rounds = round > rounds && !isnan(samples->value[SAMPLE_TIME][at]) ? round : rounds;
    }
    return rounds;
}

static int try_all(const struct question *question, const struct candidates *candidates,
                   size_t rounds, double *scratch, struct finding *findings)
{
    int failed = 0;
    size_t count = claims_count();
    for (size_t i = 0; i < count; i++) {
        findings[i] =
            (struct finding){.number = (int)i + 1, .effect = {NAN, NAN, NAN, 0}, .threshold = NAN};
        struct trial trial = {
            .claim = claims_find((int)i + 1),
            .question = question,
            .candidates = candidates,
            .rounds = rounds,
            .scratch = scratch,
            .finding = &findings[i],
            .reason = {findings[i].reason, sizeof findings[i].reason, 0},
        };
        trial.claim->decide(&trial);
        int missing = trial_finish(&trial);
        failed = failed ? failed : missing;
    }
    return failed;
}

int claims_try(const struct question *question, struct finding *findings)
{
    size_t rounds = count_rounds(question);
    double *scratch = malloc((TRIAL_SCRATCH * rounds + 1) * sizeof *scratch);
    struct candidates *candidates = scratch ? load(question) : NULL;
    int failed = candidates ? try_all(question, candidates, rounds, scratch, findings) : -ENOMEM;
    for (size_t w = 0; candidates && w < question->workloads; w++) {
        candidates_free(&candidates[w]);
    }
    free(candidates);
    free(scratch);
    return failed;
}
