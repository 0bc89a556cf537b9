#include "simulated/studies/outcome.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The truth of a row. */
struct row_truth {
    double serial_s, best_s; /* serial: on one core; NAN: not measured */
    size_t slower;           /* points that are not as good as the best */
};

static bool is_in_row(const struct simulation *study, size_t cell, const struct verdict *verdict)
{
    return study->question.status[cell] == CELL_DONE &&
           question_workload_of(&study->question, cell) == verdict->workload &&
           question_point(&study->question, cell).cores == verdict->cores;
}

static struct row_truth truth_of(const struct simulation *study, const struct verdict *verdict)
{
    const struct point serial = {1, 1, 1, 1};
    struct row_truth truth = {simulation_true_s(study, verdict->workload, serial), INFINITY, 0};
    for (size_t cell = 0; cell < study->plan.cells; cell++) {
        if (is_in_row(study, cell, verdict)) {
            truth.best_s = fmin(truth.best_s, study->true_s[cell]);
        }
    }
    for (size_t cell = 0; cell < study->plan.cells; cell++) {
        truth.slower += is_in_row(study, cell, verdict) &&
                        study->true_s[cell] > truth.best_s * VERDICT_TIE_RATIO;
    }
    return truth;
}

static bool calls_slower(const struct verdict *verdict, const struct row_truth *truth)
{
    size_t not_slower = verdict->ties + verdict->undecided + 1;
    size_t slower = verdict->points > not_slower ? verdict->points - not_slower : 0;
    return slower > truth->slower;
}

static bool calls_faster(const struct simulation *study, const struct verdict *verdict,
                         const struct row_truth *truth)
{
    double speed_up =
        truth->serial_s / simulation_true_s(study, verdict->workload, verdict->choice);
    struct interval said = verdict->choice_speed_up; /* what is NAN says nothing */
    return (said.low > 1 && speed_up <= 1) || (said.high < 1 && speed_up >= 1);
}

static bool holds(struct interval said, double speed_up)
{
    return said.low <= speed_up && speed_up <= said.high;
}

static bool is_serial(struct point point)
{
    return point_model(point) == MODEL_SERIAL;
}

/* Of serial the speed-up is 1 by definition. */
static bool is_said(struct point point, struct interval interval)
{
    return point.ranks > 0 && !is_serial(point) && !isnan(interval.low);
}

/* What a verdict says of its choice, and what is true of it. */
struct said {
    double loss; /* true; INFINITY: there is no choice */
    bool named, covered;
};

static struct said said_of(const struct simulation *study, const struct verdict *verdict,
                           const struct row_truth *truth)
{
    double choice_s = simulation_true_s(study, verdict->workload, verdict->choice);
    bool named = is_said(verdict->choice, verdict->choice_speed_up);
    return (struct said){
        .loss = verdict->choice.ranks > 0 ? choice_s / truth->best_s - 1 : INFINITY,
        .named = named,
        .covered = named && holds(verdict->choice_speed_up, truth->serial_s / choice_s),
    };
}

static bool is_complicated(const struct simulation *study, const struct verdict *verdict,
                           double best_s)
{
    for (size_t cell = 0; cell < study->plan.cells; cell++) {
        if (is_in_row(study, cell, verdict) && study->true_s[cell] <= best_s * VERDICT_TIE_RATIO &&
            point_compare_simplicity(question_point(&study->question, cell), verdict->choice) < 0) {
            return true;
        }
    }
    return false;
}

static void conclude(struct outcome_row *row, const struct simulation *study,
                     const struct verdict *verdict, const struct row_truth *truth)
{
    struct said said = said_of(study, verdict, truth);
    row->certain = verdict->certain;
    row->certain_s = isnan(row->certain_s) ? INFINITY : row->certain_s;
    row->certain_rounds = isnan(row->certain_rounds) ? INFINITY : row->certain_rounds;
    row->loss = said.loss;
    row->complicated = isfinite(said.loss) && is_complicated(study, verdict, truth->best_s);
    row->named = said.named;
    row->covered = said.covered;
    row->half_width = said.named ? stats_half_width(verdict->choice_speed_up) : NAN;
    row->said_loss = verdict->loss;
    for (int g = 0; g < GROUP_COUNT; g++) {
        const struct verdict_best *best = &verdict->best[g];
        if (is_said(best->point, best->speed_up)) {
            double true_s = simulation_true_s(study, verdict->workload, best->point);
            row->shown++;
            row->shown_covered += holds(best->speed_up, truth->serial_s / true_s);
        }
    }
}

void outcome_judge(struct outcome_row *row, const struct simulation *study,
                   const struct verdict *verdict, bool ends)
{
    struct row_truth truth = truth_of(study, verdict);
    struct said said = said_of(study, verdict, &truth);
    row->judged = true;
    row->ever_slower |= calls_slower(verdict, &truth);
    row->ever_faster |= calls_faster(study, verdict, &truth);
    row->ever_lost |= said.loss > verdict->loss + OUTCOME_ROUNDING;
    row->ever_missed |= said.named && !said.covered;
    if (verdict->certain && isnan(row->certain_s)) {
        row->certain_rounds = (double)study->rounds;
        row->certain_s = study->now_s;
    }
    if (ends) {
        conclude(row, study, verdict, &truth);
    }
}

int outcome_look(struct outcome_row *row, const struct simulation *study, bool ends)
{
    const struct question *question = &study->question;
    struct verdict *verdicts = calloc(question->cores + 1, sizeof *verdicts);
    int failed = verdicts ? 0 : -ENOMEM;
    for (size_t w = 0; w < question->workloads && !failed; w++) {
        struct candidates candidates;
        failed = candidates_create(&candidates, question, w);
        if (failed) {
            break;
        }
        long count = verdict_judge(&candidates, verdicts);
        failed = count < 0 ? (int)count : 0;
        for (long i = 0; i < count; i++) {
            size_t c = question_cores_index(question, verdicts[i].cores);
            outcome_judge(&row[w * question->cores + c], study, &verdicts[i], ends);
        }
        candidates_free(&candidates);
    }
    free(verdicts);
    return failed;
}
