/* Judges the method by simulated studies: prints a table, a line for each scenario.
 *
 * usage: studies [-n STUDIES] [-s SEED] [-p PROCESSES] [-x NOISE=VALUE]… [-k KEY=VALUE]…
 *                [SCENARIO]…
 *
 * -x changes a parameter of the noise of all scenarios, -k a key of their jobs. Exit status 1 when
 * a scenario misses what it must reach. */
#include "simulated/studies/batch.h"
#include "simulated/studies/scenario.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESIDUALS "tests/simulated/studies/residuals.csv"

enum { SETTINGS_MOST = 32, STUDIES = 1000 };

struct asked {
    size_t studies;
    uint64_t seed;
    int processes;
    size_t noises, settings;
    const char *noise[SETTINGS_MOST], *setting[SETTINGS_MOST];
};

/* The columns of the table. */
static const struct column {
    const char *group, *name;
    size_t offset; /* of a double in struct figures */
    int digits;
    double unit;
} columns[] = {
    {"slower than best", ">2%", offsetof(struct figures, lost_2), 1, 100},
    {"", ">5%", offsetof(struct figures, lost_5), 1, 100},
    {"", "complex", offsetof(struct figures, complicated), 1, 100},
    {"ever wrong", "studies", offsetof(struct figures, wrong_studies), 1, 100},
    {"", "rows", offsetof(struct figures, wrong_rows), 1, 100},
    {"", "slower", offsetof(struct figures, slower_rows), 1, 100},
    {"", "loss", offsetof(struct figures, lost_rows), 1, 100},
    {"", "named", offsetof(struct figures, missed_rows), 1, 100},
    {"right at the end", "named", offsetof(struct figures, covered), 1, 100},
    {"", "shown", offsetof(struct figures, shown_covered), 1, 100},
    {"", "loss", offsetof(struct figures, bounded), 1, 100},
    {"half of them", "width", offsetof(struct figures, half_width), 1, 100},
    {"", "loss", offsetof(struct figures, said_loss), 1, 100},
    {"certain", "rows", offsetof(struct figures, certain), 1, 100},
    {"", "s", offsetof(struct figures, certain_s), 1, 1},
    {"", "rounds", offsetof(struct figures, certain_rounds), 0, 1},
    {"reached", "rounds", offsetof(struct figures, rounds), 0, 1},
    {"", "s", offsetof(struct figures, seconds), 1, 1},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const char legend[] =
    "In %, of rows where nothing else is said; docs/developing.md says what "
    "the columns are.\n";

#define CELL 8 /* letters of a column */

/* A column that begins a group has a line before it, and the group's name above its columns. */
static bool begins(size_t column)
{
    return columns[column].group[0] != '\0';
}

static void print_head(void)
{
    printf("%-14s", "");
    for (size_t c = 0; c < COLUMNS;) {
        size_t first = c++;
        while (c < COLUMNS && !begins(c)) {
            c++;
        }
        printf(" | %-*s", (int)(c - first) * CELL - 1, columns[first].group);
    }
    printf("\n%-14s", "scenario");
    for (size_t c = 0; c < COLUMNS; c++) {
        printf("%s%*s", begins(c) ? " |" : "", CELL, columns[c].name);
    }
    printf("\n");
}

static void print_figures(const char *name, const struct figures *figures)
{
    printf("%-14s", name);
    for (size_t c = 0; c < COLUMNS; c++) {
        double value;
        memcpy(&value, (const char *)figures + columns[c].offset, sizeof value);
        printf("%s", begins(c) ? " |" : "");
        if (isfinite(value)) {
            printf("%*.*f", CELL, columns[c].digits, value * columns[c].unit);
        } else {
            printf("%*s", CELL, isnan(value) ? "-" : "never");
        }
    }
    printf("\n");
    fflush(stdout);
}

static int simulate(const struct scenario *scenario, const struct asked *asked,
                    const struct residuals *residuals, struct figures *figures, struct error *error)
{
    struct batch_given given = {
        .study = {.job = scenario->job,
                  .setting_count = asked->settings,
                  .settings = asked->setting,
                  .limits = {.cores = 2, .ranks = 2},
                  .truth = scenario->truth,
                  .noise = scenario->noise,
                  .residuals = residuals},
        .studies = asked->studies,
        .seed = asked->seed,
        .processes = asked->processes,
    };
    for (size_t i = 0; i < asked->noises; i++) {
        if (!noise_set(&given.study.noise, asked->noise[i])) {
            error_set(error, STATUS_USAGE, "-x %s: allowed: %s", asked->noise[i], noise_help());
        }
    }
    return error->status ? error->status : batch_run(&given, figures, error);
}

/* A number of at least `least`. */
static bool take_number(const char *text, uint64_t least, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *number >= least;
}

static bool take_option(int option, struct asked *asked)
{
    uint64_t number;
    switch (option) {
    case 'n':
        return take_number(optarg, 1, &number) && (asked->studies = number) > 0;
    case 's':
        return take_number(optarg, 0, &asked->seed);
    case 'p':
        return take_number(optarg, 1, &number) && (asked->processes = (int)number) > 0;
    case 'x':
        asked->noise[asked->noises++] = optarg;
        return asked->noises < SETTINGS_MOST;
    case 'k':
        asked->setting[asked->settings++] = optarg;
        return asked->settings < SETTINGS_MOST;
    default:
        return false;
    }
}

static bool take_options(int argc, char **argv, struct asked *asked)
{
    bool good = true;
    int option;
    while (good && (option = getopt(argc, argv, "n:s:p:x:k:")) != -1) {
        good = take_option(option, asked);
    }
    for (int i = optind; i < argc && good; i++) {
        good = scenario_find(argv[i]) != NULL;
    }
    if (!good) {
        fprintf(stderr,
                "usage: studies [-n STUDIES] [-s SEED] [-p PROCESSES] [-x NOISE=VALUE]... "
                "[-k KEY=VALUE]... [SCENARIO]...\nnoise: %s\nscenarios:\n",
                noise_help());
        for (size_t i = 0; i < scenario_count; i++) {
            fprintf(stderr, "  %-14s %s\n", scenarios[i].name, scenarios[i].help);
        }
    }
    return good;
}

static bool is_asked(const char *name, int argc, char **argv)
{
    bool asked = argc == 0;
    for (int i = 0; i < argc; i++) {
        asked |= strcmp(name, argv[i]) == 0;
    }
    return asked;
}

/* All that is asked; STATUS_WRONG when a scenario missed something. */
static int judge(const struct asked *asked, const struct residuals *residuals, int argc,
                 char **argv)
{
    char missed[SCENARIO_TEXT_BYTES];
    int status = STATUS_DONE;
    print_head();
    for (size_t i = 0; i < scenario_count && status <= STATUS_WRONG; i++) {
        const struct scenario *scenario = &scenarios[i];
        struct error error = {0};
        struct figures figures;
        if (!is_asked(scenario->name, argc, argv)) {
            continue;
        }
        if (simulate(scenario, asked, residuals, &figures, &error) != 0) {
            fprintf(stderr, "%s: %s\n", scenario->name, error.text);
            return error.status;
        }
        print_figures(scenario->name, &figures);
        if (scenario_missed(scenario, &figures, missed)[0]) {
            printf("%14s missed: %s\n", "", missed);
            status = STATUS_WRONG;
        }
    }
    printf("%s", legend);
    return status;
}

int main(int argc, char **argv)
{
    struct asked asked = {.studies = STUDIES, .seed = 1, .processes = 1};
    struct residuals residuals;
    if (!take_options(argc, argv, &asked)) {
        return STATUS_USAGE;
    }
    int failed = residuals_read(&residuals, RESIDUALS);
    if (failed && failed != -ENOENT) {
        fprintf(stderr, "%s: %s\n", RESIDUALS, strerror(-failed));
        return STATUS_ENVIRONMENT;
    }
    int status = judge(&asked, failed ? NULL : &residuals, argc - optind, argv + optind);
    residuals_free(&residuals);
    return status;
}
