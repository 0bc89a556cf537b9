#include "ranks/comm.h"

#include "ranks/comm_internal.h"
#include "ranks/tree.h"
#include "ranks/word.h"
#include "system/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAP_LEAST_NS = 20000, NAP_USUAL_NS = 2000000, NAP_MOST_NS = 10000000, DOZE_NS = 100000000 };

/* -- start and end -- */

/* What there is to say when MPI or memory is not what is needed. */
static void explain(enum comm_threads threads, int given_enough, char *why, size_t why_bytes)
{
    if (given_enough) {
        snprintf(why, why_bytes, "no memory for the ranks");
    } else {
        snprintf(why, why_bytes, "the MPI library does not let %s of a rank call it",
                 threads == COMM_SEVERAL_CALL ? "several threads" : "a threaded main program");
    }
}

/* The group of all ranks, which has the number 0. 0 or -ENOMEM. */
static int make_group_of_all(struct comm *comm)
{
    for (int m = 0; m < comm->nodes; m++) {
        comm->addressed[m] = comm_node_size(comm, m);
    }
    return comm_group(comm, comm->addressed, comm->nodes) ? 0 : -ENOMEM;
}

/* What the ranks of this node share: a bell for each, and where they meet. 0 or -ENOMEM. */
static int share_bells(struct comm *comm)
{
    size_t bells = (size_t)comm_node_size(comm, comm->node) * sizeof *comm->bells;
    comm->bells = comm_share_memory(comm, bells + sizeof *comm->meeting, &comm->window);
    if (!comm->bells) {
        return -ENOMEM;
    }
    comm->meeting = (struct meeting *)((char *)comm->bells + bells);
    return 0;
}

/* 0 or -ENOMEM, the same on all ranks. */
static int prepare(struct comm *comm)
{
    int failed = make_group_of_all(comm), shared = share_bells(comm);
    failed = failed ? failed : shared;
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    return failed;
}

struct comm *comm_create(enum comm_threads threads, char *why, size_t why_bytes)
{
    static const int levels[] = {
        [COMM_ONE_THREAD] = MPI_THREAD_SINGLE,
        [COMM_ONE_CALLS] = MPI_THREAD_FUNNELED,
        [COMM_SEVERAL_CALL] = MPI_THREAD_MULTIPLE,
    };
    int wanted = levels[threads], given;
    MPI_Init_thread(NULL, NULL, wanted, &given);
    struct comm *comm = calloc(1, sizeof *comm);
    if (comm) {
        MPI_Comm_rank(MPI_COMM_WORLD, &comm->rank);
        MPI_Comm_size(MPI_COMM_WORLD, &comm->size);
        comm->reserved = comm->size;
        comm->shared = MPI_WIN_NULL;
        comm->on_node = comm->leaders = MPI_COMM_NULL;
    }
    if (given < wanted || !comm || comm_find_nodes(comm) != 0 || prepare(comm) != 0) {
        explain(threads, given >= wanted, why, why_bytes);
        comm_free(comm);
        return NULL;
    }
    return comm;
}

void comm_free(struct comm *comm)
{
    for (int g = 0; comm && g < comm->groups; g++) {
        if (comm->group[g]->comm != MPI_COMM_NULL) {
            MPI_Comm_free(&comm->group[g]->comm);
        }
        free(comm->group[g]);
    }
    if (comm && comm->bells) {
        MPI_Win_free(&comm->window);
    }
    if (comm) {
        comm_free_nodes(comm);
        free(comm->group);
        free(comm);
    }
    MPI_Finalize();
}

int comm_rank(const struct comm *comm)
{
    return comm->rank;
}

int comm_size(const struct comm *comm)
{
    return comm->size;
}

const char *comm_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    if (text[0] == '\0') {
        MPI_Get_library_version(text, &length);
    }
    return text;
}

/* -- waiting -- */

/* Short waits end soon after what they wait for, long ones cost next to nothing. What takes several
 * looks one after the other, as messages over several steps do, must not become slower with each:
 * naps grow slowly. */
static int64_t nap_ns(int64_t waited_ns, int64_t longest_ns)
{
    int64_t most_ns = waited_ns / 100 < longest_ns ? waited_ns / 100 : longest_ns;
    int64_t limit_ns = most_ns > NAP_USUAL_NS ? most_ns : NAP_USUAL_NS;
    int64_t wanted_ns = waited_ns / 8 > NAP_LEAST_NS ? waited_ns / 8 : NAP_LEAST_NS;
    return wanted_ns < limit_ns ? wanted_ns : limit_ns;
}

