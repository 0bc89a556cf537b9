#include "job/job.h"

#include "job/job_internal.h"
#include "job/quantity.h"
#include "text/near.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_BYTES_MAX 400 /* leaves room in a path for the names below it */

const char *const axis_names[AXES] = {"cores", "ranks", "threads", "depth"};

static const char *const scalings[] = {"strong", "weak", NULL};

/* Places in job_options; the axes stand in the order of their enum. */
enum top_option {
    TOP_BUDGET,
    TOP_PRECISION,
    TOP_AXES,
    TOP_SEED = TOP_AXES + AXES,
    TOP_ROUNDS,
    TOP_SCRATCH,
    TOP_SCALING,
    TOP_OVERSUBSCRIBE,
    TOP_LIMIT,
    TOP_PLACEMENT,
    TOP_OPTIONS
};

const struct option job_options[] = {
    {"budget", OPTION_TIME, 1e-3, 8760.0 * 3600, NAN, NULL,
     "stop after this time; rounds are cut, never cells"},
    {"precision", OPTION_FRACTION, 0, 1, 0, NULL, "stop when every verdict is this certain"},
    {"cores", OPTION_COUNT, 1, 65536, 1, NULL,
     "cores to share: a list; all; doubling (1, 2, 4 … all); node (those of one); nodes (how "
     "many)"},
    {"ranks", OPTION_COUNT, 1, 65536, 1, NULL, "MPI processes, likewise"},
    {"threads", OPTION_COUNT, 1, 100000, 1, NULL, "threads in each rank, likewise"},
    {"depth", OPTION_COUNT, 1, 1048576, 1, NULL,
     "operations each thread keeps in flight, likewise"},
    {"seed", OPTION_COUNT, 0, 9e15, 1, NULL, "of the order of cells and of random work"},
    {"rounds", OPTION_COUNT, 1, 1e6, 100, NULL, "at most so many"},
    {"scratch", OPTION_PATH, 0, 0, NAN, NULL, "folder for a run's private files, else $TMPDIR"},
    {"scaling", OPTION_CHOICE, 0, 1, 0, scalings, "strong: tasks as given; weak: tasks × cores"},
    {"oversubscribe", OPTION_FLAG, 0, 1, 1, NULL, "also points with more workers than cores"},
    {"limit", OPTION_TIME, 1, 8760.0 * 3600, NAN, NULL,
     "a cell that takes longer ends the run; else 20 × what is expected, at least 60 s"},
    {"placement", OPTION_CHOICE, 0, 1, 0, placement_names,
     "cores of several nodes: pack fills one after the other; spread deals them out evenly"},
    {NULL, OPTION_COUNT, 0, 0, 0, NULL, NULL},
};

const struct option job_workload_options[] = {
    [JOB_TASKS] = {"tasks", OPTION_COUNT, 1, 1e9, NAN, NULL, "how many tasks the work is"},
    [JOB_TASK] = {"task", OPTION_TIME, 1e-9, 3600, NAN, NULL, "time of one task on one core"},
    [JOB_WORK] = {"work", OPTION_COUNT, 1, 9e15, NAN, NULL, "units of the kernel in one task"},
    [JOB_CALIBRATED] = {"calibrated", OPTION_TIME, 1e-9, 3600, NAN, NULL,
                        "the task time that `work` was measured to take, in a stored job"},
    [JOB_WAITS] = {"waits", OPTION_COUNT, 0, 100000, NAN, NULL, "waits in one task"},
    [JOB_WAIT_FRACTION] = {"wait_fraction", OPTION_FRACTION, 0, 0.999999, NAN, NULL,
                           "part of the task's time that is waiting"},
    [JOB_LOCK] = {"lock", OPTION_FLAG, 0, 1, 0, NULL, "compute under one lock per process"},
    [JOB_SCALING] = {"scaling", OPTION_CHOICE, 0, 1, NAN, scalings, "strong or weak"},
    [JOB_TRACE] = {"trace", OPTION_FLAG, 0, 1, 0, NULL, "keep the order in which the tasks end"},
    [JOB_OWN_OPTIONS] = {NULL, OPTION_COUNT, 0, 0, 0, NULL, NULL},
};

const struct option *job_axis_option(enum axis axis)
{
    return &job_options[TOP_AXES + axis];
}

