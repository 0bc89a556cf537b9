#include "study/sweep.h"

#include "answer/stats.h"
#include "run/registry.h"
#include "run/worker.h"
#include "study/calibrate.h"
#include "study/disturbed.h"
#include "study/trace.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/scratch.h"
#include "system/storage.h"
#include "system/surroundings.h"
#include "system/usage.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum command_kind { COMMAND_MEET, COMMAND_SPECS, COMMAND_CELL, COMMAND_STOP };

/* Cores together that do less than this much of what they do alone share something. */
#define WORTH_SHARED 0.75

struct storage {
    char text[STORAGE_TEXT_BYTES]; /* empty without a scratch file */
    bool memory;
};

struct sweep {
    struct job *job;
    struct plan *plan;
    struct topo *topo;
    struct comm *comm;
    const struct memory *memory;
    struct watchdog *watchdog;
    void **shared;      /* by workload: what its engine keeps in this rank */
    struct trace trace; /* of the cell at hand */
    int64_t created_ns;
    double start_s; /* since this rank was launched, when it was ready */
    /* On rank 0 only: */
    struct scratch *scratch;
    struct calibration *calibration;
    size_t calibrations;
    struct runfile_workload *found;      /* by workload */
    struct question_workload *questions; /* by workload */
    char (*failed)[ERROR_TEXT_BYTES];    /* by workload, why; empty while it has not */
    struct storage *storage;             /* by workload: what its scratch file is on */
    struct sweep_earlier earlier;        /* all 0 in a run that begins */
    uint64_t *expected;                  /* sum, by workload and index on the cores axis */
    struct worker_result *results;       /* of the ranks of a cell */
    unsigned char *too_short; /* by cell, as its warm-up was: by its own time a sample must not be
                                 refused, or only the slow ones of a short cell would vote */
    double *frequency_hz;     /* by cell, at the end of its last visit; NAN: none, or not known */
    struct surroundings *surroundings;
    pid_t *process;     /* by rank */
    int *team;          /* by rank: threads that it keeps from its last cell */
    long threads_ended; /* with the cell at hand */
    uint32_t *order;
    double *visits_s;     /* by workload: what its cells took in its last round */
    struct error failure; /* the first of a workload that the run went on without */
    double *starts_s;     /* start_s of all ranks … */
    double launch_s;      /* … and their median; NAN when not known */
    uint64_t turn;        /* of the cell at hand among those of this process, from 1 … */
    int64_t begun_ns;     /* … and when it was commanded */
    struct known known;
    double clock_cost_s;
    struct sweep_times times;
};

static double since_s(int64_t start_ns)
{
    return (double)(clock_now_ns() - start_ns) * 1e-9;
}

/* The most tasks of any cell whose order is kept; 0: none. */
static uint64_t most_traced(const struct plan *plan)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t cell = plan->feasible_cell[i];
        uint64_t tasks = plan_tasks(plan, cell);
        if (plan_workload(plan, cell)->spec.trace && tasks > most) {
            most = tasks;
        }
    }
    return most;
}

