#include "answer/answer.h"

#include "answer/impossible.h"
#include "answer/reason.h"

#include <errno.h>
#include <stdlib.h>

long answer_verdicts(const struct question *question, struct verdict *verdicts)
{
    size_t count = 0;
    for (size_t w = 0; w < question->workloads; w++) {
        struct candidates candidates;
        if (candidates_create(&candidates, question, w) != 0) {
            return -ENOMEM;
        }
        long found = verdict_judge(&candidates, &verdicts[count]);
        for (long i = 0; i < found; i++) {
            reason_give(&candidates, &verdicts[count++]);
        }
        candidates_free(&candidates);
        if (found < 0) {
            return found;
        }
    }
    return (long)count;
}

int answer_create(struct answer *answer, const struct question *question)
{
    *answer = (struct answer){
        .verdicts = calloc(question->workloads * question->cores + 1, sizeof *answer->verdicts),
        .findings = calloc(claims_count(), sizeof *answer->findings),
    };
    bool enough = answer->verdicts && answer->findings;
    long count = enough ? answer_verdicts(question, answer->verdicts) : -ENOMEM;
    if (count < 0 || claims_try(question, answer->findings) != 0 ||
        advice_find(question, answer->verdicts, (size_t)count, answer->findings,
                    &answer->advice) != 0) {
        answer_free(answer);
        return -ENOMEM;
    }
    answer->count = (size_t)count;
    impossible_find(question, answer->impossible, sizeof answer->impossible);
    return 0;
}

void answer_free(struct answer *answer)
{
    free(answer->verdicts);
    free(answer->findings);
    *answer = (struct answer){0};
}
