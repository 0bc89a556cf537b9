#include "answer/trial.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int trial_finish(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        for (size_t m = 0; m < trial->comparisons[i].count; m++) {
            free(trial->comparisons[i].members[m].above);
        }
        free(trial->comparisons[i].members);
    }
    free(trial->comparisons);
    free(trial->ratios);
    return trial->no_memory ? -ENOMEM : 0;
}

void trial_values(const struct trial *trial, const struct candidate *cell,
                  enum sample_variable variable, double *values)
{
    const struct samples *samples = trial->question->samples;
    const double *all = &samples->value[variable][cell->cell * samples->rounds];
    for (size_t r = 0; r < trial->rounds; r++) {
        values[r] = samples_valid(samples, cell->cell, r) ? all[r] : NAN;
    }
}

double trial_median(const struct trial *trial, const struct candidate *cell,
                    enum sample_variable variable)
{
    trial_values(trial, cell, variable, trial->scratch);
    return stats_median(trial->scratch, trial->rounds).median;
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

/* Room for one more of `count` elements, of which there is room for `*room`; NULL without memory.
 */
static void *with_room(struct trial *trial, void *elements, size_t count, size_t *room,
                       size_t bytes)
{
    if (count < *room) {
        return elements;
    }
    size_t more = 2 * *room + 4;
    void *larger = realloc(elements, more * bytes);
    if (larger) {
        *room = more;
    } else {
        trial->no_memory = true;
    }
    return larger;
}

static struct trial_comparison *next_comparison(struct trial *trial)
{
    struct trial_comparison *comparisons = with_room(trial, trial->comparisons, trial->count,
                                                     &trial->room, sizeof *trial->comparisons);
    if (!comparisons) {
        return NULL;
    }
    trial->comparisons = comparisons;
    struct trial_comparison *comparison = &comparisons[trial->count++];
    *comparison = (struct trial_comparison){
        .cell_least = SIZE_MAX, .threshold = NAN, .effect = {NAN, NAN, NAN, 0}};
    return comparison;
}

struct trial_comparison *trial_add(struct trial *trial, const struct trial_rule *rule,
                                   const char *format, ...)
{
    struct trial_comparison *comparison = next_comparison(trial);
    if (!comparison) {
        return NULL;
    }
    comparison->rule = *rule;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comparison->label, sizeof comparison->label, format, arguments);
    va_end(arguments);
    return comparison;
}

void trial_also(struct trial_comparison *comparison, const struct candidate *cell)
{
    if (!comparison || comparison->count == 0) {
        return;
    }
    struct trial_member *member = &comparison->members[comparison->count - 1];
    member->cell[member->cells++] = cell;
    comparison->cell_least =
        cell->cell < comparison->cell_least ? cell->cell : comparison->cell_least;
    comparison->cell_most = cell->cell > comparison->cell_most ? cell->cell : comparison->cell_most;
}

struct trial_member *trial_member(struct trial *trial, struct trial_comparison *comparison,
                                  const struct candidate *cell, const struct candidate *other)
{
    if (!comparison) {
        return NULL;
    }
    struct trial_member *members = with_room(trial, comparison->members, comparison->count,
                                             &comparison->room, sizeof *comparison->members);
    comparison->members = members ? members : comparison->members;
    double *ratios = with_room(trial, trial->ratios, comparison->count, &trial->ratios_room,
                               sizeof *trial->ratios);
    trial->ratios = ratios ? ratios : trial->ratios;
    double *values = members && ratios ? malloc((2 * trial->rounds + 1) * sizeof *values) : NULL;
    if (!values) {
        trial->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < 2 * trial->rounds; i++) {
        values[i] = NAN;
    }
    struct trial_member *member = &members[comparison->count++];
    *member = (struct trial_member){
        .above = values, .below = values + trial->rounds, .threshold = comparison->rule.threshold};
    trial_also(comparison, cell);
    trial_also(comparison, other);
    return member;
}

void trial_times(struct trial *trial, struct trial_comparison *comparison,
                 const struct candidate *above, const struct candidate *below)
{
    struct trial_member *member = trial_member(trial, comparison, above, below);
    if (member) {
        memcpy(member->above, above->task_s, trial->rounds * sizeof *member->above);
        memcpy(member->below, below->task_s, trial->rounds * sizeof *member->below);
    }
}

void trial_set_threshold(struct trial_comparison *comparison, double threshold)
{
    if (comparison && comparison->count > 0) {
        comparison->members[comparison->count - 1].threshold = threshold;
    }
}

void trial_fact(struct trial *trial, int part, enum claim_outcome outcome, const char *format, ...)
{
    struct trial_comparison *comparison = next_comparison(trial);
    if (!comparison) {
        return;
    }
    comparison->rule.part = part;
    comparison->is_fact = true;
    comparison->outcome = outcome;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(comparison->label, sizeof comparison->label, format, arguments);
    va_end(arguments);
}
