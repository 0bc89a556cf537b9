/* The words of a command line, a line of the input each: options of a command that reads a job, and
 * their settings laid over a job. */
#include "fuzz.h"
#include "job/job_parse.h"
#include "job/job_text.h"
#include "run/study.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 300 /* more than ARGUMENTS_MAX */

static const struct command_option options[] = {
    {"--output", 'o', "FILE", "the run file"},
    {"--force", 0, NULL, "replace it"},
    STUDY_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static const struct command command = {.name = "run", .operand = "JOB.yaml", .options = options};

static const char job_text[] =
    "budget: 30 s\ncores: [1, all]\nthreads: [1, 2]\ndepth: [1, 16]\nworkloads:\n"
    "  flops: {compute: flops, task: 200 us, tasks: 256}\n"
    "  mixed: {compute: primes, task: 1 ms, wait: timer, wait_fraction: [0.5, 0.9], tasks: 64}\n"
    "  read: {wait: file, op: read, block: 4 KiB, file: 1 MiB, tasks: 64}\n";

/* Splits the text, whose lines become words; argv[0] is the command's name. Returns how many. */
static int split(char *text, char *words[WORDS_MOST + 1])
{
    static char name[] = "run";
    int count = 0;
    words[count++] = name;
    for (char *word = text; word && count < WORDS_MOST;) {
        char *end = strchr(word, '\n');
        if (end) {
            *end++ = '\0';
        }
        words[count++] = word;
        word = end;
    }
    words[count] = NULL;
    return count;
}

static void try_settings(const char *const *settings, size_t count)
{
    struct job job;
    struct error error = {0};
    char *text = fuzz_text((const uint8_t *)job_text, sizeof job_text - 1);
    const struct job_source source = {.file = "job.yaml",
                                      .text = text,
                                      .settings = settings,
                                      .setting_count = count,
                                      .extent = {.cores = FUZZ_CORES}};
    int status = job_parse(&job, &source, &error);
    if (status != 0) {
        fuzz_must_be_refusal(status, &error);
    } else {
        char *written = job_effective_text(&job);
        fuzz_must(written != NULL, "a job can be written", "");
        free(written);
    }
    job_free(&job);
}

void fuzz_one(const uint8_t *bytes, size_t count)
{
    char *words[WORDS_MOST + 1], *text = fuzz_text(bytes, count);
    const char *settings[ARGUMENTS_MAX];
    char storage[ARGUMENTS_MAX][128];
    struct arguments arguments;
    struct error error = {0};
    int status = arguments_parse(&command, split(text, words), words, &arguments, &error);
    if (status != 0) {
        fuzz_must_be_refusal(status, &error);
    } else if (!arguments.help) {
        fuzz_must(arguments.operand != NULL, "a job is named", "");
        try_settings(settings, command_settings(&arguments, settings, storage));
    }
    free(text);
}
