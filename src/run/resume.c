#include "run/resume.h"

#include "job/job_parse.h"
#include "machine/storage.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 96 };

/* -- reading -- */

static const struct workload *workload_named(const struct job *job, const char *name)
{
    for (size_t w = 0; w < job->workload_count; w++) {
        if (strcmp(job->workloads[w].name, name) == 0) {
            return &job->workloads[w];
        }
    }
    return NULL;
}

/* A task that is asked for as a time gets the work that the file has for it. */
static void restore_work(struct job *job, const struct job *before)
{
    for (size_t w = 0; w < job->workload_count; w++) {
        struct workload *workload = &job->workloads[w];
        const struct workload *then = workload_named(before, workload->name);
        if (then && workload->spec.work == 0 && workload->compute_s > 0) {
            workload->spec.work = then->spec.work;
        }
    }
}

/* Every workload that asks for a time must be in the file with the same kernel. */
static int check_work(const char *path, const struct job *job, const struct job *before,
                      struct error *error)
{
    char shown[300];
    for (size_t w = 0; w < job->workload_count; w++) {
        const struct workload *now = &job->workloads[w], *then = workload_named(before, now->name);
        bool asks = now->spec.work == 0 && now->compute_s > 0;
        if (asks && !(then && then->kernel == now->kernel && then->spec.work > 0)) {
            return error_set(error, STATUS_USAGE, "%s: its run has no workload %s that computes %s",
                             error_escape(path, shown, sizeof shown), now->name, now->kernel->name);
        }
    }
    return 0;
}

static bool same_axes(const struct job *a, const struct job *b)
{
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        const struct job_axis_values *one = &a->axes[axis], *other = &b->axes[axis];
        if (one->count != other->count ||
            memcmp(one->value, other->value, one->count * sizeof one->value[0]) != 0) {
            return false;
        }
    }
    for (size_t w = 0; w < a->workload_count && w < b->workload_count; w++) {
        if (strcmp(a->workloads[w].name, b->workloads[w].name) != 0) {
            return false;
        }
    }
    return a->workload_count == b->workload_count;
}

/* The job of the file; it was written by job_effective_text. */
static int read_job(struct resume *resume, const char *path, int cores, struct error *error)
{
    char shown[300];
    struct error found = {0};
    error_escape(path, shown, sizeof shown);
    resume->effective = runfile_read_fact(path, "/provenance", "job_effective", error);
    if (!resume->effective) {
        return error_set(error, STATUS_STORAGE, "%s: is damaged: it does not hold its job", shown);
    }
    char *text = strdup(resume->effective);
    if (!text) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory for the job of %s", shown);
    }
    const struct job_source source = {.file = path, .text = text, .extent = {.cores = cores}};
    return job_parse(&resume->job, &source, &found) == 0
               ? 0
               : error_set(error, STATUS_STORAGE,
                           "%s: is damaged, or of another version: its job cannot be read: %s",
                           shown, found.text);
}

/* 0 when the file does not say it, or after an error. */
static int ranks_launched(const char *path, struct error *error)
{
    char *text = runfile_read_fact(path, "/provenance", "ranks_launched", error);
    int ranks = text ? atoi(text) : 0;
    free(text);
    return ranks > 0 ? ranks : 0;
}

static int make_samples(struct resume *resume, size_t cells, int launched)
{
    size_t rounds = (size_t)resume->job.rounds;
    resume->times = malloc((cells * rounds + 1) * sizeof *resume->times);
    for (size_t at = 0; resume->times && at < cells * rounds; at++) {
        resume->times[at] = NAN;
    }
    return resume->times ? samples_create(&resume->samples, cells, rounds, (size_t)launched)
                         : -ENOMEM;
}

int resume_read(struct resume *resume, const char *path, struct job *job, const struct plan *plan,
                struct error *error)
{
    *resume = (struct resume){0};
    if (read_job(resume, path, plan->limits.cores, error) != 0) {
        return error->status;
    }
    int launched = ranks_launched(path, error);
    if (error->status) {
        return error->status;
    }
    restore_work(job, &resume->job);
    if (!same_axes(job, &resume->job)) {
        return 0;
    }
    if (make_samples(resume, plan->cells, launched) != 0) {
        return error_no_memory(error, "the samples so far");
    }
    return runfile_read_samples(path, &resume->samples, &resume->past, error) == 0
               ? runfile_read_work(path, plan, &resume->work, error)
               : error->status;
}

int resume_take_work(const char *path, struct job *job, int cores, struct error *error)
{
    struct resume other = {0};
    int status = read_job(&other, path, cores, error);
    status = status ? status : check_work(path, job, &other.job, error);
    if (!status) {
        restore_work(job, &other.job);
    }
    resume_free(&other);
    return status;
}

void resume_free(struct resume *resume)
{
    free(resume->effective);
    free(resume->times);
    job_free(&resume->job);
    runfile_work_free(&resume->work);
    samples_free(&resume->samples);
    *resume = (struct resume){0};
}

/* -- what differs -- */

