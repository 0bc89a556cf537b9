#include "answer/verdict.h"

#include "answer/question.h"
#include "answer/reason.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Points this much slower than the fastest are as good as it. */
#define TIE_RATIO 1.02 /* docs/method.md: within 2 % is a tie */

/* Of the signed ranks: below half of STATS_LEVEL, because the fastest is so by selection. */
#define ODD_LEVEL 0.0125

/* What is slower by more than this in the median is not named, however unsure that is: where little
 * is known the best guess costs less than the simplest. */
#define NAMED_RATIO 1.2

static const struct point serial_point = {1, 1, 1, 1};

/* What judging needs beside the question: times per task by round. */
struct judge {
    const struct question *question;
    size_t workload;
    bool has_serial;
    double *serial, *fastest, *other, *scratch; /* a double per round each */
};

static int judge_open(struct judge *judge, const struct question *question)
{
    size_t rounds = question->samples->rounds;
    double *memory = malloc(4 * (rounds + 1) * sizeof *memory);
    if (!memory) {
        return -ENOMEM;
    }
    *judge = (struct judge){
        .question = question,
        .serial = memory,
        .fastest = memory + rounds,
        .other = memory + 2 * rounds,
        .scratch = memory + 3 * rounds,
    };
    return 0;
}

static void judge_close(struct judge *judge)
{
    free(judge->serial);
}

static struct interval median_of(const struct judge *judge, const double *values)
{
    size_t rounds = judge->question->samples->rounds;
    memcpy(judge->scratch, values, rounds * sizeof *values);
    return stats_median(judge->scratch, rounds);
}

static bool has_votes(const struct judge *judge, const double *values)
{
    size_t r = 0;
    while (r < judge->question->samples->rounds && isnan(values[r])) {
        r++;
    }
    return r < judge->question->samples->rounds;
}

/* Each of the points is compared with the best: that all intervals hold together with 95 %, each
 * has its share of the error (Hsu, Multiple Comparisons, 4; Bonferroni). */
static double level_of(const struct verdict *verdict)
{
    return STATS_LEVEL / (double)(verdict->points > 2 ? verdict->points - 1 : 1);
}

/* How many times as fast as serial what has these times is. What is named is the best of many, and
 * so is the best of a kind: the interval is one of those that hold together. With too few rounds
 * for that it is from the least to the greatest, as long as that holds alone. */
static struct interval speed_up_of(const struct judge *judge, const double *times,
                                   const struct verdict *verdict)
{
    double level = level_of(verdict);
    struct interval found = stats_ratio_at(judge->serial, times, judge->question->samples->rounds,
                                           level, judge->scratch);
    return found.n < stats_least_n(STATS_LEVEL)
               ? found
               : stats_sorted_or_range(judge->scratch, found.n, level);
}

static void load_serial(struct judge *judge, size_t workload)
{
    size_t cell = question_cell(judge->question, workload, serial_point);
    judge->workload = workload;
    for (size_t r = 0; r < judge->question->samples->rounds; r++) {
        judge->serial[r] = NAN;
    }
    if (cell != QUESTION_NO_CELL) {
        question_task_times(judge->question, cell, judge->serial);
    }
    judge->has_serial = has_votes(judge, judge->serial);
}

static enum verdict_group group_of(struct point point)
{
    switch (point_model(point)) {
    case MODEL_SERIAL:
        return GROUP_SERIAL;
    case MODEL_THREADS:
        return GROUP_THREADS;
    case MODEL_PROCESSES:
        return GROUP_PROCESSES;
    case MODEL_ASYNC:
        return GROUP_ASYNC;
    default:
        return GROUP_MIX;
    }
}

/* A point that was seldom left alone is not the fastest by a lucky moment: it takes half of the
 * votes that the point with the most has. */
static size_t votes_needed(const struct question *question, size_t first)
{
    size_t most = 0;
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        size_t votes = question->status[cell] == CELL_DONE ? question_votes(question, cell) : 0;
        most = votes > most ? votes : most;
    }
    return (most + 1) / 2;
}

/* Fills in the best point of each group and counts the points. Returns the cell of the fastest,
 * QUESTION_NO_CELL when none has a sample that votes. */
