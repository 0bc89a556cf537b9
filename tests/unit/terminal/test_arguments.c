/* Command lines: what is taken, what is refused with which words, and what --help shows. */
#include "model/task.h"
#include "terminal/command.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command_option example_options[] = {
    {"--output", 'o', "FILE", "where it goes"}, {"--force", 0, NULL, "replace what is there"},
    {"--set", 0, "KEY=VALUE", "set a key"},     {"--budget", 0, "TIME", "stop after it"},
    {"--rounds", 0, "N", "at most so many"},    {0},
};

static const struct command example = {
    .name = "try", .operand = "JOB.yaml", .help = "tries it", .options = example_options};

static const struct command modest = {
    .name = "modest", .operand = "WORD", .operand_may_lack = true, .help = "takes a word or none"};

static const struct command bare = {.name = "bare", .help = "takes nothing"};

static const struct command *const commands[] = {&command_run,  &command_plan, &command_show,
                                                 &command_list, &command_help, &command_version,
                                                 NULL};

/* Words after the command's name; the last of them is NULL. */
static int parse(const struct command *command, const char *const *words,
                 struct arguments *arguments, struct error *error)
{
    char *argv[2 * ARGUMENTS_MAX + 8] = {(char *)command->name};
    int argc = 1;
    while (words[argc - 1]) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    *error = (struct error){0};
    int status = arguments_parse(command, argc, argv, arguments, error);
    CU_ASSERT_EQUAL(status, error->status);
    return status;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct arguments good(const struct command *command, const char *const *words)
{
    struct arguments arguments;
    struct error error;
    CU_ASSERT_EQUAL_FATAL(parse(command, words, &arguments, &error), 0);
    return arguments;
}

static bool holds(const struct arguments *arguments, const char *name, const char *wanted)
{
    const char *value = arguments_value(arguments, name);
    return value && strcmp(value, wanted) == 0;
}

/* Refused in one line that names the command and holds `says`. */
static void expect_error(const struct command *command, const char *const *words, const char *says)
{
    struct arguments arguments;
    struct error error;
    CU_ASSERT_EQUAL(parse(command, words, &arguments, &error), STATUS_USAGE);
    bool right = strncmp(error.text, command->name, strlen(command->name)) == 0 &&
                 strstr(error.text, says) && !strchr(error.text, '\n');
    if (!right) {
        printf("\n    wanted: %s\n    found:  %s\n", says, error.text);
    }
    CU_ASSERT(right);
}

static void options_and_the_file_may_stand_in_any_order(void)
{
    struct arguments a = good(&example, WORDS("--force", "job.yaml", "-o", "out.h5"));
    CU_ASSERT(a.operand && strcmp(a.operand, "job.yaml") == 0);
    CU_ASSERT_EQUAL(a.count, 2);
    CU_ASSERT(holds(&a, "--output", "out.h5"));
    CU_ASSERT(holds(&a, "--force", ""));
    CU_ASSERT_PTR_NULL(arguments_value(&a, "--set"));
    CU_ASSERT_FALSE(a.help);
    a = good(&example, WORDS("job.yaml"));
    CU_ASSERT_EQUAL(a.count, 0);
    CU_ASSERT_PTR_NULL(good(&bare, WORDS(NULL)).operand);
}

static void a_value_may_follow_or_stand_behind_an_equals_sign(void)
{
    struct arguments a = good(&example, WORDS("--output=a=b.h5", "j"));
    CU_ASSERT(holds(&a, "--output", "a=b.h5"));
    a = good(&example, WORDS("--output=", "j"));
    CU_ASSERT(holds(&a, "--output", ""));
    a = good(&example, WORDS("--set", "seed=1", "j"));
    CU_ASSERT(holds(&a, "--set", "seed=1"));
    a = good(&example, WORDS("-o", "-", "-"));
    CU_ASSERT(holds(&a, "--output", "-"));
    CU_ASSERT(a.operand && strcmp(a.operand, "-") == 0);
}

static void two_hyphens_end_the_options(void)
{
    struct arguments a = good(&example, WORDS("--force", "--", "--budget"));
    CU_ASSERT(a.operand && strcmp(a.operand, "--budget") == 0);
    CU_ASSERT_EQUAL(a.count, 1);
    a = good(&example, WORDS("j", "--"));
    CU_ASSERT(a.operand && strcmp(a.operand, "j") == 0);
    a = good(&example, WORDS("--", "--"));
    CU_ASSERT(a.operand && strcmp(a.operand, "--") == 0);
    a = good(&example, WORDS("--", "-h"));
    CU_ASSERT(!a.help && a.operand && strcmp(a.operand, "-h") == 0);
    a = good(&example, WORDS("-o", "--", "j"));
    CU_ASSERT(holds(&a, "--output", "--"));
    expect_error(&example, WORDS("j", "--", "--force"), "--force: is one word too many");
    expect_error(&example, WORDS("--force", "--"), "which file?");
    CU_ASSERT_PTR_NULL(good(&bare, WORDS("--")).operand);
    expect_error(&bare, WORDS("--", "--help"), "--help: is one word too many");
}

static void an_operand_may_be_left_out_where_a_command_says_so(void)
{
    CU_ASSERT_PTR_NULL(good(&modest, WORDS(NULL)).operand);
    CU_ASSERT_STRING_EQUAL(good(&modest, WORDS("run")).operand, "run");
    expect_error(&modest, WORDS("run", "plan"),
                 "plan: is one word too many; usage: cual modest [WORD]");
}

static void the_last_of_several_values_counts(void)
{
    struct arguments a = good(&example, WORDS("-o", "a", "j", "--output=b", "-o", "c"));
    CU_ASSERT_EQUAL(a.count, 3);
    CU_ASSERT(holds(&a, "--output", "c"));
}

static void settings_keep_their_order(void)
{
    static const char *const wanted[] = {"a=1", "budget=5 s", "b.c=2", "rounds=7", "a=3"};
    struct arguments a = good(&example, WORDS("--set", "a=1", "--budget", "5 s", "--set=b.c=2",
                                              "--force", "--rounds=7", "j", "--set", "a=3"));
    const char *settings[ARGUMENTS_MAX];
    char storage[ARGUMENTS_MAX][128];
    CU_ASSERT_EQUAL_FATAL(command_settings(&a, settings, storage), 5);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_STRING_EQUAL(settings[i], wanted[i]);
    }
}

