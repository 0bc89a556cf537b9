#include "answer/verdict.h"

#include "answer/question.h"
#include "answer/sure.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* What a simple point may be slower than the fastest and still be named: 2 %, and so many standard
 * deviations of their ratio, but never more than a ratio. More deviations would name what is simple
 * and slow more often, less what is complicated and was lucky: `make simulate-studies` shows both.
 * With few rounds nothing speaks against the simplest yet, but a lot slower is no good guess. */
static const struct {
    double deviations, ratio;
} named = {0.3, 1.06}, named_early = {2, 1.2};

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

/* The next entry at the contest's C after `entry`, or the first after NULL; NULL at the end. */
static const struct contest_entry *next_of(const struct contest *contest,
                                           const struct contest_entry *entry)
{
    const struct contest_entry *end = contest->entry + contest->count;
    do {
        entry = entry ? entry + 1 : contest->entry;
    } while (entry < end && !contest_has(contest, entry));
    return entry < end ? entry : NULL;
}

/* A point that was seldom left alone is not the fastest by a lucky moment: it needs half as many
 * valid samples as the point with the most. */
static size_t rounds_needed(const struct contest *contest)
{
    size_t most = 0;
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        most = one->rounds > most ? one->rounds : most;
    }
    return (most + 1) / 2;
}

static bool is_simpler(const struct contest_entry *a, const struct contest_entry *b)
{
    return point_compare_simplicity(a->candidate->point, b->candidate->point) < 0;
}

const struct contest_entry *verdict_fastest(const struct contest *contest)
{
    const struct contest_entry *fastest = NULL;
    size_t needed = rounds_needed(contest);
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        bool is_faster = !fastest || one->centre < fastest->centre ||
                         (one->centre <= fastest->centre && is_simpler(one, fastest));
        fastest = one->rounds >= needed && is_faster ? one : fastest;
    }
    return fastest;
}

/* Whether it is no more slower than the fastest than a simple point may be. */
static bool may_be_named(const struct contest *contest, const struct contest_entry *entry,
                         const struct contest_entry *fastest)
{
    bool is_early = entry->rounds < SURE_ROUNDS_LEAST || fastest->rounds < SURE_ROUNDS_LEAST;
    double deviations = is_early ? named_early.deviations : named.deviations;
    double allowed =
        log(VERDICT_TIE_RATIO) + deviations * contest_deviation(contest, entry, fastest);
    double most = log(is_early ? named_early.ratio : named.ratio);
    return contest_gap(entry, fastest) <= fmin(allowed, most);
}

const struct contest_entry *verdict_choice(const struct contest *contest,
                                           const struct contest_entry *fastest)
{
    const struct contest_entry *choice = fastest;
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        if (may_be_named(contest, one, fastest) && is_simpler(one, choice)) {
            choice = one;
        }
    }
    return choice;
}

/* The choice is compared with each other point and with serial: that all K comparisons of K points
 * hold together with 95 %, each has its share of the error (Hsu, Multiple Comparisons, 1996, 4;
 * Bonferroni). */
static double level_of(const struct contest *contest)
{
    size_t points = 0;
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        points++;
    }
    return STATS_LEVEL / (double)(points > 1 ? points : 1);
}

double verdict_loss_to(const struct contest *contest, const struct contest_entry *choice,
                       const struct contest_entry *other)
{
    double margin = contest_margin_beside(contest, choice, other, level_of(contest));
    return fmax(0, expm1(contest_gap(choice, other) + margin));
}

double verdict_loss(const struct contest *contest, const struct contest_entry *choice)
{
    double most = 0;
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        most = one == choice ? most : fmax(most, verdict_loss_to(contest, choice, one));
    }
    return most;
}

/* How many times as fast as serial. What is named is the best of many: its interval is one of those
 * that hold jointly. */
static struct interval speed_up_of(const struct contest *contest, const struct contest_entry *entry)
{
    return contest->serial ? contest_ratio(contest, contest->serial, entry, level_of(contest))
                           : (struct interval){NAN, NAN, NAN, 0};
}

bool verdict_is_certain(const struct contest *contest, const struct contest_entry *choice,
                        double precision)
{
    double width = contest->serial && choice != contest->serial
                       ? stats_half_width(speed_up_of(contest, choice))
                       : 0;
    return verdict_loss(contest, choice) <= (precision > 0 ? precision : VERDICT_LOSS) &&
           width <= fmax(precision, VERDICT_WIDTH);
}