int64_t comm_nap_ns(int64_t waited_ns)
{
    return nap_ns(waited_ns, NAP_MOST_NS);
}

/* Blocking MPI calls spin; this does not. */
static void await_napping(MPI_Request *request, int64_t longest_ns)
{
    int done = 0;
    int64_t start_ns = clock_now_ns();
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        int64_t now_ns = clock_now_ns();
        clock_sleep_until_ns(now_ns + nap_ns(now_ns - start_ns, longest_ns));
    }
}

void comm_await_asleep(MPI_Request *request)
{
    await_napping(request, NAP_MOST_NS);
}

void comm_await_yielding(MPI_Request *request)
{
    int done = 0;
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        sched_yield();
    }
}

/* -- all ranks -- */

void comm_broadcast(struct comm *comm, void *bytes, size_t count)
{
    enum { PIECE = 1 << 30 };
    (void)comm;
    for (size_t at = 0; at < count; at += PIECE) {
        size_t piece = count - at < PIECE ? count - at : PIECE;
        MPI_Bcast((char *)bytes + at, (int)piece, MPI_BYTE, 0, MPI_COMM_WORLD);
    }
}

void comm_or(struct comm *comm, uint64_t *words, size_t count)
{
    (void)comm;
    MPI_Allreduce(MPI_IN_PLACE, words, (int)count, MPI_UINT64_T, MPI_BOR, MPI_COMM_WORLD);
}

void comm_reserve_last(struct comm *comm)
{
    comm->reserved = comm->size - 1;
}

int comm_is_reserved(const struct comm *comm)
{
    return comm->rank == comm->reserved;
}

/* -- commands -- */

/* Sleeps until the bell has rung once more than there were commands. Then the next one is on its
 * way, and a few looks find it. */
static void await_bell(struct comm *comm, MPI_Request *request)
{
    uint32_t *rings = &comm->bells[comm->local].rings;
    for (;;) {
        uint32_t heard = __atomic_load_n(rings, __ATOMIC_ACQUIRE);
        if (heard != comm->commands) {
            comm_await_asleep(request);
            comm->commands++;
            return;
        }
        word_sleep(rings, heard, DOZE_NS);
    }
}

static int rank_at(const struct comm *comm, struct tree_place place)
{
    return comm->ranks[comm->first[place.node] + place.local];
}

static void send_command(struct comm *comm, const struct comm_command *command,
                         struct tree_place place)
{
    MPI_Send(command, (int)sizeof *command, MPI_BYTE, rank_at(comm, place), COMM_TAG_COMMAND,
             MPI_COMM_WORLD);
    if (place.node == comm->node) {
        uint32_t *rings = &comm->bells[place.local].rings;
        __atomic_add_fetch(rings, 1, __ATOMIC_RELEASE);
        word_wake(rings);
    }
}

static int parent_of(const struct comm *comm)
{
    const struct tree_place own = {comm->node, comm->local};
    return comm_is_reserved(comm) ? 0 : rank_at(comm, tree_parent(own));
}

/* Where the reserved rank is: the last of its node. */
static struct tree_place reserved_place(const struct comm *comm)
{
    int node = comm->node_of[comm->reserved];
    return (struct tree_place){node, comm_node_size(comm, node) - 1};
}

/* Finds how many ranks of each node are in the tree; returns on how many nodes. Where the
 * reserved rank is alone, which can only be on the last one, nobody is. */
static int find_addressed(struct comm *comm, const struct comm_group *group)
{
    memcpy(comm->addressed, group->count, (size_t)group->nodes * sizeof *group->count);
    if (comm->reserved == comm->size) {
        return group->nodes;
    }
    struct tree_place reserved = reserved_place(comm);
    if (reserved.node < group->nodes && comm->addressed[reserved.node] > reserved.local) {
        comm->addressed[reserved.node]--;
    }
    return group->nodes - (comm->addressed[group->nodes - 1] == 0);
}

static void pass_on(struct comm *comm, const struct comm_command *command)
{
    const struct tree_place own = {comm->node, comm->local};
    struct tree_place child[TREE_CHILDREN_MAX];
    if (comm_is_reserved(comm)) {
        return;
    }
    if (comm->rank == 0 && command->reserved && comm->reserved < comm->size) {
        send_command(comm, command, reserved_place(comm));
    }
    int nodes = find_addressed(comm, &comm->group[command->group]->group);
    int children = tree_children(own, comm->addressed, nodes, child);
    for (int c = 0; c < children; c++) {
        send_command(comm, command, child[c]);
    }
}

void comm_command(struct comm *comm, const struct comm_command *command)
{
    pass_on(comm, command);
}