struct sweep *sweep_create(struct job *job, struct plan *plan, struct topo *topo, struct comm *comm,
                           const struct memory *memory, struct watchdog *watchdog)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep) {
        return NULL;
    }
    if (plan->kept && comm_size(comm) > 1) {
        comm_reserve_last(comm);
    }
    size_t workloads = job->workload_count, cores = job->axes[AXIS_CORES].count;
    *sweep = (struct sweep){
        .job = job,
        .plan = plan,
        .topo = topo,
        .comm = comm,
        .memory = memory,
        .watchdog = watchdog,
        .created_ns = clock_now_ns(),
        .start_s = usage_since_start_s(),
        .starts_s = calloc((size_t)comm_size(comm), sizeof *sweep->starts_s),
        .shared = calloc(workloads, sizeof *sweep->shared),
        .calibration = calloc(workloads, sizeof *sweep->calibration),
        .found = calloc(workloads, sizeof *sweep->found),
        .questions = calloc(workloads, sizeof *sweep->questions),
        .failed = calloc(workloads, sizeof *sweep->failed),
        .storage = calloc(workloads, sizeof *sweep->storage),
        .expected = calloc(workloads * cores, sizeof *sweep->expected),
        .results = calloc((size_t)comm_size(comm), sizeof *sweep->results),
        .too_short = calloc(plan->cells + 1, 1),
        .frequency_hz = calloc(plan->cells + 1, sizeof *sweep->frequency_hz),
        .process = calloc((size_t)comm_size(comm), sizeof *sweep->process),
        .team = calloc((size_t)comm_size(comm), sizeof *sweep->team),
        .order = calloc(plan->feasible + 1, sizeof *sweep->order),
        .visits_s = calloc(workloads, sizeof *sweep->visits_s),
    };
    if (!sweep->shared || !sweep->calibration || !sweep->found || !sweep->questions ||
        !sweep->failed || !sweep->storage || !sweep->expected || !sweep->results ||
        !sweep->too_short || !sweep->frequency_hz || !sweep->process || !sweep->team ||
        !sweep->order || !sweep->visits_s || !sweep->starts_s ||
        trace_create(&sweep->trace, most_traced(plan), comm_size(comm), comm_rank(comm) == 0) !=
            0) {
        sweep_free(sweep);
        return NULL;
    }
    for (size_t cell = 0; cell < plan->cells; cell++) {
        sweep->frequency_hz[cell] = NAN;
    }
    return sweep;
}

void sweep_free(struct sweep *sweep)
{
    if (!sweep) {
        return;
    }
    for (size_t w = 0; sweep->shared && w < sweep->job->workload_count; w++) {
        const struct engine *engine = sweep->job->workloads[w].engine;
        if (engine->detach) {
            engine->detach(sweep->shared[w]);
        }
    }
    scratch_remove(sweep->scratch);
    free(sweep->shared);
    free(sweep->calibration);
    free(sweep->found);
    free(sweep->questions);
    free(sweep->failed);
    free(sweep->storage);
    free(sweep->expected);
    free(sweep->results);
    free(sweep->too_short);
    free(sweep->frequency_hz);
    free(sweep->process);
    free(sweep->team);
    surroundings_close(sweep->surroundings);
    free(sweep->order);
    free(sweep->visits_s);
    free(sweep->starts_s);
    trace_free(&sweep->trace);
    free(sweep);
}

/* Rank 0 learns all ranks' processes, and how long each took to start. 0 or -ENOMEM, there alone.
 */
static int meet(struct sweep *sweep)
{
    int ranks = comm_size(sweep->comm);
    pid_t own = getpid();
    comm_gather(sweep->comm, ranks, &own, sizeof own, sweep->process);
    comm_gather(sweep->comm, ranks, &sweep->start_s, sizeof sweep->start_s, sweep->starts_s);
    return sweep->surroundings ? surroundings_ours(sweep->surroundings, sweep->process, ranks) : 0;
}

/* Specs are completed on rank 0; every rank takes them over. */
static void share_specs(struct sweep *sweep)
{
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        comm_broadcast(sweep->comm, &sweep->job->workloads[w].spec,
                       sizeof sweep->job->workloads[w].spec);
    }
}

/* The part of the rank that is kept for a service: on the last core, which is nobody else's where
 * a cell leaves one. */
static void serve(struct sweep *sweep, size_t cell, uint64_t visit, uint64_t turn)
{
    const struct workload *workload = plan_workload(sweep->plan, cell);
    struct point point = plan_point(sweep->plan, cell);
    struct engine_cell seen = {
        .ranks = (unsigned)point.ranks,
        .threads = (unsigned)point.threads,
        .depth = (unsigned)point.depth,
        .tasks = plan_tasks(sweep->plan, cell),
        .visit = visit,
        .stop = interrupt_word(),
    };
    uint64_t *progress = watchdog_progress(sweep->watchdog);
    topo_bind(sweep->topo, topo_cores(sweep->topo) - 1);
    workload->engine->serve(&workload->spec, &seen);
    if (progress) {
        __atomic_store_n(progress, 2 * turn, __ATOMIC_RELAXED);
    }
}

