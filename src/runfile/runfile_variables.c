#include "runfile/runfile_variables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The type of a member as it stands in memory. */
#define MEMORY_TYPE(member)                                                                        \
    _Generic((member), double: STORE_FLOAT64, const double *: STORE_FLOAT64,                       \
             uint64_t: STORE_UINT64, uint32_t: STORE_UINT32, bool: STORE_UINT8,                    \
             const uint8_t *: STORE_UINT8,                                                         \
             const char *: STORE_TEXT)
/* A row from its source on. */
#define SAMPLE(index) RUNFILE_FROM_SAMPLES, index, STORE_FLOAT64, false
#define SOURCE(source, memory) source, 0, memory, false
#define MEMBER(source, type, member)                                                               \
    source, offsetof(struct type, member), MEMORY_TYPE(((struct type *)NULL)->member)
#define MEASURED(member) MEMBER(RUNFILE_FROM_MEASURED, runfile_workload, member), false
#define RESUMED(member) MEMBER(RUNFILE_FROM_MEASURED, runfile_workload, member), true
#define JOB(member) MEMBER(RUNFILE_FROM_JOB, workload, member), false
#define KERNEL(member) MEMBER(RUNFILE_FROM_KERNEL, kernel, member), false
#define ENGINE(member) MEMBER(RUNFILE_FROM_ENGINE, engine, member), false