static size_t find_fastest(const struct judge *judge, size_t first, struct verdict *verdict)
{
    const struct question *question = judge->question;
    double group_speed[GROUP_COUNT] = {0}, top_speed = 0;
    size_t fastest = QUESTION_NO_CELL, needed = votes_needed(question, first);
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        if (question->status[cell] != CELL_DONE || question_votes(question, cell) < needed) {
            continue;
        }
        question_task_times(question, cell, judge->other);
        verdict->points += has_votes(judge, judge->other);
        struct interval speed_up = speed_up_of(judge, judge->other, verdict);
        double speed =
            judge->has_serial ? speed_up.median : 1 / median_of(judge, judge->other).median;
        struct point point = question_point(question, cell);
        enum verdict_group group = group_of(point);
        struct verdict_best *best = &verdict->best[group];
        if (speed > group_speed[group] ||
            (speed == group_speed[group] && point_compare_simplicity(point, best->point) < 0)) {
            group_speed[group] = speed;
            best->point = point;
        }
        if (speed > top_speed ||
            (speed == top_speed &&
             point_compare_simplicity(point, question_point(question, fastest)) < 0)) {
            top_speed = speed;
            fastest = cell;
        }
    }
    return fastest;
}

/* Of the best point of each group, now that it is known of how many points they are the best. */
static void find_speed_ups(const struct judge *judge, struct verdict *verdict)
{
    for (int g = 0; g < GROUP_COUNT; g++) {
        struct verdict_best *best = &verdict->best[g];
        size_t cell = question_cell(judge->question, judge->workload, best->point);
        if (cell != QUESTION_NO_CELL) {
            question_task_times(judge->question, cell, judge->other);
            best->speed_up = speed_up_of(judge, judge->other, verdict);
        }
    }
}

enum standing { SLOWER, UNDECIDED, TIED };

/* `ratio` is time over that of the fastest. */
static enum standing standing_of(struct interval ratio)
{
    return ratio.high <= TIE_RATIO ? TIED : ratio.low > TIE_RATIO ? SLOWER : UNDECIDED;
}

/* True when `judge->other` is to be named if it is the simplest: when it was not shown to be slower
 * than the fastest. As a tie or as slower counts what all intervals together show; with too few
 * rounds for them only what was slower in every round is slower. But what its own interval or its
 * signed ranks show to be slower is not named in the meantime, nor what never met the fastest. */
static bool may_be_named(const struct judge *judge, struct verdict *verdict)
{
    double level = level_of(verdict);
    struct interval ratio = stats_ratio_at(judge->other, judge->fastest,
                                           judge->question->samples->rounds, level, judge->scratch);
    enum standing standing = standing_of(stats_sorted_or_range(judge->scratch, ratio.n, level));
    struct interval alone = stats_sorted_or_range(judge->scratch, ratio.n, STATS_LEVEL);
    verdict->rounds = ratio.n < verdict->rounds ? ratio.n : verdict->rounds;
    verdict->ties += standing == TIED;
    verdict->undecided += standing == UNDECIDED;
    if (standing != SLOWER) {
        verdict->half_width = fmax(verdict->half_width, stats_half_width(ratio));
    }
    return ratio.median <= NAMED_RATIO && standing_of(alone) != SLOWER &&
           stats_above_probability(judge->scratch, ratio.n, TIE_RATIO) > ODD_LEVEL;
}

/* Counts ties and what is undecided; returns the cell of the simplest that was not shown to be
 * slower: the burden of proof lies with the complicated. */
static size_t find_choice(const struct judge *judge, size_t first, size_t fastest,
                          struct verdict *verdict)
{
    const struct question *question = judge->question;
    size_t choice = fastest;
    question_task_times(question, fastest, judge->fastest);
    verdict->rounds = question_votes(question, fastest);
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        if (question->status[cell] != CELL_DONE || cell == fastest) {
            continue;
        }
        question_task_times(question, cell, judge->other);
        if (has_votes(judge, judge->other) && may_be_named(judge, verdict) &&
            point_compare_simplicity(question_point(question, cell),
                                     question_point(question, choice)) < 0) {
            choice = cell;
        }
    }
    return choice;
}

