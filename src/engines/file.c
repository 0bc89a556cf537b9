/* Reads and writes of a file through MPI-IO. Open MPI carries out one nonblocking request per
 * handle at a time (glibc's AIO runs one per descriptor), so every slot has a handle of its own.
 * One handle for all, as most programs have it, is there to be compared: the trap. */
#include "engines/blocks.h"
#include "model/engine.h"
#include "ranks/library.h"
#include "system/clock.h"
#include "system/pages.h"

#include <aio.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FILE_HANDLES = BLOCKS_OPTION_COUNT };
enum file_handles { HANDLES_SLOT, HANDLES_SHARED };

static const char *const file_handles[] = {"slot", "shared", NULL};
static const struct option file_options[] = {
    BLOCKS_OPTIONS,
    {"handles", OPTION_CHOICE, 0, 1, HANDLES_SLOT, file_handles,
     "a handle for each slot, or one shared by all: one operation at a time"},
    {0},
};

/* Threads that glibc carries out nonblocking operations with, in each rank. With its own 20 or with
 * one for each operation in flight it was slower by 1.2 to 2 times: they get into each other's way.
 */
enum { HELPERS = 16 };

/* What a rank keeps over its cells. */
struct handles {
    /* For what MPI-IO cannot do: the page cache, reading back, and syncing, which Open MPI refuses
     * while any request of the process is in flight. */
    int descriptor;
    unsigned count;
    MPI_File *handle;
    /* Open MPI keeps all nonblocking file requests of a process in one list that it walks without a
     * lock (4.1.4 crashes in mca_common_ompio_progress): threads take turns. */
    pthread_mutex_t turn;
};

/* One worker. */
struct file {
    const struct task_spec *spec;
    uint64_t block_bytes, visit;
    int descriptor;
    bool writes, syncs_each;
    bool test_crashes; /* failed_file_crashes_test of the library */
    uint32_t depth, in_flight;
    uint32_t next;         /* the slot to be looked at first: the oldest */
    pthread_mutex_t *turn; /* NULL: the only thread */
    MPI_File *handle;      /* by slot */
    MPI_Request *request;  /* by slot */
    uint64_t *offset;      /* by slot */
    char *buffer;          /* by slot, block_bytes each */
    void *memory;          /* that it is in */
};

static bool shares_handle(const struct task_spec *spec)
{
    return spec->engine_option[FILE_HANDLES] == HANDLES_SHARED;
}

static uint64_t file_most_in_flight(const struct task_spec *spec, char *why, size_t why_bytes)
{
    enum { OTHER_FILES = 64 }; /* libraries, sockets, the run file */
    if (shares_handle(spec)) {
        return UINT64_MAX;
    }
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    snprintf(why, why_bytes,
             "each operation in flight needs an open file, and a process may open %llu; raise the "
             "limit with ulimit -Hn, or use `handles: shared`",
             (unsigned long long)limit.rlim_max);
    return limit.rlim_max > OTHER_FILES ? limit.rlim_max - OTHER_FILES : 0;
}

static int raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return -errno;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}

static int make_handles(const struct task_spec *spec, struct handles **made)
{
    const struct aioinit threads = {.aio_threads = HELPERS, .aio_num = HELPERS};
    int failed = raise_open_files();
    if (failed) {
        return failed;
    }
    aio_init(&threads);
    int descriptor = open(spec->path, blocks_open_flags(spec));
    if (descriptor < 0) {
        return -errno;
    }
    struct handles *handles = calloc(1, sizeof *handles);
    if (!handles) {
        close(descriptor);
        return -ENOMEM;
    }
    handles->descriptor = descriptor;
    pthread_mutex_init(&handles->turn, NULL);
    *made = handles;
    return 0;
}

static int open_handles(const struct task_spec *spec, struct handles *handles, unsigned wanted)
{
    /* NOLINTNEXTLINE(clang-analyzer-*): made just before */
    if (handles->count >= wanted) {
        return 0;
    }
    MPI_File *grown = realloc(handles->handle, wanted * sizeof *grown);
    if (!grown) {
        return -ENOMEM;
    }
    handles->handle = grown;
    int mode = blocks_writes(spec) ? MPI_MODE_RDWR : MPI_MODE_RDONLY;
    for (; handles->count < wanted; handles->count++) {
        if (MPI_File_open(MPI_COMM_SELF, spec->path, mode, MPI_INFO_NULL,
                          &handles->handle[handles->count]) != MPI_SUCCESS) {
            return -EIO;
        }
    }
    return 0;
}

/* Open MPI never ends a nonblocking read that meets the end of the file (4.1.4 asks again for the
 * missing bytes, for ever): that the file is whole is seen to before. */
