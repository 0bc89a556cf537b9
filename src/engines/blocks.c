#include "engines/blocks.h"

#include "machine/storage.h"
#include "model/sample.h"
#include "system/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* since Linux 6.1; earlier ones refuse it */
#endif

enum { PIECE_BYTES = 1 << 20 };

/* True when so many tasks read parts of a cold file twice, the second time from the page cache. */
static bool warms_up(const struct task_spec *spec, uint64_t tasks)
{
    bool cold = spec->engine_option[BLOCKS_CACHE] == BLOCKS_COLD && !blocks_writes(spec);
    return cold && (blocks_bytes(spec) < BLOCKS_PAGE || tasks * spec->waits > blocks_count(spec));
}

const char *blocks_check(const struct task_spec *spec)
{
    if (blocks_bytes(spec) % 512 != 0) {
        return "block: is not a multiple of 512 B; allowed: 512 B, 4 KiB, 1 MiB and so on";
    }
    if (blocks_count(spec) == 0) {
        return "file: is smaller than one block; allowed: from the size of `block`";
    }
    if (warms_up(spec, spec->tasks)) {
        return "cache: what is read twice is cold only once; allowed: `cold` with blocks of 4 KiB "
               "or "
               "more and a `file` of at least `tasks` × `waits` blocks";
    }
    return spec->engine_option[BLOCKS_SYNC] != BLOCKS_SYNC_NONE && !blocks_writes(spec)
               ? "sync: reads leave nothing to sync; allowed: with `op: write`"
               : NULL;
}

int blocks_allocate(uint64_t bytes, void **memory, char **buffer)
{
    void *start = NULL;
    uint64_t allocated =
        bytes >= PIECE_BYTES && bytes < PAGES_HUGE_BYTES ? PAGES_HUGE_BYTES : bytes;
    int failed = pages_allocate(allocated, 0, memory, &start);
    if (!failed) {
        *buffer = memset(start, 0, bytes);
        if (allocated >= PAGES_HUGE_BYTES) { /* memory that was used before is in small pages */
            madvise(start, allocated / PAGES_HUGE_BYTES * PAGES_HUGE_BYTES, MADV_COLLAPSE);
        }
    }
    return failed;
}

bool blocks_was_visited(const struct task_spec *spec, uint64_t block, uint64_t first, uint64_t end)
{
    uint64_t count = blocks_count(spec);
    uint64_t number = spec->engine_option[BLOCKS_ORDER] == BLOCKS_RANDOM
                          ? blocks_permute(spec->seed, count, block, false)
                          : block;
    uint64_t passes = first > number ? (first - number + count - 1) / count : 0;
    return number + passes * count < end;
}

int blocks_reason(const struct task_spec *spec, int descriptor, uint64_t offset, char *buffer)
{
    uint64_t done = 0, bytes = blocks_bytes(spec);
    while (done < bytes) {
        off_t at = (off_t)(offset + done);
        ssize_t moved = blocks_writes(spec) ? pwrite(descriptor, buffer + done, bytes - done, at)
                                            : pread(descriptor, buffer + done, bytes - done, at);
        bool unaligned = moved < 0 && errno == EINVAL && done > 0; /* O_DIRECT */
        if (moved <= 0) {
            return moved < 0 && !unaligned ? -errno : -EIO;
        }
        done += (uint64_t)moved;
    }
    return -EIO;
}

int blocks_probe_direct(const struct task_spec *spec, char *why, size_t why_bytes)
{
    struct storage_filesystem where = {0};
    char name[STORAGE_TEXT_BYTES];
    uint64_t alignment = 0;
    int failed = storage_direct_alignment(spec->path, &alignment);
    storage_filesystem(spec->path, &where);
    if (where.memory) {
        snprintf(name, sizeof name, "%s", where.type);
    } else {
        storage_filesystem_text(&where, name, sizeof name);
    }
    if (failed) {
        snprintf(why, why_bytes,
                 "direct: %s does not support O_DIRECT (%s); choose another folder with --set "
                 "scratch=FOLDER, or `direct: false`",
                 name, strerror(-failed));
    } else if (blocks_bytes(spec) % alignment != 0) {
        failed = -EINVAL;
        snprintf(why, why_bytes,
                 "block: %llu B is not a multiple of %llu B, which O_DIRECT needs on %s",
                 (unsigned long long)blocks_bytes(spec), (unsigned long long)alignment, name);
    }
    return failed;
}

