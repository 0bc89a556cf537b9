#include "answer/remarks.h"

#include "answer/question.h"

#include <math.h>
#include <stdbool.h>

static bool is_flagged(const struct samples *samples, size_t at, enum sample_flag flag)
{
    double flags = samples->value[SAMPLE_FLAGS][at];
    return !isnan(samples->value[SAMPLE_TIME][at]) && !isnan(flags) &&
           ((unsigned)flags & flag) != 0;
}

/* True when most of the cell's samples are excluded by the flag. */
static bool is_mostly(const struct question *question, size_t cell, enum sample_flag flag)
{
    const struct samples *samples = question->samples;
    size_t measured = 0, flagged = 0;
    for (size_t at = cell * samples->rounds; at < (cell + 1) * samples->rounds; at++) {
        measured += isnan(samples->value[SAMPLE_TIME][at]) ? 0u : 1u;
        flagged += is_flagged(samples, at, flag) ? 1u : 0u;
    }
    return question->status[cell] == CELL_DONE && 2 * flagged > measured;
}

/* Median over the samples that were too shallow. */
static double depth_of_shallow(const struct samples *samples, size_t cell, double *scratch)
{
    for (size_t r = 0; r < samples->rounds; r++) {
        size_t at = cell * samples->rounds + r;
        bool shallow = is_flagged(samples, at, SAMPLE_SHALLOW);
        scratch[r] = shallow ? samples->value[SAMPLE_DEPTH_ACHIEVED][at] : NAN;
    }
    return stats_median(scratch, samples->rounds).median;
}

/* Names the point that kept the least of the depth that was asked. */
static void say_shallow(const struct question *question, size_t first, double *scratch,
                        struct words *sentence)
{
    char where[POINT_TEXT_BYTES];
    struct point worst = {0};
    double kept = NAN;
    size_t count = 0;
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        if (!is_mostly(question, cell, SAMPLE_SHALLOW)) {
            continue;
        }
        struct point point = question_point(question, cell);
        double depth = depth_of_shallow(question->samples, cell, scratch);
        if (count++ == 0 || depth / point.depth < kept / worst.depth) {
            worst = point;
            kept = depth;
        }
    }
    if (count == 0) {
        return;
    }
    words_add(sentence, " %s kept %.*f of %d in flight: it ", point_text(worst, where),
              kept < 9.95 ? 1 : 0, kept, worst.depth);
    if (count > 1) {
        words_add(sentence, "and %zu more were not really async.", count - 1);
    } else {
        words_add(sentence, "was not really async.");
    }
}

static void say_cache(const struct question *question, size_t first, struct words *sentence)
{
    size_t count = 0;
    for (size_t cell = first; cell < first + question_cells_per_cores(question); cell++) {
        count += is_mostly(question, cell, SAMPLE_CACHE);
    }
    if (count > 0) {
        words_add(sentence, " At %zu point%s the page cache was not cold or warm as asked.", count,
                  count == 1 ? "" : "s");
    }
}

/* A median between two states of the machine is the time of neither. */
static void say_two_states(const struct question *question, size_t cell, double *scratch,
                           struct words *sentence)
{
    char where[POINT_TEXT_BYTES], low[WORDS_BYTES], high[WORDS_BYTES];
    struct stats_groups groups;
    question_task_times(question, cell, scratch);
    if (stats_two_groups(scratch, stats_median(scratch, question->samples->rounds).n, &groups)) {
        struct point point = question_point(question, cell);
        const struct question_workload *workload =
            &question->workload[question_workload_of(question, cell)];
        double tasks = question_tasks(workload, point.cores);
        words_add(sentence,
                  " The times of %s fall into two groups: %s in %zu rounds, %s in %zu; their "
                  "median is neither.",
                  point_text(point, where), words_time(tasks * groups.median[0], low), groups.n[0],
                  words_time(tasks * groups.median[1], high), groups.n[1]);
    }
}

