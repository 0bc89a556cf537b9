/* The commands of the program, and what they share. */
#ifndef CUAL_TERMINAL_COMMAND_H
#define CUAL_TERMINAL_COMMAND_H

#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>

/* One option of a command. */
struct command_option {
    const char *name;     /* "--output"; NULL ends a table */
    char letter;          /* 'o' for -o, 0: none */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;     /* one line */
};

/* A command describes itself; `main` and --help walk the table of these. */
struct command {
    const char *name;
    const char *operand; /* "JOB.yaml"; NULL: takes none */
    bool operand_may_lack;
    const char *help; /* one line */
    const struct command_option *options;
    /* argv[-1] is the program's name and argv[0] the command's; returns an exit status. */
    int (*run)(int argc, char **argv);
};

/* The commands in the order in which they are shown; src/commands/NAME.c defines command_NAME. */
#define COMMANDS(each) each(run) each(plan) each(show) each(list) each(doctor)

/* Those behind them that are written in Python, in analysis/NAME.py: name, operand, help. */
#define ANALYSIS_COMMANDS(each)                                                                    \
    each(report, "FILE.h5…", "one page with the answer, pictures and every number, for a browser") \
        each(compare, "A.h5 B.h5",                                                                 \
             "what became slower or faster from one run to another; status 1: something slower")   \
            each(export, "FILE.h5…", "samples as CSV or JSON lines; cells for Extra-P, Bencher or OpenMetrics")

/* Those behind all others, about the program itself; in src/commands/NAME.c, too. */
#define ABOUT_COMMANDS(each) each(help) each(version)

#define COMMAND_DECLARE(name, ...) extern const struct command command_##name;
COMMANDS(COMMAND_DECLARE)
ANALYSIS_COMMANDS(COMMAND_DECLARE)
ABOUT_COMMANDS(COMMAND_DECLARE)

/* A row of a table of all commands. */
#define COMMAND_ADDRESS(name, ...) &command_##name,
#define COMMAND_ADDRESSES                                                                          \
    COMMANDS(COMMAND_ADDRESS) ANALYSIS_COMMANDS(COMMAND_ADDRESS) ABOUT_COMMANDS(COMMAND_ADDRESS)

/* A parsed command line. */
#define ARGUMENTS_MAX 256
struct arguments {
    bool help; /* --help was given: nothing else is parsed */
    const char *operand;
    size_t count;
    const struct command_option *option[ARGUMENTS_MAX];
    const char *value[ARGUMENTS_MAX]; /* "" for flags */
};

/* Parses a command line, in which "--" ends the options. 0, or STATUS_USAGE with an error that
 * names what is wrong and the option that comes nearest. */
int arguments_parse(const struct command *command, int argc, char **argv,
                    struct arguments *arguments, struct error *error);

/* The last value given for an option, NULL when it was not given. */
const char *arguments_value(const struct arguments *arguments, const char *name);

/* Prints the usage of a command on stdout. */
void command_print_help(const struct command *command);

/* Prints an error on stderr (error_print) and returns its status. */
int command_fail(const struct error *error);

/* For every command that reads a job: the settings of --set, --budget and --rounds in the order
 * given, as "key=value" in `storage`. Returns how many. */
size_t command_settings(const struct arguments *arguments, const char *settings[ARGUMENTS_MAX],
                        char storage[ARGUMENTS_MAX][128]);

#endif
