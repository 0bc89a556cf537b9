#include "sweep/sweep_files.h"

#include "sweep/sweep_node.h"
#include "sweep/sweep_nodes.h"
#include "system/clock.h"
#include "system/lock.h"

#include <stdio.h>
#include <string.h>

/* Network file systems show a new file to other nodes after a while. */
#define OUTPUT_SEEN_NS INT64_C(3000000000)
#define OUTPUT_LOOK_NS INT64_C(100000000)

static void fill_file(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    const struct workload *workload = context;
    workload->engine->fill(&workload->spec, offset, buffer, bytes);
}

int sweep_make_file(struct scratch *scratch, struct workload *workload, struct error *error)
{
    const struct scratch_content content = {fill_file, workload};
    return scratch_make_file(scratch, workload->engine->file_bytes(&workload->spec), &content,
                             workload->spec.path, sizeof workload->spec.path, error);
}

static int probe_file(const struct workload *workload, struct error *error)
{
    char why[256] = "";
    const struct engine *engine = workload->engine;
    return engine->probe && engine->probe(&workload->spec, why, sizeof why) != 0
               ? error_set(error, STATUS_STORAGE, "%s: %s", workload->name, why)
               : 0;
}

static void name_storage(const struct workload *workload, struct sweep_storage *storage)
{
    struct storage_filesystem found;
    if (storage_filesystem(workload->spec.path, &found) == 0) {
        storage_filesystem_text(&found, storage->text, sizeof storage->text);
        storage->memory = found.memory;
    }
}

/* The scratch files that cells of this node read and write, on it. 0 or status. */
static int make_files_here(struct sweep *sweep, struct error *error)
{
    struct sweep_node *node = sweep->node;
    for (size_t w = 0; w < sweep->job->workload_count; w++) {
        struct workload *workload = &sweep->job->workloads[w];
        if (!workload->engine->file_bytes || !sweep_is_used_here(sweep, w)) {
            continue;
        }
        if (!node->scratch) {
            node->scratch = scratch_create(sweep->job->scratch, error);
        }
        if (!node->scratch || sweep_make_file(node->scratch, workload, error) != 0 ||
            probe_file(workload, error) != 0) {
            return error->status;
        }
        name_storage(workload, &node->storage[w]);
    }
    return 0;
}

int sweep_make_files(struct sweep *sweep, struct error *error)
{
    if (comm_nodes(sweep->comm) == 1) {
        return make_files_here(sweep, error);
    }
    struct error own = {0};
    sweep_tell_leaders(sweep, SWEEP_COMMAND_FILES);
    make_files_here(sweep, &own);
    return sweep_agree(sweep, &own, error);
}

void sweep_follow_files(struct sweep *sweep)
{
    struct error own = {0}, named = {0};
    if (make_files_here(sweep, &own) != 0) {
        error_set(&named, (enum status)own.status, "%s: %s",
                  comm_host(sweep->comm, comm_node(sweep->comm)), own.text);
    }
    sweep_agree(sweep, &named, NULL);
}

/* What rank 0 has just written, and where. */
struct output {
    char path[TASK_PATH_BYTES];
    char owner[LOCK_OWNER_BYTES];
};

/* Whether this node sees the lock that rank 0 holds beside the output. */
static int look_at_output(const struct comm *comm, const struct output *output, struct error *error)
{
    char owner[LOCK_OWNER_BYTES], folder[TASK_PATH_BYTES], shown[300];
    int64_t end_ns = clock_now_ns() + OUTPUT_SEEN_NS;
    for (;;) {
        lock_read(output->path, owner);
        if (strcmp(owner, output->owner) == 0) {
            return 0;
        }
        if (clock_now_ns() >= end_ns) {
            break;
        }
        clock_sleep_until_ns(clock_now_ns() + OUTPUT_LOOK_NS);
    }
    const char *slash = strrchr(output->path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - output->path) : 1,
             slash ? output->path : ".");
    return error_set(error, STATUS_STORAGE,
                     "%s: %s does not see what %s writes there; put the output on a file system "
                     "that all nodes share",
                     error_escape(folder, shown, sizeof shown), comm_host(comm, comm_node(comm)),
                     comm_host(comm, 0));
}

int sweep_check_output(struct sweep *sweep, const char *path, struct error *error)
{
    struct output output = {{0}, {0}};
    const struct error none = {0};
    if (comm_nodes(sweep->comm) == 1) {
        return 0;
    }
    snprintf(output.path, sizeof output.path, "%s", path);
    lock_read(path, output.owner);
    sweep_tell_all(sweep, SWEEP_COMMAND_OUTPUT, 0);
    comm_broadcast(sweep->comm, &output, sizeof output);
    return sweep_agree(sweep, &none, error);
}

void sweep_follow_output(struct sweep *sweep)
{
    struct output output;
    struct error own = {0};
    comm_broadcast(sweep->comm, &output, sizeof output);
    if (comm_local(sweep->comm) == 0) {
        look_at_output(sweep->comm, &output, &own);
        sweep_agree(sweep, &own, NULL);
    }
}