static void as_many_options_as_there_is_room_for(void)
{
    const char *words[2 * ARGUMENTS_MAX + 4] = {"j"};
    for (size_t i = 1; i <= ARGUMENTS_MAX; i++) {
        words[i] = "--set=a=1";
    }
    CU_ASSERT_EQUAL(good(&example, words).count, ARGUMENTS_MAX);
    words[ARGUMENTS_MAX + 1] = "--force";
    expect_error(&example, words, "256");
}

static void help_is_asked_for_wherever_it_stands(void)
{
    CU_ASSERT_TRUE(good(&example, WORDS("--help")).help);
    CU_ASSERT_TRUE(good(&example, WORDS("-h")).help);
    CU_ASSERT_TRUE(good(&example, WORDS("j", "--force", "-h")).help);
    CU_ASSERT_TRUE(good(&bare, WORDS("--help")).help);
}

static void what_is_wrong_is_said(void)
{
    expect_error(&example, WORDS(NULL), "JOB.yaml");
    expect_error(&example, WORDS("--force"), "JOB.yaml");
    expect_error(&example, WORDS("a", "b"),
                 "b: is one word too many; usage: cual try JOB.yaml [options]");
    expect_error(&bare, WORDS("a"), "a: is one word too many; usage: cual bare");
    expect_error(&example, WORDS("j", "--output"), "--output: needs FILE");
    expect_error(&example, WORDS("j", "-o"), "--output: needs FILE");
    expect_error(&example, WORDS("j", "--force=yes"), "--force: takes no value");
    expect_error(&example, WORDS("j", "-x"), "-x: no such option");
    expect_error(&example, WORDS("j", "--out"), "--out: no such option");
    expect_error(&example, WORDS("j", "-output"), "-output: no such option");
    expect_error(&bare, WORDS("--force"), "--force: no such option");
    expect_error(&example, WORDS("j", "--nonsense\x1b[2J\n"), "--nonsense?[2J?: no such option");
    expect_error(&example, WORDS("j", "k\x1b"), "k?");
}

static void a_near_match_is_offered(void)
{
    expect_error(&example, WORDS("j", "--ouput"), "did you mean --output?");
    expect_error(&example, WORDS("j", "--budgte", "5 s"), "did you mean --budget?");
    expect_error(&example, WORDS("j", "--ouput=results/first/long-name.h5"),
                 "did you mean --output?");
    expect_error(&example, WORDS("j", "--round"), "did you mean --rounds?");
    struct arguments arguments;
    struct error error;
    parse(&example, WORDS("j", "--zebra"), &arguments, &error);
    CU_ASSERT_PTR_NULL(strstr(error.text, "did you mean"));
}

static void every_command_describes_itself(void)
{
    for (const struct command *const *c = commands; *c; c++) {
        CU_ASSERT((*c)->name && (*c)->name[0] && (*c)->help && (*c)->help[0] && (*c)->run);
        for (const struct command_option *o = (*c)->options; o && o->name; o++) {
            CU_ASSERT(strncmp(o->name, "--", 2) == 0 && strlen(o->name) > 3);
            CU_ASSERT(strcmp(o->name, "--help") != 0 && o->letter != 'h');
            CU_ASSERT(o->help && o->help[0] && !strchr(o->help, '\n'));
            for (const struct command_option *other = (*c)->options; other != o; other++) {
                CU_ASSERT_STRING_NOT_EQUAL(o->name, other->name);
                CU_ASSERT(o->letter == 0 || o->letter != other->letter);
            }
        }
    }
}

