/* cual list: prints the jobs that lie beside the program, and every kernel, engine, key of a job
 * and claim, as their tables describe them. */
#include "answer/claims.h"
#include "engines/engines.h"
#include "job/job_beside.h"
#include "job/job_options.h"
#include "job/quantity.h"
#include "kernels/kernels.h"
#include "system/beside.h"
#include "terminal/command.h"
#include "terminal/list_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static const struct command_option list_options[] = {
    {"--json", 0, NULL, "print the list as JSON"},
    {0},
};

/* "512 B … 64 MiB", or the words to choose from. */
static void print_range(const struct option *option)
{
    char least[48], most[48];
    if (option->kind == OPTION_CHOICE) {
        for (const char *const *choice = option->choices; choice && *choice; choice++) {
            printf("%s%s", choice == option->choices ? "" : " | ", *choice);
        }
    } else if (option->kind == OPTION_FLAG) {
        printf("true | false");
    } else if (option->kind == OPTION_PATH) {
        printf("a folder");
    } else {
        printf("%s … %s", quantity_text(option, option->minimum, least, sizeof least),
               quantity_text(option, option->maximum, most, sizeof most));
    }
}

static void print_options(const struct option *options)
{
    for (const struct option *option = options; option && option->name; option++) {
        char value[48];
        printf("    %-13s  %s (", option->name, option->help);
        print_range(option);
        if (!isnan(option->fallback)) {
            printf("; default %s", quantity_text(option, option->fallback, value, sizeof value));
        }
        printf(")\n");
    }
}

static void print_engine(const struct engine *engine)
{
    char why[256] = "";
    printf("  %-8s %s", engine->name, engine->help);
    if (engine->available && engine->available(why, sizeof why) != 0) {
        printf(" — unavailable: %s", why);
    }
    printf("\n           D = 1: %s; D > 1: %s\n", engine->blocking, engine->in_flight);
    print_options(engine->options);
}

static void print_jobs(const struct job_beside *beside)
{
    char shown[BESIDE_PATH_BYTES];
    if (beside->count > 0) {
        printf("jobs in %s, each for: cual run NAME\n",
               error_escape(beside->folder, shown, sizeof shown));
    } else {
        printf("jobs: there are none beside the program; make install puts them there\n");
    }
    for (size_t i = 0; i < beside->count; i++) {
        const struct job_beside_one *job = &beside->job[i];
        printf("  %-8s ", error_escape(job->name, shown, sizeof shown));
        printf("%s\n", error_escape(job->says, shown, sizeof shown));
    }
}

static void print_python(void)
{
    char folder[BESIDE_PATH_BYTES], shown[BESIDE_PATH_BYTES];
    if (beside_find("python", folder)) {
        printf("Python: import cual finds its package after\n  export PYTHONPATH=%s\n",
               error_escape(folder, shown, sizeof shown));
    }
}

static void print_claims(void)
{
    printf("claims, tested by every job that measures the points that they need\n");
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct claim *claim = claims_find(number);
        printf("  %2d %s\n     %s\n", number, claim->text, claim->rule);
    }
}

static void print_list(const struct job_beside *beside)
{
    print_jobs(beside);
    print_python();
    printf("compute: KERNEL\n");
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        printf("  %-8s %s\n", (*kernel)->name, (*kernel)->help);
        print_options((*kernel)->options);
    }
    printf("wait: ENGINE\n");
    for (const struct engine *const *engine = engines_all; *engine; engine++) {
        print_engine(*engine);
    }
    printf("keys of every workload\n");
    print_options(job_workload_options);
    printf("keys of a job\n");
    print_options(job_options);
    print_claims();
}

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    struct job_beside beside = {0};
    if (arguments_parse(&command_list, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_list);
        return STATUS_DONE;
    }
    int failed = job_beside_find(&beside);
    if (!failed && arguments_value(&arguments, "--json")) {
        failed = list_print_json(stdout, &beside);
    } else if (!failed) {
        print_list(&beside);
    }
    job_beside_free(&beside);
    if (failed == -ENOMEM) {
        error_no_memory(&error, "the list");
    }
    return error.status ? command_fail(&error) : STATUS_DONE;
}

const struct command command_list = {
    .name = "list",
    .help = "jobs to run, kernels, engines, the keys of a job, and the claims with their rules",
    .options = list_options,
    .run = run,
};
