#include "machine/batch.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB 1048576.0 /* what Slurm counts memory in */

/* A heterogeneous job has some variables only with the number of a component, which begins with
 * the node of its script. */
static const char *text_of(const char *name)
{
    char first[64];
    const char *text = getenv(name);
    snprintf(first, sizeof first, "%s_HET_GROUP_0", name);
    return text ? text : getenv(first);
}

/* A whole number ≥ 0 that a variable holds; NAN without one. */
static double number_of(const char *name)
{
    const char *text = text_of(name);
    size_t digits = text ? strspn(text, "0123456789") : 0;
    return digits > 0 && text[digits] == '\0' ? strtod(text, NULL) : NAN;
}

static int count_of(const char *name, int otherwise)
{
    double number = number_of(name);
    return number <= INT_MAX ? (int)number : otherwise;
}

static double memory_granted(int cpus)
{
    double node = number_of("SLURM_MEM_PER_NODE"), cpu = number_of("SLURM_MEM_PER_CPU");
    double granted = isnan(node) ? cpu * cpus : node;
    return granted > 0 ? granted * MIB : NAN; /* 0 asks for all there is */
}

/* As --threads-per-core or --hint says it. */
static int core_threads_asked(void)
{
    const char *hint = getenv("SLURM_HINT");
    if (hint && strstr(hint, "nomultithread")) {
        return 1;
    }
    return hint && strstr(hint, "multithread") ? 2 : count_of("SLURM_THREADS_PER_CORE", 0);
}

void batch_read(struct batch *batch)
{
    const char *job = getenv("SLURM_JOB_ID");
    *batch = (struct batch){.nodes = 1, .components = 1, .memory_bytes = NAN, .end_s = INFINITY};
    if (!job || isnan(number_of("SLURM_JOB_ID")) || strlen(job) >= sizeof batch->job) {
        return;
    }
    double end_s = number_of("SLURM_JOB_END_TIME");
    int nodes = count_of("SLURM_JOB_NUM_NODES", 1), components = count_of("SLURM_HET_SIZE", 1);
    snprintf(batch->job, sizeof batch->job, "%s", job);
    batch->known = true;
    batch->nodes = nodes > 0 ? nodes : 1;
    batch->node_tasks = count_of("SLURM_NTASKS_PER_NODE", 0);
    batch->cpus = count_of("SLURM_CPUS_ON_NODE", 0);
    batch->core_threads = core_threads_asked();
    batch->reserved_cores = count_of("SLURM_CORE_SPEC", 0);
    batch->components = components > 0 ? components : 1;
    batch->memory_bytes = memory_granted(batch->cpus);
    batch->end_s = end_s > 0 ? end_s : INFINITY;
    if (getenv("SLURM_STEP_ID")) { /* a batch script has a SLURM_PROCID, too */
        batch->step_tasks = count_of("SLURM_STEP_NUM_TASKS", 0);
        batch->step_rank = count_of("SLURM_PROCID", 0);
    }
}

enum batch_match batch_compare(const struct batch *batch, int cores, int smt, bool whole)
{
    int as_threads = (batch->cpus + smt - 1) / smt;
    int as_cores = batch->core_threads > 1 ? as_threads : batch->cpus;
    if (batch->cpus == 0) {
        return BATCH_AS_GRANTED;
    }
    if (cores > as_cores) {
        return BATCH_MORE;
    }
    if (cores + batch->reserved_cores < as_threads) {
        return BATCH_FEWER;
    }
    return cores > as_threads && whole && batch->core_threads == 0 ? BATCH_UNTOLD
                                                                   : BATCH_AS_GRANTED;
}

double batch_left_s(const struct batch *batch)
{
    struct timespec now;
    return batch->end_s < INFINITY && clock_gettime(CLOCK_REALTIME, &now) == 0
               ? batch->end_s - (double)now.tv_sec
               : INFINITY;
}