static int check_size(const struct task_spec *spec, const struct handles *handles)
{
    off_t size = lseek(handles->descriptor, 0, SEEK_END);
    return size < 0 || (uint64_t)size < blocks_file_bytes(spec) ? -EIO : 0;
}

static int file_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                      struct engine_notes *notes)
{
    struct handles *handles = *shared;
    int failed = handles ? 0 : make_handles(spec, &handles);
    *shared = handles;
    if (!failed) {
        failed = open_handles(spec, handles, shares_handle(spec) ? 1 : cell->threads * cell->depth);
    }
    if (!failed) {
        failed = check_size(spec, handles);
    }
    struct engine_part here = engine_here(cell);
    return failed || here.rank != 0 ? failed
                                    : blocks_prepare(spec, here.end - here.first_task,
                                                     handles->descriptor, false, notes);
}

static int file_leave(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                      struct engine_notes *notes)
{
    (void)notes;
    return blocks_settle(spec, cell, ((const struct handles *)shared)->descriptor);
}

static void file_detach(void *shared)
{
    struct handles *handles = shared;
    for (unsigned i = 0; handles && i < handles->count; i++) {
        MPI_File_close(&handles->handle[i]);
    }
    if (handles) {
        close(handles->descriptor);
        pthread_mutex_destroy(&handles->turn);
        free(handles->handle);
        free(handles);
    }
}

static void take_turn(const struct file *file)
{
    if (file->turn) {
        pthread_mutex_lock(file->turn);
    }
}

static void end_turn(const struct file *file)
{
    if (file->turn) {
        pthread_mutex_unlock(file->turn);
    }
}

/* Whether the slot's request has ended; then it is freed. What asks differs between libraries. */
static bool has_ended(struct file *file, uint32_t slot, MPI_Status *status)
{
    int ended = 0;
    MPI_Request *request = &file->request[slot];
    take_turn(file);
    if (!file->test_crashes) {
        MPI_Test(request, &ended, status);
    } else if (MPI_Request_get_status(*request, &ended, status) == MPI_SUCCESS && ended) {
        MPI_Request_free(request);
    }
    end_turn(file);
    file->in_flight -= ended != 0;
    return ended;
}

/* Waits for what is in flight after a failure. False when it does not end: then its buffers stay.
 */
static bool ends(struct file *file)
{
    enum { PATIENCE_NS = 2000000000 };
    int64_t start_ns = clock_now_ns();
    while (file->in_flight > 0 && clock_now_ns() - start_ns < PATIENCE_NS) {
        for (uint32_t slot = 0; slot < file->depth; slot++) {
            MPI_Status status;
            if (file->request[slot] != MPI_REQUEST_NULL) {
                has_ended(file, slot, &status);
            }
        }
        sched_yield();
    }
    return file->in_flight == 0;
}

static void file_close(void *state)
{
    struct file *file = state;
    if (!ends(file)) {
        return;
    }
    free(file->handle);
    free(file->request);
    free(file->offset);
    pages_free(file->memory);
    free(file);
}

static int file_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                     void *shared, void **state)
{
    struct handles *handles = shared;
    unsigned depth = cell->depth;
    struct file *file = calloc(1, sizeof *file);
    if (!file) {
        return -ENOMEM;
    }
    *file = (struct file){
        .spec = spec,
        .block_bytes = blocks_bytes(spec),
        .visit = cell->visit,
        .descriptor = handles->descriptor,
        .writes = blocks_writes(spec),
        .syncs_each = blocks_syncs_each(spec),
        .test_crashes = library_own()->failed_file_crashes_test,
        .depth = depth,
        .turn = cell->threads > 1 ? &handles->turn : NULL,
        .handle = malloc(depth * sizeof *file->handle),
        .request = malloc(depth * sizeof *file->request),
        .offset = calloc(depth, sizeof *file->offset),
    };
    for (unsigned slot = 0; slot < depth && file->handle && file->request; slot++) {
        file->handle[slot] =
            handles->handle[shares_handle(spec) ? 0 : (size_t)thread * depth + slot];
        file->request[slot] = MPI_REQUEST_NULL;
    }
    if (!file->handle || !file->request || !file->offset ||
        blocks_allocate(depth * file->block_bytes, &file->memory, &file->buffer) != 0) {
        file_close(file);
        return -ENOMEM;
    }
    *state = file;
    return 0;
}

/* Why an operation failed, which Open MPI does not tell. -errno. */
static int reason(const struct file *file, uint32_t slot, uint64_t offset)
{
    return blocks_reason(file->spec, file->descriptor, offset,
                         file->buffer + slot * file->block_bytes);
}

