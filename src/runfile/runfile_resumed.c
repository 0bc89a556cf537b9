/* What a run that goes on reads of the work that was fixed, and the line that says it went on. */
#include "runfile/integrity.h"
#include "runfile/runfile_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESUMED "resumed" /* the text of /provenance with a line for each time */

/* Reads an array of so many numbers whose hash matches. */
static void read_whole(struct store *store, const char *object, size_t count, double *values)
{
    integrity_verify(store, object);
    store_read(store, object, STORE_FLOAT64, count, values);
}

static void read_numbers(struct store *store, struct runfile_work *work, double *row)
{
    read_whole(store, "/compute_time", work->count, row);
    for (size_t w = 0; w < work->count; w++) {
        work->workload[w].compute_s = row[w];
    }
    read_whole(store, "/machine/calibration_disturbed", work->count, row);
    for (size_t w = 0; w < work->count; w++) {
        work->workload[w].calibration_disturbed = row[w] != 0;
    }
    read_whole(store, "/machine/cores_worth", work->count * work->cores, work->worth);
    for (size_t w = 0; w < work->count; w++) {
        work->workload[w].cores_worth = &work->worth[w * work->cores];
    }
}

static void read_sums(struct store *store, struct runfile_work *work)
{
    uint64_t *sums = calloc(work->count + 1, sizeof *sums);
    if (!sums) {
        store_no_memory(store);
        return;
    }
    integrity_verify(store, "/checksum");
    store_read(store, "/checksum", STORE_UINT64, work->count, sums);
    for (size_t w = 0; w < work->count; w++) {
        work->workload[w].checksum = sums[w];
    }
    free(sums);
}

static void read_storage(struct store *store, struct runfile_work *work)
{
    integrity_verify(store, "/storage");
    work->storage = store_read_texts(store, "/storage", work->count);
    for (size_t w = 0; work->storage && w < work->count; w++) {
        work->workload[w].storage = work->storage[w];
    }
}

/* Workloads that the run went on without: all of their cells failed together. A single one that
 * says so is a byte that a disk has changed, or half of a write. */
static void read_failures(struct store *store, struct runfile_work *work, size_t cells)
{
    uint8_t *status = calloc(cells + 1, sizeof *status);
    if (!status) {
        store_no_memory(store);
        return;
    }
    store_read(store, "/status", STORE_UINT8, cells, status);
    size_t each = cells / work->count;
    for (size_t w = 0; w < work->count; w++) {
        size_t failed = 0, feasible = 0;
        for (size_t cell = w * each; cell < (w + 1) * each; cell++) {
            failed += status[cell] == CELL_FAILED;
            feasible += status[cell] != CELL_INFEASIBLE;
        }
        work->failed[w] = failed > 0 && failed == feasible;
    }
    free(status);
}

static bool has_room(const struct runfile_work *work, const double *row)
{
    return work->workload && work->worth && work->failed && row;
}

int runfile_read_work(const char *path, const struct plan *plan, struct runfile_work *work,
                      struct error *error)
{
    size_t count = plan->job->workload_count, cores = plan->job->axes[AXIS_CORES].count;
    double *row = calloc(count + 1, sizeof *row);
    *work = (struct runfile_work){
        .count = count,
        .cores = cores,
        .workload = calloc(count + 1, sizeof *work->workload),
        .worth = calloc(count * cores + 1, sizeof *work->worth),
        .failed = calloc(count + 1, sizeof *work->failed),
    };
    struct store *store = store_open(path, false, error);
    if (store && !has_room(work, row)) {
        store_no_memory(store);
    } else if (store) {
        read_numbers(store, work, row);
        read_sums(store, work);
        read_storage(store, work);
        read_failures(store, work, plan->cells);
    }
    free(row);
    return store ? store_close(store, error) : error->status;
}

void runfile_work_free(struct runfile_work *work)
{
    free(work->workload);
    free(work->worth);
    free(work->storage);
    free(work->failed);
    *work = (struct runfile_work){0};
}

/* The lines so far and one more; NULL when there is no memory. */
static char *with_line(const char *lines, const char *line)
{
    size_t bytes = (lines ? strlen(lines) + 1 : 0) + strlen(line) + 1;
    char *text = malloc(bytes);
    if (text) {
        snprintf(text, bytes, "%s%s%s", lines ? lines : "", lines ? "\n" : "", line);
    }
    return text;
}

int runfile_note_resumed(const char *path, const char *line, struct error *error)
{
    char *lines = runfile_read_fact(path, "/provenance", RESUMED, error);
    if (error->status) {
        return error->status;
    }
    char *text = with_line(lines, line);
    struct store *store = store_copy(path, NULL, SLACK_BYTES + strlen(line), error);
    if (store && text) {
        runfile_drop_answer(store);
        store_text(store, "/provenance", RESUMED, text);
        integrity_seal_tree(store, "/provenance");
    } else if (store) {
        store_no_memory(store);
    }
    free(lines);
    free(text);
    return store ? store_commit(store, true, error) : error->status;
}
