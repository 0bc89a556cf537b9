/* cual show: the verdicts and claims that a run file holds. */
#include "terminal/command.h"
#include "terminal/show_answer.h"

#include <stdlib.h>
#include <unistd.h>

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    if (arguments_parse(&command_show, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_show);
        return STATUS_DONE;
    }
    return show_answer(arguments.operand, isatty(1) && !getenv("NO_COLOR"));
}

const struct command command_show = {
    .name = "show",
    .operand = "FILE.h5",
    .help = "the verdicts and claims of a run again",
    .run = run,
};
