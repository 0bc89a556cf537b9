#include "job/plan_footprint.h"

#include "text/words.h"

/* Points that are named of each level. */
#define NAMED_MOST 3

/* The level of a feasible cell. */
static struct level_range level_at(const struct plan *plan, const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    return level_find(&plan->job->caches, kernel_footprint(workload->kernel, &workload->spec),
                      cell->point);
}

/* Which of the workload's points have the level: how many, the first of them by name. */
static void add_points(const struct plan *plan, size_t workload_index, struct level_range level,
                       struct words *sentence)
{
    char where[POINT_TEXT_BYTES];
    size_t count = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        if (cell->workload_index == workload_index && level_is_same(level_at(plan, cell), level) &&
            count++ < NAMED_MOST) {
            words_add(sentence, "%s%s", count > 1 ? ", " : "", point_text(cell->point, where));
        }
    }
    if (count > NAMED_MOST) {
        words_add(sentence, " and %zu more", count - NAMED_MOST);
    }
}

/* The levels that points of the workload have, each once, in the order of the points. Returns how
 * many there are. */
static size_t find_levels(const struct plan *plan, size_t workload_index,
                          struct level_range levels[LEVEL_COUNT * LEVEL_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        if (plan->feasible_cell[i].workload_index != workload_index) {
            continue;
        }
        struct level_range level = level_at(plan, &plan->feasible_cell[i]);
        size_t known = 0;
        while (known < count && !level_is_same(levels[known], level)) {
            known++;
        }
        levels[known] = level;
        count += known == count;
    }
    return count;
}

bool plan_footprint_warn(const struct plan *plan, size_t workload_index, char *text,
                         size_t text_bytes)
{
    char bytes[WORDS_BYTES], place[LEVEL_TEXT_BYTES];
    struct level_range levels[LEVEL_COUNT * LEVEL_COUNT];
    const struct workload *workload = &plan->job->workloads[workload_index];
    struct footprint footprint = kernel_footprint(workload->kernel, &workload->spec);
    size_t count = find_levels(plan, workload_index, levels);
    if (count == 0 || (count == 1 && levels[0].near == levels[0].far)) {
        return false;
    }
    struct words sentence = {text, text_bytes, 0};
    words_add(&sentence, "the footprint of a worker, %s, lies ",
              words_bytes(footprint.bytes, bytes));
    for (size_t i = 0; i < count; i++) {
        words_add(&sentence, "%s%s at ", i > 0 ? ", and " : "", level_place(levels[i], place));
        add_points(plan, workload_index, levels[i], &sentence);
    }
    words_add(&sentence, count > 1 ? "; a difference between these points may come from the caches."
                                   : "; its times depend on what else the cache holds.");
    return true;
}
