/* A point of the cube says how the tasks of a workload are executed. */
#ifndef CUAL_MODEL_POINT_H
#define CUAL_MODEL_POINT_H

#include <stdbool.h>
#include <stddef.h>

/* R×T×D@C; all four are at least 1. */
struct point {
    int ranks;   /* MPI processes */
    int threads; /* OpenMP threads in each rank */
    int depth;   /* operations each thread keeps in flight */
    int cores;   /* cores that all of these share */
};

/* The execution models, in the order in which ties are broken: simplest first. */
enum model {
    MODEL_SERIAL,
    MODEL_THREADS,
    MODEL_PROCESSES,
    MODEL_ASYNC,
    MODEL_THREADS_ASYNC,
    MODEL_PROCESSES_ASYNC,
    MODEL_PROCESSES_THREADS,
    MODEL_PROCESSES_THREADS_ASYNC,
    MODEL_COUNT
};

/* A larger team of threads is not kept for the next cell. Its idle threads would count as that
 * cell's memory and, with those of other ranks, against the limits on threads. */
#define POINT_TEAM_KEPT 64

#define POINT_TEXT_BYTES 64

/* Returns the model of a point, which follows from its numbers and is never configured. */
enum model point_model(struct point point);

/* The plain models, at any C: 1×T×1, R×1×1 and 1×1×D. */
bool point_is_threads(struct point point);
bool point_is_processes(struct point point);
bool point_is_async(struct point point);

/* Returns the name of a model, "threads", "processes+async" …; a constant string. */
const char *model_name(enum model model);

/* Returns R·T. */
long point_workers(struct point point);

/* Returns R·T·D. */
long point_concurrency(struct point point);

/* Writes "R×T×D@C" (UTF-8) into text and returns it. */
const char *point_text(struct point point, char text[POINT_TEXT_BYTES]);

/* Returns < 0 when `a` is the simpler choice: the one with fewer workers, then the earlier model,
 * then the smaller depth, ranks and threads. Returns 0 only when both are equal. */
int point_compare_simplicity(struct point a, struct point b);

#endif
