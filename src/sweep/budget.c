#include "sweep/budget.h"

#include "sweep/calibrate.h"
#include "sweep/known.h"
#include "text/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_S (8760 * 3600.0) /* that a job may give as its budget */

double budget_over_s(double budget_s)
{
    return fmax(BUDGET_OVER_SHARE * budget_s, BUDGET_OVER_S);
}

/* Tasks are dealt out in equal numbers, and each worker has as many waits at a time as its depth.
 */
double budget_cell_s(const struct cell *cell, const struct budget_task *task)
{
    struct point point = cell->point;
    bool lock = cell->workload->spec.lock;
    double compute_s = isnan(task->compute_s) ? 0 : task->compute_s;
    double wait_s = isnan(task->wait_s) ? 0 : task->wait_s;
    double cores = isnan(task->cores_worth) ? point.cores : task->cores_worth;
    double tasks = (double)cell->tasks, workers = (double)point_workers(point);
    double share = ceil(tasks / workers), waves = ceil(share / point.depth);
    double at_once = fmin(cores, lock ? fmin(point.ranks, workers) : workers);
    double computing_s = fmax(tasks * compute_s / fmax(1, at_once), share * compute_s);
    return fmax(computing_s, waves * wait_s + compute_s);
}

static struct budget_task task_of(const struct workload *workload)
{
    const struct engine *engine = workload->engine;
    double latency_s = engine->latency_s ? engine->latency_s(&workload->spec) : 0;
    return (struct budget_task){
        .compute_s = workload->compute_s,
        .wait_s = workload->spec.waits > 0 ? latency_s * workload->spec.waits : 0,
        .cores_worth = NAN,
    };
}

/* Whether an earlier workload has the kernel and the options of this one, and its calibration. */
static bool is_calibrated_before(const struct job *job, size_t w)
{
    const struct workload *now = &job->workloads[w];
    for (size_t i = 0; i < w; i++) {
        const struct workload *other = &job->workloads[i];
        if (other->kernel == now->kernel &&
            /* NAN is as good as NAN here */
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*) */
            memcmp(other->spec.kernel_option, now->spec.kernel_option,
                   sizeof now->spec.kernel_option) == 0) {
            return true;
        }
    }
    return false;
}

size_t budget_calibrations(const struct job *job)
{
    size_t count = 0;
    for (size_t w = 0; w < job->workload_count; w++) {
        count += kernel_computes(job->workloads[w].kernel) && !is_calibrated_before(job, w);
    }
    return count;
}

void budget_add(struct budget_need *need, const struct cell *cell, double cell_s)
{
    need->round_s += cell_s;
    if (cell_s > need->longest_s) {
        need->longest_s = cell_s;
        need->longest = cell;
    }
}

struct budget_need budget_need(const struct plan *plan)
{
    const struct job *job = plan->job;
    double each_s = calibrate_least_s(&job->axes[JOB_AXIS_CORES], plan->node[0].cores);
    struct budget_need need = {
        .before_s = KNOWN_LEAST_S + (double)budget_calibrations(job) * each_s,
    };
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        const struct budget_task task = task_of(cell->workload);
        budget_add(&need, cell, budget_cell_s(cell, &task));
    }
    return need;
}

double budget_least_s(const struct budget_need *need)
{
    return need->before_s + 2 * need->round_s;
}

const char *budget_text(double seconds, char text[BUDGET_TEXT_BYTES])
{
    const char *unit = seconds <= 120 ? "s" : seconds <= 7200 ? "min" : "h";
    double value = seconds / (seconds <= 120 ? 1 : seconds <= 7200 ? 60 : 3600);
    double step = value < 10 ? 0.1 : pow(10, floor(log10(value)) - 1); /* two digits */
    value = ceil(value / step - 1e-9) * step;
    snprintf(text, BUDGET_TEXT_BYTES, "%.*f%s", value < 10 ? 1 : 0, value, unit);
    return text;
}

int budget_check(const struct job *job, const struct budget_need *need, struct error *error)
{
    char text[512] = "", budget[WORDS_BYTES], before[WORDS_BYTES], round[WORDS_BYTES];
    char least[BUDGET_TEXT_BYTES], longest[WORDS_BYTES], where[POINT_TEXT_BYTES];
    double least_s = budget_least_s(need);
    if (budget_has_room(job->budget_s, 0, least_s)) {
        return 0;
    }
    struct words words = {text, sizeof text, 0};
    words_add(
        &words,
        "%s: budget: %s is too short: what goes before the warm-up takes at least %s, and the "
        "warm-up and a round at least %s each",
        job->file, words_duration(job->budget_s, budget), words_duration(need->before_s, before),
        words_duration(need->round_s, round));
    if (need->longest) {
        words_add(&words, " (%s of it for %s at %s)", words_duration(need->longest_s, longest),
                  need->longest->workload->name, point_text(need->longest->point, where));
    }
    if (least_s <= LONGEST_S) {
        words_add(&words, "; choose --budget %s or longer, or fewer or shorter tasks",
                  budget_text(least_s, least));
    } else {
        words_add(&words, "; no budget is that long: choose fewer or shorter tasks");
    }
    return error_set(error, STATUS_USAGE, "%s", text);
}
