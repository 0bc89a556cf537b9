#include "terminal/command.h"
#include "text/near.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command_option help_option = {"--help", 'h', NULL, "this text"};

static const struct command_option *find(const struct command *command, const char *text,
                                         size_t length)
{
    const struct command_option *option = command->options;
    for (; option && option->name; option++) {
        if ((strlen(option->name) == length && strncmp(option->name, text, length) == 0) ||
            (option->letter && length == 2 && text[0] == '-' && text[1] == option->letter)) {
            return option;
        }
    }
    bool is_help = (length == 6 && strncmp(text, "--help", 6) == 0) ||
                   (length == 2 && strncmp(text, "-h", 2) == 0);
    return is_help ? &help_option : NULL;
}

static int refuse_option(const struct command *command, const char *text, size_t length,
                         struct error *error)
{
    const char *names[ARGUMENTS_MAX];
    size_t count = 0;
    for (const struct command_option *o = command->options;
         o && o->name && count + 1 < ARGUMENTS_MAX; o++) {
        names[count++] = o->name;
    }
    names[count] = NULL;
    char shown[128], name[64]; /* without "=value" */
    error_escape(text, shown, sizeof shown);
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    const char *near = near_match(name, names);
    return error_set(error, STATUS_USAGE, "%s: %s: no such option%s%s%s; cual %s --help lists all",
                     command->name, shown, near ? " (did you mean " : "", near ? near : "",
                     near ? "?)" : "", command->name);
}

#define USAGE_BYTES 128

/* "cual run JOB.yaml [options]". Returns text. */
static const char *usage(const struct command *command, char text[USAGE_BYTES])
{
    bool may_lack = command->operand_may_lack;
    snprintf(text, USAGE_BYTES, "cual %s%s%s%s%s%s", command->name, command->operand ? " " : "",
             may_lack ? "[" : "", command->operand ? command->operand : "", may_lack ? "]" : "",
             command->options ? " [options]" : "");
    return text;
}

static int take_operand(const struct command *command, const char *text,
                        struct arguments *arguments, struct error *error)
{
    char shown[128], how[USAGE_BYTES];
    if (!command->operand || arguments->operand) {
        return error_set(error, STATUS_USAGE, "%s: %s: is one word too many; usage: %s",
                         command->name, error_escape(text, shown, sizeof shown),
                         usage(command, how));
    }
    arguments->operand = text;
    return 0;
}

/* Takes an option, and its value, which may be the next of the words; the last of these is NULL.
 * Returns how many words were taken, 0 with an error. */
static int take_option(const struct command *command, char *const *words,
                       struct arguments *arguments, struct error *error)
{
    const char *text = words[0];
    const char *equals = strncmp(text, "--", 2) == 0 ? strchr(text, '=') : NULL;
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    const struct command_option *option = find(command, text, length);
    if (!option) {
        refuse_option(command, text, length, error);
        return 0;
    }
    if (option == &help_option) {
        arguments->help = true;
        return 1;
    }
    if (arguments->count == ARGUMENTS_MAX) {
        error_set(error, STATUS_USAGE, "%s: there are more than %d options", command->name,
                  ARGUMENTS_MAX);
        return 0;
    }
    if (!option->argument && equals) {
        error_set(error, STATUS_USAGE, "%s: %s: takes no value", command->name, option->name);
        return 0;
    }
    const char *value = !option->argument ? "" : equals ? equals + 1 : words[1];
    if (!value) {
        error_set(error, STATUS_USAGE, "%s: %s: needs %s", command->name, option->name,
                  option->argument);
        return 0;
    }
    arguments->option[arguments->count] = option;
    arguments->value[arguments->count++] = value;
    return option->argument && !equals ? 2 : 1;
}

int arguments_parse(const struct command *command, int argc, char **argv,
                    struct arguments *arguments, struct error *error)
{
    bool options_end = false;
    char how[USAGE_BYTES];
    *arguments = (struct arguments){0};
    for (int i = 1; i < argc && !arguments->help;) {
        bool is_option = !options_end && argv[i][0] == '-' && argv[i][1] != '\0';
        if (is_option && strcmp(argv[i], "--") == 0) {
            options_end = true;
            i++;
        } else if (is_option) {
            int taken = take_option(command, argv + i, arguments, error);
            if (taken == 0) {
                return error->status;
            }
            i += taken;
        } else if (take_operand(command, argv[i++], arguments, error) != 0) {
            return error->status;
        }
    }
    if (command->operand && !command->operand_may_lack && !arguments->operand && !arguments->help) {
        return error_set(error, STATUS_USAGE, "%s: which file? usage: %s", command->name,
                         usage(command, how));
    }
    return 0;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
    for (size_t i = arguments->count; i-- > 0;) {
        if (strcmp(arguments->option[i]->name, name) == 0) {
            return arguments->value[i];
        }
    }
    return NULL;
}

void command_print_help(const struct command *command)
{
    char how[USAGE_BYTES];
    printf("usage: %s\n\n%s\n", usage(command, how), command->help);
    if (command->options) {
        printf("\n");
    }
    for (const struct command_option *o = command->options; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "%c%c%s%s %s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                 o->argument ? o->argument : "");
        printf("  %-28s %s\n", left, o->help);
    }
}

int command_fail(const struct error *error)
{
    error_print(error, STDERR_FILENO);
    return error->status;
}

size_t command_settings(const struct arguments *arguments, const char *settings[ARGUMENTS_MAX],
                        char storage[ARGUMENTS_MAX][128])
{
    size_t count = 0;
    for (size_t i = 0; i < arguments->count; i++) {
        const char *name = arguments->option[i]->name;
        if (strcmp(name, "--set") == 0) {
            settings[count++] = arguments->value[i];
        } else if (strcmp(name, "--budget") == 0 || strcmp(name, "--rounds") == 0) {
            snprintf(storage[count], sizeof storage[count], "%s=%s", name + 2, arguments->value[i]);
            settings[count] = storage[count];
            count++;
        }
    }
    return count;
}
