#include "launch/resume_command.h"

#include "launch/launch.h"
#include "system/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a word for a shell: as it is where no shell reads it otherwise, else in single quotes. */
static void put_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";
    if (*word && strspn(word, plain) == strlen(word)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++) {
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, out);
    }
    fputc('\'', out);
}

/* Whether an option stands among the words; behind "--" stands none. */
static bool has_option(char *const *argv, const char *option)
{
    while (*argv && strcmp(*argv, option) != 0 && strcmp(*argv, "--") != 0) {
        argv++;
    }
    return *argv && strcmp(*argv, option) == 0;
}

/* The options that are still wanted; output NULL: not that one. */
static void put_options(FILE *out, const char *output, bool resumes)
{
    if (output) {
        fputs(" -o ", out);
        put_word(out, output);
    }
    fputs(resumes ? "" : " --resume", out);
}

char *resume_command(char *const *argv, const char *output, bool has_output)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out) {
        return NULL;
    }
    /* With --resume, --force means to continue although something differs. */
    bool resumes = has_option(argv, "--resume"), ends = has_option(argv, "--"), ended = false;
    for (char *const *word = argv; *word; word++) {
        ended = ended || strcmp(*word, "--") == 0;
        if (resumes || ended || strcmp(*word, "--force") != 0) {
            fputs(word > argv ? " " : "", out);
            put_word(out, *word);
        }
        if (ends && word == argv + 1) { /* behind the name of the command */
            put_options(out, has_output ? NULL : output, resumes);
        }
    }
    if (!ends) {
        put_options(out, has_output ? NULL : output, resumes);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *resume_command_text(const char *safe, char *const *argv, const char *output, bool has_output)
{
    char *command = resume_command(argv, output, has_output), *text = NULL, shown[300];
    size_t bytes = command ? strlen(command) + 1 : 1;
    char *clean = malloc(bytes);
    int done = 0;
    const char *how = launch_is_rank() && !launch_is_own() ? "to resume, launch again" : "resume";
    if (clean && command && safe) {
        done = asprintf(&text, "%s in %s; %s with: %s", safe,
                        error_escape(output, shown, sizeof shown), how,
                        error_escape(command, clean, bytes));
    } else if (clean && command) {
        done = asprintf(&text, "nothing was measured yet; %s with: %s", how,
                        error_escape(command, clean, bytes));
    }
    free(clean);
    free(command);
    return done < 0 ? NULL : text;
}
