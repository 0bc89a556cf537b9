#include "answer/verdict.h"

#include "answer/question.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the signed ranks: below half of STATS_LEVEL, because the fastest is so by selection. */
#define ODD_LEVEL 0.0125

/* What is slower by more than this in the median is not named, however unsure that is: where little
 * is known the best guess costs less than the simplest. */
#define NAMED_RATIO 1.2

static const struct point serial_point = {1, 1, 1, 1};

/* The candidates of a workload at one C, and serial. */
struct judge {
    const struct candidates *candidates;
    const struct candidate *serial; /* NULL: it has no valid sample */
    int cores;
    size_t rounds;
    double *scratch; /* a double per round */
};

static struct judge judge_of(const struct candidates *candidates, int cores)
{
    const struct candidate *serial = candidates_find(candidates, serial_point);
    return (struct judge){
        .candidates = candidates,
        .serial = serial && serial->valid > 0 ? serial : NULL,
        .cores = cores,
        .rounds = candidates->question->samples->rounds,
        .scratch = candidates->scratch,
    };
}

/* The next candidate at the judge's C that has valid samples, after `candidate` or from NULL. */
static const struct candidate *next_of(const struct judge *judge, const struct candidate *candidate)
{
    do {
        candidate = candidates_next(judge->candidates, candidate);
    } while (candidate && (candidate->point.cores != judge->cores || candidate->valid == 0));
    return candidate;
}

static struct interval median_of(const struct judge *judge, const struct candidate *candidate)
{
    memcpy(judge->scratch, candidate->task_s, judge->rounds * sizeof *judge->scratch);
    return stats_median(judge->scratch, judge->rounds);
}

/* Each of the points is compared with the best: that all intervals hold together with 95 %, each
 * has its share of the error (Hsu, Multiple Comparisons, 4; Bonferroni). */
static double level_of(const struct verdict *verdict)
{
    return STATS_LEVEL / (double)(verdict->points > 2 ? verdict->points - 1 : 1);
}

/* How many times as fast as serial a candidate is. What is named is the best of many, and so is the
 * best of a kind: the interval is one of those that hold together. With too few rounds for that it
 * is from the least to the greatest, as long as that holds alone. */
