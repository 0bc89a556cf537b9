#include "answer/candidate.h"

#include <errno.h>
#include <stdlib.h>

static size_t count_measured(const struct question *question, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t cell = first; cell < end; cell++) {
        count += question->status[cell] == CELL_DONE;
    }
    return count;
}

static void load(struct candidates *candidates, size_t first, size_t end)
{
    const struct question *question = candidates->question;
    size_t rounds = question->samples->rounds, count = 0;
    for (size_t cell = first; cell < end; cell++) {
        if (question->status[cell] == CELL_DONE) {
            double *task_s = &candidates->task_s[count * rounds];
            question_task_times(question, cell, task_s);
            candidates->candidate[count++] = (struct candidate){
                .cell = cell,
                .point = question_point(question, cell),
                .valid = question_valid(question, cell),
                .task_s = task_s,
            };
        }
    }
}

int candidates_create(struct candidates *candidates, const struct question *question,
                      size_t workload)
{
    size_t rounds = question->samples->rounds;
    size_t first = question_first_cell(question, workload, 0);
    size_t end = question_first_cell(question, workload + 1, 0);
    size_t count = count_measured(question, first, end);
    *candidates = (struct candidates){
        .question = question,
        .workload = workload,
        .count = count,
        .candidate = calloc(count + 1, sizeof *candidates->candidate),
        .task_s = calloc(count * rounds + 1, sizeof *candidates->task_s),
        .scratch = calloc(rounds + 1, sizeof *candidates->scratch),
    };
    if (!candidates->candidate || !candidates->task_s || !candidates->scratch) {
        candidates_free(candidates);
        return -ENOMEM;
    }
    load(candidates, first, end);
    return 0;
}

void candidates_free(struct candidates *candidates)
{
    free(candidates->candidate);
    free(candidates->task_s);
    free(candidates->scratch);
    *candidates = (struct candidates){0};
}

const struct candidate *candidates_find(const struct candidates *candidates, struct point point)
{
    size_t cell = question_cell(candidates->question, candidates->workload, point);
    for (size_t i = 0; cell != QUESTION_NO_CELL && i < candidates->count; i++) {
        if (candidates->candidate[i].cell == cell) {
            return &candidates->candidate[i];
        }
    }
    return NULL;
}

const struct candidate *candidates_next(const struct candidates *candidates,
                                        const struct candidate *candidate)
{
    size_t next = candidate ? (size_t)(candidate - candidates->candidate) + 1 : 0;
    return next < candidates->count ? &candidates->candidate[next] : NULL;
}

double candidates_median(const struct candidates *candidates, const struct candidate *candidate,
                         enum sample_variable variable)
{
    return question_median(candidates->question, candidate->cell, variable, candidates->scratch);
}
