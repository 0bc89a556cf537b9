#include "sweep/sweep_internal.h"

#include "answer/stats.h"
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "system/interrupt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Cores together that do less than this much of what they do alone share something. */
#define WORTH_SHARED 0.75

enum status sweep_status_of(int error)
{
    switch (error) {
    case EILSEQ:
        return STATUS_WRONG;
    case ENOMEM:
    case EAGAIN:
    case EPERM:
    case ENOSYS:
        return STATUS_ENVIRONMENT;
    default:
        return STATUS_STORAGE;
    }
}

static void fill_file(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    const struct workload *workload = context;
    workload->engine->fill(&workload->spec, offset, buffer, bytes);
}

static int probe_file(const struct workload *workload, struct error *error)
{
    char why[256] = "";
    const struct engine *engine = workload->engine;
    return engine->probe && engine->probe(&workload->spec, why, sizeof why) != 0
               ? error_set(error, STATUS_STORAGE, "%s: %s", workload->name, why)
               : 0;
}

static void name_storage(const struct workload *workload, struct storage *storage)
{
    struct storage_filesystem found;
    if (storage_filesystem(workload->spec.path, &found) == 0) {
        storage_filesystem_text(&found, storage->text, sizeof storage->text);
        storage->memory = found.memory;
    }
}

int sweep_make_files(struct sweep *sweep, struct error *error)
{
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        struct workload *workload = &sweep->job->workloads[w];
        if (!workload->engine->file_bytes || !sweep_is_used_here(sweep, w)) {
            continue;
        }
        if (!sweep->scratch) {
            sweep->scratch = scratch_create(sweep->job->scratch, error);
        }
        if (!sweep->scratch ||
            scratch_make_file(sweep->scratch, workload->engine->file_bytes(&workload->spec),
                              fill_file, workload, workload->spec.path, sizeof workload->spec.path,
                              error) != 0 ||
            probe_file(workload, error) != 0) {
            return error->status;
        }
        name_storage(workload, &sweep->storage[w]);
    }
    return 0;
}

/* How many of so many cores of a node are tried here, which may have fewer. */
static int tried_here(const struct sweep *sweep, int cores)
{
    int most = topo_cores(sweep->topo);
    return cores < most ? cores : most;
}

/* The numbers of cores that calibration tries on rank 0's node: those of the axis, or what of
 * them lies on a single node. */
static struct axis_values cores_here(const struct sweep *sweep)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    struct axis_values here = {0};
    if (sweep->plan->limits.nodes == 1) {
        return *axis;
    }
    for (int cores = 1; cores <= topo_cores(sweep->topo) && here.count < JOB_AXIS_MAX; cores++) {
        bool wanted = false;
        for (size_t c = 0; c < axis->count; c++) {
            const struct placement_part *part;
            int nodes = plan_place_cores(sweep->plan, axis->value[c], &part);
            for (int m = 0; m < nodes; m++) {
                wanted |= tried_here(sweep, part[m].cores) == cores;
            }
        }
        if (wanted) {
            here.value[here.count++] = cores;
        }
    }
    return here;
}

/* From what the cores of this node are worth, by index on `here`, to what those of the axis are:
 * every node counts as if it were this one. */
static void add_nodes(const struct sweep *sweep, const struct axis_values *here, double *worth)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    double found[JOB_AXIS_MAX];
    if (sweep->plan->limits.nodes == 1) {
        return;
    }
    memcpy(found, worth, here->count * sizeof *found);
    for (size_t c = 0; c < axis->count; c++) {
        const struct placement_part *part;
        int nodes = plan_place_cores(sweep->plan, axis->value[c], &part);
        worth[c] = nodes > 0 ? 0 : NAN;
        for (int m = 0; m < nodes; m++) {
            size_t i = 0;
            int tried = tried_here(sweep, part[m].cores);
            while (i < here->count && here->value[i] != tried) {
                i++;
            }
            worth[c] += i < here->count ? found[i] * part[m].cores / tried : NAN;
        }
    }
}

