#include "sweep/sweep_work.h"

#include "sweep/budget.h"
#include "sweep/sweep_lead.h"
#include "sweep/sweep_node.h"
#include "system/clock.h"
#include "system/interrupt.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cores together that do less than this much of what they do alone share something. */
#define WORTH_SHARED 0.75

/* All calibrations together take no more than this much of the budget, if they can. */
#define CALIBRATION_SHARE 0.2

struct sweep_work *sweep_work_create(const struct job *job, const struct topo *topo)
{
    size_t workloads = job->workload_count, cores = job->axes[JOB_AXIS_CORES].count;
    struct sweep_work *work = calloc(1, sizeof *work);
    if (!work) {
        return NULL;
    }
    *work = (struct sweep_work){
        .calibration = calloc(workloads, sizeof *work->calibration),
        .found = calloc(workloads, sizeof *work->found),
        .questions = calloc(workloads, sizeof *work->questions),
        .expected = calloc(workloads * cores, sizeof *work->expected),
    };
    if (!work->calibration || !work->found || !work->questions || !work->expected ||
        sweep_cores_create(&work->cores, topo) != 0) {
        sweep_work_free(work);
        return NULL;
    }
    return work;
}

void sweep_work_free(struct sweep_work *work)
{
    if (work) {
        for (size_t i = 0; i < work->calibrations; i++) {
            calibration_free(&work->calibration[i]);
        }
        free(work->calibration);
        sweep_cores_free(&work->cores);
        free(work->found);
        free(work->questions);
        free(work->expected);
        free(work);
    }
}

/* -- calibration -- */

/* How many of so many cores of a node are tried here, which may have fewer. */
static int tried_here(const struct sweep *sweep, int cores)
{
    int most = topo_cores(sweep->topo);
    return cores < most ? cores : most;
}

/* The numbers of cores that calibration tries on rank 0's node: those of the axis, or what of
 * them lies on a single node. */
static struct job_axis_values cores_here(const struct sweep *sweep)
{
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    struct job_axis_values here = {0};
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
static void add_nodes(const struct sweep *sweep, const struct job_axis_values *here,
                      struct calibration_worths *worths)
{
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    const struct calibration_worths found = *worths;
    if (sweep->plan->limits.nodes == 1) {
        return;
    }
    for (size_t c = 0; c < axis->count; c++) {
        const struct placement_part *part;
        int nodes = plan_place_cores(sweep->plan, axis->value[c], &part);
        worths->median[c] = worths->low[c] = worths->high[c] = nodes > 0 ? 0 : NAN;
        worths->disturbed[c] = 0;
        for (int m = 0; m < nodes; m++) {
            int tried = tried_here(sweep, part[m].cores);
            size_t i = job_axis_index(here, tried);
            double times = here->value[i] == tried ? (double)part[m].cores / tried : NAN;
            worths->median[c] += times * found.median[i];
            worths->low[c] += times * found.low[i];
            worths->high[c] += times * found.high[i];
            worths->disturbed[c] |= found.disturbed[i];
        }
    }
}

/* Workloads of the same kernel and options share one calibration; NULL: there is none yet. */
static struct calibration *find_calibration(const struct sweep_work *work,
                                            const struct workload *workload)
{
    for (size_t i = 0; i < work->calibrations; i++) {
        struct calibration *known = &work->calibration[i];
        if (known->kernel == workload->kernel &&
            /* NAN is as good as NAN here */
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
            memcmp(known->option, workload->spec.kernel_option, sizeof known->option) == 0) {
            return known;
        }
    }
    return NULL;
}

static struct calibration_place place_for(const struct sweep *sweep,
                                          const struct workload *workload)
{
    return (struct calibration_place){
        .topo = sweep->topo,
        .surroundings = sweep->node->surroundings,
        .memory = sweep->memory,
        .cores_most = plan_calibration_cores(sweep->plan, workload, topo_cores(sweep->topo)),
        .most_s =
            CALIBRATION_SHARE * sweep->job->budget_s / (double)budget_calibrations(sweep->job),
    };
}

/* A calibration that failed with an errno: status. */
static int set_failed(int failed, const struct workload *workload, struct error *error)
{
    if (failed == ECANCELED) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted during calibration");
    }
    return error_set(error, sweep_status_of(failed),
                     "%s: the calibration of the kernel %s failed: %s", workload->name,
                     workload->kernel->name, strerror(failed));
}