/* This rank's part of a cell; rank 0 ends up with the results of all. */
static void carry_out(struct sweep *sweep, size_t cell, uint64_t visit, uint64_t turn)
{
    const struct workload *workload = plan_workload(sweep->plan, cell);
    struct point point = plan_point(sweep->plan, cell);
    struct worker_cell work = {
        .kernel = workload->kernel,
        .engine = workload->engine,
        .spec = &workload->spec,
        .tasks = plan_tasks(sweep->plan, cell),
        .point = point,
        .rank = comm_rank(sweep->comm),
        .topo = sweep->topo,
        .comm = point.ranks > 1 ? sweep->comm : NULL,
        .memory = sweep->memory,
        .shared = &sweep->shared[plan_workload_index(sweep->plan, cell)],
        .visit = visit,
        .turn = turn,
        .begun_ns = sweep->begun_ns,
        .ended_ns = workload->spec.trace ? sweep->trace.own : NULL,
        .progress = watchdog_progress(sweep->watchdog),
    };
    struct worker_result result;
    worker_run(&work, &result);
    comm_gather(sweep->comm, point.ranks, &result, sizeof result, sweep->results);
    if (workload->spec.trace) {
        trace_gather(&sweep->trace, sweep->comm, point.ranks, work.tasks);
    }
}

int sweep_follow(struct sweep *sweep)
{
    for (;;) {
        struct comm_command command = comm_await_command(sweep->comm);
        switch ((enum command_kind)command.kind) {
        case COMMAND_MEET:
            meet(sweep);
            break;
        case COMMAND_SPECS:
            share_specs(sweep);
            break;
        case COMMAND_CELL:
            (comm_is_reserved(sweep->comm) ? serve : carry_out)(sweep, (size_t)command.number[0],
                                                                (uint64_t)command.number[1],
                                                                (uint64_t)command.number[2]);
            break;
        case COMMAND_STOP:
            return (int)command.number[0];
        }
    }
}

static void tell_all(struct sweep *sweep, enum command_kind kind, int64_t number)
{
    struct comm_command command = {
        .kind = (int16_t)kind, .ranks = comm_size(sweep->comm), .reserved = 1, .number = {number}};
    comm_command(sweep->comm, &command);
}

static void tell_cell(struct sweep *sweep, size_t cell, uint64_t visit, uint64_t turn)
{
    struct comm_command command = {
        .kind = COMMAND_CELL,
        .ranks = plan_point(sweep->plan, cell).ranks,
        .reserved = plan_workload(sweep->plan, cell)->engine->serve != NULL,
        .number = {(int64_t)cell, (int64_t)visit, (int64_t)turn},
    };
    sweep->begun_ns = clock_now_ns();
    comm_command(sweep->comm, &command);
}

void sweep_stop(struct sweep *sweep, int status)
{
    tell_all(sweep, COMMAND_STOP, status);
}

static enum status status_of(int error)
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

