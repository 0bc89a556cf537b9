#include "answer/verdict.h"

#include "answer/cells.h"
#include "answer/reason.h"
#include "answer/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Points this much slower than the fastest are as good as it. */
#define TIE_RATIO 1.02 /* DESIGN: within 2 % is a tie */

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

static struct interval ratio_of(const struct judge *judge, const double *a, const double *b)
{
    return stats_ratio(a, b, judge->question->samples->rounds, judge->scratch);
}

static bool has_votes(const struct judge *judge, const double *values)
{
    size_t r = 0;
    while (r < judge->question->samples->rounds && isnan(values[r])) {
        r++;
    }
    return r < judge->question->samples->rounds;
}

static void load_serial(struct judge *judge, size_t workload)
{
    size_t cell = cells_find(judge->question, workload, serial_point);
    judge->workload = workload;
    for (size_t r = 0; r < judge->question->samples->rounds; r++) {
        judge->serial[r] = NAN;
    }
    if (cell != CELLS_NONE) {
        cells_task_times(judge->question, cell, judge->serial);
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

/* Fills in the best point of each group. Returns the cell of the fastest, CELLS_NONE when none has
 * a sample that votes. */
static size_t find_fastest(const struct judge *judge, size_t first, struct verdict *verdict)
{
    const struct question *question = judge->question;
    double group_speed[GROUP_COUNT] = {0}, top_speed = 0;
    size_t fastest = CELLS_NONE;
    for (size_t cell = first; cell < first + cells_per_cores(question); cell++) {
        if (question->status[cell] != CELL_DONE) {
            continue;
        }
        cells_task_times(question, cell, judge->other);
        struct interval speed_up = ratio_of(judge, judge->serial, judge->other);
        double speed =
            judge->has_serial ? speed_up.median : 1 / median_of(judge, judge->other).median;
        struct point point = cells_point(question, cell);
        enum verdict_group group = group_of(point);
        struct verdict_best *best = &verdict->best[group];
        if (speed > group_speed[group] ||
            (speed == group_speed[group] && point_compare_simplicity(point, best->point) < 0)) {
            group_speed[group] = speed;
            *best = (struct verdict_best){point, speed_up};
        }
        if (speed > top_speed ||
            (speed == top_speed &&
             point_compare_simplicity(point, cells_point(question, fastest)) < 0)) {
            top_speed = speed;
            fastest = cell;
        }
    }
    return fastest;
}

enum standing { SLOWER, UNDECIDED, TIED };

/* `ratio` is time over that of the fastest; before there is an interval the median has to do. */
static enum standing standing_of(struct interval ratio)
{
    bool has_interval = !isnan(ratio.low);
    double near = has_interval ? ratio.low : ratio.median;
    double far = has_interval ? ratio.high : ratio.median;
    return far <= TIE_RATIO ? TIED : near > TIE_RATIO ? SLOWER : UNDECIDED;
}

/* Counts ties and what is undecided; returns the cell of the simplest that was not shown to be
 * slower: the burden of proof lies with the complicated. */
static size_t find_choice(const struct judge *judge, size_t first, size_t fastest,
                          struct verdict *verdict)
{
    const struct question *question = judge->question;
    size_t choice = fastest;
    cells_task_times(question, fastest, judge->fastest);
    for (size_t cell = first; cell < first + cells_per_cores(question); cell++) {
        if (question->status[cell] != CELL_DONE || cell == fastest) {
            continue;
        }
        cells_task_times(question, cell, judge->other);
        if (!has_votes(judge, judge->other)) {
            continue;
        }
        struct interval ratio = ratio_of(judge, judge->other, judge->fastest);
        enum standing standing = standing_of(ratio);
        verdict->ties += standing == TIED;
        verdict->undecided += standing == UNDECIDED;
        if (standing != SLOWER) {
            verdict->half_width = fmax(verdict->half_width, stats_half_width(ratio));
        }
        if (standing != SLOWER && point_compare_simplicity(cells_point(question, cell),
                                                           cells_point(question, choice)) < 0) {
            choice = cell;
        }
    }
    return choice;
}

static void take_choice(const struct judge *judge, size_t cell, struct verdict *verdict)
{
    const struct question *question = judge->question;
    const struct question_workload *workload = &question->workload[judge->workload];
    cells_task_times(question, cell, judge->other);
    struct interval time = median_of(judge, judge->other);
    verdict->choice = cells_point(question, cell);
    verdict->choice_s = time.median * cells_tasks(workload, verdict->cores);
    verdict->choice_speed_up = ratio_of(judge, judge->serial, judge->other);
    /* What is named stands for its group, so that all say the same number. */
    verdict->best[group_of(verdict->choice)] =
        (struct verdict_best){verdict->choice, verdict->choice_speed_up};
    struct interval rests_on = judge->has_serial ? verdict->choice_speed_up : time;
    verdict->half_width = fmax(verdict->half_width, stats_half_width(rests_on));
    verdict->certain = isfinite(verdict->half_width) && verdict->undecided == 0 &&
                       (!(question->precision > 0) || verdict->half_width <= question->precision);
}

/* Everything of a verdict but its words. */
static struct verdict judge_cores(const struct judge *judge, size_t cores_index)
{
    const struct question *question = judge->question;
    const struct question_workload *workload = &question->workload[judge->workload];
    const struct interval unknown = {NAN, NAN, NAN, 0};
    size_t first = cells_first(question, judge->workload, cores_index);
    struct verdict verdict = {
        .workload = judge->workload,
        .cores = question->cores_axis[cores_index],
        .serial_task_s = median_of(judge, judge->serial).median,
        .choice_speed_up = unknown,
        .choice_s = NAN,
    };
    verdict.serial_s = verdict.serial_task_s * cells_tasks(workload, 1);
    for (int g = 0; g < GROUP_COUNT; g++) {
        verdict.best[g].speed_up = unknown;
    }
    if (judge->has_serial) {
        verdict.best[GROUP_SERIAL] =
            (struct verdict_best){serial_point, ratio_of(judge, judge->serial, judge->serial)};
    }
    size_t fastest = find_fastest(judge, first, &verdict);
    if (fastest == CELLS_NONE) {
        verdict.half_width = INFINITY;
        return verdict;
    }
    take_choice(judge, find_choice(judge, first, fastest, &verdict), &verdict);
    return verdict;
}

/* One that failed has a verdict, too: that it did. */
static bool was_tried(const struct question *question, size_t workload, size_t cores_index)
{
    const unsigned char *status = &question->status[cells_first(question, workload, cores_index)];
    size_t cells = cells_per_cores(question);
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

double verdict_precision(const struct question *question)
{
    struct judge judge;
    if (judge_open(&judge, question) != 0) {
        return INFINITY;
    }
    double widest = -1;
    for (size_t w = 0; w < question->workloads; w++) {
        load_serial(&judge, w);
        for (size_t c = 0; c < question->cores; c++) {
            if (was_tried(question, w, c) && !question->workload[w].failure) {
                widest = fmax(widest, judge_cores(&judge, c).half_width);
            }
        }
    }
    judge_close(&judge);
    return widest < 0 ? INFINITY : widest;
}

/* So does a shared list, and each worker's shard of it. */
static bool uses_memory(const struct question_workload *workload)
{
    const char *bound_by = workload->kernel_bound_by;
    return workload->memory_bytes > 0 || workload->guard ||
           (bound_by && strstr(bound_by, "memory"));
}

/* The speed-up over serial that no point can pass, NAN where none is known. Memory is left out:
 * workers that share it out may each fit into a cache that the whole does not fit into. */
static double greatest_possible(const struct question_workload *workload, struct point point,
                                double serial_task_s)
{
    bool computes = strcmp(workload->kernel, "none") != 0;
    bool waits = strcmp(workload->engine, "none") != 0;
    if (computes && !waits && !uses_memory(workload)) {
        return 1.05 * point.cores;
    }
    double asked_s = workload->latency_s * workload->waits;
    if (!computes && waits && asked_s > 0) {
        double in_flight =
            fmin(cells_tasks(workload, point.cores), (double)point_concurrency(point));
        /* Serial waits end late; waits in flight together may share their lateness. */
        return 1.02 * in_flight * fmax(1, serial_task_s / asked_s);
    }
    return NAN;
}

/* What a task takes serially, by round. Work that only computes is taken by its CPU time: on a busy
 * machine several workers get more of a core than one does, which makes nothing impossible. */
static void load_floor(struct judge *judge, size_t workload)
{
    size_t cell = cells_find(judge->question, workload, serial_point);
    load_serial(judge, workload);
    if (cell != CELLS_NONE && strcmp(judge->question->workload[workload].engine, "none") == 0) {
        cells_task_costs(judge->question, cell, judge->serial);
    }
}

static void say_impossible(const struct question_workload *workload, struct point point,
                           struct interval speed_up, double serial_task_s, char *text,
                           size_t text_bytes)
{
    char where[POINT_TEXT_BYTES], serial[WORDS_BYTES], ratio[WORDS_BYTES];
    double possible = greatest_possible(workload, point, serial_task_s);
    snprintf(text, text_bytes,
             "%s at %s is %s times as fast as serial (%s per task), but more than %.4g times is "
             "impossible.",
             workload->name, point_text(point, where), words_interval(speed_up, ratio),
             words_time(serial_task_s, serial), possible);
}

const char *verdict_impossible(const struct question *question, char *text, size_t text_bytes)
{
    struct judge judge;
    if (judge_open(&judge, question) != 0) {
        return NULL;
    }
    const char *found = NULL;
    size_t cells_each = cells_per_cores(question) * question->cores;
    for (size_t w = 0; w < question->workloads && !found; w++) {
        const struct question_workload *workload = &question->workload[w];
        load_floor(&judge, w);
        double serial_task_s = median_of(&judge, judge.serial).median;
        for (size_t cell = w * cells_each; cell < (w + 1) * cells_each && !found; cell++) {
            struct point point = cells_point(question, cell);
            double possible = greatest_possible(workload, point, serial_task_s);
            if (question->status[cell] != CELL_DONE || isnan(possible)) {
                continue;
            }
            cells_task_times(question, cell, judge.other);
            struct interval speed_up = ratio_of(&judge, judge.serial, judge.other);
            if (speed_up.low > possible) {
                say_impossible(workload, point, speed_up, serial_task_s, text, text_bytes);
                found = text;
            }
        }
    }
    judge_close(&judge);
    return found;
}