/* NULL with `error` set. */
static const struct calibration *calibrated(struct sweep *sweep, const struct workload *workload,
                                            struct error *error)
{
    struct calibration *known = find_calibration(sweep->work, workload);
    if (known) {
        return known;
    }
    struct calibration *new = &sweep->work->calibration[sweep->work->calibrations];
    struct job_axis_values here = cores_here(sweep);
    const struct calibration_place place = place_for(sweep, workload);
    int failed = calibrate_kernel(new, workload, &here, &place);
    if (sweep->plan->gives_back) {
        memory_give_back();
    }
    if (failed) {
        calibration_free(new);
        set_failed(failed, workload, error);
        return NULL;
    }
    add_nodes(sweep, &here, &new->worth);
    sweep->work->calibrations++;
    return new;
}

/* What the earlier part of the run has found; how fast the cores are only where they are the same.
 * NULL with `error` set. */
static const struct calibration *taken_over(struct sweep *sweep, size_t w, struct error *error)
{
    const struct workload *workload = &sweep->job->workloads[w];
    const struct runfile_workload *earlier = &sweep->work->earlier->workload[w];
    const struct sweep_cores *cores = &sweep->work->cores;
    struct calibration *known = find_calibration(sweep->work, workload);
    if (known) {
        return known;
    }
    struct calibration *new = &sweep->work->calibration[sweep->work->calibrations];
    *new = (struct calibration){
        .kernel = workload->kernel, .unit_s = NAN, .huge_pages = earlier->huge_pages};
    if (core_speeds_create(&new->speed, cores->count) != 0) {
        error_no_memory(error, "the speeds of the cores");
        return NULL;
    }
    sweep->work->calibrations++;
    memcpy(new->option, workload->spec.kernel_option, sizeof new->option);
    for (size_t c = 0; c < sweep->job->axes[JOB_AXIS_CORES].count; c++) {
        new->worth.median[c] = earlier->cores_worth[c];
        new->worth.low[c] = earlier->cores_worth_low[c];
        new->worth.high[c] = earlier->cores_worth_high[c];
        new->worth.disturbed[c] = earlier->calibration_disturbed[c];
    }
    if (runfile_has_cores(sweep->work->earlier, cores->cpu, cores->count)) {
        memcpy(new->speed.median, earlier->core_speed, cores->count * sizeof(double));
        memcpy(new->speed.low, earlier->core_speed_low, cores->count * sizeof(double));
        memcpy(new->speed.high, earlier->core_speed_high, cores->count * sizeof(double));
        core_speeds_count(&new->speed);
    }
    return new;
}

/* What the kernel's work takes, from calibration or from the earlier part of the run, which has
 * fixed it. */
static int find_compute(struct sweep *sweep, size_t w, struct error *error)
{
    struct workload *workload = &sweep->job->workloads[w];
    struct runfile_workload *found = &sweep->work->found[w];
    const struct runfile_work *earlier = sweep->work->earlier;
    const struct calibration *calibration =
        earlier ? taken_over(sweep, w, error) : calibrated(sweep, workload, error);
    if (!calibration) {
        return error->status;
    }
    if (!earlier && workload->spec.work == 0 && workload->compute_s > 0) {
        workload->spec.work = (uint64_t)fmax(1, round(workload->compute_s / calibration->unit_s));
    }
    found->compute_s = earlier ? earlier->workload[w].compute_s
                               : (double)workload->spec.work * calibration->unit_s;
    found->huge_pages = calibration->huge_pages;
    found->cores_worth = calibration->worth.median;
    found->cores_worth_low = calibration->worth.low;
    found->cores_worth_high = calibration->worth.high;
    found->calibration_disturbed = calibration->worth.disturbed;
    found->core_speed = calibration->speed.median;
    found->core_speed_low = calibration->speed.low;
    found->core_speed_high = calibration->speed.high;
    return 0;
}

/* How fast the cores are, where they differ; not looked at on several nodes. */
static const double *core_speed(const struct sweep *sweep, const struct workload *workload)
{
    const struct calibration *calibration = find_calibration(sweep->work, workload);
    return calibration && sweep->plan->limits.nodes == 1 ? core_speeds_unequal(&calibration->speed)
                                                         : NULL;
}