static int make_files(struct sweep *sweep, struct error *error)
{
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        struct workload *workload = &sweep->job->workloads[w];
        if (!workload->engine->file_bytes) {
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
    int failed = calibrate_kernel(new, workload, &sweep->job->axes[AXIS_CORES], sweep->topo,
                                  sweep->surroundings);
    if (failed == ECANCELED) {
        error_set(error, STATUS_INTERRUPTED, "interrupted during calibration");
        return NULL;
    }
    if (failed) {
        error_set(error, status_of(failed), "%s: calibration of the kernel %s: %s", workload->name,
                  workload->kernel->name, strerror(failed));
        return NULL;
    }
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

static size_t expected_index(const struct sweep *sweep, size_t w, int cores)
{
    const struct axis_values *axis = &sweep->job->axes[AXIS_CORES];
    size_t c = 0;
    while (axis->value[c] != cores) {
        c++;
    }
    return w * axis->count + c;
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
    return known_try(&sweep->known, registry_engine("timer"), registry_kernel("flops"),
                     threads < ENOUGH_THREADS ? threads : ENOUGH_THREADS, sweep->topo, error);
}

static int open_surroundings(struct sweep *sweep, struct error *error)
{
    int cores = topo_cores(sweep->topo);
    struct topo_mask *core = calloc((size_t)cores, sizeof *core);
    for (int c = 0; core && c < cores; c++) {
        topo_core_threads(sweep->topo, c, &core[c]);
    }
    sweep->surroundings = core ? surroundings_open("", core, cores) : NULL;
    free(core);
    if (!sweep->surroundings) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory to watch %d cores", cores);
    }
    tell_all(sweep, COMMAND_MEET, 0);
    return meet(sweep) == 0 ? 0
                            : error_set(error, STATUS_ENVIRONMENT, "no memory to watch the ranks");
}

void sweep_go_on(struct sweep *sweep, const struct sweep_earlier *earlier)
{
    sweep->earlier = *earlier;
}

/* Since the run began, pauses between its parts left out. */
static double elapsed_s(const struct sweep *sweep, int64_t now_ns)
{
    return sweep->earlier.elapsed_s + (double)(now_ns - sweep->created_ns) * 1e-9;
}

int sweep_prepare(struct sweep *sweep, struct error *error)
{
    int64_t start_ns = clock_now_ns();
    sweep->clock_cost_s = clock_cost_s();
    if (open_surroundings(sweep, error) != 0 || try_known_answers(sweep, error) != 0 ||
        make_files(sweep, error) != 0) {
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
    tell_all(sweep, COMMAND_SPECS, 0);
    share_specs(sweep);
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

/* A cell that one of its ranks has ended early is no failure of another's that looks at what is
 * left behind. */
static struct worker_result merge(const struct worker_result *results, int ranks)
{
    struct worker_result all = results[0];
    for (int r = 1; r < ranks; r++) {
        const struct worker_result *one = &results[r];
        all.error = all.error && one->error != ECANCELED ? all.error : one->error;
        all.misbound += one->misbound;
        all.notes.flags |= one->notes.flags;
        all.notes.service_busy_s = fmax(all.notes.service_busy_s, one->notes.service_busy_s);
        all.sum += one->sum;
        all.tasks += one->tasks;
        all.start_ns = one->start_ns < all.start_ns ? one->start_ns : all.start_ns;
        all.end_ns = one->end_ns > all.end_ns ? one->end_ns : all.end_ns;
        all.setup_s = fmax(all.setup_s, one->setup_s);
        all.depth += one->depth;
        all.depth_most = fmax(all.depth_most, one->depth_most);
        all.memory_bytes += one->memory_bytes;
        all.used.cpu_s += one->used.cpu_s;
        all.used.switches_voluntary += one->used.switches_voluntary;
        all.used.switches_involuntary += one->used.switches_involuntary;
        all.used.faults += one->used.faults;
    }
    all.depth /= ranks;
    return all;
}

/* 0, or what is wrong with the result of a cell. */
static int check(const struct sweep *sweep, size_t cell, const struct worker_result *result,
                 struct error *error)
{
    char text[POINT_TEXT_BYTES];
    struct point point = plan_point(sweep->plan, cell);
    const char *name = plan_workload(sweep->plan, cell)->name;
    uint64_t tasks = plan_tasks(sweep->plan, cell);
    uint64_t expected =
        sweep->expected[expected_index(sweep, plan_workload_index(sweep->plan, cell), point.cores)];
    point_text(point, text);
    if (result->error == ECANCELED) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
    }
    if (result->error) {
        return error_set(error, status_of(result->error), "%s at %s (%s): %s", name, text,
                         model_name(point_model(point)),
                         result->error == EILSEQ ? "what it leaves behind is wrong"
                                                 : strerror(result->error));
    }
    if (result->tasks != tasks || result->sum != expected) {
        return error_set(error, STATUS_WRONG,
                         "%s at %s (%s): wrong result: %llu of %llu tasks ended, checksum "
                         "%016llx, expected %016llx",
                         name, text, model_name(point_model(point)),
                         (unsigned long long)result->tasks, (unsigned long long)tasks,
                         (unsigned long long)result->sum, (unsigned long long)expected);
    }
    return 0;
}

/* A thread that has few tasks for its depth is filling up and running dry all the time; only with
 * several times as many can its mean tell whether the engine keeps them in flight. */
static bool is_shallow(const struct sweep *sweep, size_t cell, double achieved)
{
    struct point point = plan_point(sweep->plan, cell);
    const struct workload *workload = plan_workload(sweep->plan, cell);
    double share = (double)plan_tasks(sweep->plan, cell) / (double)point_workers(point);
    return point.depth > 1 && workload->engine->waits && workload->spec.waits > 0 &&
           share >= 4.0 * point.depth && achieved < 0.5 * point.depth;
}

/* The digest of the order in which the tasks of the cell at hand ended; NAN when it is not kept. */
static double completion(struct sweep *sweep, size_t cell)
{
    return plan_workload(sweep->plan, cell)->spec.trace
               ? trace_digest(&sweep->trace, plan_point(sweep->plan, cell).ranks,
                              plan_tasks(sweep->plan, cell))
               : NAN;
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

static struct surroundings_scope scope_of(const struct sweep *sweep, size_t cell)
{
    struct point point = plan_point(sweep->plan, cell);
    int all = topo_cores(sweep->topo);
    int watched = is_shared(sweep, plan_workload_index(sweep->plan, cell)) ? all : point.cores;
    bool served = plan_workload(sweep->plan, cell)->engine->serve != NULL;
    return (struct surroundings_scope){
        .cores = watched,
        .ranks = point.ranks,
        .also_the = served && watched == all ? comm_size(sweep->comm) - 1 : 0,
    };
}

/* Threads that end with the cell or as it begins, where a team is smaller than the one the rank
 * kept; `team` is what each rank then keeps. */
static long threads_ended(int *team, struct point point)
{
    long ended = 0;
    bool kept = point.threads <= POINT_TEAM_KEPT;
    for (int r = 0; r < point.ranks && point.threads > 1; r++) {
        ended += kept ? (team[r] > point.threads ? team[r] - point.threads : 0)
                      : point.threads + team[r];
        team[r] = kept ? point.threads : 0;
    }
    return ended;
}

static unsigned flags_of(const struct sweep *sweep, size_t cell, const struct worker_result *result,
                         const struct surroundings_change *change)
{
    const struct disturbed_sample sample = {
        .time_s = (double)(result->end_ns - result->start_ns) * 1e-9,
        .watched_cores = scope_of(sweep, cell).cores,
        .storage = plan_workload(sweep->plan, cell)->engine->file_bytes != NULL,
        .threads_ended = sweep->threads_ended,
        .usual_hz = sweep->frequency_hz[cell],
    };
    return result->notes.flags | (result->misbound ? SAMPLE_MISBOUND : 0u) |
           (sweep->too_short[cell] ? SAMPLE_TOO_SHORT : 0u) |
           (is_shallow(sweep, cell, result->depth) ? SAMPLE_SHALLOW : 0u) |
           disturbed_flags(change, &sample);
}

static void keep(struct sweep *sweep, size_t cell, const struct worker_result *result,
                 const struct surroundings_change *change, size_t place, size_t column,
                 struct samples *samples)
{
    size_t at = cell * samples->rounds + column;
    double time_s = (double)(result->end_ns - result->start_ns) * 1e-9;
    double value[SAMPLE_VARIABLES] = {
        [SAMPLE_TIME] = time_s,
        [SAMPLE_CPU] = result->used.cpu_s,
        [SAMPLE_SWITCHES_VOLUNTARY] = result->used.switches_voluntary,
        [SAMPLE_SWITCHES_INVOLUNTARY] = result->used.switches_involuntary,
        [SAMPLE_FAULTS] = result->used.faults,
        [SAMPLE_MEMORY] = result->memory_bytes,
        [SAMPLE_DEPTH_ACHIEVED] = result->depth,
        [SAMPLE_DEPTH_MOST] = result->depth_most,
        [SAMPLE_SERVICE_BUSY] = result->notes.service_busy_s,
        [SAMPLE_SETUP] = result->setup_s,
        [SAMPLE_OTHERS] = change->others_s,
        [SAMPLE_STEAL] = change->steal_s,
        [SAMPLE_THROTTLED] = change->throttled_s,
        [SAMPLE_LOST] = result->kernel_notes.lost,
        [SAMPLE_COMPLETION] = completion(sweep, cell),
        [SAMPLE_FLAGS] = flags_of(sweep, cell, result, change),
        [SAMPLE_ORDER] = (double)place,
        [SAMPLE_START] = elapsed_s(sweep, result->start_ns),
    };
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v][at] = value[v];
    }
    int ranks = plan_point(sweep->plan, cell).ranks;
    for (size_t r = 0; r < (size_t)ranks && r < samples->ranks; r++) {
        const struct worker_result *one = &sweep->results[r];
        samples->per_rank[at * samples->ranks + r] = (double)(one->end_ns - one->start_ns) * 1e-9;
    }
}

/* Where a workload cannot be carried out any more, the run goes on with the others. 0, or the
 * status when there are none. */
static int go_without(struct sweep *sweep, size_t cell, struct error *error)
{
    struct plan *plan = sweep->plan;
    size_t each = plan->cells / plan->job->workload_count, left = 0;
    size_t w = plan_workload_index(plan, cell);
    for (size_t i = 0; i < plan->feasible; i++) {
        size_t other = plan->feasible_cell[i];
        if (other / each == w) {
            plan->status[other] = CELL_FAILED;
        }
        left += plan->status[other] != CELL_FAILED;
    }
    snprintf(sweep->failed[w], sizeof sweep->failed[w], "%s", error->text);
    sweep->questions[w].failure = sweep->failed[w];
    if (!sweep->failure.status) {
        sweep->failure = *error;
    }
    return left > 0 ? 0 : error->status;
}

/* How long the cell may take until a rank is held to be hung, when the job does not say: 20 times
 * what its tasks take one after the other, by what is known of them. */
static double limit_s(const struct sweep *sweep, size_t cell)
{
    /* Of a wait: the least that is reckoned with, and where the device decides; of a kernel that
     * was calibrated with threads, when processes share; of reading and writing a file. */
    const double wait_least_s = 1e-4, wait_unknown_s = 5e-2, sharing = 1000, bytes_per_s = 2e8;
    const double times = 20, least_s = 60;
    const struct workload *workload = plan_workload(sweep->plan, cell);
    const struct runfile_workload *found = &sweep->found[plan_workload_index(sweep->plan, cell)];
    bool shares = workload->kernel->calls_mpi && plan_point(sweep->plan, cell).ranks > 1;
    double waits = workload->spec.waits;
    double wait_s = isnan(found->wait_s) ? waits * wait_unknown_s : found->wait_s;
    double task_s = found->compute_s * (shares ? sharing : 1) + fmax(wait_s, waits * wait_least_s);
    double file_s = workload->engine->file_bytes
                        ? (double)workload->engine->file_bytes(&workload->spec) / bytes_per_s
                        : 0;
    double all_s = (double)plan_tasks(sweep->plan, cell) * task_s + file_s;
    return sweep->job->limit_s > 0 ? sweep->job->limit_s : fmax(least_s, times * all_s);
}

static void watch_cell(struct sweep *sweep, size_t cell)
{
    char text[POINT_TEXT_BYTES];
    struct point point = plan_point(sweep->plan, cell);
    const struct workload *workload = plan_workload(sweep->plan, cell);
    struct watchdog_cell watched = {
        .ranks = point.ranks,
        .service = workload->engine->serve ? comm_size(sweep->comm) - 1 : -1,
        .limit_s = limit_s(sweep, cell),
    };
    snprintf(watched.what, sizeof watched.what, "%s %s", workload->name, point_text(point, text));
    watchdog_begin(sweep->watchdog, &watched);
}

static int measure_cell(struct sweep *sweep, size_t cell, size_t place, uint64_t round,
                        struct samples *samples, struct error *error)
{
    struct point point = plan_point(sweep->plan, cell);
    uint64_t visit = round * sweep->plan->feasible + place + 1; /* however often interrupted */
    struct surroundings_scope scope = scope_of(sweep, cell);
    struct surroundings_reading before, after;
    surroundings_read(sweep->surroundings, &scope, &before);
    sweep->threads_ended = threads_ended(sweep->team, point);
    watch_cell(sweep, cell);
    sweep->turn++;
    tell_cell(sweep, cell, visit, sweep->turn);
    carry_out(sweep, cell, visit, sweep->turn);
    watchdog_end(sweep->watchdog);
    surroundings_read(sweep->surroundings, &scope, &after);
    struct surroundings_change change =
        surroundings_between(sweep->surroundings, &scope, &before, &after);
    struct worker_result result = merge(sweep->results, point.ranks);
    if (check(sweep, cell, &result, error) != 0) {
        bool ends = error->status == STATUS_WRONG || error->status == STATUS_INTERRUPTED;
        return ends ? error->status : go_without(sweep, cell, error);
    }
    if (round == SWEEP_WARM_UP) {
        double time_s = (double)(result.end_ns - result.start_ns) * 1e-9;
        sweep->too_short[cell] = time_s < 1000 * sweep->clock_cost_s;
    } else {
        sweep->plan->status[cell] = CELL_DONE;
        sweep->times.samples_s += (double)(result.end_ns - result.start_ns) * 1e-9;
        keep(sweep, cell, &result, &change, place, (size_t)round - 1, samples);
    }
    sweep->frequency_hz[cell] = change.frequency_hz;
    return 0;
}

/* An earlier part of the run may have visited the cell in this round … */
static bool is_measured(const struct samples *samples, size_t cell, uint64_t round)
{
    return round != SWEEP_WARM_UP &&
           !isnan(samples->value[SAMPLE_TIME][cell * samples->rounds + (size_t)round - 1]);
}

/* … which took about so long. */
static double visit_s(const struct samples *samples, size_t cell, uint64_t round)
{
    size_t at = cell * samples->rounds + (size_t)round - 1;
    return samples->value[SAMPLE_TIME][at] + fmax(0, samples->value[SAMPLE_SETUP][at]);
}

/* Leaves in `order` the cells that this round visits, one after the other; returns how many. */
static size_t order_of_round(struct sweep *sweep, uint64_t round, const bool *active)
{
    const struct plan *plan = sweep->plan;
    size_t count = 0;
    plan_order(plan, round, sweep->order);
    for (size_t i = 0; i < plan->feasible; i++) {
        uint32_t cell = plan->feasible_cell[sweep->order[i]];
        if (!active || active[plan_workload_index(plan, cell)]) {
            sweep->order[count++] = cell;
        }
    }
    return count;
}

int sweep_round(struct sweep *sweep, uint64_t round, const bool *active, struct samples *samples,
                sweep_report *report, void *context, struct error *error)
{
    int64_t start_ns = clock_now_ns();
    int status = 0;
    size_t count = order_of_round(sweep, round, active);
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sweep->visits_s[w] = !active || active[w] ? 0 : sweep->visits_s[w];
    }
    for (size_t i = 0; i < count && !status; i++) {
        size_t cell = sweep->order[i];
        int64_t visit_ns = clock_now_ns();
        if (interrupt_signal()) {
            status = error_set(error, STATUS_INTERRUPTED, "interrupted; what was measured is kept");
            break;
        }
        if (sweep->plan->status[cell] == CELL_FAILED) {
            continue;
        }
        double *visits_s = &sweep->visits_s[plan_workload_index(sweep->plan, cell)];
        if (is_measured(samples, cell, round)) {
            *visits_s += visit_s(samples, cell, round);
            continue;
        }
        status = measure_cell(sweep, cell, i, round, samples, error);
        const struct sweep_progress progress = {i + 1, count, elapsed_s(sweep, clock_now_ns())};
        struct error told = {0};
        if (report(context, &progress, &told) != 0 && !status) {
            *error = told;
            status = told.status;
        }
        *visits_s += since_s(visit_ns);
    }
    if (round == SWEEP_WARM_UP) {
        sweep->times.warm_up_s = since_s(start_ns);
    }
    return status;
}

double sweep_round_s(const struct sweep *sweep, const bool *active)
{
    double sum_s = 0;
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        sum_s += active[w] ? sweep->visits_s[w] : 0;
    }
    return sum_s;
}

const struct error *sweep_failure(const struct sweep *sweep)
{
    return &sweep->failure;
}

struct sweep_times sweep_times(const struct sweep *sweep)
{
    struct sweep_times times = sweep->times;
    times.earlier_s = sweep->earlier.elapsed_s;
    times.elapsed_s = elapsed_s(sweep, clock_now_ns());
    return times;
}
