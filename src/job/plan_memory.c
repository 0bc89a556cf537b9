#include "job/plan_memory.h"

#include <math.h>

#define MIB 1048576.0

/* Of each rank: the program, MPI and what its ranks share; measured, rounded up. */
#define RANK_BYTES (24 * MIB)
/* Of each operation in flight: its slot in the loop, in the engine and in the libraries … */
#define SLOT_BYTES 160.0
/* … which is more where it has a file handle of MPI. */
#define HANDLE_BYTES 65536.0
/* Tables of pages of 4 KiB. */
#define PAGE_TABLES (1 + 1.0 / 512)
/* All samples, and beside them a variable that is written now. */
#define SAMPLES_COPIES 1.2

/* Adds a part, which is the key's. */
static void add(struct plan_memory *memory, double of_node, double of_process, const char *key)
{
    memory->wanted.node_bytes += of_node;
    memory->wanted.process_bytes += of_process;
    if (of_node > memory->key_bytes) {
        memory->key_bytes = of_node;
        memory->key = key;
    }
}

/* A worker without a task touches none of what would be cold anyway. */
double plan_memory_footprints(const struct cell *cell, int ranks)
{
    const struct workload *workload = cell->workload;
    struct footprint footprint = kernel_footprint(workload->kernel, &workload->spec);
    struct point here = cell->point;
    here.ranks = ranks;
    double count = (double)level_footprints(footprint, here);
    return footprint.bytes * (footprint.is_common ? count : fmin(count, (double)cell->tasks));
}

static void add_slots(struct plan_memory *memory, const struct cell *cell, int ranks)
{
    const struct engine *engine = cell->workload->engine;
    const struct task_spec *spec = &cell->workload->spec;
    double in_flight = (double)cell->point.threads * cell->point.depth;
    double each = engine->file_bytes && engine->calls_mpi ? HANDLE_BYTES : SLOT_BYTES;
    double buffer = engine->bytes ? engine->bytes(spec) : 0;
    add(memory, ranks * in_flight * each, in_flight * each, "depth");
    add(memory, ranks * in_flight * buffer, in_flight * buffer, engine->serve ? "size" : "block");
    if (engine->service_bytes) { /* in a rank of its own */
        double service = engine->service_bytes(spec, (double)point_concurrency(cell->point));
        add(memory, service, 0, "size");
    }
}

/* Of the list that all workers share: an item for each unit of work, and once more where each
 * worker has a list of its own first. */
static double list_bytes(const struct cell *cell)
{
    const struct task_spec *spec = &cell->workload->spec;
    const struct kernel *kernel = cell->workload->kernel;
    enum kernel_guard guard = kernel->guard ? kernel->guard(spec) : KERNEL_GUARD_ABSENT;
    double items = guard == KERNEL_GUARD_ABSENT ? 0 : (double)cell->tasks * (double)spec->work;
    return items * sizeof(uint64_t) * (guard == KERNEL_GUARD_SHARDED ? 2 : 1);
}

struct plan_memory plan_memory(const struct plan_memory_always *always, const struct cell *cell,
                               int ranks)
{
    const struct task_spec *spec = &cell->workload->spec;
    struct plan_memory memory = {.wanted = {.ranks = ranks, .threads = cell->point.threads}};
    double footprints = PAGE_TABLES * plan_memory_footprints(cell, ranks);
    double list = list_bytes(cell);
    double ends = spec->trace ? 2.0 * (double)cell->tasks * sizeof(int64_t) : 0;
    double samples = SAMPLES_COPIES * always->samples_bytes;
    add(&memory, always->starting * RANK_BYTES, always->starting > 0 ? RANK_BYTES : 0, "ranks");
    add(&memory, footprints, footprints / ranks, "memory");
    add(&memory, list, list, "tasks");
    add(&memory, ends, ends, "tasks");
    add(&memory, samples, samples, "rounds");
    add(&memory, always->scratch_bytes, 0, "file");
    add_slots(&memory, cell, ranks);
    return memory;
}
