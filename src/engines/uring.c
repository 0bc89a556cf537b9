/* Reads and writes of a file through io_uring: the kernel keeps the operations in flight, with no
 * thread of ours for each. One ring per worker, its file and buffers registered. */
#include "engines/blocks.h"
#include "model/engine.h"
#include "system/pages.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef CUAL_HAS_LIBURING
#include <liburing.h>

enum { URING_DIRECT = BLOCKS_OPTION_COUNT };

static const struct option uring_options[] = {
    BLOCKS_OPTIONS,
    {"direct", OPTION_FLAG, 0, 1, 0, NULL, "past the page cache (O_DIRECT)"},
    {0},
};

enum { RING_MOST = 32768 }; /* IORING_MAX_ENTRIES */

/* What a rank keeps over its cells. */
struct opened {
    int descriptor;
};

/* One worker. */
struct uring {
    const struct task_spec *spec;
    uint64_t block_bytes, visit;
    int descriptor;
    bool writes, has_ring, has_buffers;
    uint32_t in_flight;
    char *buffer;     /* by slot, block_bytes each */
    void *memory;     /* that it is in */
    uint64_t *offset; /* by slot */
    struct io_uring ring;
};

/* Newest first: completions that are only fetched when asked for spare interrupts of the worker. */
static const unsigned ring_flags[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    IORING_SETUP_COOP_TASKRUN,
    0,
};

static int make_ring(struct io_uring *ring, unsigned entries)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof ring_flags / sizeof ring_flags[0]; i++) {
        failed = io_uring_queue_init(entries, ring, ring_flags[i]);
        if (failed != -EINVAL) {
            break;
        }
    }
    return failed;
}

static int uring_available(char *why, size_t why_bytes)
{
    struct io_uring ring;
    int failed = make_ring(&ring, 1);
    if (failed) {
        snprintf(why, why_bytes, "Linux or a container refuses io_uring: %s (%s)",
                 strerror(-failed),
                 failed == -ENOMEM ? "see ulimit -l"
                                   : "see sysctl kernel.io_uring_disabled and the seccomp profile");
        return failed;
    }
    io_uring_queue_exit(&ring);
    return 0;
}

static uint64_t uring_most_in_flight(const struct task_spec *spec, char *why, size_t why_bytes)
{
    (void)spec;
    snprintf(why, why_bytes, "a ring of io_uring holds no more than %d", RING_MOST);
    return RING_MOST;
}

static bool is_direct(const struct task_spec *spec)
{
    return spec->engine_option[URING_DIRECT] != 0;
}

static int uring_probe(const struct task_spec *spec, char *why, size_t why_bytes)
{
    return is_direct(spec) ? blocks_probe_direct(spec, why, why_bytes) : 0;
}

static int uring_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                       struct engine_notes *notes)
{
    struct opened *opened = *shared;
    if (!opened) {
        int flags = blocks_open_flags(spec) | (is_direct(spec) ? O_DIRECT : 0) |
                    (blocks_syncs_each(spec) ? O_DSYNC : 0);
        int descriptor = open(spec->path, flags);
        if (descriptor < 0) {
            return -errno;
        }
        opened = calloc(1, sizeof *opened);
        if (!opened) {
            close(descriptor);
            return -ENOMEM;
        }
        opened->descriptor = descriptor;
        *shared = opened;
    }
    struct engine_part here = engine_here(cell);
    return here.rank == 0 ? blocks_prepare(spec, here.end - here.first_task, opened->descriptor,
                                           is_direct(spec), notes)
                          : 0;
}

static int uring_leave(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                       struct engine_notes *notes)
{
    int descriptor = ((const struct opened *)shared)->descriptor;
    bool looks = is_direct(spec) && engine_here(cell).rank == 0;
    int failed = looks ? blocks_prove_direct(spec, descriptor, notes) : 0;
    return failed ? failed : blocks_settle(spec, cell, descriptor);
}