/* Workloads of the same kernel and options share one calibration. NULL with `error` set. */
static const struct calibration *calibrated(struct sweep *sweep, const struct workload *workload,
                                            struct error *error)
{
    for (size_t i = 0; i < sweep->calibrations; i++) {
        const struct calibration *known = &sweep->calibration[i];
        if (known->kernel == workload->kernel &&
            /* NAN is as good as NAN here */
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
            memcmp(known->option, workload->spec.kernel_option, sizeof known->option) == 0) {
            return known;
        }
    }
    struct calibration *new = &sweep->calibration[sweep->calibrations];
    struct axis_values here = cores_here(sweep);
    int failed = calibrate_kernel(new, workload, &here, sweep->topo, sweep->surroundings);
    if (failed == ECANCELED) {
        error_set(error, STATUS_INTERRUPTED, "interrupted during calibration");
        return NULL;
    }
    if (failed) {
        error_set(error, sweep_status_of(failed), "%s: calibration of the kernel %s: %s",
                  workload->name, workload->kernel->name, strerror(failed));
        return NULL;
    }
    add_nodes(sweep, &here, new->worth);
    sweep->calibrations++;
    return new;
}

/* What the kernel's work takes, from calibration or from the earlier part of the run, which has
 * fixed it. */
static int find_compute(struct sweep *sweep, size_t w, struct error *error)
{
    struct workload *workload = &sweep->job->workloads[w];
    struct runfile_workload *found = &sweep->found[w];
    if (sweep->earlier.workload) {
        const struct runfile_workload *earlier = &sweep->earlier.workload[w];
        found->compute_s = earlier->compute_s;
        found->cores_worth = earlier->cores_worth;
        found->calibration_disturbed = earlier->calibration_disturbed;
        return 0;
    }
    const struct calibration *calibration = calibrated(sweep, workload, error);
    if (!calibration) {
        return error->status;
    }
    if (workload->spec.work == 0 && workload->compute_s > 0) {
        workload->spec.work = (uint64_t)fmax(1, round(workload->compute_s / calibration->unit_s));
    }
    found->compute_s = (double)workload->spec.work * calibration->unit_s;
    found->cores_worth = calibration->worth;
    found->calibration_disturbed = calibration->disturbed;
    return 0;
}

/* The word of the kernel's option `guard`; NULL where it has none. */
static const char *guard_of(const struct workload *workload)
{
    const struct option *option = workload->kernel->options;
    for (size_t i = 0; option && option[i].name; i++) {
        if (option[i].kind == OPTION_CHOICE && strcmp(option[i].name, "guard") == 0) {
            return option[i].choices[(size_t)workload->spec.kernel_option[i]];
        }
    }
    return NULL;
}

static int fix_work(struct sweep *sweep, size_t w, struct error *error)
{
    struct workload *workload = &sweep->job->workloads[w];
    const struct kernel *kernel = workload->kernel;
    struct runfile_workload *found = &sweep->found[w];
    if (kernel->unit && find_compute(sweep, w, error) != 0) {
        return error->status;
    }
    double work = (double)workload->spec.work, waits = workload->spec.waits;
    const struct engine *engine = workload->engine;
    double wait_bytes = engine->bytes ? waits * engine->bytes(&workload->spec) : 0;
    double latency_s = engine->latency_s ? engine->latency_s(&workload->spec)
                       : engine->waits   ? NAN
                                         : 0;
    found->storage = sweep->storage[w].text[0] ? sweep->storage[w].text : NULL;
    found->wait_s = waits > 0 ? waits * latency_s : 0;
    found->flops = work * kernel->flops_per_unit;
    found->bytes = work * kernel->bytes_per_unit + wait_bytes;
    sweep->questions[w] = (struct question_workload){
        .name = workload->name,
        .kernel = kernel->name,
        .kernel_bound_by = kernel->bound_by,
        .engine = engine->name,
        .tasks = workload->spec.tasks,
        .weak = workload->weak,
        .lock = workload->spec.lock,
        .traced = workload->spec.trace,
        .waits = workload->spec.waits,
        .latency_s = engine->latency_s ? latency_s : NAN,
        .compute_s = found->compute_s,
        .flops = found->flops,
        .memory_bytes = work * kernel->bytes_per_unit,
        .wait_bytes = wait_bytes,
        .storage = found->storage,
        .storage_is_memory = sweep->storage[w].memory,
        .wait_fraction = workload->wait_fraction,
        .guard = guard_of(workload),
        .cores_worth = found->cores_worth,
    };
    return 0;
}