/* Counts the points, and those that tie with the fastest or may do so. */
static void count_points(const struct contest *contest, const struct contest_entry *fastest,
                         struct verdict *verdict)
{
    double level = level_of(contest), tie = log(VERDICT_TIE_RATIO);
    verdict->rounds = fastest->rounds;
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        double gap = contest_gap(one, fastest);
        double margin = contest_margin(contest, one, fastest, level);
        bool ties = one != fastest && gap + margin <= tie;
        verdict->points++;
        verdict->ties += ties;
        verdict->undecided += one != fastest && !ties && gap - margin <= tie;
        verdict->rounds = one->rounds < verdict->rounds ? one->rounds : verdict->rounds;
    }
}

/* The fastest of each group; what is named stands for its group, so that all say the same number.
 */
static void find_best(const struct contest *contest, const struct contest_entry *choice,
                      struct verdict *verdict)
{
    const struct contest_entry *best[GROUP_COUNT] = {0};
    size_t needed = rounds_needed(contest);
    for (const struct contest_entry *one = next_of(contest, NULL); one;
         one = next_of(contest, one)) {
        enum verdict_group group = group_of(one->candidate->point);
        bool counts = one->rounds >= (needed < SURE_ROUNDS_LEAST ? needed : SURE_ROUNDS_LEAST);
        if (counts && (!best[group] || one->centre < best[group]->centre)) {
            best[group] = one;
        }
    }
    best[GROUP_SERIAL] = contest->serial;
    if (choice) {
        best[group_of(choice->candidate->point)] = choice;
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        verdict->best[g].speed_up = (struct interval){NAN, NAN, NAN, 0};
        if (best[g]) {
            verdict->best[g] =
                (struct verdict_best){best[g]->candidate->point, speed_up_of(contest, best[g])};
        }
    }
}

/* Per task. */
static double median_s(const struct candidates *candidates, const struct contest_entry *entry)
{
    size_t rounds = candidates->question->samples->rounds;
    memcpy(candidates->scratch, entry->candidate->task_s, rounds * sizeof *candidates->scratch);
    return stats_median(candidates->scratch, rounds).median;
}

static void take_choice(const struct contest *contest, const struct candidates *candidates,
                        const struct contest_entry *choice, struct verdict *verdict)
{
    const struct question *question = candidates->question;
    const struct question_workload *workload = &question->workload[verdict->workload];
    verdict->choice = choice->candidate->point;
    verdict->choice_s = median_s(candidates, choice) * question_tasks(workload, verdict->cores);
    verdict->choice_speed_up = speed_up_of(contest, choice);
    verdict->half_width = stats_half_width(verdict->choice_speed_up);
    verdict->loss = verdict_loss(contest, choice);
    verdict->certain = verdict_is_certain(contest, choice, question->precision);
}

static struct verdict judge_contest(const struct contest *contest,
                                    const struct candidates *candidates)
{
    const struct question *question = candidates->question;
    const struct question_workload *workload = &question->workload[candidates->workload];
    struct verdict verdict = {
        .workload = candidates->workload,
        .cores = contest->cores,
        .serial_task_s = contest->serial ? median_s(candidates, contest->serial) : NAN,
        .choice_speed_up = {NAN, NAN, NAN, 0},
        .choice_s = NAN,
        .loss = INFINITY,
        .half_width = INFINITY,
        .tasks_per_s = NAN,
    };
    for (int b = 0; b < BOUND_COUNT; b++) {
        verdict.bound_tasks_per_s[b] = INFINITY;
    }
    verdict.serial_s = verdict.serial_task_s * question_tasks(workload, 1);
    const struct contest_entry *fastest = verdict_fastest(contest), *choice = NULL;
    if (fastest) {
        count_points(contest, fastest, &verdict);
        choice = verdict_choice(contest, fastest);
        take_choice(contest, candidates, choice, &verdict);
    }
    find_best(contest, choice, &verdict);
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

long verdict_judge(const struct candidates *candidates, struct verdict *verdicts)
{
    const struct question *question = candidates->question;
    long count = 0;
    for (size_t c = 0; c < question->cores; c++) {
        struct contest contest;
        if (!was_tried(question, candidates->workload, c)) {
            continue;
        }
        if (contest_create(&contest, candidates, question->cores_axis[c]) != 0) {
            return -ENOMEM;
        }
        verdicts[count++] = judge_contest(&contest, candidates);
        contest_free(&contest);
    }
    return count;
}
