/* cual version: how this program was built, and with which libraries it runs. */
#include "run/version.h"
#include "terminal/command.h"

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    if (arguments_parse(&command_version, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_version);
    } else {
        version_print();
    }
    return STATUS_DONE;
}

const struct command command_version = {
    .name = "version",
    .help = "version, compiler, flags and libraries of this program",
    .run = run,
};