static void uring_detach(void *shared)
{
    struct opened *opened = shared;
    if (opened) {
        close(opened->descriptor);
        free(opened);
    }
}

/* The buffers must stay while the kernel may still write into them. */
static void uring_close(void *state)
{
    struct uring *uring = state;
    struct io_uring_cqe *entry;
    if (uring->has_ring) {
        uint32_t waiting = io_uring_sq_ready(&uring->ring); /* never handed over */
        uring->in_flight -= waiting < uring->in_flight ? waiting : uring->in_flight;
        for (; uring->in_flight > 0 && io_uring_wait_cqe(&uring->ring, &entry) == 0;
             uring->in_flight--) {
            io_uring_cqe_seen(&uring->ring, entry);
        }
        io_uring_queue_exit(&uring->ring);
    }
    pages_free(uring->memory);
    free(uring->offset);
    free(uring);
}

/* Registered buffers spare a mapping in each operation; without the right to lock memory it goes
 * without. */
static int prepare_ring(struct uring *uring, unsigned depth)
{
    int failed = make_ring(&uring->ring, depth);
    if (failed) {
        return failed;
    }
    uring->has_ring = true;
    struct iovec all = {uring->buffer, blocks_whole_pages(depth * uring->block_bytes)};
    uring->has_buffers = io_uring_register_buffers(&uring->ring, &all, 1) == 0;
    return io_uring_register_files(&uring->ring, &uring->descriptor, 1);
}

static int uring_open(const struct task_spec *spec, const struct engine_cell *cell, unsigned thread,
                      void *shared, void **state)
{
    (void)thread;
    struct uring *uring = calloc(1, sizeof *uring);
    if (!uring) {
        return -ENOMEM;
    }
    size_t bytes = blocks_whole_pages(cell->depth * blocks_bytes(spec));
    uring->spec = spec;
    uring->block_bytes = blocks_bytes(spec);
    uring->visit = cell->visit;
    uring->writes = blocks_writes(spec);
    uring->descriptor = ((const struct opened *)shared)->descriptor;
    uring->offset = calloc(cell->depth, sizeof *uring->offset);
    int failed = uring->offset ? blocks_allocate(bytes, &uring->memory, &uring->buffer) : -ENOMEM;
    if (!failed && cell->depth > 1) {
        failed = prepare_ring(uring, cell->depth);
    }
    if (failed) {
        uring_close(uring);
        return failed;
    }
    *state = uring;
    return 0;
}

static int uring_wait(void *state, uint64_t item, uint64_t *result)
{
    struct uring *uring = state;
    uint64_t offset = blocks_offset(uring->spec, item);
    blocks_begin(uring->spec, uring->visit, offset, uring->buffer);
    ssize_t done = uring->writes
                       ? pwrite(uring->descriptor, uring->buffer, uring->block_bytes, (off_t)offset)
                       : pread(uring->descriptor, uring->buffer, uring->block_bytes, (off_t)offset);
    if (done != (ssize_t)uring->block_bytes) {
        return done < 0 ? -errno
                        : blocks_reason(uring->spec, uring->descriptor, offset, uring->buffer);
    }
    *result = blocks_end(uring->spec, offset, uring->buffer);
    return 0;
}

/* One buffer registered as a whole serves reads and writes of any part of it. */
static void prepare_entry(const struct uring *uring, struct io_uring_sqe *entry, char *buffer,
                          uint64_t offset)
{
    unsigned bytes = (unsigned)uring->block_bytes;
    if (uring->has_buffers) {
        (uring->writes ? io_uring_prep_write_fixed(entry, 0, buffer, bytes, offset, 0)
                       : io_uring_prep_read_fixed(entry, 0, buffer, bytes, offset, 0));
    } else {
        (uring->writes ? io_uring_prep_write(entry, 0, buffer, bytes, offset)
                       : io_uring_prep_read(entry, 0, buffer, bytes, offset));
    }
    entry->flags |= IOSQE_FIXED_FILE;
}

