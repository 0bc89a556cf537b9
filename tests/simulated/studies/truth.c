#include "simulated/studies/truth.h"

#include "simulated/studies/draw.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of a cell of the quick job, in the mean. */
#define USUAL_S 0.032

enum { LINE_BYTES = 256 };

static bool is_serial(struct point point)
{
    return point_model(point) == MODEL_SERIAL;
}

/* The cells of a row stand side by side in the plan, serial of other cores left out. */
static bool is_same_row(const struct cell *a, const struct cell *b)
{
    return a->workload_index == b->workload_index && a->point.cores == b->point.cores;
}

static void find_spread(const struct truth *truth, const struct plan *plan, uint64_t seed,
                        double *time_s)
{
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t number = plan->feasible_cell[i].number;
        time_s[number] =
            USUAL_S * exp(truth->amount * draw_normal(draw_key(seed, DRAW_TRUTH, number, 0)));
    }
}

static void find_challengers(const struct truth *truth, const struct plan *plan, uint64_t seed,
                             double *time_s)
{
    const struct cell *cell = plan->feasible_cell;
    for (size_t first = 0, end; first < plan->feasible; first = end) {
        for (end = first; end < plan->feasible && is_same_row(&cell[end], &cell[first]); end++) {
            time_s[cell[end].number] = USUAL_S;
        }
        size_t before = is_serial(cell[first].point); /* serial is the first of its row */
        uint64_t key = draw_key(seed, DRAW_CHALLENGER, cell[first].number, 0);
        if (first + before < end) {
            size_t faster = first + before + draw_below(key, end - first - before);
            time_s[cell[faster].number] /= 1 + truth->amount;
        }
    }
}

/* Gives the time of a line to its cell, if the plan has it. */
static int take_line(const struct plan *plan, const char *text, double *time_s)
{
    char name[JOB_NAME_BYTES];
    struct point point;
    double found_s;
    if (sscanf(text, "%127[^,],%d,%d,%d,%d,%lf", name, &point.cores, &point.ranks, &point.threads,
               &point.depth, &found_s) != 6) {
        return -EINVAL;
    }
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        if (strcmp(cell->workload->name, name) == 0 &&
            memcmp(&cell->point, &point, sizeof point) == 0) {
            time_s[cell->number] = found_s;
        }
    }
    return 0;
}

static int find_measured(const struct truth *truth, const struct plan *plan, double *time_s)
{
    char text[LINE_BYTES];
    FILE *file = fopen(truth->table, "r");
    if (!file) {
        return -errno;
    }
    for (size_t i = 0; i < plan->feasible; i++) {
        time_s[plan->feasible_cell[i].number] = NAN;
    }
    int failed = fgets(text, sizeof text, file) ? 0 : -EINVAL; /* the names of the columns */
    while (!failed && fgets(text, sizeof text, file)) {
        failed = take_line(plan, text, time_s);
    }
    fclose(file);
    for (size_t i = 0; i < plan->feasible && !failed; i++) {
        failed = isnan(time_s[plan->feasible_cell[i].number]) ? -ENOENT : 0;
    }
    return failed;
}

int truth_find(const struct truth *truth, const struct plan *plan, uint64_t seed, double *time_s)
{
    switch (truth->kind) {
    case TRUTH_MEASURED:
        return find_measured(truth, plan, time_s);
    case TRUTH_CHALLENGER:
        find_challengers(truth, plan, seed, time_s);
        return 0;
    case TRUTH_EQUAL:
    case TRUTH_SPREAD:
        break;
    }
    find_spread(truth, plan, seed, time_s); /* equal is a spread of 0 */
    return 0;
}