static struct interval speed_up_of(const struct judge *judge, const struct candidate *candidate,
                                   const struct verdict *verdict)
{
    if (!judge->serial) {
        return (struct interval){NAN, NAN, NAN, 0};
    }
    double level = level_of(verdict);
    struct interval found = stats_ratio_at(judge->serial->task_s, candidate->task_s, judge->rounds,
                                           level, judge->scratch);
    return found.n < stats_least_n(STATS_LEVEL)
               ? found
               : stats_sorted_or_range(judge->scratch, found.n, level);
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

/* A point that was seldom left alone is not the fastest by a lucky moment: it needs half as many
 * valid samples as the point with the most. */
static size_t valid_needed(const struct judge *judge)
{
    size_t most = 0;
    for (const struct candidate *one = next_of(judge, NULL); one; one = next_of(judge, one)) {
        most = one->valid > most ? one->valid : most;
    }
    return (most + 1) / 2;
}

/* Fills in the best point of each group and counts the points. Returns the fastest; NULL when no
 * candidate has a valid sample. */
static const struct candidate *find_fastest(const struct judge *judge, struct verdict *verdict)
{
    double group_speed[GROUP_COUNT] = {0}, top_speed = 0;
    const struct candidate *fastest = NULL;
    size_t needed = valid_needed(judge);
    for (const struct candidate *one = next_of(judge, NULL); one; one = next_of(judge, one)) {
        if (one->valid < needed) {
            continue;
        }
        verdict->points++;
        double speed = judge->serial ? speed_up_of(judge, one, verdict).median
                                     : 1 / median_of(judge, one).median;
        enum verdict_group group = group_of(one->point);
        struct verdict_best *best = &verdict->best[group];
        if (speed > group_speed[group] || (speed == group_speed[group] &&
                                           point_compare_simplicity(one->point, best->point) < 0)) {
            group_speed[group] = speed;
            best->point = one->point;
        }
        if (speed > top_speed || (speed == top_speed && fastest &&
                                  point_compare_simplicity(one->point, fastest->point) < 0)) {
            top_speed = speed;
            fastest = one;
        }
    }
    return fastest;
}

/* Of the best point of each group, now that it is known of how many points they are the best. */
static void find_speed_ups(const struct judge *judge, struct verdict *verdict)
{
    for (int g = 0; g < GROUP_COUNT; g++) {
        struct verdict_best *best = &verdict->best[g];
        const struct candidate *candidate = candidates_find(judge->candidates, best->point);
        if (candidate) {
            best->speed_up = speed_up_of(judge, candidate, verdict);
        }
    }
}

enum standing { SLOWER, UNDECIDED, TIED };

/* `ratio` is time over that of the fastest. */
static enum standing standing_of(struct interval ratio)
{
    return ratio.high <= VERDICT_TIE_RATIO ? TIED
           : ratio.low > VERDICT_TIE_RATIO ? SLOWER
                                           : UNDECIDED;
}

/* True when a candidate is to be named if it is the simplest: when it was not shown to be slower
 * than the fastest. As a tie or as slower counts what all intervals together show; with too few
 * rounds for them only what was slower in every round is slower. But what its own interval or its
 * signed ranks show to be slower is not named in the meantime, nor what never met the fastest. */
static bool may_be_named(const struct judge *judge, const struct candidate *candidate,
                         const struct candidate *fastest, struct verdict *verdict)
{
    double level = level_of(verdict);
    struct interval ratio =
        stats_ratio_at(candidate->task_s, fastest->task_s, judge->rounds, level, judge->scratch);
    enum standing standing = standing_of(stats_sorted_or_range(judge->scratch, ratio.n, level));
    struct interval alone = stats_sorted_or_range(judge->scratch, ratio.n, STATS_LEVEL);
    verdict->rounds = ratio.n < verdict->rounds ? ratio.n : verdict->rounds;
    verdict->ties += standing == TIED;
    verdict->undecided += standing == UNDECIDED;
    if (standing != SLOWER) {
        verdict->half_width = fmax(verdict->half_width, stats_half_width(ratio));
    }
    return ratio.median <= NAMED_RATIO && standing_of(alone) != SLOWER &&
           stats_above_probability(judge->scratch, ratio.n, VERDICT_TIE_RATIO) > ODD_LEVEL;
}

/* Counts ties and what is undecided; returns the simplest that was not shown to be slower: the
 * burden of proof lies with the complicated. */
static const struct candidate *find_choice(const struct judge *judge,
                                           const struct candidate *fastest, struct verdict *verdict)
{
    const struct candidate *choice = fastest;
    verdict->rounds = fastest->valid;
    for (const struct candidate *one = next_of(judge, NULL); one; one = next_of(judge, one)) {
        if (one != fastest && may_be_named(judge, one, fastest, verdict) &&
            point_compare_simplicity(one->point, choice->point) < 0) {
            choice = one;
        }
    }
    return choice;
}

static void take_choice(const struct judge *judge, const struct candidate *choice,
                        struct verdict *verdict)
{
    const struct question *question = judge->candidates->question;
    const struct question_workload *workload = &question->workload[verdict->workload];
    struct interval time = median_of(judge, choice);
    verdict->choice = choice->point;
    verdict->choice_s = time.median * question_tasks(workload, verdict->cores);
    verdict->choice_speed_up = speed_up_of(judge, choice, verdict);
    /* What is named stands for its group, so that all say the same number. */
    verdict->best[group_of(verdict->choice)] =
        (struct verdict_best){verdict->choice, verdict->choice_speed_up};
    struct interval rests_on = judge->serial ? verdict->choice_speed_up : time;
    verdict->half_width = fmax(verdict->half_width, stats_half_width(rests_on));
    verdict->certain = isfinite(verdict->half_width) && verdict->undecided == 0 &&
                       verdict->rounds >= verdict_rounds_needed(verdict) &&
                       (!(question->precision > 0) || verdict->half_width <= question->precision);
}

size_t verdict_rounds_needed(const struct verdict *verdict)
{
    return stats_least_n(level_of(verdict));
}

static struct verdict judge_cores(const struct judge *judge)
{
    const struct candidates *candidates = judge->candidates;
    const struct interval unknown = {NAN, NAN, NAN, 0};
    struct verdict verdict = {
        .workload = candidates->workload,
        .cores = judge->cores,
        .serial_task_s = judge->serial ? median_of(judge, judge->serial).median : NAN,
        .choice_speed_up = unknown,
        .choice_s = NAN,
        .tasks_per_s = NAN,
    };
    for (int b = 0; b < BOUND_COUNT; b++) {
        verdict.bound_tasks_per_s[b] = INFINITY;
    }
    verdict.serial_s = verdict.serial_task_s *
                       question_tasks(&candidates->question->workload[candidates->workload], 1);
    for (int g = 0; g < GROUP_COUNT; g++) {
        verdict.best[g].speed_up = unknown;
    }
    if (judge->serial) {
        verdict.best[GROUP_SERIAL] =
            (struct verdict_best){serial_point, speed_up_of(judge, judge->serial, &verdict)};
    }
    const struct candidate *fastest = find_fastest(judge, &verdict);
    if (!fastest) {
        verdict.half_width = INFINITY;
        return verdict;
    }
    find_speed_ups(judge, &verdict);
    take_choice(judge, find_choice(judge, fastest, &verdict), &verdict);
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

size_t verdict_judge(const struct candidates *candidates, struct verdict *verdicts)
{
    const struct question *question = candidates->question;
    size_t count = 0;
    for (size_t c = 0; c < question->cores; c++) {
        if (was_tried(question, candidates->workload, c)) {
            struct judge judge = judge_of(candidates, question->cores_axis[c]);
            verdicts[count++] = judge_cores(&judge);
        }
    }
    return count;
}

struct certainty verdict_certainty(const struct question *question, size_t workload)
{
    struct certainty found = {.certain = true};
    struct candidates candidates;
    if (question->workload[workload].failure) {
        return found;
    }
    struct verdict *verdicts = calloc(question->cores, sizeof *verdicts);
    if (!verdicts || candidates_create(&candidates, question, workload) != 0) {
        free(verdicts);
        return (struct certainty){false, INFINITY};
    }
    size_t count = verdict_judge(&candidates, verdicts);
    for (size_t i = 0; i < count; i++) {
        found.certain = found.certain && verdicts[i].certain;
        found.half_width = fmax(found.half_width, verdicts[i].half_width);
    }
    candidates_free(&candidates);
    free(verdicts);
    return found;
}
