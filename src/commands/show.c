/* cual show: the answer that a run file holds. */
#include "terminal/command.h"
#include "terminal/show_answer.h"

#include <stdlib.h>
#include <unistd.h>

static const struct command_option show_options[] = {
    ANSWER_OPTIONS,
    {0},
};

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
    return show_answer(arguments.operand, answer_parts_of(&arguments),
                       isatty(1) && !getenv("NO_COLOR"));
}

const struct command command_show = {
    .name = "show",
    .operand = "FILE.h5",
    .help = "the answer of a run again",
    .options = show_options,
    .run = run,
};
