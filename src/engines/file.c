/* Reads of a file through MPI-IO. Open MPI carries out one nonblocking request per handle at a time
 * (glibc's AIO runs one per descriptor), so every slot has a handle of its own. */
#include "engines/blocks.h"
#include "engines/engines.h"

#include <errno.h>
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct option file_options[] = {
    BLOCKS_OPTIONS,
    {0},
};

/* What a rank keeps over its cells. */
struct handles {
    unsigned count;
    MPI_File *handle;
    /* Open MPI keeps all nonblocking file requests of a process in one list that it walks without a
     * lock (4.1.4 crashes in mca_common_ompio_progress): threads take turns. */
    pthread_mutex_t turn;
};

/* One worker. */
struct reader {
    const struct task_spec *spec;
    uint64_t block_bytes;
    uint32_t depth;
    uint32_t window;       /* first slot of the next MPI_Testsome */
    pthread_mutex_t *turn; /* NULL: the only thread */
    MPI_File *handle;      /* by slot */
    MPI_Request *request;  /* by slot */
    uint64_t *item;        /* by slot */
    int *index;            /* for MPI_Testsome */
    MPI_Status *status;
    char *buffer; /* by slot, block_bytes each */
};

static uint64_t file_most_in_flight(char *why, size_t why_bytes)
{
    enum { OTHER_FILES = 64 }; /* libraries, sockets, the run file */
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    snprintf(why, why_bytes,
             "each operation in flight needs an open file, and a process may open "
             "%llu (ulimit -Hn)",
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

/* Open MPI never ends a nonblocking read that meets the end of the file (4.1.4 asks again for the
 * missing bytes, for ever): that the file is whole is seen to before. */
static int check_size(const struct task_spec *spec, MPI_File handle)
{
    MPI_Offset size = 0;
    int failed = MPI_File_get_size(handle, &size) != MPI_SUCCESS;
    return failed || (uint64_t)size < blocks_file_bytes(spec) ? -EIO : 0;
}

static int file_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                      struct engine_notes *notes)
{
    (void)notes;
    struct handles *handles = *shared;
    unsigned wanted = cell->threads * cell->depth;
    if (!handles) {
        handles = calloc(1, sizeof *handles);
        *shared = handles;
        int failed = handles ? raise_open_files() : -ENOMEM;
        if (failed) {
            return failed;
        }
        pthread_mutex_init(&handles->turn, NULL);
    }
    if (handles->count >= wanted) {
        return check_size(spec, handles->handle[0]);
    }
    MPI_File *grown = realloc(handles->handle, wanted * sizeof *grown);
    if (!grown) {
        return -ENOMEM;
    }
    handles->handle = grown;
    while (handles->count < wanted) {
        if (MPI_File_open(MPI_COMM_SELF, spec->path, MPI_MODE_RDONLY, MPI_INFO_NULL,
                          &handles->handle[handles->count]) != MPI_SUCCESS) {
            return -EIO;
        }
        handles->count++;
    }
    return check_size(spec, handles->handle[0]);
}

static void file_detach(void *shared)
{
    struct handles *handles = shared;
    for (unsigned i = 0; handles && i < handles->count; i++) {
        MPI_File_close(&handles->handle[i]);
    }
    if (handles) {
        pthread_mutex_destroy(&handles->turn);
        free(handles->handle);
        free(handles);
    }
}

static void file_close(void *state)
{
    struct reader *reader = state;
    free(reader->request);
    free(reader->item);
    free(reader->index);
    free(reader->status);
    free(reader->buffer);
    free(reader);
}

static int file_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                     void *shared, void **state)
{
    unsigned depth = cell->depth;
    struct handles *handles = shared;
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return -ENOMEM;
    }
    *reader = (struct reader){
        .spec = spec,
        .block_bytes = blocks_bytes(spec),
        .depth = depth,
        .turn = handles->count > depth ? &handles->turn : NULL,
        .handle = handles->handle + (size_t)thread * depth,
        .request = malloc(depth * sizeof *reader->request),
        .item = calloc(depth, sizeof *reader->item),
        .index = calloc(depth, sizeof *reader->index),
        .status = calloc(depth, sizeof *reader->status),
        .buffer = aligned_alloc(BLOCKS_PAGE, blocks_whole_pages(depth * blocks_bytes(spec))),
    };
    if (!reader->request || !reader->item || !reader->index || !reader->status || !reader->buffer) {
        file_close(reader);
        return -ENOMEM;
    }
    for (unsigned slot = 0; slot < depth; slot++) {
        reader->request[slot] = MPI_REQUEST_NULL;
    }
    memset(reader->buffer, 0, depth * reader->block_bytes);
    *state = reader;
    return 0;
}

