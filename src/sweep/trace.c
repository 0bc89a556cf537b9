#include "sweep/trace.h"

#include "model/placement.h"
#include "model/task.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BITS 52 /* a double holds them exactly */

struct ending {
    int64_t at_ns;
    uint64_t task;
};

/* The largest share that a rank can have: what each one sends. */
static uint64_t greatest_share(uint64_t tasks, int ranks)
{
    return tasks / (uint64_t)ranks + (tasks % (uint64_t)ranks != 0);
}

int trace_create(struct trace *trace, uint64_t tasks, int ranks, bool leads)
{
    size_t room = (size_t)tasks + (size_t)ranks;
    trace->own = calloc(room, sizeof *trace->own);
    trace->all = leads ? calloc(room, sizeof *trace->all) : NULL;
    return trace->own && (trace->all || !leads) ? 0 : -ENOMEM;
}

void trace_free(struct trace *trace)
{
    free(trace->own);
    free(trace->all);
}

void trace_gather(struct trace *trace, struct comm *comm, const struct comm_group *group,
                  uint64_t tasks)
{
    size_t each = (size_t)greatest_share(tasks, group->size) * sizeof *trace->own;
    comm_gather(comm, group, trace->own, each, trace->all);
}

void trace_set_back(struct trace *trace, int ranks, uint64_t tasks, int rank, int64_t ns)
{
    uint64_t each = greatest_share(tasks, ranks);
    for (uint64_t i = 0; i < each; i++) {
        trace->all[(uint64_t)rank * each + i] -= ns;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct ending *x = a, *y = b;
    return x->at_ns != y->at_ns ? (x->at_ns > y->at_ns ? 1 : -1)
                                : (x->task > y->task) - (x->task < y->task);
}

double trace_digest_of(const int64_t *ended_ns, uint64_t tasks)
{
    uint64_t folded = 0;
    struct ending *endings = malloc(((size_t)tasks + 1) * sizeof *endings);
    if (!endings) {
        return NAN;
    }
    for (uint64_t i = 0; i < tasks; i++) {
        endings[i] = (struct ending){ended_ns[i], i};
    }
    qsort(endings, (size_t)tasks, sizeof *endings, by_time);
    for (uint64_t i = 0; i < tasks; i++) {
        folded = task_mix(folded ^ endings[i].task);
    }
    free(endings);
    return (double)(folded >> (64 - DIGEST_BITS));
}

double trace_digest(struct trace *trace, int ranks, uint64_t tasks)
{
    uint64_t each = greatest_share(tasks, ranks);
    for (int r = 0; r < ranks; r++) { /* closes the gaps between the shares */
        uint64_t begin = placement_share_begin(tasks, (uint64_t)r, (uint64_t)ranks);
        uint64_t end = placement_share_begin(tasks, (uint64_t)r + 1, (uint64_t)ranks);
        memmove(trace->all + begin, trace->all + (uint64_t)r * each,
                (end - begin) * sizeof *trace->all);
    }
    return trace_digest_of(trace->all, tasks);
}
