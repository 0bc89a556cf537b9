#include "runfile/runfile_resumed.h"

#include "runfile/integrity.h"
#include "runfile/runfile_copy.h"
#include "runfile/runfile_file.h"
#include "runfile/runfile_read.h"
#include "runfile/runfile_space.h"
#include "store/store_read.h"
#include "store/store_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESUMED "resumed" /* the text of /provenance with a line for each time */

/* Keeps a block until the work is freed. Returns it; NULL when there is none. */
static void *keep(struct store *store, struct runfile_work *work, void *block)
{
    if (!block) {
        store_no_memory(store);
    } else if (work->read_count == RUNFILE_RESUMED_MOST) {
        store_damaged(store, "/", "holds too much to be resumed");
        free(block);
        return NULL;
    } else {
        work->read[work->read_count++] = block;
    }
    return block;
}

/* Reads a variable whose hash matches into the workloads' members; `each` values are a workload's.
 */
static void read_resumed(struct store *store, const struct runfile_variable *variable,
                         struct runfile_work *work, size_t each)
{
    char object[RUNFILE_OBJECT_BYTES];
    size_t bytes = store_type_bytes(variable->memory);
    bool is_text = variable->memory == STORE_TEXT;
    integrity_verify(store, runfile_variable_object(variable, object));
    char *values = is_text ? (char *)store_read_texts(store, object, work->count)
                           : calloc(work->count * each + 1, bytes);
    if (!keep(store, work, values)) {
        return;
    }
    if (!is_text) {
        store_read(store, object, variable->memory, work->count * each, values);
    }
    for (size_t w = 0; w < work->count; w++) {
        char *member = (char *)&work->workload[w] + variable->member;
        const char *value = values + w * each * bytes;
        if (variable->span == RUNFILE_WORTHS || variable->span == RUNFILE_SPEEDS) {
            memcpy(member, &value, sizeof value);
        } else {
            memcpy(member, value, bytes);
        }
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

/* The cores whose speeds were measured. */
static void read_cores(struct store *store, struct runfile_work *work)
{
    size_t shape[STORE_AXES_MAX] = {0};
    integrity_verify(store, RUNFILE_CORES);
    store_shape(store, RUNFILE_CORES, shape);
    work->cores = shape[0];
    work->cpu = calloc(work->cores + 1, sizeof *work->cpu);
    if (work->cpu) {
        store_read(store, RUNFILE_CORES, STORE_INT64, work->cores, work->cpu);
    } else {
        store_no_memory(store);
    }
}

static void read_work(struct store *store, const struct plan *plan, struct runfile_work *work)
{
    const size_t each[] = {[RUNFILE_WORKLOADS] = 1,
                           [RUNFILE_WORTHS] = plan->job->axes[JOB_AXIS_CORES].count,
                           [RUNFILE_SPEEDS] = work->cores};
    for (size_t v = 0; v < runfile_variable_count && store_status(store) == 0; v++) {
        if (runfile_variables[v].resumed) {
            read_resumed(store, &runfile_variables[v], work, each[runfile_variables[v].span]);
        }
    }
    read_failures(store, work, plan->cells);
}

int runfile_read_work(const char *path, const struct plan *plan, struct runfile_work *work,
                      struct error *error)
{
    size_t count = plan->job->workload_count;
    *work = (struct runfile_work){
        .count = count,
        .workload = calloc(count + 1, sizeof *work->workload),
        .failed = calloc(count + 1, sizeof *work->failed),
    };
    struct store *store = store_open(path, false, error);
    if (store && !(work->workload && work->failed)) {
        store_no_memory(store);
    } else if (store) {
        read_cores(store, work);
        read_work(store, plan, work);
    }
    return store ? store_close(store, error) : error->status;
}

void runfile_work_free(struct runfile_work *work)
{
    for (size_t i = 0; i < work->read_count; i++) {
        free(work->read[i]);
    }
    free(work->workload);
    free(work->failed);
    free(work->cpu);
    *work = (struct runfile_work){0};
}

bool runfile_has_cores(const struct runfile_work *work, const int64_t *cpu, size_t cores)
{
    return work->cores == cores && memcmp(work->cpu, cpu, cores * sizeof *cpu) == 0;
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

struct runfile *runfile_take(const char *path, struct error *error)
{
    struct runfile *file = runfile_new(path, error);
    if (file) {
        file->descriptor = store_hold(path, error);
    }
    if (file && file->descriptor < 0) {
        runfile_free(file);
        return NULL;
    }
    return file;
}

int runfile_note_resumed(struct runfile *file, const char *line, struct error *error)
{
    char *lines = runfile_read_fact(file->path, "/provenance", RESUMED, error);
    if (error->status) {
        return error->status;
    }
    char *text = with_line(lines, line);
    struct store *store = runfile_copy(file, false, NULL, strlen(line), error);
    if (store && text) {
        store_text(store, "/provenance", RESUMED, text);
        store_text(store, "/", "complete", "0");
        integrity_seal_tree(store, "/provenance");
        integrity_seal(store, "/");
    } else if (store) {
        store_no_memory(store);
    }
    free(lines);
    free(text);
    return store ? store_commit_held(store, true, &file->descriptor, error) : error->status;
}

/* Rounds that have begun, by the hashes. */
static size_t rounds_begun(struct store *store, const size_t length[RUNFILE_AXES])
{
    size_t rounds = length[RUNFILE_AXIS_ROUND], count = runfile_cells(length) * rounds, begun = 0;
    uint64_t *check = store_status(store) == 0 ? calloc(count + 1, sizeof *check) : NULL;
    if (!check) {
        store_no_memory(store);
        return 0;
    }
    store_read(store, "/check", STORE_UINT64, count, check);
    for (size_t at = 0; at < count; at++) {
        if (check[at] != 0 && at % rounds >= begun) {
            begun = at % rounds + 1;
        }
    }
    free(check);
    return begun;
}

/* Reads what is needed of the file to resume its run. */
static int read_for_going_on(struct runfile *file, struct error *error)
{
    struct store *store = store_open_held(file->path, file->descriptor, error);
    if (!store) {
        return error->status;
    }
    if (runfile_is_one(store, file->path, error)) {
        struct runfile_past past = {0};
        integrity_verify_tree(store, "/");
        runfile_read_root(store, &past);
        memcpy(file->id, past.id, sizeof file->id);
        file->spreads = runfile_lengths(store, file->length);
        size_t begun = rounds_begun(store, file->length);
        file->whole = begun > 0 ? begun - 1 : 0;
    }
    int status = store_close(store, error);
    return status ? status : error->status;
}

int runfile_reopen(struct runfile *file, struct error *error)
{
    if (read_for_going_on(file, error) == 0 && runfile_locate(file, error) == 0) {
        struct runfile_space space =
            runfile_space(file->length, file->spreads, runfile_cells(file->length));
        file->room = store_room_open(file->path, space.ended_bytes, error);
    }
    return error->status;
}
