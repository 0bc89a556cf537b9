/* cual's control part over simulated ranks: the sweep and its followers as they are, in cells of no
 * work on 1, 2, 4 … all ranks. Prints what each visit to a cell took on rank 0.
 *
 * usage: control ROUNDS
 * A line for each visit: workload, ranks of the cell, round (0: the first, which makes the group of
 * its ranks), and seconds of simulated time until the command was sent, until all ranks had started
 * together (before that, with the workload `agree`, they agree), until the last had ended, until
 * the results were gathered, and in all; then the messages that rank 0 has sent before that.
 * Between visits there is a pause, as cells that do work would make: parked ranks then look as
 * rarely as they do in a study, each at moments of its own. */
#include "job/job_parse.h"
#include "job/plan.h"
#include "ranks/comm.h"
#include "simulated.h"
#include "sweep/sweep.h"
#include "sweep/sweep_prepare.h"
#include "system/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOB_BYTES = 4096, PAUSE_NS = 20000000, VARIED_NS = 2000000 };

/* Phases of a visit on rank 0. */
enum phase { COMMAND, START, END, GATHER, PHASES };

static struct {
    int64_t begun_ns, ended_ns[PHASES];
} visit;

/* A phase that a cell does not have takes no time: one rank does not start together. */
static void note(const struct comm *comm, enum phase phase)
{
    if (comm_rank(comm) == 0) {
        for (int i = phase; i < PHASES; i++) {
            visit.ended_ns[i] = clock_now_ns();
        }
    }
}

void __real_comm_command(struct comm *comm, const struct comm_command *command);
void __wrap_comm_command(struct comm *comm, const struct comm_command *command);
void __wrap_comm_command(struct comm *comm, const struct comm_command *command)
{
    visit.begun_ns = clock_now_ns();
    simulated_messages = 0;
    __real_comm_command(comm, command);
    note(comm, COMMAND);
}

void __real_comm_start_together(struct comm *comm, const struct comm_group *group);
void __wrap_comm_start_together(struct comm *comm, const struct comm_group *group);
void __wrap_comm_start_together(struct comm *comm, const struct comm_group *group)
{
    __real_comm_start_together(comm, group);
    note(comm, START);
}

void __real_comm_end_together(struct comm *comm, const struct comm_group *group, bool lends_hand);
void __wrap_comm_end_together(struct comm *comm, const struct comm_group *group, bool lends_hand);
void __wrap_comm_end_together(struct comm *comm, const struct comm_group *group, bool lends_hand)
{
    __real_comm_end_together(comm, group, lends_hand);
    note(comm, END);
}

void __real_comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes,
                        size_t count, void *all);
void __wrap_comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes,
                        size_t count, void *all);
void __wrap_comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes,
                        size_t count, void *all)
{
    __real_comm_gather(comm, group, bytes, count, all);
    note(comm, GATHER);
}

struct round {
    const struct plan *plan;
    uint64_t number;
};

static int report(void *context, const struct sweep_progress *progress, struct error *error)
{
    const struct round *round = context;
    const int64_t *ended = visit.ended_ns;
    int64_t now_ns = clock_now_ns();
    (void)error;
    uint32_t *order = malloc(round->plan->feasible * sizeof *order);
    if (!order) {
        return 1;
    }
    plan_order(round->plan, round->number, order);
    const struct cell *cell = &round->plan->feasible_cell[order[progress->done - 1]];
    free(order);
    printf("%s %d %llu %.9f %.9f %.9f %.9f %.9f %lu\n", cell->workload->name, cell->point.ranks,
           (unsigned long long)round->number, (double)(ended[COMMAND] - visit.begun_ns) * 1e-9,
           (double)(ended[START] - ended[COMMAND]) * 1e-9,
           (double)(ended[END] - ended[START]) * 1e-9, (double)(ended[GATHER] - ended[END]) * 1e-9,
           (double)(now_ns - visit.begun_ns) * 1e-9, simulated_messages);
    clock_sleep_until_ns(now_ns + PAUSE_NS +
                         (int64_t)(task_mix((uint64_t)now_ns) % (uint64_t)VARIED_NS));
    return 0;
}

/* Cells of R ranks on R cores, R doubling. */
static char *job_text(int ranks, int rounds)
{
    char *text = malloc(JOB_BYTES), list[256] = "";
    for (int r = 1; r <= ranks; r *= 2) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%d", r > 1 ? ", " : "", r);
    }
    if (text) {
        snprintf(text, JOB_BYTES,
                 "cores: [%s]\nranks: [%s]\nthreads: 1\ndepth: 1\noversubscribe: false\n"
                 "rounds: %d\nseed: 1\nworkloads:\n"
                 "  none: {compute: none, tasks: %d}\n"
                 "  agree: {compute: agree, tasks: %d}\n",
                 list, list, rounds, ranks, ranks);
    }
    return text;
}

static int lead(struct sweep *sweep, const struct plan *plan, int ranks, int rounds,
                struct error *error)
{
    struct samples samples;
    if (samples_create(&samples, plan->cells, (size_t)rounds, (size_t)ranks) != 0) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory for samples");
    }
    int status = sweep_prepare(sweep, error);
    for (int number = 0; number <= rounds && !status; number++) {
        struct round round = {plan, (uint64_t)number};
        const struct sweep_round asked = {
            .number = round.number, .end_s = INFINITY, .report = report, .context = &round};
        status = sweep_round(sweep, &asked, &samples, error);
    }
    samples_free(&samples);
    return status;
}

/* A core for each rank. */
static int plan(struct plan *plan, const struct job *job, const struct comm *comm,
                struct error *error)
{
    int nodes = comm_nodes(comm), ranks = comm_size(comm);
    struct placement_node *node = calloc((size_t)nodes, sizeof *node);
    struct plan_limits limits = {.cores = ranks, .ranks = ranks, .nodes = nodes, .node = node};
    for (int m = 0; node && m < nodes; m++) {
        node[m] = (struct placement_node){comm_node_size(comm, m), comm_node_size(comm, m)};
    }
    int status = node ? plan_create(plan, job, &limits, error)
                      : error_set(error, STATUS_ENVIRONMENT, "no memory for the plan");
    free(node);
    return status;
}

int main(int argc, char **argv)
{
    char why[128];
    struct error error = {0};
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    struct comm *comm = comm_create(COMM_ONE_THREAD, why, sizeof why);
    int ranks = comm_size(comm);
    struct topo topo = {.cores = comm_node_size(comm, comm_node(comm))};
    struct job job = {0};
    struct plan planned = {0};
    const struct job_source source = {
        .file = "job", .text = job_text(ranks, rounds), .extent = {ranks, 0, comm_nodes(comm)}};
    int status = job_parse(&job, &source, &error);
    status = status ? status : plan(&planned, &job, comm, &error);
    struct sweep *sweep = status ? NULL : sweep_create(&job, &planned, &topo, comm, NULL, NULL);
    if (sweep && comm_rank(comm) == 0) {
        status = lead(sweep, &planned, ranks, rounds, &error);
        sweep_stop(sweep, status);
    } else if (sweep) {
        status = sweep_follow(sweep);
    }
    if (error.status) {
        fprintf(stderr, "control: %s\n", error.text);
    }
    sweep_free(sweep);
    plan_free(&planned);
    job_free(&job);
    comm_free(comm);
    return status;
}
