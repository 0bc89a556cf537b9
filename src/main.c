/* The program: finds the command that is asked for in the table of commands, and runs it. */
#include "run/version.h"
#include "terminal/command.h"
#include "terminal/output.h"
#include "terminal/prose.h"
#include "text/near.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {COMMAND_ADDRESSES NULL};

static void print_help(void)
{
    printf("usage: cual COMMAND …\n\n"
           "Which do I use: threads, processes, async, or a mix? The answer is measured on this "
           "machine.\n\n");
    for (const struct command *const *command = commands; *command; command++) {
        printf("  %-7s ", (*command)->name);
        prose_text(stdout, (*command)->operand ? (*command)->operand : "", 9, false, false);
        printf(" %s\n", (*command)->help);
    }
    printf("\ncual COMMAND --help says more; cual --version says how this program was built.\n");
}

static int refuse(const char *word)
{
    const char *names[sizeof commands / sizeof commands[0]] = {NULL};
    char shown[64];
    struct error error = {0};
    for (size_t i = 0; commands[i]; i++) {
        names[i] = commands[i]->name;
    }
    const char *near = near_match(word, names);
    error_set(&error, STATUS_USAGE, "%s: no such command%s%s%s; cual --help lists all",
              error_escape(word, shown, sizeof shown), near ? " (did you mean " : "",
              near ? near : "", near ? "?)" : "");
    return command_fail(&error);
}

int main(int argc, char **argv)
{
    output_open();
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return output_close(argc < 2 ? STATUS_USAGE : STATUS_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        version_print();
        return output_close(STATUS_DONE);
    }
    for (const struct command *const *command = commands; *command; command++) {
        if (strcmp(argv[1], (*command)->name) == 0) {
            return output_close((*command)->run(argc - 1, argv + 1));
        }
    }
    return refuse(argv[1]);
}
