#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_S 1 /* of CPU time for one input: other work on the machine does not count */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

_Noreturn void fuzz_fail(const char *what, const char *shown)
{
    fprintf(stderr, "must hold: %s: %s\n", what, shown);
    abort();
}

char *fuzz_text(const uint8_t *bytes, size_t count)
{
    char *text = malloc(count + 1);
    fuzz_must(text != NULL, "there is memory", "");
    if (count > 0) {
        memcpy(text, bytes, count);
    }
    text[count] = '\0';
    return text;
}

void fuzz_must_be_message(const char *text)
{
    char escaped[ERROR_TEXT_BYTES + 1];
    fuzz_must(*text != '\0', "a refusal says why", text);
    fuzz_must(strcmp(text, error_escape(text, escaped, sizeof escaped)) == 0,
              "a message can be printed", text);
}

void fuzz_must_be_refusal(int status, const struct error *error)
{
    fuzz_must(status == STATUS_USAGE && error->status == status, "a refusal is one of usage",
              error->text);
    fuzz_must_be_message(error->text);
}

static double cpu_s(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    double start_s = cpu_s();
    fuzz_one(bytes, count);
    fuzz_must(cpu_s() - start_s < MOST_S, "an input takes no more than a second", "");
    return 0;
}
