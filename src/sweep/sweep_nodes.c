#include "sweep/sweep_internal.h"

#include "system/lock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Clocks of two nodes drift apart by up to 100 µs in a second; looking takes some ms. */
#define CLOCKS_GOOD_NS INT64_C(1000000000)

/* Network file systems show a new file to other nodes after a while. */
#define OUTPUT_SEEN_NS INT64_C(3000000000)
#define OUTPUT_LOOK_NS INT64_C(100000000)

/* -- where cells are carried out -- */

static int place_cell(struct sweep *sweep, size_t cell, int *count, struct placed *placed)
{
    const struct placement_part *part;
    int nodes = plan_place(sweep->plan, cell, &part), own = comm_node(sweep->comm);
    for (int m = 0; m < nodes; m++) {
        count[m] = part[m].ranks;
    }
    placed->group = comm_group(sweep->comm, count, nodes);
    if (own < nodes) {
        placed->here = (struct worker_here){
            .first_core = part[own].first_core,
            .cores = part[own].cores,
            .first_rank = part[own].first_rank,
            .ranks = part[own].ranks,
        };
    }
    return placed->group ? 0 : -ENOMEM;
}

int sweep_place_cells(struct sweep *sweep)
{
    const struct plan *plan = sweep->plan;
    int *count = malloc((size_t)plan->limits.nodes * sizeof *count);
    int failed = count ? 0 : -ENOMEM;
    for (size_t i = 0; i < plan->feasible && !failed; i++) {
        failed = place_cell(sweep, plan->feasible_cell[i], count, &sweep->placed[i]);
    }
    free(count);
    return failed;
}

const struct placed *sweep_placed(const struct sweep *sweep, size_t cell)
{
    size_t low = 0, high = sweep->plan->feasible;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(sweep->plan->feasible_cell[middle] <= cell ? &low : &high) = middle;
    }
    return &sweep->placed[low];
}

bool sweep_is_used_here(const struct sweep *sweep, size_t w)
{
    const struct plan *plan = sweep->plan;
    bool used = comm_node(sweep->comm) == 0;
    for (size_t i = 0; i < plan->feasible && !used; i++) {
        used = plan_workload_index(plan, plan->feasible_cell[i]) == w &&
               sweep->placed[i].here.ranks > 0;
    }
    return used;
}

/* -- the surroundings -- */

static int open_surroundings(struct sweep *sweep)
{
    int cores = topo_cores(sweep->topo);
    struct topo_mask *core = calloc((size_t)cores, sizeof *core);
    for (int c = 0; core && c < cores; c++) {
        topo_core_threads(sweep->topo, c, &core[c]);
    }
    sweep->surroundings = core ? surroundings_open("", core, cores) : NULL;
    free(core);
    int ranks = comm_node_size(sweep->comm, comm_node(sweep->comm));
    return sweep->surroundings ? surroundings_ours(sweep->surroundings, sweep->process, ranks)
                               : -ENOMEM;
}

int sweep_meet(struct sweep *sweep)
{
    pid_t own = getpid();
    comm_node_gather(sweep->comm, &own, sizeof own, sweep->process);
    comm_gather(sweep->comm, comm_all(sweep->comm), &sweep->start_s, sizeof sweep->start_s,
                sweep->starts_s);
    return comm_local(sweep->comm) == 0 ? open_surroundings(sweep) : 0;
}

/* The sum of what is known. */
static double sum_known(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a + b;
}

struct surroundings_change sweep_merge_changes(const struct surroundings_change *changes, int nodes)
{
    struct surroundings_change all = changes[0];
    for (int m = 1; m < nodes; m++) {
        const struct surroundings_change *one = &changes[m];
        all.window_s = fmax(all.window_s, one->window_s);
        all.ours_s = sum_known(all.ours_s, one->ours_s);
        all.others_s = sum_known(all.others_s, one->others_s);
        all.others_step_s = sum_known(all.others_step_s, one->others_step_s);
        all.steal_s = sum_known(all.steal_s, one->steal_s);
        all.steal_step_s = sum_known(all.steal_step_s, one->steal_step_s);
        all.throttled_s = sum_known(all.throttled_s, one->throttled_s);
        all.overheated = sum_known(all.overheated, one->overheated);
        all.frequency_hz = fmin(all.frequency_hz, one->frequency_hz);
    }
    return all;
}

/* -- files on all nodes -- */