static void add(char text[RESUME_TEXT_BYTES], const char *name, const char *before, const char *now)
{
    char clean_name[VALUE_BYTES], clean_before[VALUE_BYTES], clean_now[VALUE_BYTES];
    struct words words = {text, RESUME_TEXT_BYTES, strlen(text)};
    words_add(
        &words, "%s%s: %s → %s", text[0] ? "; " : "", error_escape(name, clean_name, VALUE_BYTES),
        error_escape(before, clean_before, VALUE_BYTES), error_escape(now, clean_now, VALUE_BYTES));
}

/* A line of a job that says a value: "  key: value" and, unless it stands at the top, below which
 * workload. Texts are not terminated. */
struct line {
    int scope_bytes, key_bytes, value_bytes;
    const char *scope, *key, *value;
};

/* Before the first one. */
static const struct line no_line = {.scope = "", .key = "", .value = ""};

/* The next line that says a value, from `*at` on; false at the end. `scope` is what was found so
 * far and is kept up. */
static bool next_line(const char **at, struct line *line)
{
    while (**at) {
        const char *begin = *at, *end = strchr(begin, '\n');
        end = end ? end : begin + strlen(begin);
        *at = *end ? end + 1 : end;
        const char *key = begin + strspn(begin, " ");
        if (end > begin && end[-1] == ':') { /* "workloads:" or the name of one */
            line->scope = key;
            line->scope_bytes = (int)(end - 1 - key);
            continue;
        }
        const char *colon = strchr(key, ':');
        if (colon && colon < end) {
            line->scope_bytes = key == begin ? 0 : line->scope_bytes;
            line->key = key;
            line->key_bytes = (int)(colon - key);
            line->value = colon + 1 + strspn(colon + 1, " ");
            line->value_bytes = (int)(end - line->value);
            return true;
        }
    }
    return false;
}

static bool same_text(const char *a, int a_bytes, const char *b, int b_bytes)
{
    return a_bytes == b_bytes && memcmp(a, b, (size_t)a_bytes) == 0;
}

static bool same_name(const struct line *a, const struct line *b)
{
    return same_text(a->key, a->key_bytes, b->key, b->key_bytes) &&
           same_text(a->scope, a->scope_bytes, b->scope, b->scope_bytes);
}

/* A text in which lines are looked for one after the other, mostly in its own order. */
struct lines {
    const char *text, *at;
    struct line last;
};

static bool find_line(struct lines *lines, const struct line *wanted)
{
    for (int turn = 0; turn < 2; turn++) {
        struct lines look = *lines;
        while (next_line(&look.at, &look.last)) {
            if (same_name(&look.last, wanted)) {
                *lines = look;
                return true;
            }
        }
        lines->at = lines->text;
    }
    return false;
}

/* True for keys that may differ when a run is resumed. More rounds than the file has room for may
 * not. */
static bool is_allowed(const struct line *line, const char *before, const char *now)
{
    static const char *const keys[] = {"budget", "precision", "seed", "rounds", "oversubscribe"};
    for (size_t i = 0; line->scope_bytes == 0 && i < sizeof keys / sizeof keys[0]; i++) {
        if (same_text(line->key, line->key_bytes, keys[i], (int)strlen(keys[i]))) {
            return strcmp(keys[i], "rounds") != 0 || atoll(now) <= atoll(before);
        }
    }
    return false;
}

/* What stands for a line where it is not there. */
static struct line nothing(const struct line *line)
{
    static const char text[] = "nothing";
    struct line none = *line;
    none.value = text;
    none.value_bytes = (int)strlen(text);
    return none;
}

static void add_line(struct resume_differences *found, const struct line *before,
                     const struct line *now)
{
    char name[2 * VALUE_BYTES], was[VALUE_BYTES], is[VALUE_BYTES];
    if (now->scope_bytes == 0 && same_text(now->key, now->key_bytes, "scratch", 7)) {
        return;
    }
    snprintf(name, sizeof name, "%.*s%s%.*s", now->scope_bytes, now->scope,
             now->scope_bytes > 0 ? "." : "", now->key_bytes, now->key);
    snprintf(was, sizeof was, "%.*s", before->value_bytes, before->value);
    snprintf(is, sizeof is, "%.*s", now->value_bytes, now->value);
    add(is_allowed(now, was, is) ? found->allowed : found->fixed, name, was, is);
}

void resume_compare_jobs(const char *before, const char *now, struct resume_differences *found)
{
    struct lines old = {before, before, no_line}, new = {now, now, no_line};
    struct line line = no_line, none;
    if (strcmp(before, now) == 0) {
        return;
    }
    for (const char *at = now; next_line(&at, &line);) {
        if (!find_line(&old, &line)) {
            none = nothing(&line);
            add_line(found, &none, &line);
        } else if (!same_text(old.last.value, old.last.value_bytes, line.value, line.value_bytes)) {
            add_line(found, &old.last, &line);
        }
    }
    line = no_line;
    for (const char *at = before; next_line(&at, &line);) {
        if (!find_line(&new, &line)) {
            none = nothing(&line);
            add_line(found, &line, &none);
        }
    }
}

static const char *fact_text(const struct runfile_fact *facts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(facts[i].name, name) == 0) {
            return facts[i].text;
        }
    }
    return "unknown";
}