static int fix_work(struct sweep *sweep, size_t w, struct error *error)
{
    struct workload *workload = &sweep->job->workloads[w];
    const struct kernel *kernel = workload->kernel;
    struct runfile_workload *found = &sweep->work->found[w];
    const struct sweep_storage *storage = &sweep->node->storage[w];
    found->huge_pages = NAN;
    if (kernel_computes(kernel) && find_compute(sweep, w, error) != 0) {
        return error->status;
    }
    double work = (double)workload->spec.work, waits = workload->spec.waits;
    const struct engine *engine = workload->engine;
    double wait_bytes = engine->bytes ? waits * engine->bytes(&workload->spec) : 0;
    double latency_s = engine->latency_s ? engine->latency_s(&workload->spec)
                       : engine->waits   ? NAN
                                         : 0;
    found->storage = storage->text[0] ? storage->text : NULL;
    found->wait_s = waits > 0 ? waits * latency_s : 0;
    found->flops = work * kernel->flops_per_unit;
    found->bytes = work * kernel->bytes_per_unit + wait_bytes;
    sweep->work->questions[w] = (struct question_workload){
        .name = workload->name,
        .kernel = {.name = kernel->name,
                   .computes = kernel_computes(kernel),
                   .bound = kernel->bound,
                   .guard = kernel->guard ? kernel->guard(&workload->spec) : KERNEL_GUARD_ABSENT,
                   .through =
                       kernel->through ? kernel->through(&workload->spec) : KERNEL_THROUGH_ABSENT},
        .engine = {.name = engine->name, .has_waits = engine->waits, .spins = engine->spins},
        .tasks = workload->spec.tasks,
        .weak = workload->weak,
        .lock = workload->spec.lock,
        .traced = workload->spec.trace,
        .waits = workload->spec.waits,
        .latency_s = engine->latency_s ? latency_s : NAN,
        .compute_s = found->compute_s,
        .flops = found->flops,
        .memory_bytes = work * kernel->bytes_per_unit,
        .footprint = kernel_footprint(kernel, &workload->spec),
        .huge_pages = found->huge_pages,
        .wait_bytes = wait_bytes,
        .storage = found->storage,
        .storage_is_memory = storage->memory,
        .wait_fraction = workload->wait_fraction,
        .calibrated = {.worth = found->cores_worth,
                       .worth_high = found->cores_worth_high,
                       .disturbed = found->calibration_disturbed,
                       .speed = core_speed(sweep, workload)},
    };
    return 0;
}

/* -- checksums -- */

uint64_t sweep_expected(const struct sweep *sweep, const struct cell *cell)
{
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    size_t c = job_axis_index(axis, cell->point.cores);
    return sweep->work->expected[cell->workload_index * axis->count + c];
}

static void expect_sums(struct sweep *sweep)
{
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        const struct workload *workload = &sweep->job->workloads[w];
        uint64_t *sums = &sweep->work->expected[w * axis->count];
        uint64_t once = worker_expected_sum(workload->kernel, workload->engine, &workload->spec,
                                            workload->spec.tasks);
        for (size_t c = 0; c < axis->count; c++) {
            uint64_t cores = (uint64_t)axis->value[c];
            sums[c] = workload->weak && cores > 1
                          ? worker_expected_sum(workload->kernel, workload->engine, &workload->spec,
                                                workload->spec.tasks * cores)
                          : once;
        }
        sweep->work->found[w].checksum = once;
    }
}

/* Cores that have to share what the kernel needs are slowed down by whoever computes on another of
 * them, as two hardware threads that are sold as two cores are. */
static bool is_shared(const struct sweep *sweep, size_t w)
{
    const struct job_axis_values *axis = &sweep->job->axes[JOB_AXIS_CORES];
    const double *worth = sweep->work->found[w].cores_worth;
    for (size_t c = 0; worth && c < axis->count; c++) {
        if (worth[c] < WORTH_SHARED * axis->value[c]) {
            return true;
        }
    }
    return false;
}

/* Which workloads feel what happens on any core. */
static void find_shared(struct sweep *sweep)
{
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sweep->feels_all[w] = is_shared(sweep, w);
    }
}

int sweep_fix_work(struct sweep *sweep, struct error *error)
{
    struct budget_need need = budget_need(sweep->plan);
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        if (interrupt_signal()) {
            return error_set(error, STATUS_INTERRUPTED, "interrupted during calibration");
        }
        need.before_s = fmax(need.before_s, sweep_spent_s(sweep));
        if (!sweep->work->earlier && budget_check(sweep->job, &need, error) != 0) {
            return error->status;
        }
        if (fix_work(sweep, w, error) != 0) {
            return error->status;
        }
    }
    expect_sums(sweep);
    find_shared(sweep);
    return 0;
}

int sweep_calibrate_again(struct sweep *sweep, size_t workload, size_t cores_index,
                          struct error *error)
{
    const struct workload *asked = &sweep->job->workloads[workload];
    struct calibration *calibration = find_calibration(sweep->work, asked);
    int cores = sweep->job->axes[JOB_AXIS_CORES].value[cores_index];
    const struct calibration_place place = place_for(sweep, asked);
    if (!calibration || sweep->plan->limits.nodes > 1 || cores > place.cores_most) {
        return 0;
    }
    int64_t start_ns = clock_now_ns();
    int failed = calibrate_again(calibration, cores_index, cores, asked, &place);
    sweep->work->calibrate_s += (double)(clock_now_ns() - start_ns) * 1e-9;
    if (sweep->plan->gives_back) {
        memory_give_back();
    }
    find_shared(sweep);
    return failed ? set_failed(failed, asked, error) : 0;
}

void sweep_share_work(struct sweep *sweep)
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