struct comm_command comm_await_command(struct comm *comm)
{
    struct comm_command command;
    MPI_Request request;
    int parent = parent_of(comm);
    MPI_Irecv(&command, (int)sizeof command, MPI_BYTE, parent, COMM_TAG_COMMAND, MPI_COMM_WORLD,
              &request);
    if (comm->node_of[parent] == comm->node) {
        await_bell(comm, &request);
    } else {
        await_napping(&request, NAP_USUAL_NS);
    }
    pass_on(comm, &command);
    return command;
}

/* -- groups -- */

const struct comm_group *comm_all(const struct comm *comm)
{
    return &comm->group[0]->group;
}

static int is_group_of(const struct comm_group *group, const int *count, int nodes)
{
    return group->nodes == nodes && memcmp(group->count, count, (size_t)nodes * sizeof *count) == 0;
}

static struct comm_members *make_group(const struct comm *comm, const int *count, int nodes)
{
    size_t numbers = 2 * (size_t)nodes;
    struct comm_members *made = malloc(sizeof *made + numbers * sizeof made->numbers[0]);
    if (!made) {
        return NULL;
    }
    int *counts = made->numbers, *first = made->numbers + nodes, size = 0;
    for (int m = 0; m < nodes; m++) {
        counts[m] = count[m];
        first[m] = size;
        size += count[m];
    }
    bool is_in = comm->node < nodes && comm->local < count[comm->node];
    made->comm = MPI_COMM_NULL;
    made->group = (struct comm_group){
        .number = comm->groups,
        .size = size,
        .rank = is_in ? first[comm->node] + comm->local : -1,
        .nodes = nodes,
        .count = counts,
        .first = first,
    };
    return made;
}

/* The group of the first rank of each of the first so many nodes. */
static const struct comm_group *leaders_of(struct comm *comm, int nodes)
{
    int *ones = malloc((size_t)nodes * sizeof *ones);
    for (int m = 0; ones && m < nodes; m++) {
        ones[m] = 1;
    }
    const struct comm_group *group = ones ? comm_group(comm, ones, nodes) : NULL;
    free(ones);
    return group;
}

const struct comm_group *comm_group(struct comm *comm, const int *count, int nodes)
{
    for (int g = 0; g < comm->groups; g++) {
        if (is_group_of(&comm->group[g]->group, count, nodes)) {
            return &comm->group[g]->group;
        }
    }
    struct comm_members **grown =
        realloc(comm->group, ((size_t)comm->groups + 1) * sizeof(struct comm_members *));
    comm->group = grown ? grown : comm->group;
    struct comm_members *made = grown ? make_group(comm, count, nodes) : NULL;
    if (!made) {
        return NULL;
    }
    comm->group[comm->groups++] = made;
    made->group.leaders = made->group.size == nodes ? &made->group : leaders_of(comm, nodes);
    if (!made->group.leaders) {
        comm->groups--;
        free(made);
        return NULL;
    }
    return &made->group;
}

int comm_group_rank(const struct comm *comm, const struct comm_group *group, int number)
{
    int node = 0;
    for (int end = group->nodes; end - node > 1;) {
        int middle = node + (end - node) / 2;
        *(group->first[middle] <= number ? &node : &end) = middle;
    }
    return comm->ranks[comm->first[node] + number - group->first[node]];
}

int comm_group_here(const struct comm *comm, const struct comm_group *group)
{
    return comm->node < group->nodes ? group->count[comm->node] : 0;
}

MPI_Comm comm_communicator(struct comm *comm, const struct comm_group *group)
{
    struct comm_members *members = comm->group[group->number];
    if (members->comm == MPI_COMM_NULL) {
        MPI_Group world, first;
        for (int i = 0; i < group->size; i++) {
            comm->members[i] = comm_group_rank(comm, group, i);
        }
        MPI_Comm_group(MPI_COMM_WORLD, &world);
        MPI_Group_incl(world, group->size, comm->members, &first);
        MPI_Comm_create_group(MPI_COMM_WORLD, first, COMM_TAG_GROUP, &members->comm);
        MPI_Group_free(&first);
        MPI_Group_free(&world);
    }
    return members->comm;
}

void comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes, size_t count,
                 void *all)
{
    if (group->size == 1) {
        memcpy(all, bytes, count);
        return;
    }
    MPI_Request request;
    MPI_Igather(bytes, (int)count, MPI_BYTE, all, (int)count, MPI_BYTE, 0,
                comm_communicator(comm, group), &request);
    comm_await_asleep(&request);
}
