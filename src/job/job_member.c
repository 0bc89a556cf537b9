#include "job/job_member.h"

#include "job/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool given(const struct job_draft *draft, enum job_own_option own)
{
    return draft->slots[own].given != NULL;
}

static double chosen(const struct job_draft *draft, enum job_own_option own)
{
    return draft->slots[own].chosen;
}

static int require_tasks(const struct job_draft *draft, struct workload *workload)
{
    char allowed[256];
    const struct job_slot *tasks = &draft->slots[JOB_TASKS];
    if (!tasks->given) {
        return job_draft_error(draft, tasks, "is missing; allowed: %s",
                               quantity_allowed(tasks->option, allowed, sizeof allowed));
    }
    workload->spec.tasks = (uint64_t)tasks->chosen;
    return 0;
}

/* Every task of a cell that is traced needs memory in each rank. */
static int resolve_trace(const struct job_draft *draft, struct workload *workload)
{
    const struct job_axis_values *cores = &draft->axes[JOB_AXIS_CORES];
    uint64_t most = workload->spec.tasks;
    if (workload->weak) {
        most *= (uint64_t)cores->value[cores->count - 1];
    }
    workload->spec.trace = chosen(draft, JOB_TRACE) == 1;
    if (workload->spec.trace && most > TASK_TRACED_MAX) {
        return job_draft_error(draft, &draft->slots[JOB_TRACE],
                               "keeps the order of at most %d tasks, and there are %llu; allowed: "
                               "fewer `tasks`, or false",
                               TASK_TRACED_MAX, (unsigned long long)most);
    }
    return 0;
}

static int resolve_waits(const struct job_draft *draft, struct workload *workload)
{
    const struct job_slot *waits = &draft->slots[JOB_WAITS];
    bool works = kernel_computes(draft->kernel);
    if (!waits->given) {
        workload->spec.waits = draft->engine->waits || !works;
        return 0;
    }
    if (!draft->engine->waits && waits->chosen > 1) {
        return job_draft_error(draft, waits,
                               "`%.0f` is too large with wait: %s, which does not wait; "
                               "allowed: 0 or 1",
                               waits->chosen, draft->engine->name);
    }
    workload->spec.waits = (uint32_t)waits->chosen;
    return 0;
}

/* Fills in a table of options from slots. `derived`, unless NULL, names one that may be missing. */
static int resolve_options(const struct job_draft *draft, size_t first, size_t end,
                           const char *derived, double *values)
{
    char allowed[256];
    for (size_t i = first; i < end; i++) {
        const struct job_slot *slot = &draft->slots[i];
        double value = slot->given ? slot->chosen : slot->option->fallback;
        bool is_derived = derived && strcmp(derived, slot->option->name) == 0;
        if (isnan(value) && !is_derived) {
            return job_draft_error(draft, slot, "is missing; allowed: %s",
                                   quantity_allowed(slot->option, allowed, sizeof allowed));
        }
        values[i - first] = value;
    }
    return 0;
}

/* Units of work per task when all tasks together pass over the kernel's memory once. */
static uint64_t work_of_memory(const struct job_draft *draft, const struct workload *workload)
{
    int memory = job_option_index(draft->kernel->options, "memory");
    if (memory < 0 || !(draft->kernel->bytes_per_unit > 0)) {
        return 0;
    }
    double bytes = workload->spec.kernel_option[memory] / (double)workload->spec.tasks;
    return (uint64_t)fmax(1, floor(bytes / draft->kernel->bytes_per_unit));
}

/* A kernel that works has its size by `task` or `work`, never by both. */
static int check_size(const struct job_draft *draft)
{
    const struct job_slot *task = &draft->slots[JOB_TASK];
    const struct job_slot *work = &draft->slots[JOB_WORK];
    const struct job_slot *calibrated = &draft->slots[JOB_CALIBRATED];
    const struct job_slot *size = work->given ? work : calibrated->given ? calibrated : task;
    if (!kernel_computes(draft->kernel) && size->given) {
        return job_draft_error(draft, size,
                               "is for a kernel that computes, and compute: %s does not; "
                               "allowed: `tasks` alone",
                               draft->kernel->name);
    }
    if (task->given && size != task) {
        return job_draft_error(draft, size, "is given beside `task`; allowed: one of the two");
    }
    if (calibrated->given && !work->given) {
        return job_draft_error(draft, calibrated,
                               "is given without `work`; allowed: both or neither");
    }
    return 0;
}

static int resolve_size(const struct job_draft *draft, struct workload *workload)
{
    char task_allowed[256], work_allowed[256];
    if (check_size(draft)) {
        return draft->context->error->status;
    }
    workload->task_s =
        given(draft, JOB_TASK) ? chosen(draft, JOB_TASK) : chosen(draft, JOB_CALIBRATED);
    workload->compute_s = workload->task_s;
    if (given(draft, JOB_WORK)) {
        workload->spec.work = (uint64_t)chosen(draft, JOB_WORK);
    } else if (!given(draft, JOB_TASK) && kernel_computes(draft->kernel)) {
        workload->spec.work = work_of_memory(draft, workload);
        if (workload->spec.work == 0) {
            const struct job_slot *task = &draft->slots[JOB_TASK];
            quantity_allowed(task->option, task_allowed, sizeof task_allowed);
            quantity_allowed(draft->slots[JOB_WORK].option, work_allowed, sizeof work_allowed);
            return job_draft_error(draft, task, "is missing; allowed: %s; or `work`, %s",
                                   task_allowed, work_allowed);
        }
    }
    return 0;
}

