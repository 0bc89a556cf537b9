/* cual show: the verdicts that a run file holds. */
#include "commands/command.h"
#include "commands/table.h"
#include "study/runfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int print_answer(const struct runfile_answer *answer, struct error *error)
{
    char machine[512];
    struct table_row *rows = calloc(answer->count + 1, sizeof *rows);
    if (!rows) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory for the table");
    }
    for (size_t i = 0; i < answer->count; i++) {
        rows[i] = (struct table_row){answer->workload_names[i], answer->verdicts[i]};
    }
    printf("%s\n\n", error_escape(answer->machine, machine, sizeof machine));
    int failed = table_print(stdout, rows, answer->count, isatty(1) && !getenv("NO_COLOR"));
    free(rows);
    return failed ? error_set(error, STATUS_STORAGE, "the table cannot be written: %s",
                              strerror(errno))
                  : 0;
}

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    struct runfile_answer answer = {0};
    if (arguments_parse(&command_show, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_show);
        return STATUS_DONE;
    }
    if (runfile_read_answer(arguments.operand, &answer, &error) == 0) {
        print_answer(&answer, &error);
    }
    runfile_answer_free(&answer);
    return error.status ? command_fail(&error) : STATUS_DONE;
}

const struct command command_show = {
    .name = "show",
    .operand = "FILE.h5",
    .help = "the verdicts of a run again",
    .run = run,
};