uint64_t sweep_expected(const struct sweep *sweep, size_t w, int cores)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    size_t c = 0;
    while (axis->value[c] != cores) {
        c++;
    }
    return sweep->expected[w * axis->count + c];
}

static void expect_sums(struct sweep *sweep)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        const struct workload *workload = &sweep->job->workloads[w];
        uint64_t *sums = &sweep->expected[w * axis->count];
        uint64_t once = worker_expected_sum(workload->kernel, workload->engine, &workload->spec,
                                            workload->spec.tasks);
        for (size_t c = 0; c < axis->count; c++) {
            uint64_t cores = (uint64_t)axis->value[c];
            sums[c] = workload->weak && cores > 1
                          ? worker_expected_sum(workload->kernel, workload->engine, &workload->spec,
                                                workload->spec.tasks * cores)
                          : once;
        }
        sweep->found[w].checksum = once;
    }
}

/* With threads only where the job has them anyway: neither the limits on threads nor MPI's level
 * know of others. */
static int try_known_answers(struct sweep *sweep, struct error *error)
{
    enum { ENOUGH_THREADS = 4 };
    const struct plan *plan = sweep->plan;
    int threads = 1;
    for (size_t i = 0; i < plan->feasible && threads < ENOUGH_THREADS; i++) {
        int team = plan_point(plan, plan->feasible_cell[i]).threads;
        threads = team > threads ? team : threads;
    }
    return known_try(&sweep->known, engines_find("timer"), kernels_find("flops"),
                     threads < ENOUGH_THREADS ? threads : ENOUGH_THREADS, sweep->topo, error);
}

void sweep_share_specs(struct sweep *sweep)
{
    bool several = comm_nodes(sweep->comm) > 1;
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        struct task_spec *spec = &sweep->job->workloads[w].spec;
        char own[TASK_PATH_BYTES];
        memcpy(own, spec->path, sizeof own);
        comm_broadcast(sweep->comm, spec, sizeof *spec);
        if (several) {
            memcpy(spec->path, own, sizeof own);
            comm_node_broadcast(sweep->comm, spec->path, sizeof spec->path);
        }
    }
    comm_broadcast(sweep->comm, sweep->feels_all,
                   sweep->job->workload_count * sizeof *sweep->feels_all);
}

void sweep_go_on(struct sweep *sweep, const struct sweep_earlier *earlier)
{
    sweep->earlier = *earlier;
}

/* Cores that have to share what the kernel needs are slowed down by whoever computes on another of
 * them, as two hardware threads that are sold as two cores are. */
static bool is_shared(const struct sweep *sweep, size_t w)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    const double *worth = sweep->found[w].cores_worth;
    for (size_t c = 0; worth && c < axis->count; c++) {
        if (worth[c] < WORTH_SHARED * axis->value[c]) {
            return true;
        }
    }
    return false;
}

int sweep_prepare(struct sweep *sweep, struct error *error)
{
    int64_t start_ns = clock_now_ns();
    sweep->clock_cost_s = clock_cost_s();
    sweep_tell_all(sweep, COMMAND_MEET, 0);
    if (sweep_meet(sweep) != 0) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory to watch the cores and the ranks");
    }
    if (try_known_answers(sweep, error) != 0 || sweep_make_all_files(sweep, error) != 0) {
        return error->status;
    }
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        if (interrupt_signal()) {
            return error_set(error, STATUS_INTERRUPTED, "interrupted during calibration");
        }
        if (fix_work(sweep, w, error) != 0) {
            return error->status;
        }
    }
    expect_sums(sweep);
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sweep->feels_all[w] = is_shared(sweep, w);
    }
    sweep_tell_all(sweep, COMMAND_SPECS, 0);
    sweep_share_specs(sweep);
    sweep_compare_clocks(sweep, true);
    sweep->launch_s = stats_median(sweep->starts_s, (size_t)comm_size(sweep->comm)).median;
    sweep->times.prepare_s = since_s(start_ns);
    return 0;
}

const struct runfile_workload *sweep_workloads(const struct sweep *sweep)
{
    return sweep->found;
}

const struct known *sweep_known(const struct sweep *sweep)
{
    return &sweep->known;
}

double sweep_start_s(const struct sweep *sweep)
{
    return sweep->launch_s;
}

const struct question_workload *sweep_question_workloads(const struct sweep *sweep)
{
    return sweep->questions;
}