/* A command to the first ranks of all nodes; the rank that serves may be one of them. */
static void tell_leaders(struct sweep *sweep, enum command_kind kind)
{
    const struct comm *comm = sweep->comm;
    int last = comm_node_of(comm, comm_size(comm) - 1);
    struct comm_command command = {
        .kind = (int16_t)kind,
        .reserved = comm_node_size(comm, last) == 1,
        .group = comm_all(comm)->leaders->number,
    };
    comm_command(sweep->comm, &command);
}

/* Brings the errors of the first ranks to rank 0, which takes over the first one. Returns the
 * status; elsewhere that of their own. */
static int agree(struct sweep *sweep, const struct error *own, struct error *error)
{
    comm_gather(sweep->comm, comm_all(sweep->comm)->leaders, own, sizeof *own, sweep->errors);
    if (comm_rank(sweep->comm) > 0) {
        return own->status;
    }
    for (int m = 0; m < comm_nodes(sweep->comm); m++) {
        const struct error *one = &sweep->errors[m];
        if (one->status) {
            return error_set(error, (enum status)one->status, "%s", one->text);
        }
    }
    return 0;
}

/* The same as sweep_make_files, with the host in the error of another node. */
static int make_files_here(struct sweep *sweep, struct error *error)
{
    struct error own = {0};
    if (sweep_make_files(sweep, &own) == 0) {
        return 0;
    }
    const char *host = comm_host(sweep->comm, comm_node(sweep->comm));
    return comm_rank(sweep->comm) > 0
               ? error_set(error, (enum status)own.status, "%s: %s", host, own.text)
               : error_set(error, (enum status)own.status, "%s", own.text);
}

int sweep_make_all_files(struct sweep *sweep, struct error *error)
{
    if (comm_nodes(sweep->comm) == 1) {
        return sweep_make_files(sweep, error);
    }
    struct error own = {0};
    tell_leaders(sweep, COMMAND_FILES);
    make_files_here(sweep, &own);
    return agree(sweep, &own, error);
}

void sweep_follow_files(struct sweep *sweep)
{
    struct error own = {0};
    make_files_here(sweep, &own);
    agree(sweep, &own, NULL);
}

/* What rank 0 has just written, and where. */
struct output {
    char path[TASK_PATH_BYTES];
    char owner[LOCK_OWNER_BYTES];
};

/* Whether this node sees the lock that rank 0 holds beside the output. */
static int look_at_output(struct sweep *sweep, const struct output *output, struct error *error)
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
                     error_escape(folder, shown, sizeof shown),
                     comm_host(sweep->comm, comm_node(sweep->comm)), comm_host(sweep->comm, 0));
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
    sweep_tell_all(sweep, COMMAND_OUTPUT, 0);
    comm_broadcast(sweep->comm, &output, sizeof output);
    return agree(sweep, &none, error);
}

void sweep_follow_output(struct sweep *sweep)
{
    struct output output;
    struct error own = {0};
    comm_broadcast(sweep->comm, &output, sizeof output);
    if (comm_local(sweep->comm) == 0) {
        look_at_output(sweep, &output, &own);
        agree(sweep, &own, NULL);
    }
}

/* -- clocks -- */

void sweep_compare_clocks(struct sweep *sweep, bool anew)
{
    int64_t now_ns = clock_now_ns();
    bool due = anew || now_ns - sweep->clocks_ns > CLOCKS_GOOD_NS;
    if (comm_nodes(sweep->comm) > 1 && due) {
        tell_leaders(sweep, COMMAND_CLOCKS);
        comm_compare_clocks(sweep->comm);
        sweep->clocks_ns = clock_now_ns();
    }
}

double sweep_clock_error_s(const struct sweep *sweep)
{
    int64_t most_ns = 0;
    for (int m = 0; m < comm_nodes(sweep->comm); m++) {
        int64_t error_ns = comm_clock_error_ns(sweep->comm, m);
        most_ns = error_ns > most_ns ? error_ns : most_ns;
    }
    return (double)most_ns * 1e-9;
}

void sweep_set_clocks(struct sweep *sweep, const struct comm_group *group, uint64_t traced_tasks)
{
    for (int m = 1; m < group->nodes; m++) {
        int64_t ahead_ns = comm_clock_ahead_ns(sweep->comm, m);
        for (int r = group->first[m]; r < group->first[m] + group->count[m]; r++) {
            sweep->results[r].start_ns -= ahead_ns;
            sweep->results[r].end_ns -= ahead_ns;
            if (traced_tasks > 0) {
                trace_set_back(&sweep->trace, group->size, traced_tasks, r, ahead_ns);
            }
        }
    }
}