static void say_states(const struct question *question, const struct verdict *verdict,
                       double *scratch, struct words *sentence)
{
    const struct point serial = {1, 1, 1, 1};
    size_t of_choice = question_cell(question, verdict->workload, verdict->choice);
    size_t of_serial = question_cell(question, verdict->workload, serial);
    if (of_choice != QUESTION_NO_CELL) {
        say_two_states(question, of_choice, scratch, sentence);
    }
    if (of_choice != QUESTION_NO_CELL && of_serial != QUESTION_NO_CELL && of_serial != of_choice) {
        say_two_states(question, of_serial, scratch, sentence);
    }
}

/* The flags that exclude samples at whatever point. A flag that a tenth of all samples have is
 * explained; what can be done about it is said where there is no choice. */
static const struct obstacle {
    enum sample_flag flag;
    const char *meaning, *advice;
} obstacles[] = {
    {SAMPLE_MISBOUND, "workers were not on the cores that they were bound to",
     "let nothing else bind the processes"},
    {SAMPLE_TOO_SHORT, "they were too short for the clock", "give the workload more tasks"},
    {SAMPLE_CROWDED, "other processes computed on these cores",
     "end the other processes, or ask for cores of your own"},
    {SAMPLE_STOLEN, "the hypervisor gave these cores to others",
     "try again when the host is less busy, or on another one"},
    {SAMPLE_THROTTLED, "a quota or heat stopped these cores",
     "ask for a larger quota or fewer cores"},
    {SAMPLE_FREQUENCY, "the frequency of these cores changed",
     "fix the frequency: use the governor \"performance\""},
    {SAMPLE_SLOWED, "the same work took a lot more CPU time than in other rounds",
     "look for what slows these cores down: another machine on the same host, or heat"},
};
enum { OBSTACLES = sizeof obstacles / sizeof obstacles[0] };
#define WORTH_A_REMARK 0.25 /* of the samples are excluded */
#define CAUSE 0.1

/* Samples of one workload at one C, and how many of them obstacles exclude. */
struct obstructed {
    double measured, all;
    double by[OBSTACLES];
};

static struct obstructed count_obstructed(const struct question *question, size_t first)
{
    const struct samples *samples = question->samples;
    struct obstructed found = {0};
    size_t end = (first + question_cells_per_cores(question)) * samples->rounds;
    for (size_t at = first * samples->rounds; at < end; at++) {
        bool any = false;
        for (size_t o = 0; o < OBSTACLES; o++) {
            bool holds = is_flagged(samples, at, obstacles[o].flag);
            found.by[o] += holds;
            any |= holds;
        }
        found.measured += !isnan(samples->value[SAMPLE_TIME][at]);
        found.all += any;
    }
    return found;
}

static void say_obstructed(const struct question *question, size_t first, bool no_choice,
                           struct words *sentence)
{
    struct obstructed found = count_obstructed(question, first);
    if (found.all == 0 || found.all < WORTH_A_REMARK * found.measured) {
        return;
    }
    words_add(sentence, " %.0f %% of the samples are excluded", 100 * found.all / found.measured);
    const char *separator = ": ";
    for (size_t o = 0; o < OBSTACLES; o++) {
        if (found.by[o] >= CAUSE * found.measured) {
            words_add(sentence, "%s%s", separator, obstacles[o].meaning);
            separator = ". Beside that, ";
        }
    }
    separator = ". What to do: ";
    for (size_t o = 0; no_choice && o < OBSTACLES; o++) {
        if (found.by[o] >= CAUSE * found.measured) {
            words_add(sentence, "%s%s", separator, obstacles[o].advice);
            separator = "; ";
        }
    }
    words_add(sentence, no_choice ? "; `cual doctor` says what interferes on this machine." : ".");
}

void remarks_add(const struct question *question, const struct verdict *verdict, double *scratch,
                 struct words *sentence)
{
    const struct question_workload *workload = &question->workload[verdict->workload];
    size_t first = question_first_cell(question, verdict->workload,
                                       question_cores_index(question, verdict->cores));
    say_obstructed(question, first, verdict->choice.ranks == 0, sentence);
    say_states(question, verdict, scratch, sentence);
    say_shallow(question, first, scratch, sentence);
    say_cache(question, first, sentence);
    if (workload->storage_is_memory) {
        words_add(sentence, " The scratch file is on %s: no device was waited for.",
                  workload->storage ? workload->storage : "memory");
    }
}