static void every_option_of_every_command_is_taken(void)
{
    for (const struct command *const *c = commands; *c; c++) {
        const char *file = (*c)->operand ? "file" : NULL;
        for (const struct command_option *o = (*c)->options; o && o->name; o++) {
            char equals[64], letter[] = {'-', o->letter, '\0'};
            snprintf(equals, sizeof equals, "%s=x", o->name);
            struct arguments a = good(*c, o->argument ? WORDS(equals, file) : WORDS(o->name, file));
            CU_ASSERT(holds(&a, o->name, o->argument ? "x" : ""));
            if (o->letter) {
                a = good(*c, o->argument ? WORDS(letter, "x", file) : WORDS(letter, file));
                CU_ASSERT(holds(&a, o->name, o->argument ? "x" : ""));
            }
        }
    }
}

/* What is written to a stream's descriptor while it runs. */
static int caught_descriptor;

static FILE *catch_begin(FILE *stream)
{
    fflush(stream);
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    caught_descriptor = dup(fileno(stream));
    dup2(fileno(file), fileno(stream));
    return file;
}

static void catch_end(FILE *stream, FILE *file, char *text, size_t text_bytes)
{
    fflush(stream);
    dup2(caught_descriptor, fileno(stream));
    close(caught_descriptor);
    rewind(file);
    text[fread(text, 1, text_bytes - 1, file)] = '\0';
    fclose(file);
}

static void help_shows_every_option(void)
{
    for (const struct command *const *c = commands; *c; c++) {
        char text[8192], usage[64];
        FILE *file = catch_begin(stdout);
        command_print_help(*c);
        catch_end(stdout, file, text, sizeof text);
        snprintf(usage, sizeof usage, "usage: cual %s", (*c)->name);
        CU_ASSERT_EQUAL(strncmp(text, usage, strlen(usage)), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, (*c)->help));
        for (const struct command_option *o = (*c)->options; o && o->name; o++) {
            CU_ASSERT_PTR_NOT_NULL(strstr(text, o->name));
            CU_ASSERT_PTR_NOT_NULL(strstr(text, o->help));
            CU_ASSERT(!o->argument || strstr(text, o->argument));
        }
    }
}

static void a_failure_is_one_line_on_stderr_and_its_status(void)
{
    struct error error = {.status = STATUS_STORAGE, .text = "out.h5: disk full"};
    char text[256];
    FILE *file = catch_begin(stderr);
    int status = command_fail(&error);
    catch_end(stderr, file, text, sizeof text);
    CU_ASSERT_EQUAL(status, STATUS_STORAGE);
    CU_ASSERT_STRING_EQUAL(text, "cual: out.h5: disk full.\n");
}

/* Any words are taken or refused; nothing is read beyond them. */
static void any_words_are_survived(void)
{
    static const char *const pieces[] = {"--output", "-o",      "=",       "--set",   "--",
                                         "-",        "",        "--help=", "-h=x",    "j",
                                         "--=",      "--force", "-o=x",    "\xff\xfe"};
    enum { PIECES = sizeof pieces / sizeof pieces[0] };
    uint64_t random = 1;
    for (int trial = 0; trial < 5000; trial++) {
        const char *words[7] = {0};
        for (size_t i = 0, count = task_mix(random++) % 7; i < count; i++) {
            words[i] = pieces[task_mix(random++) % PIECES];
        }
        struct arguments arguments;
        struct error error;
        int status = parse(&example, words, &arguments, &error);
        CU_ASSERT(status == STATUS_USAGE || (status == 0 && (arguments.help || arguments.operand)));
    }
}

static const CU_TestInfo tests[] = {
    {"options and the file may stand in any order", options_and_the_file_may_stand_in_any_order},
    {"a value may follow or stand behind =", a_value_may_follow_or_stand_behind_an_equals_sign},
    {"two hyphens end the options", two_hyphens_end_the_options},
    {"an operand may be left out where a command says so",
     an_operand_may_be_left_out_where_a_command_says_so},
    {"the last of several values counts", the_last_of_several_values_counts},
    {"settings keep their order", settings_keep_their_order},
    {"as many options as there is room for", as_many_options_as_there_is_room_for},
    {"help is asked for wherever it stands", help_is_asked_for_wherever_it_stands},
    {"what is wrong is said", what_is_wrong_is_said},
    {"a near match is offered", a_near_match_is_offered},
    {"every command describes itself", every_command_describes_itself},
    {"every option of every command is taken", every_option_of_every_command_is_taken},
    {"--help shows every option", help_shows_every_option},
    {"a failure is one line on stderr and its status",
     a_failure_is_one_line_on_stderr_and_its_status},
    {"any words are survived", any_words_are_survived},
    CU_TEST_INFO_NULL,
};

SUITE("arguments", tests);
