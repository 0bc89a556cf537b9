/* The program: finds the command that is asked for in the table of commands, and runs it. */
#include "commands/help.h"

#include <errno.h>
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

/* The exit status: output that could not be written is no success. */
static int flushed(int status)
{
    struct error error = {0};
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return status;
    }
    error_set(&error, STATUS_STORAGE, "the output cannot be written: %s", strerror(errno));
    return status ? status : command_fail(&error);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF,
            BUFSIZ); /* in a file with stderr, too, in order and whole lines */
    if (argc < 2) {
        help_print();
        return flushed(STATUS_USAGE);
    }
    struct error error = {0};
    const struct command *command = find(argv[1], &error);
    return command ? flushed(command->run(argc - 1, argv + 1)) : command_fail(&error);
}