/* At once: handing over several in one call of the kernel spares CPU time, a fifth of it, and
 * leaves the device without work meanwhile, which was 15 to 25 % slower with 64 in flight. */
static int uring_submit(void *state, uint32_t slot, uint64_t item)
{
    struct uring *uring = state;
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);
    if (!entry) {
        return -EBUSY;
    }
    char *buffer = uring->buffer + slot * uring->block_bytes;
    uint64_t offset = blocks_offset(uring->spec, item);
    uring->offset[slot] = offset;
    blocks_begin(uring->spec, uring->visit, offset, buffer);
    prepare_entry(uring, entry, buffer, offset);
    entry->user_data = slot;
    int submitted = io_uring_submit(&uring->ring);
    if (submitted < 0 && submitted != -EAGAIN && submitted != -EBUSY && submitted != -EINTR) {
        return submitted;
    }
    uring->in_flight++; /* what the kernel could not take now, it is offered again by reap */
    return 0;
}

static int uring_reap(void *state, uint32_t most, struct completion *done)
{
    struct uring *uring = state;
    struct io_uring_cqe *entries[most];
    int waited = io_uring_sq_ready(&uring->ring) > 0 ? io_uring_submit_and_wait(&uring->ring, 1)
                                                     : io_uring_wait_cqe(&uring->ring, entries);
    if (waited < 0 && waited != -EINTR) {
        return waited;
    }
    unsigned count = io_uring_peek_batch_cqe(&uring->ring, entries, most);
    int failed = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)entries[i]->user_data;
        uint64_t offset = uring->offset[slot];
        char *buffer = uring->buffer + slot * uring->block_bytes;
        int moved = entries[i]->res;
        if (moved != (int)uring->block_bytes) {
            failed =
                moved < 0 ? moved : blocks_reason(uring->spec, uring->descriptor, offset, buffer);
        }
        done[i] = (struct completion){
            .slot = slot,
            .result = blocks_end(uring->spec, offset, buffer),
        };
    }
    io_uring_cq_advance(&uring->ring, count);
    uring->in_flight -= count;
    return failed ? failed : (int)count;
}

static int uring_finish(void *state)
{
    const struct uring *uring = state;
    return blocks_finish(uring->spec, uring->descriptor);
}

#else /* built without liburing: listed, with the reason */

static const struct option uring_options[] = {{0}};

static int uring_available(char *why, size_t why_bytes)
{
    snprintf(why, why_bytes, "built without liburing (Debian: liburing-dev)");
    return -ENOSYS;
}

#define uring_most_in_flight NULL
#define uring_probe NULL
#define uring_enter NULL
#define uring_leave NULL
#define uring_detach NULL
#define uring_open NULL
#define uring_wait NULL
#define uring_submit NULL
#define uring_reap NULL
#define uring_finish NULL
#define uring_close NULL
#define blocks_check NULL
#define blocks_file_bytes NULL
#define blocks_fill NULL
#define blocks_operation_bytes NULL
#endif

const struct engine engine_uring = {
    .name = "uring",
    .blocking = "pread, pwrite",
    .in_flight = "io_uring",
    .help = "reads or writes of a file through io_uring; every byte is checked",
    .options = uring_options,
    .waits = true,
    .available = uring_available,
    .most_in_flight = uring_most_in_flight,
    .check = blocks_check,
    .file_bytes = blocks_file_bytes,
    .fill = blocks_fill,
    .probe = uring_probe,
    .enter = uring_enter,
    .leave = uring_leave,
    .detach = uring_detach,
    .open = uring_open,
    .wait = uring_wait,
    .submit = uring_submit,
    .reap = uring_reap,
    .finish = uring_finish,
    .close = uring_close,
    .expect = blocks_expect,
    .bytes = blocks_operation_bytes,
};
