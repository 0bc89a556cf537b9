/* Reads of a file through io_uring: the kernel keeps the operations in flight, with no thread of
 * ours for each. One ring per worker, its file and buffers registered. */
#include "engines/blocks.h"
#include "engines/engines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    uint64_t block_bytes;
    int descriptor;
    char *buffer;   /* by slot, block_bytes each */
    uint64_t *item; /* by slot */
    struct io_uring ring;
    bool has_ring, has_buffers;
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
        snprintf(why, why_bytes, "the kernel or a container refuses io_uring: %s",
                 strerror(-failed));
        return failed;
    }
    io_uring_queue_exit(&ring);
    return 0;
}

static uint64_t uring_most_in_flight(char *why, size_t why_bytes)
{
    snprintf(why, why_bytes, "a ring of io_uring holds %d", RING_MOST);
    return RING_MOST;
}

static int uring_enter(const struct task_spec *spec, const struct engine_cell *cell, void **shared,
                       struct engine_notes *notes)
{
    (void)cell, (void)notes;
    if (*shared) {
        return 0;
    }
    struct opened *opened = calloc(1, sizeof *opened);
    if (!opened) {
        return -ENOMEM;
    }
    int direct = spec->engine_option[URING_DIRECT] != 0 ? O_DIRECT : 0;
    opened->descriptor = open(spec->path, O_RDONLY | O_CLOEXEC | direct);
    if (opened->descriptor < 0) {
        int failed = direct && errno == EINVAL ? -EOPNOTSUPP : -errno;
        free(opened);
        return failed;
    }
    *shared = opened;
    return 0;
}

static void uring_detach(void *shared)
{
    struct opened *opened = shared;
    if (opened) {
        close(opened->descriptor);
        free(opened);
    }
}

static void uring_close(void *state)
{
    struct uring *uring = state;
    if (uring->has_ring) {
        io_uring_queue_exit(&uring->ring);
    }
    free(uring->buffer);
    free(uring->item);
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
    unsigned depth = cell->depth;
    (void)thread;
    struct uring *uring = calloc(1, sizeof *uring);
    if (!uring) {
        return -ENOMEM;
    }
    size_t bytes = blocks_whole_pages(depth * blocks_bytes(spec));
    uring->spec = spec;
    uring->block_bytes = blocks_bytes(spec);
    uring->descriptor = ((const struct opened *)shared)->descriptor;
    uring->buffer = aligned_alloc(BLOCKS_PAGE, bytes);
    uring->item = calloc(depth, sizeof *uring->item);
    int failed = uring->buffer && uring->item ? 0 : -ENOMEM;
    if (!failed) {
        memset(uring->buffer, 0, bytes);
    }
    if (!failed) {
        failed = prepare_ring(uring, depth);
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
    ssize_t got = pread(uring->descriptor, uring->buffer, uring->block_bytes,
                        (off_t)blocks_offset(uring->spec, item));
    if (got != (ssize_t)uring->block_bytes) {
        return got < 0 ? -errno : -EIO;
    }
    *result = blocks_result(uring->spec, item, uring->buffer);
    return 0;
}

/* Only prepares: reap hands all that was prepared over in one call of the kernel. */
static int uring_submit(void *state, uint32_t slot, uint64_t item)
{
    struct uring *uring = state;
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);
    if (!entry) {
        return -EBUSY;
    }
    char *buffer = uring->buffer + slot * uring->block_bytes;
    uint64_t offset = blocks_offset(uring->spec, item);
    uring->item[slot] = item;
    if (uring->has_buffers) {
        io_uring_prep_read_fixed(entry, 0, buffer, (unsigned)uring->block_bytes, offset, 0);
    } else {
        io_uring_prep_read(entry, 0, buffer, (unsigned)uring->block_bytes, offset);
    }
    entry->flags |= IOSQE_FIXED_FILE;
    entry->user_data = slot;
    return 0;
}

static int uring_reap(void *state, uint32_t most, struct completion *done)
{
    struct uring *uring = state;
    int entered = io_uring_submit_and_wait(&uring->ring, 1);
    if (entered < 0 && entered != -EINTR) {
        return entered;
    }
    struct io_uring_cqe *entries[most];
    unsigned count = io_uring_peek_batch_cqe(&uring->ring, entries, most);
    for (unsigned i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)entries[i]->user_data;
        if (entries[i]->res != (int)uring->block_bytes) {
            return entries[i]->res < 0 ? entries[i]->res : -EIO;
        }
        done[i] = (struct completion){
            .slot = slot,
            .result = blocks_result(uring->spec, uring->item[slot],
                                    uring->buffer + slot * uring->block_bytes),
        };
    }
    io_uring_cq_advance(&uring->ring, count);
    return (int)count;
}

#else /* built without liburing: listed, with the reason */

static const struct option uring_options[] = {{0}};

static int uring_available(char *why, size_t why_bytes)
{
    snprintf(why, why_bytes, "built without liburing (Debian: liburing-dev)");
    return -ENOSYS;
}

#define uring_most_in_flight NULL
#define uring_enter NULL
#define uring_detach NULL
#define uring_open NULL
#define uring_wait NULL
#define uring_submit NULL
#define uring_reap NULL
#define uring_close NULL
#define blocks_check NULL
#define blocks_file_bytes NULL
#define blocks_fill NULL
#define blocks_operation_bytes NULL
#endif

const struct engine engine_uring = {
    .name = "uring",
    .blocking = "pread",
    .in_flight = "io_uring",
    .help = "reads of a file through the kernel's own queue; every byte read is checked",
    .options = uring_options,
    .waits = true,
    .available = uring_available,
    .most_in_flight = uring_most_in_flight,
    .check = blocks_check,
    .file_bytes = blocks_file_bytes,
    .fill = blocks_fill,
    .enter = uring_enter,
    .detach = uring_detach,
    .open = uring_open,
    .wait = uring_wait,
    .submit = uring_submit,
    .reap = uring_reap,
    .close = uring_close,
    .expect = blocks_expect,
    .bytes = blocks_operation_bytes,
};
