/* The program's own tables as JSON on standard output, for docs/pages.py: commands, keys, kernels,
 * engines, variables, flags and claims. */
#include "answer/claims.h"
#include "engines/engines.h"
#include "job/job_options.h"
#include "job/quantity.h"
#include "kernels/kernels.h"
#include "model/sample.h"
#include "runfile/runfile_variables.h"
#include "terminal/command.h"

#include <math.h>
#include <stdio.h>

/* A JSON string. The texts of tables hold no control characters. */
static void print_text(const char *text)
{
    putchar('"');
    for (; text && *text; text++) {
        printf("%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
    }
    putchar('"');
}

static void print_field(const char *name, const char *text, const char *end)
{
    printf("\"%s\": ", name);
    print_text(text);
    fputs(end, stdout);
}

/* "512 B … 64 MiB" as two fields; empty for what has no range. */
static void print_range(const struct option *option)
{
    char least[48] = "", most[48] = "", usual[48] = "";
    if (option->kind != OPTION_PATH) {
        quantity_text(option, option->minimum, least, sizeof least);
        quantity_text(option, option->maximum, most, sizeof most);
    }
    if (!isnan(option->fallback)) {
        quantity_text(option, option->fallback, usual, sizeof usual);
    }
    print_field("least", least, ", ");
    print_field("most", most, ", ");
    print_field("default", usual, ", ");
}

static void print_choices(const struct option *option)
{
    static const char *const flag[] = {"true", "false", NULL};
    const char *const *choices = option->kind == OPTION_FLAG     ? flag
                                 : option->kind == OPTION_CHOICE ? option->choices
                                                                 : NULL;
    printf("\"choices\": [");
    for (const char *const *choice = choices; choice && *choice; choice++) {
        fputs(choice == choices ? "" : ", ", stdout);
        print_text(*choice);
    }
    printf("]}");
}

static void print_options(const char *name, const struct option *options, const char *end)
{
    printf("\"%s\": [", name);
    for (const struct option *option = options; option && option->name; option++) {
        printf("%s{", option == options ? "" : ", ");
        print_field("name", option->name, ", ");
        print_field("help", option->help, ", ");
        print_range(option);
        print_choices(option);
    }
    printf("]%s", end);
}

static void print_command(const struct command *command)
{
    printf("{");
    print_field("name", command->name, ", ");
    print_field("operand", command->operand, ", ");
    print_field("help", command->help, ", \"options\": [");
    for (const struct command_option *option = command->options; option && option->name; option++) {
        char letter[] = {option->letter, '\0'};
        printf("%s{", option == command->options ? "" : ", ");
        print_field("name", option->name, ", ");
        print_field("letter", letter, ", ");
        print_field("argument", option->argument, ", ");
        print_field("help", option->help, "}");
    }
    printf("]}");
}

static void print_commands(void)
{
    static const struct command *const commands[] = {COMMAND_ADDRESSES NULL};
    printf("{\"commands\": [");
    for (const struct command *const *command = commands; *command; command++) {
        fputs(command == commands ? "" : ",\n", stdout);
        print_command(*command);
    }
    printf("],\n");
}

static void print_kernels(void)
{
    printf("\"kernels\": [");
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        printf("%s{", kernel == kernels_all ? "" : ",\n");
        print_field("name", (*kernel)->name, ", ");
        print_field("help", (*kernel)->help, ", ");
        print_options("options", (*kernel)->options, "}");
    }
    printf("],\n");
}

static void print_engines(void)
{
    printf("\"engines\": [");
    for (const struct engine *const *engine = engines_all; *engine; engine++) {
        printf("%s{", engine == engines_all ? "" : ",\n");
        print_field("name", (*engine)->name, ", ");
        print_field("help", (*engine)->help, ", ");
        print_field("blocking", (*engine)->blocking, ", ");
        print_field("in_flight", (*engine)->in_flight, ", ");
        print_options("options", (*engine)->options, "}");
    }
    printf("],\n");
}

static void print_axes(void)
{
    printf("\"axes\": [");
    for (int axis = 0; axis < RUNFILE_AXES_IN_ALL; axis++) {
        printf("%s{", axis == 0 ? "" : ", ");
        print_field("name", runfile_axes[axis].name, ", ");
        print_field("help", runfile_axes[axis].long_name, "}");
    }
    printf("],\n");
}

static void print_variables(void)
{
    printf("\"variables\": [");
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        const char *axes[RUNFILE_AXES];
        size_t count = runfile_axis_names(variable->span, axes);
        printf("%s{", v == 0 ? "" : ",\n");
        print_field("group", variable->group, ", ");
        print_field("name", variable->name, ", ");
        print_field("unit", variable->unit, ", ");
        print_field("help", variable->long_name, ", \"axes\": [");
        for (size_t axis = 0; axis < count; axis++) {
            fputs(axis == 0 ? "" : ", ", stdout);
            print_text(axes[axis]);
        }
        printf("]}");
    }
    printf("],\n");
}

static void print_flags(void)
{
    printf("\"flags\": [");
    for (int f = 0; f < SAMPLE_FLAG_COUNT; f++) {
        fputs(f == 0 ? "" : ", ", stdout);
        print_text(sample_flag_names[f]);
    }
    printf("],\n");
}

static void print_claims(void)
{
    printf("\"claims\": [");
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct claim *claim = claims_find(number);
        printf("%s{", number == 1 ? "" : ",\n");
        print_field("claim", claim->text, ", ");
        print_field("rule", claim->rule, "}");
    }
    printf("]}\n");
}

int main(void)
{
    print_commands();
    print_options("job", job_options, ",\n");
    print_options("workload", job_workload_options, ",\n");
    print_kernels();
    print_engines();
    print_axes();
    print_variables();
    print_flags();
    print_claims();
    return ferror(stdout) || fflush(stdout) != 0;
}
