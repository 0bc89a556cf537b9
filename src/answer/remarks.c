#include "answer/remarks.h"

#include "answer/cells.h"

#include <math.h>
#include <stdbool.h>

static bool is_flagged(const struct samples *samples, size_t at, enum sample_flag flag)
{
    double flags = samples->value[SAMPLE_FLAGS][at];
    return !isnan(samples->value[SAMPLE_TIME][at]) && !isnan(flags) &&
           ((unsigned)flags & flag) != 0;
}

/* True when the flag keeps most of the cell's samples from voting. */
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

/* Names the one that kept the least of what was asked. */
static void say_shallow(const struct question *question, size_t first, double *scratch,
                        struct words *sentence)
{
    char where[POINT_TEXT_BYTES];
    struct point worst = {0};
    double kept = NAN;
    size_t count = 0;
    for (size_t cell = first; cell < first + cells_per_cores(question); cell++) {
        if (!is_mostly(question, cell, SAMPLE_SHALLOW)) {
            continue;
        }
        struct point point = cells_point(question, cell);
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
    for (size_t cell = first; cell < first + cells_per_cores(question); cell++) {
        count += is_mostly(question, cell, SAMPLE_CACHE);
    }
    if (count > 0) {
        words_add(sentence, " At %zu point%s the page cache was not as asked, cold or warm.", count,
                  count == 1 ? "" : "s");
    }
}

void remarks_add(const struct question *question, const struct verdict *verdict, double *scratch,
                 struct words *sentence)
{
    const struct question_workload *workload = &question->workload[verdict->workload];
    size_t first =
        cells_first(question, verdict->workload, cells_cores_index(question, verdict->cores));
    say_shallow(question, first, scratch, sentence);
    say_cache(question, first, sentence);
    if (workload->storage_is_memory) {
        words_add(sentence, " The scratch file is on %s: no device was waited for.",
                  workload->storage ? workload->storage : "memory");
    }
}