/* 0 or -errno: whether the slot's block was moved as a whole; then it is synced, if each is. */
static int check_done(const struct file *file, uint32_t slot, uint64_t offset, MPI_Status *status)
{
    int count = 0;
    MPI_Get_count(status, MPI_BYTE, &count);
    if (status->MPI_ERROR != MPI_SUCCESS || count != (int)file->block_bytes) {
        return reason(file, slot, offset);
    }
    return file->syncs_each && fdatasync(file->descriptor) != 0 ? -errno : 0;
}

static int file_wait(void *state, uint64_t item, uint64_t *result)
{
    struct file *file = state;
    MPI_Status status = {.MPI_ERROR = MPI_SUCCESS};
    uint64_t offset = blocks_offset(file->spec, item);
    int bytes = (int)file->block_bytes;
    blocks_begin(file->spec, file->visit, offset, file->buffer);
    int failed = file->writes ? MPI_File_write_at(file->handle[0], (MPI_Offset)offset, file->buffer,
                                                  bytes, MPI_BYTE, &status)
                              : MPI_File_read_at(file->handle[0], (MPI_Offset)offset, file->buffer,
                                                 bytes, MPI_BYTE, &status);
    failed = failed ? reason(file, 0, offset) : check_done(file, 0, offset, &status);
    if (failed) {
        return failed;
    }
    *result = blocks_end(file->spec, offset, file->buffer);
    return 0;
}

static int file_submit(void *state, uint32_t slot, uint64_t item)
{
    struct file *file = state;
    uint64_t offset = blocks_offset(file->spec, item);
    int bytes = (int)file->block_bytes;
    char *buffer = file->buffer + slot * file->block_bytes;
    file->offset[slot] = offset;
    blocks_begin(file->spec, file->visit, offset, buffer);
    take_turn(file);
    int failed = file->writes ? MPI_File_iwrite_at(file->handle[slot], (MPI_Offset)offset, buffer,
                                                   bytes, MPI_BYTE, &file->request[slot])
                              : MPI_File_iread_at(file->handle[slot], (MPI_Offset)offset, buffer,
                                                  bytes, MPI_BYTE, &file->request[slot]);
    end_turn(file);
    file->in_flight += !failed;
    return failed ? reason(file, slot, offset) : 0;
}

/* What a slot's operation gives. 0 or -errno. */
static int take(struct file *file, uint32_t slot, MPI_Status *status, struct completion *done)
{
    uint64_t offset = file->offset[slot];
    int failed = check_done(file, slot, offset, status);
    if (!failed) {
        *done = (struct completion){
            .slot = slot,
            .result = blocks_end(file->spec, offset, file->buffer + slot * file->block_bytes),
        };
    }
    return failed;
}

/* From the oldest on, as long as one after the other has ended. Only the oldest is waited for: a
 * look at one that has not ended costs as much as one at all of them. */
static int file_reap(void *state, uint32_t most, struct completion *done)
{
    struct file *file = state;
    uint32_t count = 0;
    while (count < most && file->in_flight > 0) {
        uint32_t slot = file->next;
        MPI_Status status = {.MPI_ERROR = MPI_SUCCESS};
        bool waits = file->request[slot] != MPI_REQUEST_NULL;
        if (waits && !has_ended(file, slot, &status)) {
            if (count > 0) {
                break;
            }
            sched_yield();
            continue;
        }
        file->next = slot + 1 < file->depth ? slot + 1 : 0;
        int failed = waits ? take(file, slot, &status, &done[count]) : 0;
        if (failed) {
            return failed;
        }
        count += waits;
    }
    return (int)count;
}

static int file_finish(void *state)
{
    const struct file *file = state;
    return blocks_finish(file->spec, file->descriptor);
}

const struct engine engine_file = {
    .name = "file",
    .blocking = "MPI_File_read_at, write_at",
    .in_flight =
        "MPI_File_iread_at, iwrite_at, a handle per slot; the threads of a rank take turns",
    .help = "reads or writes of a file through MPI-IO; every byte is checked",
    .options = file_options,
    .waits = true,
    .calls_mpi = true,
    .helped = true,
    .check = blocks_check,
    .most_in_flight = file_most_in_flight,
    .file_bytes = blocks_file_bytes,
    .fill = blocks_fill,
    .enter = file_enter,
    .leave = file_leave,
    .detach = file_detach,
    .open = file_open,
    .wait = file_wait,
    .submit = file_submit,
    .reap = file_reap,
    .finish = file_finish,
    .close = file_close,
    .expect = blocks_expect,
    .bytes = blocks_operation_bytes,
};
