#include "job/job_options.h"

#include "engines/engines.h"
#include "job/job_node.h"
#include "kernels/kernels.h"
#include "text/near.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const scalings[] = {"strong", "weak", NULL};

const struct option job_options[] = {
    {"budget", OPTION_TIME, 1e-3, 8760.0 * 3600, NAN, NULL,
     "stop after this time; rounds are cut, never cells"},
    {"precision", OPTION_FRACTION, 0, 1, 0, NULL,
     "stop when no choice may be slower than the best by more than this"},
    {"cores", OPTION_AXIS, 1, 65536, 1, NULL,
     "cores to share: a list; all; doubling (1, 2, 4 … all); node (those of one); nodes (how "
     "many)"},
    {"ranks", OPTION_AXIS, 1, 65536, 1, NULL, "MPI processes, likewise"},
    {"threads", OPTION_AXIS, 1, 100000, 1, NULL, "threads in each rank, likewise"},
    {"depth", OPTION_AXIS, 1, 1048576, 1, NULL, "operations each thread keeps in flight, likewise"},
    {"seed", OPTION_COUNT, 0, 9e15, 1, NULL,
     "start of the random order of cells and of random work"},
    {"rounds", OPTION_COUNT, 1, 1e6, 100, NULL, "the most rounds"},
    {"scratch", OPTION_PATH, 0, 0, NAN, NULL, "folder for a run's scratch files; else $TMPDIR"},
    {"scaling", OPTION_CHOICE, 0, 1, 0, scalings, "strong: tasks as given; weak: tasks × cores"},
    {"oversubscribe", OPTION_FLAG, 0, 1, 1, NULL,
     "measure also points with more workers than cores"},
    {"limit", OPTION_TIME, 1, 8760.0 * 3600, NAN, NULL,
     "a cell that takes longer ends the run; else 20 × what is expected, at least 60 s"},
    {"placement", OPTION_CHOICE, 0, 1, 0, placement_names,
     "pack fills one node after the other; spread deals the cores out over the nodes evenly"},
    {NULL, OPTION_COUNT, 0, 0, 0, NULL, NULL},
};

const struct option job_workload_options[] = {
    [JOB_TASKS] = {"tasks", OPTION_COUNT, 1, 1e9, NAN, NULL, "number of tasks of the workload"},
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

const struct option *job_axis_option(enum job_axis axis)
{
    return &job_options[JOB_TOP_AXES + axis];
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

static double own_value(const struct workload *workload, enum job_own_option own)
{
    const struct task_spec *spec = &workload->spec;
    switch (own) {
    case JOB_TASKS:
        return (double)spec->tasks;
    case JOB_TASK:
        return workload->task_s;
    case JOB_WORK:
        return spec->work ? (double)spec->work : NAN;
    case JOB_CALIBRATED:
        return spec->work ? workload->task_s : NAN;
    case JOB_WAITS:
        return spec->waits;
    case JOB_WAIT_FRACTION:
        return workload->wait_fraction;
    case JOB_LOCK:
        return spec->lock;
    case JOB_SCALING:
        return workload->weak;
    case JOB_TRACE:
        return spec->trace;
    case JOB_OWN_OPTIONS:
        break;
    }
    return NAN;
}

double job_workload_value(const struct workload *workload, const char *name)
{
    int own = job_option_index(job_workload_options, name);
    int kernel = job_option_index(workload->kernel->options, name);
    int engine = job_option_index(workload->engine->options, name);
    return own >= 0      ? own_value(workload, (enum job_own_option)own)
           : kernel >= 0 ? workload->spec.kernel_option[kernel]
           : engine >= 0 ? workload->spec.engine_option[engine]
                         : NAN;
}

/* Adds "compute: triad" to a list of owners when the options hold the key. */
static void add_owner(const struct option *options, const char *key, const char *part,
                      const char *name, char *text, size_t text_bytes)
{
    size_t used = strlen(text);
    if (job_option_index(options, key) >= 0) {
        snprintf(text + used, text_bytes - used, "%s%s: %s", used ? " or " : "", part, name);
    }
}

const char *job_option_owners(const char *key, char *text, size_t text_bytes)
{
    text[0] = '\0';
    for (size_t i = 0; kernels_all[i]; i++) {
        add_owner(kernels_all[i]->options, key, "compute", kernels_all[i]->name, text, text_bytes);
    }
    for (size_t i = 0; engines_all[i]; i++) {
        add_owner(engines_all[i]->options, key, "wait", engines_all[i]->name, text, text_bytes);
    }
    if (text[0] == '\0' && job_option_index(job_options, key) >= 0) {
        snprintf(text, text_bytes, "the top of the job");
    }
    return text;
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