int blocks_prepare(const struct task_spec *spec, uint64_t tasks, int descriptor, bool direct,
                   struct engine_notes *notes)
{
    uint64_t bytes = blocks_file_bytes(spec), cached = 0;
    bool cold = direct || spec->engine_option[BLOCKS_CACHE] == BLOCKS_COLD;
    uint64_t wanted = cold ? 0 : bytes;
    int failed = storage_pages_cached(descriptor, bytes, &cached);
    if (!failed && cached != wanted) {
        failed = cold ? storage_drop_cache(descriptor) : storage_warm_cache(descriptor, bytes);
    }
    if (!failed && cached != wanted) {
        failed = storage_pages_cached(descriptor, bytes, &cached);
    }
    if (!failed && (cached != wanted || (!direct && warms_up(spec, tasks)))) {
        notes->flags |= SAMPLE_CACHE;
    }
    return failed;
}

int blocks_prove_direct(const struct task_spec *spec, int descriptor, struct engine_notes *notes)
{
    uint64_t cached = 0;
    int failed = storage_pages_cached(descriptor, blocks_file_bytes(spec), &cached);
    if (cached > 0) {
        notes->flags |= SAMPLE_CACHE;
    }
    return failed;
}

/* Blocks [first, end) that stand in `buffer`: 0 or -EILSEQ. */
static int check_written(const struct task_spec *spec, const struct engine_cell *cell,
                         uint64_t first, uint64_t end, const char *buffer)
{
    struct engine_part here = engine_here(cell);
    uint64_t bytes = blocks_bytes(spec), wrong = 0;
    for (uint64_t block = first; block < end; block++) {
        if (blocks_was_visited(spec, block, here.first_task * spec->waits,
                               here.end * spec->waits)) {
            wrong |= blocks_difference(spec, cell->visit, block * bytes,
                                       buffer + (block - first) * bytes, bytes);
        }
    }
    return wrong ? -EILSEQ : 0;
}

/* Reads back what the cell has written: each of its ranks on a node reads an equal part of the file
 * there. 0 or -errno. */
static int read_back(const struct task_spec *spec, const struct engine_cell *cell, int descriptor)
{
    uint64_t bytes = blocks_bytes(spec), count = blocks_count(spec);
    uint64_t at_once = bytes < PIECE_BYTES ? PIECE_BYTES / bytes : 1;
    struct engine_part here = engine_here(cell);
    uint64_t end = count * (here.rank + 1) / here.ranks;
    void *memory = NULL;
    char *buffer = NULL;
    int failed = blocks_allocate(at_once * bytes, &memory, &buffer);
    for (uint64_t block = count * here.rank / here.ranks; !failed && block < end;) {
        uint64_t last = end - block < at_once ? end : block + at_once;
        ssize_t wanted = (ssize_t)((last - block) * bytes);
        ssize_t got = pread(descriptor, buffer, (size_t)wanted, (off_t)(block * bytes));
        failed = got < 0 ? -errno : got < wanted ? -EIO : 0;
        if (!failed) {
            failed = check_written(spec, cell, block, last, buffer);
        }
        block = last;
    }
    pages_free(memory);
    return failed;
}

int blocks_settle(const struct task_spec *spec, const struct engine_cell *cell, int descriptor)
{
    if (!blocks_writes(spec)) {
        return 0;
    }
    if (engine_is_stopped(cell->stop)) {
        return -ECANCELED;
    }
    int failed = engine_here(cell).rank == 0 && fdatasync(descriptor) != 0 ? -errno : 0;
    return failed ? failed : read_back(spec, cell, descriptor);
}
