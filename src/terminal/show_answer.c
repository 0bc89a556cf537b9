#include "terminal/show_answer.h"

#include "launch/child.h"
#include "runfile/runfile.h"
#include "terminal/claims_table.h"
#include "terminal/command.h"
#include "terminal/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct showing {
    const char *path;
    bool colour;
};

static int print_verdicts(const struct runfile_answer *answer, bool colour)
{
    struct table_row *rows = calloc(answer->count + 1, sizeof *rows);
    if (!rows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < answer->count; i++) {
        rows[i] = (struct table_row){answer->workload_names[i], answer->verdicts[i]};
    }
    int failed = table_print(stdout, rows, answer->count, colour);
    free(rows);
    return failed;
}

static int print_claims(const struct runfile_answer *answer, bool colour)
{
    struct claim_row *rows = calloc(answer->claim_count + 1, sizeof *rows);
    if (!rows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < answer->claim_count; i++) {
        const struct runfile_claim *claim = &answer->claims[i];
        rows[i] = (struct claim_row){claim->finding.number, claim->outcome, claim->text,
                                     claim->finding.reason};
    }
    int failed = claims_print(stdout, rows, answer->claim_count, colour);
    free(rows);
    return failed;
}

static int print_answer(const struct runfile_answer *answer, bool colour, struct error *error)
{
    char machine[512];
    printf("%s\n\n", error_escape(answer->machine, machine, sizeof machine));
    int failed = print_verdicts(answer, colour);
    failed = failed ? failed : print_claims(answer, colour);
    if (failed == -ENOMEM) {
        return error_no_memory(error, "the table");
    }
    return failed ? error_set(error, STATUS_STORAGE, "the table cannot be written: %s",
                              strerror(errno))
                  : 0;
}

/* Runs in a process of its own, and prints its errors itself. */
static int show(void *context)
{
    const struct showing *showing = context;
    struct error error = {0};
    struct runfile_answer answer = {0};
    if (runfile_read_answer(showing->path, &answer, &error) == 0 &&
        print_answer(&answer, showing->colour, &error) == 0 && answer.not_believed) {
        char why[512];
        error_set(&error, STATUS_WRONG, "not credible: %s",
                  error_escape(answer.not_believed, why, sizeof why));
    }
    runfile_answer_free(&answer);
    return error.status ? command_fail(&error) : STATUS_DONE;
}

int show_answer(const char *path, bool colour)
{
    struct error error = {0};
    struct showing showing = {path, colour};
    int status = child_read(show, &showing, path, 0, &error);
    return error.status ? command_fail(&error) : status;
}
