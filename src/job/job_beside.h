/* The jobs that lie beside the program, which `cual run NAME` finds. */
#ifndef CUAL_JOB_JOB_BESIDE_H
#define CUAL_JOB_JOB_BESIDE_H

#include "system/beside.h"

#include <limits.h>
#include <stddef.h>

/* Both texts come from outside. */
struct job_beside_one {
    char name[NAME_MAX + 1]; /* without its ending */
    char says[256];          /* the comment that its first line is; empty: it is none */
};

struct job_beside {
    char folder[BESIDE_PATH_BYTES]; /* empty: there is none */
    size_t count;
    struct job_beside_one *job; /* by name */
};

/* Finds them. 0 or -ENOMEM; job_beside_free in any case. */
int job_beside_find(struct job_beside *beside);
void job_beside_free(struct job_beside *beside);

#endif
