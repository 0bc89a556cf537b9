#include "runfile/runfile_advice.h"

#include "runfile/runfile_file.h"
#include "runfile/runfile_rows.h"
#include "store/store_read.h"
#include "store/store_write.h"

#include <stdlib.h>
#include <string.h>

#define GROUP "/advice"
#define SUMMARY "summary" /* the attribute that says what was measured */

static const struct runfile_field fields[] = {
    {"branch", "1", RUNFILE_INT, offsetof(struct advice_line, branch), 0},
    {"what", NULL, RUNFILE_TEXT, offsetof(struct advice_line, what), ADVICE_WHAT_BYTES},
    {"use", NULL, RUNFILE_TEXT, offsetof(struct advice_line, use), ADVICE_USE_BYTES},
    {"model", NULL, RUNFILE_TEXT, offsetof(struct advice_line, model), ADVICE_MODEL_BYTES},
    {"cores", "1", RUNFILE_INT, offsetof(struct advice_line, cores), 0},
    {"workloads", "1", RUNFILE_SIZE, offsetof(struct advice_line, workloads), 0},
    {"note", NULL, RUNFILE_TEXT, offsetof(struct advice_line, note), ADVICE_NOTE_BYTES},
    {NULL, NULL, RUNFILE_INT, 0, 0},
};

/* Writing and reading walk the same tables. */
static void visit(struct runfile_rows *rows, runfile_visit *each)
{
    each(rows, fields, "", 0);
    each(rows, runfile_speed_up_fields, "least_", offsetof(struct advice_line, least));
    each(rows, runfile_speed_up_fields, "most_", offsetof(struct advice_line, most));
}

static struct runfile_rows rows_of(struct store *store, struct advice *advice)
{
    return (struct runfile_rows){
        .store = store,
        .group = GROUP,
        .first = advice->line,
        .row_bytes = sizeof *advice->line,
        .count = advice->count,
    };
}

void runfile_write_advice(struct store *store, const struct advice *advice, const char *summary)
{
    struct runfile_rows rows = rows_of(store, (struct advice *)advice); /* not changed */
    store_group(store, GROUP);
    store_text(store, GROUP, "comment",
               "the answer at a glance: a row for each line of the decision tree; branch 0: work "
               "that does not wait, 1: work that waits, 2: one list that all workers share");
    store_text(store, GROUP, SUMMARY, summary);
    if (runfile_rows_init(&rows)) {
        runfile_rows_write_axis(&rows, "one line of the tree");
        visit(&rows, runfile_rows_write);
    }
    runfile_rows_finish(&rows);
}

void runfile_read_advice(struct store *store, struct advice *advice, char **summary)
{
    *advice = (struct advice){0};
    *summary = NULL;
    if (!store_has(store, GROUP)) {
        return;
    }
    advice->count = runfile_rows_stored(store, GROUP, ADVICE_LINES);
    struct runfile_rows rows = rows_of(store, advice);
    if (runfile_rows_init(&rows)) {
        visit(&rows, runfile_rows_read);
    }
    runfile_rows_finish(&rows);
    for (size_t i = 0; i < advice->count; i++) {
        if (advice->line[i].branch >= ADVICE_BRANCHES) {
            store_damaged(store, GROUP "/branch", "holds an impossible number");
        }
    }
    *summary = store_read_text(store, GROUP, SUMMARY);
}
