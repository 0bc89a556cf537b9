#include "model/point.h"

#include <stdio.h>

enum model point_model(struct point point)
{
    static const enum model by_axes[2][2][2] = {
        /* [ranks > 1][threads > 1][depth > 1] */
        {{MODEL_SERIAL, MODEL_ASYNC}, {MODEL_THREADS, MODEL_THREADS_ASYNC}},
        {{MODEL_PROCESSES, MODEL_PROCESSES_ASYNC},
         {MODEL_PROCESSES_THREADS, MODEL_PROCESSES_THREADS_ASYNC}},
    };
    return by_axes[point.ranks > 1][point.threads > 1][point.depth > 1];
}

const char *model_name(enum model model)
{
    static const char *const names[MODEL_COUNT] = {
        [MODEL_SERIAL] = "serial",
        [MODEL_THREADS] = "threads",
        [MODEL_PROCESSES] = "processes",
        [MODEL_ASYNC] = "async",
        [MODEL_THREADS_ASYNC] = "threads+async",
        [MODEL_PROCESSES_ASYNC] = "processes+async",
        [MODEL_PROCESSES_THREADS] = "processes+threads",
        [MODEL_PROCESSES_THREADS_ASYNC] = "processes+threads+async",
    };
    return names[model];
}

long point_workers(struct point point)
{
    return (long)point.ranks * point.threads;
}

long point_concurrency(struct point point)
{
    return point_workers(point) * point.depth;
}

const char *point_text(struct point point, char text[POINT_TEXT_BYTES])
{
    snprintf(text, POINT_TEXT_BYTES, "%d×%d×%d@%d", point.ranks, point.threads, point.depth,
             point.cores);
    return text;
}

int point_compare_simplicity(struct point a, struct point b)
{
    long difference[] = {
        point_workers(a) - point_workers(b),
        (long)point_model(a) - (long)point_model(b),
        (long)a.depth - b.depth,
        (long)a.ranks - b.ranks,
        (long)a.threads - b.threads,
        (long)a.cores - b.cores,
    };
    for (size_t i = 0; i < sizeof difference / sizeof difference[0]; i++) {
        if (difference[i] != 0) {
            return difference[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

bool point_is_threads(struct point point)
{
    return point_model(point) == MODEL_THREADS;
}

bool point_is_processes(struct point point)
{
    return point_model(point) == MODEL_PROCESSES;
}

bool point_is_async(struct point point)
{
    return point_model(point) == MODEL_ASYNC;
}
