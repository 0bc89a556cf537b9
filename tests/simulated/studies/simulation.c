#include "simulated/studies/simulation.h"

#include "job/job_parse.h"
#include "simulated/studies/draw.h"
#include "sweep/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From the end of a sample to the beginning of the next one, with its setup. */
#define BETWEEN_S 0.002
#define SETUP_S 0.001

/* -- what a run decides: the program's own code, called here as src/run and src/sweep do -- */

/* Leaves in study->order the visits of the next round as indices into the plan's feasible cells;
 * returns how many. */
static size_t visits_of_round(struct simulation *study)
{
    size_t count = 0;
    plan_order(&study->plan, study->rounds + 1, study->order);
    for (size_t i = 0; i < study->plan.feasible; i++) {
        uint32_t index = study->order[i];
        if (study->race.visit[study->plan.feasible_cell[index].number]) {
            study->order[count++] = index;
        }
    }
    return count;
}

/* What the cells of the next round took when they were visited last. */
static double round_s(const struct simulation *study)
{
    double sum_s = 0;
    for (size_t cell = 0; cell < study->plan.cells; cell++) {
        sum_s += study->race.visit[cell] ? study->visit_s[cell] : 0;
    }
    return sum_s;
}

bool simulation_continues(const struct simulation *study)
{
    return study->rounds < study->samples.rounds && study->race.open > 0 && !study->is_cut &&
           (study->rounds == 0 ||
            budget_has_room(study->job.budget_s, study->now_s, round_s(study)));
}

/* Of a machine that tells nothing. */
static unsigned flags_of(const struct simulation *study, const struct cell *cell, double time_s,
                         double cpu_s)
{
    const struct surroundings_change untold = {time_s, cpu_s, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const struct disturbed_sample sample = {
        .time_s = time_s,
        .watched_cores = cell->point.cores,
        .usual_hz = NAN,
        .cpu_s = cpu_s,
        .usual_cpu_s = disturbed_usual_cpu_s(&study->past[cell->number], cell->workload->kernel),
    };
    return disturbed_flags(&untold, &sample);
}

/* -- what is simulated -- */

static void keep(struct simulation *study, const struct cell *cell, const struct noise_found *found,
                 size_t order)
{
    struct samples *samples = &study->samples;
    double true_s = study->true_s[cell->number];
    long workers = point_workers(cell->point);
    double busy = (double)(workers < cell->point.cores ? workers : cell->point.cores);
    double time_s = true_s * found->time, cpu_s = true_s * found->cpu * busy;
    const double value[SAMPLE_VARIABLES] = {
        [SAMPLE_TIME] = time_s,
        [SAMPLE_CPU] = cpu_s,
        [SAMPLE_DEPTH_ACHIEVED] = cell->point.depth,
        [SAMPLE_DEPTH_MOST] = cell->point.depth,
        [SAMPLE_SERVICE_BUSY] = NAN,
        [SAMPLE_SETUP] = SETUP_S,
        [SAMPLE_LOST] = NAN,
        [SAMPLE_COMPLETION] = NAN,
        [SAMPLE_FLAGS] = flags_of(study, cell, time_s, cpu_s),
        [SAMPLE_ORDER] = (double)order,
        [SAMPLE_START] = study->now_s,
    };
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v][cell->number * samples->rounds + study->rounds] = value[v];
    }
    study->plan.status[cell->number] = CELL_DONE;
    disturbed_note(&study->past[cell->number], cpu_s);
}

static void visit(struct simulation *study, const struct cell *cell, size_t order)
{
    const struct noise_visit asked = {
        .cell = cell->number,
        .round = study->rounds + 1,
        .workload = cell->workload->name,
        .cores = cell->point.cores,
        .all_cores = cell->point.cores == study->given->limits.cores,
        .start_s = study->now_s,
        .true_s = study->true_s[cell->number],
    };
    struct noise_found found = noise_of(&study->noise, &asked);
    keep(study, cell, &found, order);
    study->visit_s[cell->number] = asked.true_s * found.time + BETWEEN_S;
    study->now_s += study->visit_s[cell->number];
}

void simulation_round(struct simulation *study)
{
    size_t count = visits_of_round(study);
    for (size_t i = 0; i < count && !study->is_cut; i++) {
        const struct cell *cell = &study->plan.feasible_cell[study->order[i]];
        study->is_cut =
            !budget_has_room(study->job.budget_s, study->now_s, study->visit_s[cell->number]);
        if (!study->is_cut) {
            visit(study, cell, i);
        }
    }
    study->rounds++;
    if (race_looks(study->rounds)) {
        race_look(&study->race, &study->question, study->rounds);
    }
}

double simulation_true_s(const struct simulation *study, size_t workload, struct point point)
{
    size_t cell = question_cell(&study->question, workload, point);
    return cell == QUESTION_NO_CELL ? NAN : study->true_s[cell];
}

/* -- how it begins -- */

