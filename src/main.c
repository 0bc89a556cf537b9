/* The program: finds the command that is asked for in the table of commands, and runs it. */
#include "commands/help.h"
#include "terminal/output.h"

#include <stdio.h>
#include <string.h>

/* Commands that have the name of an option, too. */
static const struct {
    const char *option;
    const struct command *command;
} also[] = {{"--help", &command_help}, {"-h", &command_help}, {"--version", &command_version}};

static const struct command *find(const char *word, struct error *error)
{
    for (size_t i = 0; i < sizeof also / sizeof also[0]; i++) {
        if (strcmp(word, also[i].option) == 0) {
            return also[i].command;
        }
    }
    return help_find(word, error);
}

int main(int argc, char **argv)
{
    output_open();
    if (argc < 2) {
        help_print();
        return output_close(STATUS_USAGE);
    }
    struct error error = {0};
    const struct command *command = find(argv[1], &error);
    return command ? output_close(command->run(argc - 1, argv + 1)) : command_fail(&error);
}