const struct runfile_variable runfile_variables[] = {
    {"/", "compute", STORE_TEXT, NULL, "compute kernel", RUNFILE_WORKLOADS, RUNFILE_COORDINATE, 0,
     KERNEL(name)},
    {"/", "wait", STORE_TEXT, NULL, "wait engine", RUNFILE_WORKLOADS, RUNFILE_COORDINATE, 0,
     ENGINE(name)},
    {"/", "storage", STORE_TEXT, NULL, "what the scratch file is on", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, RESUMED(storage)},
    {"/", "compute_time", STORE_FLOAT64, "s", "CPU time of one task on one core", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, RESUMED(compute_s)},
    {"/", "wait_time", STORE_FLOAT64, "s", "waiting asked for in one task", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, MEASURED(wait_s)},
    {"/", "tasks", STORE_UINT64, "1", "tasks, under weak scaling for each core", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, JOB(spec.tasks)},
    {"/", "bytes", STORE_FLOAT64, "byte", "memory traffic and I/O of one task", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, MEASURED(bytes)},
    {"/", "flops", STORE_FLOAT64, "1", "floating-point operations of one task", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, MEASURED(flops)},
    {"/", "lock", STORE_UINT8, "1", "1: computes under one lock per process", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, JOB(spec.lock)},
    {"/", "waits", STORE_UINT64, "1", "waits in one task", RUNFILE_WORKLOADS, RUNFILE_COORDINATE, 0,
     JOB(spec.waits)},
    {"/", "work", STORE_UINT64, "1", "units of the kernel in one task", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, JOB(spec.work)},
    {"/", "weak", STORE_UINT8, "1", "1: weak scaling, tasks times cores", RUNFILE_WORKLOADS,
     RUNFILE_COORDINATE, 0, JOB(weak)},
    {"/", "time", STORE_FLOAT64, "s", "last end minus first start over all workers",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_TIME)},
    {"/", "cpu", STORE_FLOAT64, "s", "CPU time of all ranks of the cell, helper threads included",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_CPU)},
    {"/", "switches_voluntary", STORE_FLOAT64, "1", "voluntary context switches", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_SWITCHES_VOLUNTARY)},
    {"/", "switches_involuntary", STORE_FLOAT64, "1", "involuntary context switches",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_SWITCHES_INVOLUNTARY)},
    {"/", "faults", STORE_FLOAT64, "1", "page faults, minor and major", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_FAULTS)},
    {"/", "memory", STORE_FLOAT64, "byte",
     "memory of all ranks of the cell (proportional set size), without what cual itself takes",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_MEMORY)},
    {"/", "depth_achieved", STORE_FLOAT64, "1", "mean operations in flight per thread",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_DEPTH_ACHIEVED)},
    {"/", "depth_most", STORE_FLOAT64, "1", "most operations in flight in a thread",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_DEPTH_MOST)},
    {"/", "service_busy", STORE_FLOAT64, "s", "time the service rank was busy answering",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_SERVICE_BUSY)},
    {"/", "setup", STORE_FLOAT64, "s", "from the command to the start: threads, memory, handles",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_SETUP)},
    {"/", "start_skew", STORE_FLOAT64, "s", "from the first rank's start to the last rank's",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_START_SKEW)},
    {"/", "others", STORE_FLOAT64, "s", "CPU time of other processes on cores that affect the cell",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_OTHERS)},
    {"/", "steal", STORE_FLOAT64, "s",
     "time of the cell's cores that the hypervisor gave to others", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_STEAL)},
    {"/", "throttled", STORE_FLOAT64, "s", "time for which a quota stopped the job",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_THROTTLING)},
    {"/", "lost", STORE_FLOAT64, "1", "items that races lost from a shared list", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_LOST)},
    {"/", "completion", STORE_FLOAT64, "1", "digest of the order in which the tasks ended",
     RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_COMPLETION)},
    {"/", "flags", STORE_UINT32, "1", "what is wrong with the sample", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, 0, SAMPLE(SAMPLE_FLAGS)},
    {"/", "order", STORE_INT32, "1", "place in the round", RUNFILE_SAMPLES, RUNFILE_HAS_COORDINATES,
     -1, SAMPLE(SAMPLE_ORDER)},
    {"/", "start", STORE_FLOAT64, "s", "start of the sample since the run began", RUNFILE_SAMPLES,
     RUNFILE_HAS_COORDINATES, NAN, SAMPLE(SAMPLE_START)},
    {"/", "check", STORE_UINT64, "1", "hash of the sample; 0: there is none", RUNFILE_SAMPLES,
     RUNFILE_PLAIN, 0, SOURCE(RUNFILE_FROM_HASHES, STORE_UINT64)},
    {"/", "status", STORE_UINT8, "1", "whether the cell was measured", RUNFILE_CELLS,
     RUNFILE_HAS_COORDINATES, 0, SOURCE(RUNFILE_FROM_STATUS, STORE_UINT8)},
    {"/", "checksum", STORE_UINT64, "1", "sum that the workload must reach at every point",
     RUNFILE_WORKLOADS, RUNFILE_HAS_COORDINATES, 0, RESUMED(checksum)},
    {"/machine", "cores_worth", STORE_FLOAT64, "1",
     "times the speed of one core that so many cores reach with the workload's kernel",
     RUNFILE_WORTHS, RUNFILE_PLAIN, NAN, RESUMED(cores_worth)},
    {"/machine", "cores_worth_low", STORE_FLOAT64, "1",
     "low end of the 95 % interval of cores_worth", RUNFILE_WORTHS, RUNFILE_PLAIN, NAN,
     RESUMED(cores_worth_low)},
    {"/machine", "cores_worth_high", STORE_FLOAT64, "1",
     "high end of the 95 % interval of cores_worth", RUNFILE_WORTHS, RUNFILE_PLAIN, NAN,
     RESUMED(cores_worth_high)},
    {"/machine", "calibration_disturbed", STORE_UINT8, "1",
     "1: others computed on the cores while cores_worth was measured", RUNFILE_WORTHS,
     RUNFILE_PLAIN, 0, RESUMED(calibration_disturbed)},
    {"/machine", "huge_pages", STORE_FLOAT64, "1",
     "part of a worker's footprint that was in huge pages", RUNFILE_WORKLOADS, RUNFILE_PLAIN, NAN,
     RESUMED(huge_pages)},
    {"/machine", "core_speed", STORE_FLOAT64, "1",
     "times the speed of the first core that a core has with the workload's kernel, alone",
     RUNFILE_SPEEDS, RUNFILE_PLAIN, NAN, RESUMED(core_speed)},
    {"/machine", "core_speed_low", STORE_FLOAT64, "1",
     "low end of the 95 % interval of core_speed, where it was looked at closely", RUNFILE_SPEEDS,
     RUNFILE_PLAIN, NAN, RESUMED(core_speed_low)},
    {"/machine", "core_speed_high", STORE_FLOAT64, "1",
     "high end of the 95 % interval of core_speed, where it was looked at closely", RUNFILE_SPEEDS,
     RUNFILE_PLAIN, NAN, RESUMED(core_speed_high)},
    {"/per_rank", "time", STORE_FLOAT64, "s", "time of the rank", RUNFILE_RANKS, RUNFILE_PLAIN, NAN,
     SOURCE(RUNFILE_FROM_RANK_TIMES, STORE_FLOAT64)},
    {"/per_rank", "time_quantile", STORE_FLOAT64, "s", "quantiles of the times of the cell's ranks",
     RUNFILE_QUANTILES, RUNFILE_PLAIN, NAN, SOURCE(RUNFILE_FROM_SPREAD, STORE_FLOAT64)},
    {"/per_rank", "slowest", STORE_INT32, "1", "rank of the cell that took longest",
     RUNFILE_SAMPLES, RUNFILE_PLAIN, -1, SOURCE(RUNFILE_FROM_SPREAD, STORE_FLOAT64)},
    {"/per_rank", "fastest", STORE_INT32, "1", "rank of the cell that was done first",
     RUNFILE_SAMPLES, RUNFILE_PLAIN, -1, SOURCE(RUNFILE_FROM_SPREAD, STORE_FLOAT64)},
};
const size_t runfile_variable_count = sizeof runfile_variables / sizeof *runfile_variables;