int job_option_index(const struct option *options, const char *name)
{
    for (int i = 0; options && options[i].name; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

void job_words_add(struct job_words *words, const char *word)
{
    if (words->count < JOB_WORDS_MAX) {
        words->word[words->count++] = word;
    }
}

void job_words_add_options(struct job_words *words, const struct option *options)
{
    for (; options && options->name; options++) {
        job_words_add(words, options->name);
    }
}

const char *job_words_text(const char *const *words, const char *word,
                           char text[JOB_WORDS_TEXT_BYTES])
{
    char quote[JOB_QUOTE_BYTES];
    size_t used = 0, room = JOB_WORDS_TEXT_BYTES - 2 * JOB_QUOTE_BYTES;
    for (size_t i = 0; words[i]; i++) {
        if (used > room) {
            used += (size_t)sprintf(text + used, ", …");
            break;
        }
        used += (size_t)sprintf(text + used, "%s%s", i ? ", " : "", job_quote(words[i], quote));
    }
    const char *meant = near_match(word, words);
    snprintf(text + used, JOB_WORDS_TEXT_BYTES - used, "%s%s%s", meant ? "; did you mean `" : "",
             meant ? job_quote(meant, quote) : "", meant ? "`" : "");
    return text;
}

int job_value_read(const struct job_context *context, const char *scope, const char *key,
                   const struct option *option, const struct job_node *node, double *value)
{
    char text[512];
    if (node->kind != JOB_NODE_SCALAR) {
        return job_node_error(context->error, node, scope, key,
                              "has a list or mapping where one value is due; allowed: %s",
                              quantity_allowed(option, text, sizeof text));
    }
    if (quantity_parse(option, node->text, value, text, sizeof text)) {
        return job_node_error(context->error, node, scope, key, "%s", text);
    }
    return 0;
}

int job_axis_add(struct axis_values *values, int value)
{
    size_t place = 0;
    while (place < values->count && values->value[place] < value) {
        place++;
    }
    if (place < values->count && values->value[place] == value) {
        return 0;
    }
    if (values->count == JOB_AXIS_MAX) {
        return -ENOSPC;
    }
    memmove(&values->value[place + 1], &values->value[place],
            (values->count - place) * sizeof values->value[0]);
    values->value[place] = value;
    values->count++;
    return 0;
}

/* Adds what a word of an axis stands for. 0, -ENOSPC, or 1 when it is no such word. */
static int axis_add_word(const struct job_context *context, const char *word,
                         struct axis_values *values)
{
    const struct job_extent *extent = &context->extent;
    int failed = 0;
    if (strcmp(word, "node") == 0) {
        return job_axis_add(values, extent->node);
    }
    if (strcmp(word, "nodes") == 0) {
        return job_axis_add(values, extent->nodes);
    }
    if (strcmp(word, "doubling") == 0) {
        for (int value = 1; value < extent->cores && !failed; value *= 2) {
            failed = job_axis_add(values, value);
        }
    } else if (strcmp(word, "all") != 0) {
        return 1;
    }
    return failed ? failed : job_axis_add(values, extent->cores);
}

static int axis_read_value(const struct job_context *context, const char *scope, enum axis axis,
                           const struct job_node *node, struct axis_values *values)
{
    static const char *const words[] = {"all", "doubling", "node", "nodes", NULL};
    char quote[JOB_QUOTE_BYTES], allowed[256];
    const struct option *option = job_axis_option(axis);
    const char *meant =
        node->kind == JOB_NODE_SCALAR ? near_match(node->text, words) : NULL;
    int failed = meant ? axis_add_word(context, node->text, values) : 0;
    if (failed == 1) {
        return job_node_error(context->error, node, scope, axis_names[axis],
                              "`%s` is not a number; allowed: %s, or `all`, `doubling`, `node` or "
                              "`nodes`; did you mean `%s`",
                              job_quote(node->text, quote),
                              quantity_allowed(option, allowed, sizeof allowed), meant);
    }
    double value = 1;
    if (!meant) {
        if (job_value_read(context, scope, axis_names[axis], option, node, &value)) {
            return context->error->status;
        }
        failed = job_axis_add(values, (int)value);
    }
    if (failed) {
        return job_node_error(context->error, node, scope, axis_names[axis],
                              "has too many values; allowed: %d", JOB_AXIS_MAX);
    }
    return 0;
}

int job_axis_read(const struct job_context *context, const char *scope, enum axis axis,
                  const struct job_node *node, struct axis_values *values)
{
    char allowed[256];
    *values = (struct axis_values){0};
    if (node->kind != JOB_NODE_LIST) {
        return axis_read_value(context, scope, axis, node, values);
    }
    if (node->count == 0) {
        quantity_allowed(job_axis_option(axis), allowed, sizeof allowed);
        return job_node_error(
            context->error, node, scope, axis_names[axis],
            "the list is empty; allowed: %s, or `all`, `doubling`, `node` or `nodes`, at least "
            "one",
            allowed);
    }
    for (size_t i = 0; i < node->count; i++) {
        int status = axis_read_value(context, scope, axis, node->entries[i].value, values);
        if (status) {
            return status;
        }
    }
    return 0;
}

/* The whole of an open file. NULL with errno; EFBIG when it is too large. */
static char *read_all(int descriptor)
{
    struct stat stat;
    if (fstat(descriptor, &stat) != 0) {
        return NULL;
    }
    if (S_ISDIR(stat.st_mode) || stat.st_size > JOB_FILE_BYTES_MAX) {
        errno = S_ISDIR(stat.st_mode) ? EISDIR : EFBIG;
        return NULL;
    }
    /* One byte more than is allowed shows that a pipe is too large. */
    char *text = calloc(1, JOB_FILE_BYTES_MAX + 2);
    size_t used = 0;
    ssize_t got = text ? 1 : -1;
    while (got > 0 && used <= JOB_FILE_BYTES_MAX) {
        got = read(descriptor, text + used, JOB_FILE_BYTES_MAX + 1 - used);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    if (got >= 0 && used > JOB_FILE_BYTES_MAX) {
        got = -1;
        errno = EFBIG;
    }
    if (got >= 0 && memchr(text, '\0', used)) {
        got = -1;
        errno = EILSEQ;
    }
    if (got < 0) {
        int reason = errno;
        free(text);
        errno = reason;
        return NULL;
    }
    return text;
}

static const char *read_error_text(int reason)
{
    switch (reason) {
    case EISDIR:
        return "is a directory";
    case EFBIG:
        return "is larger than a job file can be";
    case EILSEQ:
        return "holds a NUL byte, as binary files do";
    default:
        return strerror(reason);
    }
}

char *job_read_file(const char *file, struct error *error)
{
    char quote[256];
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    char *text = descriptor >= 0 ? read_all(descriptor) : NULL;
    int reason = errno;
    if (descriptor >= 0) {
        close(descriptor);
    }
    if (!text) {
        error_set(error, STATUS_USAGE,
                  "%s: cannot be read as a job: %s; allowed: a YAML file of "
                  "at most 1 MiB",
                  error_escape(file, quote, sizeof quote), read_error_text(reason));
    }
    return text;
}

/* The mapping of a workload that a setting names, or NULL with `error` set. */
static struct job_node *find_workload(struct job_node *root, const struct job_node *key,
                                      const char *name, struct error *error)
{
    const struct job_entry *workloads = job_node_find(root, "workloads");
    const struct job_node *map = workloads ? workloads->value : NULL;
    size_t count = map && map->kind == JOB_NODE_MAP ? map->count : 0;
    const char **names = calloc(count + 1, sizeof *names);
    struct job_node *found = NULL;
    if (!names) {
        job_no_memory(error);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = map->entries[i].key->text;
        found = strcmp(names[i], name) == 0 ? map->entries[i].value : found;
    }
    char text[JOB_WORDS_TEXT_BYTES];
    if (!found) {
        job_node_error(error, key, NULL, name, "is no workload of this job; allowed: %s",
                       count ? job_words_text(names, name, text) : "none, the job has none");
    } else if (found->kind != JOB_NODE_MAP) {
        job_node_error(error, found, NULL, name, "is not a mapping; allowed: {key: value, …}");
        found = NULL;
    }
    free(names);
    return found;
}

/* Puts a setting, split into its parts, in the place of what the file says. */
static int put_setting(struct job_node *root, const char *file, const char *setting,
                       const char *workload, const char *key, const char *value,
                       struct error *error)
{
    struct job_node *key_node = job_node_word(file, setting, key);
    struct job_node *map = root;
    if (!key_node) {
        return job_no_memory(error);
    }
    if (workload) {
        map = find_workload(root, key_node, workload, error);
    }
    struct job_node *value_node = map ? job_node_parse(file, setting, value, error) : NULL;
    if (!value_node) {
        job_node_free(key_node);
        return error->status;
    }
    return job_node_put(map, key_node, value_node) ? job_no_memory(error) : 0;
}

/* The `=` between key and value, or NULL. The name of a family's member may hold others. */
static char *find_equals(char *setting)
{
    char *equals = strchr(setting, '=');
    char *bracket = strchr(setting, '[');
    if (equals && bracket && bracket < equals) {
        char *closing = strstr(bracket, "].");
        equals = closing ? strchr(closing, '=') : equals;
    }
    return equals;
}

static int apply_setting(struct job_node *root, const char *file, const char *setting,
                         struct error *error)
{
    struct job_node place = {.file = file, .setting = setting};
    char *copy = strdup(setting);
    if (!copy) {
        return job_no_memory(error);
    }
    char *equals = find_equals(copy);
    if (!equals || equals == copy) {
        free(copy);
        return job_node_error(error, &place, NULL, NULL,
                              "has no key; allowed: key=value or workload.key=value");
    }
    *equals = '\0';
    char *dot = strrchr(copy, '.');
    if (dot) {
        *dot = '\0';
    }
    int status = put_setting(root, file, setting, dot ? copy : NULL, dot ? dot + 1 : copy,
                             equals + 1, error);
    free(copy);
    return status;
}

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
                    enum top_option place, double *value)
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
    if (read_top(context, root, TOP_BUDGET, &job->budget_s) ||
        read_top(context, root, TOP_PRECISION, &job->precision) ||
        read_top(context, root, TOP_SEED, &seed) || read_top(context, root, TOP_ROUNDS, &rounds) ||
        read_top(context, root, TOP_SCALING, &scaling) ||
        read_top(context, root, TOP_OVERSUBSCRIBE, &oversubscribe) ||
        read_top(context, root, TOP_PLACEMENT, &placement) ||
        read_top(context, root, TOP_LIMIT, &job->limit_s) || read_scratch(context, root)) {
        return context->error->status;
    }
    job->budget_s = isnan(job->budget_s) ? INFINITY : job->budget_s;
    job->limit_s = isnan(job->limit_s) ? 0 : job->limit_s;
    job->seed = (uint64_t)seed;
    job->rounds = (uint64_t)rounds;
    job->oversubscribe = oversubscribe != 0;
    job->placement = (enum placement)placement;
    context->weak = scaling != 0;
    for (enum axis axis = 0; axis < AXES; axis++) {
        const struct job_entry *entry = job_node_find(root, axis_names[axis]);
        context->axes[axis] = (struct axis_values){.count = 1, .value = {1}};
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
    struct job_node *root = job_node_parse(job->file, NULL, job->text, context->error);
    if (!root) {
        return context->error->status;
    }
    if (root->kind != JOB_NODE_MAP) {
        job_node_error(context->error, root, NULL, NULL,
                       "is not a mapping; allowed: key: value, among them `workloads`");
    }
    for (size_t i = 0; i < job->setting_count && !context->error->status; i++) {
        apply_setting(root, job->file, job->settings[i], context->error);
    }
    if (!context->error->status) {
        read_root(context, root);
    }
    job_node_free(root);
    return context->error->status;
}

int job_parse(struct job *job, const char *file, char *text, const char *const *settings,
              size_t setting_count, struct job_extent extent, struct error *error)
{
    extent.node = extent.node > 0 ? extent.node : extent.cores;
    extent.nodes = extent.nodes > 0 ? extent.nodes : 1;
    *job = (struct job){.text = text, .settings = settings, .setting_count = setting_count};
    struct job_context context = {.job = job, .extent = extent, .error = error};
    if (strlen(file) >= sizeof job->file) {
        return error_set(error, STATUS_USAGE, "The job file's path is too long; allowed: %zu bytes",
                         sizeof job->file - 1);
    }
    strcpy(job->file, file);
    return parse(&context);
}

void job_free(struct job *job)
{
    free(job->text);
    free(job->workloads);
    *job = (struct job){0};
}