static int check_count(const struct reader *reader, MPI_Status *status)
{
    int count = 0;
    MPI_Get_count(status, MPI_BYTE, &count);
    return count == (int)reader->block_bytes ? 0 : -EIO;
}

static int file_wait(void *state, uint64_t item, uint64_t *result)
{
    struct reader *reader = state;
    MPI_Status status;
    if (MPI_File_read_at(reader->handle[0], (MPI_Offset)blocks_offset(reader->spec, item),
                         reader->buffer, (int)reader->block_bytes, MPI_BYTE,
                         &status) != MPI_SUCCESS ||
        check_count(reader, &status) != 0) {
        return -EIO;
    }
    *result = blocks_result(reader->spec, item, reader->buffer);
    return 0;
}

static void take_turn(const struct reader *reader)
{
    if (reader->turn) {
        pthread_mutex_lock(reader->turn);
    }
}

static void end_turn(const struct reader *reader)
{
    if (reader->turn) {
        pthread_mutex_unlock(reader->turn);
    }
}

static int file_submit(void *state, uint32_t slot, uint64_t item)
{
    struct reader *reader = state;
    reader->item[slot] = item;
    take_turn(reader);
    int failed =
        MPI_File_iread_at(reader->handle[slot], (MPI_Offset)blocks_offset(reader->spec, item),
                          reader->buffer + slot * reader->block_bytes, (int)reader->block_bytes,
                          MPI_BYTE, &reader->request[slot]) != MPI_SUCCESS;
    end_turn(reader);
    return failed ? -EIO : 0;
}

/* Tests the slots window by window; a window without a request in flight is passed over. */
static int file_reap(void *state, uint32_t most, struct completion *done)
{
    struct reader *reader = state;
    int count = 0;
    while (count <= 0) {
        uint32_t left = reader->depth - reader->window;
        int width = (int)(left < most ? left : most);
        take_turn(reader);
        int failed = MPI_Testsome(width, reader->request + reader->window, &count, reader->index,
                                  reader->status) != MPI_SUCCESS;
        end_turn(reader);
        if (failed) {
            return -EIO;
        }
        for (int i = 0; i < count; i++) {
            reader->index[i] += (int)reader->window;
        }
        reader->window = left <= most ? 0 : reader->window + most;
        if (count <= 0 && reader->window == 0) {
            sched_yield();
        }
    }
    for (int i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)reader->index[i];
        if (check_count(reader, &reader->status[i]) != 0) {
            return -EIO;
        }
        done[i] = (struct completion){
            .slot = slot,
            .result = blocks_result(reader->spec, reader->item[slot],
                                    reader->buffer + slot * reader->block_bytes),
        };
    }
    return count;
}

const struct engine engine_file = {
    .name = "file",
    .blocking = "MPI_File_read_at",
    .in_flight = "MPI_File_iread_at, a handle per slot; the threads of a rank take turns",
    .help = "reads of a file through MPI-IO; every byte read is checked",
    .options = file_options,
    .waits = true,
    .calls_mpi = true,
    .helped = true,
    .check = blocks_check,
    .most_in_flight = file_most_in_flight,
    .file_bytes = blocks_file_bytes,
    .fill = blocks_fill,
    .enter = file_enter,
    .detach = file_detach,
    .open = file_open,
    .wait = file_wait,
    .submit = file_submit,
    .reap = file_reap,
    .close = file_close,
    .expect = blocks_expect,
    .bytes = blocks_operation_bytes,
};