const struct runfile_axis_row runfile_axes[RUNFILE_AXES_IN_ALL] = {
    {"workload", STORE_TEXT, NULL, "name of the workload"},
    {"cores", STORE_INT64, "1", "cores that all share"},
    {"ranks", STORE_INT64, "1", "MPI processes"},
    {"threads", STORE_INT64, "1", "threads in each rank"},
    {"depth", STORE_INT64, "1", "operations each thread keeps in flight"},
    {"round", STORE_INT64, "1", "number of the visit to every cell, the warm-up being 0"},
    {"rank", STORE_INT64, "1", "number of the MPI process"},
    {"quantile", STORE_FLOAT64, "1", "part of the ranks that took less"},
    {"core", STORE_INT64, "1", "number of the CPU by which Linux knows a core of the first node"},
};

size_t runfile_axis_names(enum runfile_span span, const char *names[RUNFILE_AXES])
{
    size_t count = span == RUNFILE_SPEEDS      ? RUNFILE_WORTHS
                   : span == RUNFILE_QUANTILES ? RUNFILE_AXES
                                               : (size_t)span;
    for (size_t axis = 0; axis < count; axis++) {
        names[axis] = runfile_axes[axis].name;
    }
    if (span == RUNFILE_QUANTILES) {
        names[RUNFILE_AXIS_RANK] = runfile_axes[RUNFILE_AXIS_QUANTILE].name;
    }
    if (span == RUNFILE_SPEEDS) {
        names[RUNFILE_AXIS_CORES] = runfile_axes[RUNFILE_AXIS_CORE].name;
    }
    return count;
}

const char *runfile_object(const char *group, const char *name, char object[RUNFILE_OBJECT_BYTES])
{
    snprintf(object, RUNFILE_OBJECT_BYTES, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
    return object;
}

const char *runfile_variable_object(const struct runfile_variable *variable,
                                    char object[RUNFILE_OBJECT_BYTES])
{
    return runfile_object(variable->group, variable->name, object);
}

const struct runfile_variable *runfile_sample_variable(enum sample_variable v)
{
    const struct runfile_variable *variable = runfile_variables;
    while (variable->source != RUNFILE_FROM_SAMPLES || variable->member != (size_t)v) {
        variable++;
    }
    return variable;
}

bool runfile_is_of_samples(const struct runfile_variable *variable)
{
    return variable->span >= RUNFILE_SAMPLES;
}

bool runfile_is_of_ranks(const struct runfile_variable *variable)
{
    return variable->source == RUNFILE_FROM_RANK_TIMES || variable->source == RUNFILE_FROM_SPREAD;
}

bool runfile_has_variable(const struct runfile_variable *variable, size_t ranks, bool spreads)
{
    switch (variable->source) {
    case RUNFILE_FROM_RANK_TIMES:
        return ranks > 0;
    case RUNFILE_FROM_SPREAD:
        return ranks > 0 && spreads;
    default:
        return true;
    }
}

size_t runfile_elements(const struct runfile_variable *variable, size_t ranks)
{
    return variable->span == RUNFILE_RANKS       ? ranks
           : variable->span == RUNFILE_QUANTILES ? SAMPLE_QUANTILES
                                                 : 1;
}

const void *runfile_values(const struct runfile_variable *variable,
                           const struct runfile_content *content, size_t w)
{
    const struct plan *plan = content->plan;
    const void *whole = NULL;
    switch (variable->source) {
    case RUNFILE_FROM_STATUS:
        return &plan->status[w * (plan->cells / plan->job->workload_count)];
    case RUNFILE_FROM_MEASURED:
        whole = &content->workload[w];
        break;
    case RUNFILE_FROM_JOB:
        whole = &plan->job->workloads[w];
        break;
    case RUNFILE_FROM_KERNEL:
        whole = plan->job->workloads[w].kernel;
        break;
    case RUNFILE_FROM_ENGINE:
        whole = plan->job->workloads[w].engine;
        break;
    case RUNFILE_FROM_SAMPLES:
    case RUNFILE_FROM_HASHES:
    case RUNFILE_FROM_RANK_TIMES:
    case RUNFILE_FROM_SPREAD:
        return NULL;
    }
    const void *member = (const char *)whole + variable->member;
    bool points = variable->span == RUNFILE_WORTHS || variable->span == RUNFILE_SPEEDS;
    return points ? *(const void *const *)member : member;
}