/* Can the wait fraction be had, and does nothing else say the same? */
static int check_wait_fraction(const struct job_draft *draft, const struct workload *workload,
                               int latency)
{
    char owners[256];
    const struct job_slot *fraction = &draft->slots[JOB_WAIT_FRACTION];
    if (latency < 0) {
        return job_draft_error(
            draft, fraction, "needs a latency that can be set, and wait: %s has none; allowed: %s",
            draft->engine->name, job_option_owners("latency", owners, sizeof owners));
    }
    if (isnan(workload->task_s)) {
        return job_draft_error(draft, fraction,
                               "is a part of `task`, which is missing; allowed: both "
                               "or neither");
    }
    if (draft->slots[draft->engine_first + (size_t)latency].given) {
        return job_draft_error(draft, &draft->slots[draft->engine_first + (size_t)latency],
                               "is given beside `wait_fraction`; allowed: one of the two");
    }
    if (workload->spec.waits == 0 && fraction->chosen > 0) {
        return job_draft_error(draft, fraction,
                               "needs a wait, and `waits` is 0; allowed: waits from 1");
    }
    return 0;
}

/* latency = task × fraction / waits, and the rest of the task computes. */
static int resolve_wait_fraction(const struct job_draft *draft, struct workload *workload)
{
    const struct job_slot *fraction = &draft->slots[JOB_WAIT_FRACTION];
    int latency = job_option_index(draft->engine->options, "latency");
    workload->wait_fraction = fraction->chosen;
    if (!fraction->given) {
        return 0;
    }
    if (check_wait_fraction(draft, workload, latency)) {
        return draft->context->error->status;
    }
    const struct option *option = &draft->engine->options[latency];
    double wait_s = workload->task_s * fraction->chosen;
    double latency_s = wait_s > 0 ? wait_s / workload->spec.waits : 0;
    if (latency_s > 0 && (latency_s < option->minimum || latency_s > option->maximum)) {
        char allowed[256];
        return job_draft_error(draft, fraction, "makes each wait %g s long; allowed: %s", latency_s,
                               quantity_allowed(option, allowed, sizeof allowed));
    }
    workload->spec.engine_option[latency] = latency_s;
    workload->compute_s = workload->task_s * (1 - fraction->chosen);
    return 0;
}

/* "mixed[task=1 ms,wait_fraction=0.9]" */
static int resolve_name(const struct job_draft *draft, struct workload *workload)
{
    char name[2 * JOB_NAME_BYTES + JOB_FAMILY_KEYS_MAX * 128], value[JOB_QUOTE_BYTES];
    char quote[JOB_QUOTE_BYTES];
    bool known = true;
    int used =
        sprintf(name, "%.*s", (int)job_draft_name_length(draft->name->text), draft->name->text);
    for (size_t i = 0; i < draft->family_count; i++) {
        const struct option *option = draft->family[i]->option;
        double held = job_workload_value(workload, option->name);
        known = known && !isnan(held);
        workload->family[i] = (struct job_family_value){option, held};
        used += snprintf(name + used, sizeof name - (size_t)used, "%s%s=%s", i ? "," : "[",
                         option->name, quantity_text(option, held, value, sizeof value));
    }
    workload->family_count = draft->family_count;
    snprintf(name + used, sizeof name - (size_t)used, "%s", draft->family_count ? "]" : "");
    if (draft->member && (!known || strcmp(name, draft->name->text) != 0)) {
        return job_node_error(draft->context->error, draft->name, NULL, draft->name->text,
                              "contradicts its keys; allowed: %s", job_quote(name, quote));
    }
    if (strlen(name) >= sizeof workload->name) {
        return job_node_error(draft->context->error, draft->name, NULL, draft->name->text,
                              "the names of its family are too long; allowed: %zu bytes",
                              sizeof workload->name - 1);
    }
    strcpy(workload->name, name);
    return 0;
}

/* What the engine has against its options together; it names the key. */
static int ask_engine(const struct job_draft *draft, const struct workload *workload)
{
    const char *wrong = draft->engine->check ? draft->engine->check(&workload->spec) : NULL;
    if (!wrong) {
        return 0;
    }
    size_t key_length = strcspn(wrong, ":");
    const struct job_slot *slot = &draft->slots[draft->engine_first];
    while (slot + 1 < &draft->slots[draft->slot_count] &&
           (strlen(slot->option->name) != key_length ||
            strncmp(slot->option->name, wrong, key_length) != 0)) {
        slot++;
    }
    return job_draft_error(draft, slot, "%s", wrong + key_length + strlen(": "));
}

int job_member_resolve(const struct job_draft *draft, struct workload *workload)
{
    *workload = (struct workload){.kernel = draft->kernel,
                                  .engine = draft->engine,
                                  .line = draft->name->line,
                                  .column = draft->name->column};
    struct task_spec *spec = &workload->spec;
    spec->seed = draft->context->job->seed;
    spec->caches = draft->context->job->caches;
    spec->lock = chosen(draft, JOB_LOCK) == 1;
    workload->weak =
        given(draft, JOB_SCALING) ? chosen(draft, JOB_SCALING) == 1 : draft->context->weak;
    memcpy(workload->axes, draft->axes, sizeof workload->axes);
    const char *derived = given(draft, JOB_WAIT_FRACTION) ? "latency" : NULL;
    if (require_tasks(draft, workload) || resolve_trace(draft, workload) ||
        resolve_waits(draft, workload) ||
        resolve_options(draft, JOB_OWN_OPTIONS, draft->engine_first, NULL, spec->kernel_option) ||
        resolve_options(draft, draft->engine_first, draft->slot_count, derived,
                        spec->engine_option) ||
        resolve_size(draft, workload) || resolve_wait_fraction(draft, workload) ||
        resolve_name(draft, workload) || ask_engine(draft, workload)) {
        return draft->context->error->status;
    }
    return 0;
}
