/* Options: every kernel's and engine's are taken in a job, and none has the name of another. */
#include "engines/engines.h"
#include "job/job_options.h"
#include "job/quantity.h"
#include "kernels/kernels.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a workload of a kernel and an engine has to say, without the option itself. */
static void write_workload(char *text, size_t bytes, const struct kernel *kernel,
                           const struct engine *engine, const struct option *but)
{
    size_t used = (size_t)snprintf(text, bytes, "workloads:\n  a:\n    compute: %s\n    wait: %s\n",
                                   kernel->name, engine->name);
    if (but != &job_workload_options[0]) {
        used += (size_t)snprintf(text + used, bytes - used, "    tasks: 1\n");
    }
    const struct option *tables[] = {kernel->options, engine->options};
    for (size_t i = 0; i < 2; i++) {
        for (const struct option *option = tables[i]; option && option->name; option++) {
            char value[64];
            if (isnan(option->fallback) && option != but) {
                used +=
                    (size_t)snprintf(text + used, bytes - used, "    %s: %s\n", option->name,
                                     quantity_text(option, option->maximum, value, sizeof value));
            }
        }
    }
    if (kernel->unit && strncmp(but->name, "work", 4) != 0) {
        used += (size_t)snprintf(text + used, bytes - used, "    work: 5\n");
    }
    if (strcmp(but->name, "sync") == 0) { /* the only one that needs another */
        used += (size_t)snprintf(text + used, bytes - used, "    op: write\n");
    }
    snprintf(text + used, bytes - used, "    %s: ", but->name);
}

static void append_value(char *text, size_t bytes, const struct option *option, double value)
{
    char quantity[64];
    quantity_text(option, value, quantity, sizeof quantity);
    snprintf(text + strlen(text), bytes - strlen(text), "%s\n", quantity);
}

/* Least and largest are taken, junk and more are refused under the option's name. */
static void check_table(const struct kernel *kernel, const struct engine *engine,
                        const struct option *options)
{
    char text[1024], begins[128];
    for (const struct option *option = options; option && option->name; option++) {
        double values[] = {option->minimum, option->maximum};
        for (size_t i = 0; i < 2; i++) {
            struct job job;
            write_workload(text, sizeof text, kernel, engine, option);
            append_value(text, sizeof text, option, values[i]);
            jobs_parse_good(&job, text, NULL);
            CU_ASSERT_EQUAL(job_workload_value(&job.workloads[0], option->name), values[i]);
            job_free(&job);
        }
        snprintf(begins, sizeof begins, ": a.%s: ", option->name);
        write_workload(text, sizeof text, kernel, engine, option);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "ju nk\n");
        jobs_expect_error(text, NULL, "job.yaml:", begins);
        if (option->kind != OPTION_FLAG && option->kind != OPTION_CHOICE) {
            text[length] = '\0';
            append_value(text, sizeof text, option, option->maximum * 2);
            jobs_expect_error(text, NULL, "job.yaml:", begins);
        }
    }
}

static void options_of_every_kernel_and_engine_are_taken(void)
{
    for (size_t i = 0; kernels_all[i]; i++) {
        check_table(kernels_all[i], engines_find("none"), kernels_all[i]->options);
    }
    for (size_t i = 0; engines_all[i]; i++) {
        check_table(kernels_find("none"), engines_all[i], engines_all[i]->options);
    }
}

static void count_key(const struct option *options, const char *name, int *count)
{
    for (; options && options->name; options++) {
        *count += strcmp(options->name, name) == 0;
    }
}

static void no_two_options_of_a_workload_share_a_name(void)
{
    for (size_t k = 0; kernels_all[k]; k++) {
        for (size_t e = 0; engines_all[e]; e++) {
            const struct option *tables[] = {kernels_all[k]->options, engines_all[e]->options,
                                             job_workload_options};
            for (size_t t = 0; t < 3; t++) {
                for (const struct option *o = tables[t]; o && o->name; o++) {
                    int count = 0;
                    for (size_t other = 0; other < 3; other++) {
                        count_key(tables[other], o->name, &count);
                    }
                    CU_ASSERT_EQUAL(count, 1);
                    CU_ASSERT_STRING_NOT_EQUAL(o->name, "compute");
                    CU_ASSERT_STRING_NOT_EQUAL(o->name, "wait");
                }
            }
        }
    }
}

static const CU_TestInfo tests[] = {
    {"options of every kernel and engine are taken", options_of_every_kernel_and_engine_are_taken},
    {"no two options of a workload share a name", no_two_options_of_a_workload_share_a_name},
    CU_TEST_INFO_NULL,
};

SUITE("job options", tests);
