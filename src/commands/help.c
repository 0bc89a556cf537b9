/* cual help: lists the commands, or says what one of them does, as its --help does. */
#include "commands/help.h"

#include "terminal/prose.h"
#include "text/near.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {COMMAND_ADDRESSES NULL};

const struct command *help_find(const char *name, struct error *error)
{
    const char *names[sizeof commands / sizeof commands[0]] = {NULL};
    char shown[64];
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            return commands[i];
        }
        names[i] = commands[i]->name;
    }
    const char *near = near_match(name, names);
    error_set(error, STATUS_USAGE, "%s: no such command%s%s%s; cual --help lists all",
              error_escape(name, shown, sizeof shown), near ? " (did you mean " : "",
              near ? near : "", near ? "?)" : "");
    return NULL;
}

void help_print(void)
{
    printf("usage: cual COMMAND …\n\n"
           "Which do I use: threads, processes, async, or a mix? The answer is measured on this "
           "machine.\n\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("  %-7s ", (*command)->name);
        prose_text(stdout, (*command)->operand ? (*command)->operand : "", 9, false, false);
        printf(" %s\n", (*command)->help);
    }
    printf("\ncual help COMMAND says more; cual version says how this program was built.\n");
}

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    if (arguments_parse(&command_help, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_help);
        return STATUS_DONE;
    }
    if (!arguments.operand) {
        help_print();
        return STATUS_DONE;
    }
    const struct command *command = help_find(arguments.operand, &error);
    if (!command) {
        return command_fail(&error);
    }
    char *words[] = {argv[-1], (char *)arguments.operand, "--help", NULL};
    return command->run(2, words + 1);
}

const struct command command_help = {
    .name = "help",
    .operand = "COMMAND",
    .operand_may_lack = true,
    .help = "what a command does, and its options; without COMMAND, this list",
    .run = run,
};
