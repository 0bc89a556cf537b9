#include "job/job_text.h"

#include "job/job_options.h"
#include "job/quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 128

static void write_value(FILE *out, const char *indent, const struct option *option, double value)
{
    char text[VALUE_BYTES];
    fprintf(out, "%s%s: %s\n", indent, option->name,
            quantity_text(option, value, text, sizeof text));
}

static void write_axes(FILE *out, const char *indent, const struct job_axis_values axes[JOB_AXES])
{
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        fprintf(out, "%s%s: [", indent, job_axis_names[axis]);
        for (size_t i = 0; i < axes[axis].count; i++) {
            fprintf(out, "%s%d", i ? ", " : "", axes[axis].value[i]);
        }
        fprintf(out, "]\n");
    }
}

/* In double quotes; the text holds no control characters. */
static void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

/* True for what follows from another key, which stands in the text. */
static bool is_derived(const struct workload *workload, const char *name)
{
    return (strcmp(name, "task") == 0 && workload->spec.work) ||
           (strcmp(name, "latency") == 0 && !isnan(workload->wait_fraction));
}

static void write_options(FILE *out, const struct workload *workload, const struct option *options)
{
    for (; options && options->name; options++) {
        double value = job_workload_value(workload, options->name);
        if (!isnan(value) && !is_derived(workload, options->name)) {
            write_value(out, "    ", options, value);
        }
    }
}

static void write_workload(FILE *out, const struct workload *workload)
{
    fputs("  ", out);
    write_quoted(out, workload->name);
    fprintf(out, ":\n    compute: %s\n    wait: %s\n", workload->kernel->name,
            workload->engine->name);
    write_axes(out, "    ", workload->axes);
    write_options(out, workload, job_workload_options);
    write_options(out, workload, workload->kernel->options);
    write_options(out, workload, workload->engine->options);
}

static void write_top(FILE *out, const struct job *job)
{
    if (isfinite(job->budget_s)) {
        write_value(out, "", &job_options[job_option_index(job_options, "budget")], job->budget_s);
    }
    if (job->limit_s > 0) {
        write_value(out, "", &job_options[job_option_index(job_options, "limit")], job->limit_s);
    }
    write_value(out, "", &job_options[job_option_index(job_options, "precision")], job->precision);
    write_axes(out, "", job->axes);
    fprintf(out, "seed: %llu\nrounds: %llu\noversubscribe: %s\nplacement: %s\nscratch: ",
            (unsigned long long)job->seed, (unsigned long long)job->rounds,
            job->oversubscribe ? "true" : "false", placement_names[job->placement]);
    write_quoted(out, job->scratch);
    fputs("\nworkloads:\n", out);
}

char *job_effective_text(const struct job *job)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out) {
        return NULL;
    }
    write_top(out, job);
    for (size_t i = 0; i < job->workload_count; i++) {
        write_workload(out, &job->workloads[i]);
    }
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