static void take_choice(const struct judge *judge, size_t cell, struct verdict *verdict)
{
    const struct question *question = judge->question;
    const struct question_workload *workload = &question->workload[judge->workload];
    question_task_times(question, cell, judge->other);
    struct interval time = median_of(judge, judge->other);
    verdict->choice = question_point(question, cell);
    verdict->choice_s = time.median * question_tasks(workload, verdict->cores);
    verdict->choice_speed_up = speed_up_of(judge, judge->other, verdict);
    /* What is named stands for its group, so that all say the same number. */
    verdict->best[group_of(verdict->choice)] =
        (struct verdict_best){verdict->choice, verdict->choice_speed_up};
    struct interval rests_on = judge->has_serial ? verdict->choice_speed_up : time;
    verdict->half_width = fmax(verdict->half_width, stats_half_width(rests_on));
    verdict->certain = isfinite(verdict->half_width) && verdict->undecided == 0 &&
                       verdict->rounds >= verdict_rounds_needed(verdict) &&
                       (!(question->precision > 0) || verdict->half_width <= question->precision);
}

size_t verdict_rounds_needed(const struct verdict *verdict)
{
    return stats_least_n(level_of(verdict));
}

/* Everything of a verdict but its words and its bounds. */
static struct verdict judge_cores(const struct judge *judge, size_t cores_index)
{
    const struct question *question = judge->question;
    const struct question_workload *workload = &question->workload[judge->workload];
    const struct interval unknown = {NAN, NAN, NAN, 0};
    size_t first = question_first_cell(question, judge->workload, cores_index);
    struct verdict verdict = {
        .workload = judge->workload,
        .cores = question->cores_axis[cores_index],
        .serial_task_s = median_of(judge, judge->serial).median,
        .choice_speed_up = unknown,
        .choice_s = NAN,
        .tasks_per_s = NAN,
    };
    for (int b = 0; b < BOUND_COUNT; b++) {
        verdict.bound_tasks_per_s[b] = INFINITY;
    }
    verdict.serial_s = verdict.serial_task_s * question_tasks(workload, 1);
    for (int g = 0; g < GROUP_COUNT; g++) {
        verdict.best[g].speed_up = unknown;
    }
    if (judge->has_serial) {
        verdict.best[GROUP_SERIAL] =
            (struct verdict_best){serial_point, speed_up_of(judge, judge->serial, &verdict)};
    }
    size_t fastest = find_fastest(judge, first, &verdict);
    if (fastest == QUESTION_NO_CELL) {
        verdict.half_width = INFINITY;
        return verdict;
    }
    find_speed_ups(judge, &verdict);
    take_choice(judge, find_choice(judge, first, fastest, &verdict), &verdict);
    return verdict;
}

/* One that failed has a verdict, too: that it did. */
static bool was_tried(const struct question *question, size_t workload, size_t cores_index)
{
    const unsigned char *status =
        &question->status[question_first_cell(question, workload, cores_index)];
    size_t cells = question_cells_per_cores(question);
    return memchr(status, CELL_DONE, cells) || memchr(status, CELL_FAILED, cells);
}

long verdict_find(const struct question *question, struct verdict *verdicts)
{
    struct judge judge;
    if (judge_open(&judge, question) != 0) {
        return -ENOMEM;
    }
    long count = 0;
    for (size_t w = 0; w < question->workloads; w++) {
        load_serial(&judge, w);
        for (size_t c = 0; c < question->cores; c++) {
            if (was_tried(question, w, c)) {
                verdicts[count] = judge_cores(&judge, c);
                reason_give(question, &verdicts[count++], judge.scratch);
            }
        }
    }
    judge_close(&judge);
    return count;
}

struct certainty verdict_certainty(const struct question *question, size_t workload)
{
    struct certainty found = {.certain = true};
    struct judge judge;
    if (question->workload[workload].failure) {
        return found;
    }
    if (judge_open(&judge, question) != 0) {
        return (struct certainty){false, INFINITY};
    }
    load_serial(&judge, workload);
    for (size_t c = 0; c < question->cores; c++) {
        if (was_tried(question, workload, c)) {
            struct verdict verdict = judge_cores(&judge, c);
            found.certain = found.certain && verdict.certain;
            found.half_width = fmax(found.half_width, verdict.half_width);
        }
    }
    judge_close(&judge);
    return found;
}
