#include "terminal/show_answer.h"

#include "launch/child.h"
#include "runfile/runfile.h"
#include "terminal/command.h"
#include "terminal/output.h"

#include <stdio.h>
#include <stdlib.h>

struct showing {
    const char *path;
    struct answer_parts parts;
    bool colour;
};

static void fill_rows(const struct runfile_answer *answer, struct table_row *rows)
{
    for (size_t i = 0; i < answer->count; i++) {
        rows[i] = (struct table_row){answer->workload_names[i], answer->verdicts[i]};
    }
}

static void fill_claims(const struct runfile_answer *answer, struct claim_row *rows)
{
    for (size_t i = 0; i < answer->claim_count; i++) {
        const struct runfile_claim *claim = &answer->claims[i];
        rows[i] = (struct claim_row){claim->finding.number, claim->outcome, claim->text,
                                     claim->finding.reason};
    }
}

static int print_answer(const struct runfile_answer *answer, const struct showing *showing,
                        struct error *error)
{
    char machine[512], path[512];
    struct table_row *rows = calloc(answer->count + 1, sizeof *rows);
    struct claim_row *claims = calloc(answer->claim_count + 1, sizeof *claims);
    const struct answer_text text = {
        .advice = &answer->advice,
        .summary = answer->summary,
        .machine = error_escape(answer->machine, machine, sizeof machine),
        .path = error_escape(showing->path, path, sizeof path),
        .rows = rows,
        .row_count = answer->count,
        .claims = claims,
        .claim_count = answer->claim_count,
    };
    int status = rows && claims ? 0 : error_no_memory(error, "the answer");
    if (!status) {
        fill_rows(answer, rows);
        fill_claims(answer, claims);
        fputs(showing->parts.json ? "" : text.machine, stdout);
        fputs(showing->parts.json ? "" : "\n", stdout);
        answer_print(&text, showing->parts, showing->colour);
    }
    free(rows);
    free(claims);
    return status;
}

/* Runs in a process of its own, and prints its errors itself. */
static int show(void *context)
{
    const struct showing *showing = context;
    struct error error = {0};
    struct runfile_answer answer = {0};
    if (runfile_read_answer(showing->path, &answer, &error) == 0 &&
        print_answer(&answer, showing, &error) == 0 && answer.not_believed) {
        char why[512];
        error_set(&error, STATUS_WRONG, "not credible: %s",
                  error_escape(answer.not_believed, why, sizeof why));
    }
    runfile_answer_free(&answer);
    return output_close(error.status ? command_fail(&error) : STATUS_DONE);
}

int show_answer(const char *path, struct answer_parts parts, bool colour)
{
    struct error error = {0};
    struct showing showing = {path, parts, colour};
    int status = child_read(show, &showing, path, 0, &error);
    return error.status ? command_fail(&error) : status;
}