/* Every kernel scales as its cores do. */
static void describe_workload(struct simulation *study, size_t w)
{
    const struct workload *workload = &study->job.workloads[w];
    const struct kernel *kernel = workload->kernel;
    const struct engine *engine = workload->engine;
    const struct job_axis_values *cores = &study->job.axes[JOB_AXIS_CORES];
    double *worth = &study->worth[w * cores->count];
    for (size_t c = 0; c < cores->count; c++) {
        worth[c] = cores->value[c];
    }
    study->workload[w] = (struct question_workload){
        .name = workload->name,
        .kernel = {.name = kernel->name,
                   .computes = kernel_computes(kernel),
                   .bound = kernel->bound,
                   .guard = kernel->guard ? kernel->guard(&workload->spec) : KERNEL_GUARD_ABSENT},
        .engine = {.name = engine->name, .has_waits = engine->waits, .spins = engine->spins},
        .tasks = workload->spec.tasks,
        .weak = workload->weak,
        .lock = workload->spec.lock,
        .waits = workload->spec.waits,
        .latency_s = engine->latency_s ? engine->latency_s(&workload->spec) : NAN,
        .compute_s = isnan(workload->compute_s) ? 0 : workload->compute_s,
        .wait_fraction = workload->wait_fraction,
        .calibrated.worth = worth,
    };
}

static void describe_question(struct simulation *study)
{
    const struct job_axis_values *axes = study->job.axes;
    for (size_t w = 0; w < study->job.workload_count; w++) {
        describe_workload(study, w);
    }
    study->question = (struct question){
        .workloads = study->job.workload_count,
        .workload = study->workload,
        .cores = axes[JOB_AXIS_CORES].count,
        .ranks = axes[JOB_AXIS_RANKS].count,
        .threads = axes[JOB_AXIS_THREADS].count,
        .depths = axes[JOB_AXIS_DEPTH].count,
        .cores_axis = axes[JOB_AXIS_CORES].value,
        .ranks_axis = axes[JOB_AXIS_RANKS].value,
        .threads_axis = axes[JOB_AXIS_THREADS].value,
        .depth_axis = axes[JOB_AXIS_DEPTH].value,
        .status = study->plan.status,
        .samples = &study->samples,
        .start_s = NAN,
        .precision = study->job.precision,
    };
}

/* 0 or -ENOMEM. */
static int allocate(struct simulation *study)
{
    size_t cells = study->plan.cells, workloads = study->job.workload_count;
    study->workload = calloc(workloads, sizeof *study->workload);
    study->worth = calloc(workloads * study->job.axes[JOB_AXIS_CORES].count, sizeof *study->worth);
    study->true_s = calloc(cells, sizeof *study->true_s);
    study->visit_s = calloc(cells, sizeof *study->visit_s);
    study->past = calloc(cells, sizeof *study->past);
    study->order = calloc(study->plan.feasible + 1, sizeof *study->order);
    for (size_t cell = 0; study->past && cell < cells; cell++) {
        disturbed_forget(&study->past[cell]);
    }
    return study->workload && study->worth && study->true_s && study->visit_s && study->past &&
                   study->order
               ? samples_create(&study->samples, cells, study->job.rounds, 1)
               : -ENOMEM;
}

static int plan_study(struct simulation *study, uint64_t seed, struct error *error)
{
    const struct simulation_given *given = study->given;
    const struct job_source source = {
        .file = "job",
        .text = strdup(given->job),
        .setting_count = given->setting_count,
        .settings = given->settings,
        .extent = {.cores = given->limits.cores},
    };
    if (!source.text) {
        return error_no_memory(error, "a study");
    }
    if (job_parse(&study->job, &source, error) != 0) {
        return error->status;
    }
    study->job.seed = seed;
    return plan_create(&study->plan, &study->job, &given->limits, error);
}

int simulation_create(struct simulation *study, const struct simulation_given *given, uint64_t seed,
                      struct error *error)
{
    *study = (struct simulation){.given = given};
    if (given->noise.residuals != NOISE_MADE && !given->residuals) {
        return error_set(error, STATUS_USAGE,
                         "residuals of real runs are asked for, and none given");
    }
    if (plan_study(study, seed, error) != 0) {
        return error->status;
    }
    if (allocate(study) != 0) {
        return error_no_memory(error, "a study");
    }
    int failed = truth_find(&given->truth, &study->plan, seed, study->true_s);
    if (failed) {
        return error_set(error, STATUS_ENVIRONMENT, "no truth for each cell in %s: %s",
                         given->truth.table, strerror(-failed));
    }
    describe_question(study);
    noise_begin(&study->noise, &given->noise, given->residuals, seed);
    return race_create(&study->race, &study->question) == 0 ? 0 : error_no_memory(error, "a study");
}

void simulation_free(struct simulation *study)
{
    samples_free(&study->samples);
    free(study->workload);
    free(study->worth);
    free(study->true_s);
    free(study->visit_s);
    free(study->past);
    race_free(&study->race);
    free(study->order);
    plan_free(&study->plan);
    job_free(&study->job);
}
