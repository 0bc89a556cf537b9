#include "commands/go_on.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As it is where no shell could take it for something else, in single quotes otherwise. */
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

static bool has_word(char *const *argv, const char *word)
{
    while (*argv && strcmp(*argv, word) != 0) {
        argv++;
    }
    return *argv;
}

char *go_on_command(char *const *argv, const char *output, bool has_output)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (!out) {
        return NULL;
    }
    bool resumes = has_word(argv, "--resume"); /* then --force is to go on all the same */
    for (char *const *word = argv; *word; word++) {
        if (resumes || strcmp(*word, "--force") != 0) {
            fputs(word > argv ? " " : "", out);
            put_word(out, *word);
        }
    }
    if (!has_output) {
        fputs(" -o ", out);
        put_word(out, output);
    }
    fputs(resumes ? "" : " --resume", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
