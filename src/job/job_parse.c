#include "job/job_parse.h"

#include "job/job_options.h"
#include "job/job_settings.h"
#include "job/job_value.h"
#include "job/job_workload.h"
#include "job/job_yaml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES_MAX 400 /* leaves room in a path for the names below it */

/* Every key of the top is known. */
static int check_keys(const struct job_context *context, const struct job_node *root)
{
    struct job_words keys = {0};
    job_words_add_options(&keys, job_options);
    job_words_add(&keys, "workloads");
    for (size_t i = 0; i < root->count; i++) {
        const struct job_node *key = root->entries[i].key;
        char text[JOB_WORDS_TEXT_BYTES];
        bool workloads = strcmp(key->text, "workloads") == 0;
        if (workloads || job_option_index(job_options, key->text) >= 0) {
            continue;
        }
        bool below = job_option_index(job_workload_options, key->text) >= 0;
        return job_node_error(context->error, key, NULL, key->text, "%s; allowed: %s",
                              below ? "belongs in a workload" : "is not a key of a job",
                              job_words_text(keys.word, key->text, text));
    }
    return 0;
}

/* Reads an option of the top, if it is given. */
static int read_top(const struct job_context *context, const struct job_node *root,
                    enum job_top_option place, double *value)
{
    const struct option *option = &job_options[place];
    const struct job_entry *entry = job_node_find(root, option->name);
    *value = option->fallback;
    return entry ? job_value_read(context, NULL, option->name, option, entry->value, value) : 0;
}

static int read_scratch(const struct job_context *context, const struct job_node *root)
{
    const struct job_entry *entry = job_node_find(root, "scratch");
    const char *folder = getenv("TMPDIR");
    char escaped[TASK_PATH_BYTES];
    if (entry && entry->value->kind != JOB_NODE_SCALAR) {
        return job_node_error(context->error, entry->value, NULL, "scratch",
                              "is not a path; allowed: one path");
    }
    folder = entry ? entry->value->text : folder && *folder ? folder : "/tmp";
    const char *wrong = NULL;
    if (*folder == '\0') {
        wrong = "is empty";
    } else if (strlen(folder) > SCRATCH_BYTES_MAX) {
        wrong = "is too long";
    } else if (strcmp(folder, error_escape(folder, escaped, sizeof escaped)) != 0) {
        wrong = "holds bytes that are not text";
    }
    if (wrong) {
        return job_node_error(context->error, entry ? entry->value : root, NULL, "scratch",
                              "%s%s; allowed: a path of at most %d bytes",
                              entry ? "" : "the folder of $TMPDIR ", wrong, SCRATCH_BYTES_MAX);
    }
    strcpy(context->job->scratch, folder);
    return 0;
}

static int read_options(struct job_context *context, const struct job_node *root)
{
    struct job *job = context->job;
    double seed = 0, rounds = 0, scaling = 0, oversubscribe = 0, placement = 0;
    if (read_top(context, root, JOB_TOP_BUDGET, &job->budget_s) ||
        read_top(context, root, JOB_TOP_PRECISION, &job->precision) ||
        read_top(context, root, JOB_TOP_SEED, &seed) ||
        read_top(context, root, JOB_TOP_ROUNDS, &rounds) ||
        read_top(context, root, JOB_TOP_SCALING, &scaling) ||
        read_top(context, root, JOB_TOP_OVERSUBSCRIBE, &oversubscribe) ||
        read_top(context, root, JOB_TOP_PLACEMENT, &placement) ||
        read_top(context, root, JOB_TOP_LIMIT, &job->limit_s) || read_scratch(context, root)) {
        return context->error->status;
    }
    job->budget_s = isnan(job->budget_s) ? INFINITY : job->budget_s;
    job->limit_s = isnan(job->limit_s) ? 0 : job->limit_s;
    job->seed = (uint64_t)seed;
    job->rounds = (uint64_t)rounds;
    job->oversubscribe = oversubscribe != 0;
    job->placement = (enum placement)placement;
    context->weak = scaling != 0;
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        const struct job_entry *entry = job_node_find(root, job_axis_names[axis]);
        context->axes[axis] = (struct job_axis_values){.count = 1, .value = {1}};
        if (entry && job_axis_read(context, NULL, axis, entry->value, &context->axes[axis])) {
            return context->error->status;
        }
    }
    return 0;
}

static int read_workloads(struct job_context *context, const struct job_node *root)
{
    const struct job_entry *entry = job_node_find(root, "workloads");
    if (entry && entry->value->kind != JOB_NODE_MAP &&
        !(entry->value->kind == JOB_NODE_SCALAR && *entry->value->text == '\0')) {
        return job_node_error(context->error, entry->value, NULL, "workloads",
                              "is not a mapping; allowed: name: {key: value, …}");
    }
    if (!entry || entry->value->count == 0) {
        return job_node_error(context->error, entry ? entry->key : root, NULL, "workloads",
                              "there is no workload; allowed: name: {key: value, …}, at least one");
    }
    for (size_t i = 0; i < entry->value->count; i++) {
        int status = job_workload_read(context, &entry->value->entries[i]);
        if (status) {
            return status;
        }
    }
    return 0;
}

static int read_root(struct job_context *context, const struct job_node *root)
{
    if (check_keys(context, root) || read_options(context, root) || read_workloads(context, root)) {
        return context->error->status;
    }
    return 0;
}

static int parse(struct job_context *context)
{
    struct job *job = context->job;
    struct job_node *root = job_yaml_parse(job->file, NULL, job->text, context->error);
    if (!root) {
        return context->error->status;
    }
    if (root->kind != JOB_NODE_MAP) {
        job_node_error(context->error, root, NULL, NULL,
                       "is not a mapping; allowed: key: value, among them `workloads`");
    }
    for (size_t i = 0; i < job->setting_count && !context->error->status; i++) {
        job_settings_apply(root, job->file, job->settings[i], context->error);
    }
    if (!context->error->status) {
        read_root(context, root);
    }
    job_node_free(root);
    return context->error->status;
}

int job_parse(struct job *job, const struct job_source *source, struct error *error)
{
    *job = (struct job){
        .text = source->text, .settings = source->settings, .setting_count = source->setting_count};
    struct job_context context = {.job = job, .extent = source->extent, .error = error};
    struct job_extent *extent = &context.extent;
    job->caches = extent->caches;
    extent->node = extent->node > 0 ? extent->node : extent->cores;
    extent->nodes = extent->nodes > 0 ? extent->nodes : 1;
    if (strlen(source->file) >= sizeof job->file) {
        return error_set(error, STATUS_USAGE, "The job file's path is too long; allowed: %zu bytes",
                         sizeof job->file - 1);
    }
    strcpy(job->file, source->file);
    return parse(&context);
}