/* Facts that are to be as they were. */
static const struct compared {
    const char *group, *fact, *label;
} compared[] = {
    {"/provenance", "cual", "program version"},
    {"/provenance", "git", "program's commit"},
    {"/provenance", "ranks_launched", "ranks launched"},
    {"/provenance", RUNFILE_RANKS_BY_HOST, "ranks of each node"},
    {"/machine", RUNFILE_MACHINE_HARDWARE, "machine"},
    {"/machine", RUNFILE_MACHINE_SHAPE, "topology"},
};

static int compare_facts(const char *path, const struct runfile_content *now,
                         struct resume_differences *found, struct error *error)
{
    for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++) {
        const struct compared *one = &compared[i];
        bool machine = strcmp(one->group, "/machine") == 0;
        char *before = runfile_read_fact(path, one->group, one->fact, error);
        if (error->status) {
            return error->status;
        }
        const char *is = fact_text(machine ? now->machine_facts : now->facts,
                                   machine ? now->machine_fact_count : now->fact_count, one->fact);
        if (!before || strcmp(before, is) != 0) {
            add(found->allowed, one->label, before ? before : "unknown", is);
        }
        free(before);
    }
    return 0;
}

/* What the scratch files will be on. */
static void compare_storage(const struct resume *resume, const struct job *job,
                            struct resume_differences *found)
{
    struct storage_filesystem on;
    char now[STORAGE_TEXT_BYTES], label[JOB_NAME_BYTES + 32];
    if (storage_filesystem(job->scratch, &on) != 0) {
        return;
    }
    storage_filesystem_text(&on, now, sizeof now);
    for (size_t w = 0; w < resume->work.count; w++) {
        const char *before = resume->work.workload[w].storage;
        if (job->workloads[w].engine->file_bytes && before && strcmp(before, now) != 0) {
            snprintf(label, sizeof label, "storage of %s", job->workloads[w].name);
            add(found->allowed, label, before, now);
        }
    }
}

int resume_compare(const struct resume *resume, const char *path, const struct job *job,
                   const struct runfile_content *now, struct resume_differences *differences,
                   struct error *error)
{
    *differences = (struct resume_differences){0};
    resume_compare_jobs(resume->effective, fact_text(now->facts, now->fact_count, "job_effective"),
                        differences);
    if (resume->samples.cells == 0 && !differences->fixed[0]) {
        add(differences->fixed, "workloads", "in another order", "in this order");
    }
    compare_storage(resume, job, differences);
    return compare_facts(path, now, differences, error);
}

int resume_check_sums(const struct resume *resume, const char *path,
                      const struct runfile_workload *now, struct error *error)
{
    char shown[300];
    for (size_t w = 0; w < resume->work.count; w++) {
        if (now[w].checksum != resume->work.workload[w].checksum) {
            return error_set(error, STATUS_STORAGE,
                             "%s: is damaged, or of a program that worked otherwise: the checksum "
                             "of %s is %016llx, its work leads to %016llx",
                             error_escape(path, shown, sizeof shown), resume->job.workloads[w].name,
                             (unsigned long long)resume->work.workload[w].checksum,
                             (unsigned long long)now[w].checksum);
        }
    }
    return 0;
}

/* -- where it goes on -- */

static bool is_there(const struct samples *samples, size_t cell, size_t round)
{
    return !isnan(samples->value[SAMPLE_TIME][cell * samples->rounds + round]);
}

/* True when every cell that the round has to visit has a sample in it. */
static bool is_whole(const struct resume *resume, const struct plan *plan,
                     const struct samples *samples, const bool *visit, size_t round)
{
    for (size_t i = 0; i < plan->feasible; i++) {
        const struct cell *cell = &plan->feasible_cell[i];
        bool is_asked = visit[cell->number] && !resume->work.failed[cell->workload_index];
        if (is_asked && !is_there(samples, cell->number, round)) {
            return false;
        }
    }
    return true;
}

static void set_status(const struct plan *plan, const struct samples *samples, size_t rounds)
{
    for (size_t cell = 0; cell < plan->cells; cell++) {
        for (size_t round = 0; round < rounds; round++) {
            if (is_there(samples, cell, round)) {
                plan->status[cell] = CELL_DONE;
                break;
            }
        }
    }
}

void resume_show_round(struct resume *resume, const struct samples *samples, size_t round)
{
    for (size_t cell = 0; cell < samples->cells; cell++) {
        size_t at = cell * samples->rounds + round;
        resume->times[at] = samples->value[SAMPLE_TIME][at];
    }
}

size_t resume_find_start(struct resume *resume, const struct plan *plan,
                         const struct samples *samples, const struct race *race,
                         void (*look)(void *context, size_t rounds), void *context)
{
    size_t begun = resume->past.rounds, whole = 0;
    set_status(plan, samples, begun);
    resume->judged = *samples;
    resume->judged.value[SAMPLE_TIME] = resume->times;
    look(context, 0);
    while (whole < begun && is_whole(resume, plan, samples, race->visit, whole)) {
        resume_show_round(resume, samples, whole);
        look(context, ++whole);
    }
    return whole;
}
