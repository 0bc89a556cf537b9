#include "answer/claims.h"

#include "answer/claims_costs.h"
#include "answer/claims_sharing.h"
#include "answer/claims_time.h"
#include "answer/claims_workers.h"
#include "answer/trial.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

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

static int try_all(const struct question *question, const struct candidates *candidates,
                   double *scratch, struct finding *findings)
{
    int failed = 0;
    size_t count = claims_count();
    for (size_t i = 0; i < count; i++) {
        struct trial trial;
        int number = (int)i + 1;
        findings[i] =
            (struct finding){.number = number, .effect = {NAN, NAN, NAN, 0}, .threshold = NAN};
        trial_init(&trial, question, candidates, scratch, &findings[i]);
        claims_find(number)->decide(&trial);
        int missing = trial_finish(&trial);
        failed = failed ? failed : missing;
    }
    return failed;
}

int claims_try(const struct question *question, struct finding *findings)
{
    double *scratch = malloc((question->samples->rounds + 1) * sizeof *scratch);
    struct candidates *candidates = scratch ? load(question) : NULL;
    int failed = candidates ? try_all(question, candidates, scratch, findings) : -ENOMEM;
    for (size_t w = 0; candidates && w < question->workloads; w++) {
        candidates_free(&candidates[w]);
    }
    free(candidates);
    free(scratch);
    return failed;
}
