#include "run/nodes.h"

#include "text/words.h"

#include <stdlib.h>
#include <string.h>

/* Rank 0's bytes are the job: another node may see other files. */
static int share_job(struct study *study, struct comm *comm, struct error *error)
{
    uint64_t bytes = strlen(study->job.text);
    comm_broadcast(comm, &bytes, sizeof bytes);
    char *text = calloc(1, bytes + 1);
    if (!text) {
        return error_no_memory(error, "the job");
    }
    if (comm_rank(comm) == 0) {
        memcpy(text, study->job.text, bytes);
    }
    comm_broadcast(comm, text, bytes);
    free(study->job.text);
    study->job.text = text;
    return 0;
}

/* How many nodes have ranks that work: the one that serves may be alone on the last one. Needs
 * the job. */
static int working_nodes(const struct study *study, struct comm *comm, bool *kept)
{
    int nodes = comm_nodes(comm), last = comm_node_of(comm, comm_size(comm) - 1);
    *kept = plan_needs_service(&study->job) && comm_size(comm) > 1;
    return nodes - (*kept && nodes > 1 && comm_node_size(comm, last) == 1);
}

/* The cores of a node are those of all its ranks together. */
static int agree_on_cores(struct nodes *nodes, struct study *study, struct comm *comm,
                          struct topo_mask *own, struct error *error)
{
    if (topo_allowed(study->topo, own) != 0) {
        return error_set(error, STATUS_ENVIRONMENT,
                         "hwloc does not report which cores a rank may use");
    }
    comm_node_or(comm, own->word, TOPO_MASK_WORDS);
    topo_use(study->topo, own);
    size_t count = (size_t)comm_nodes(comm);
    nodes->count = comm_nodes(comm);
    nodes->capacity = calloc(count, sizeof *nodes->capacity);
    nodes->host = calloc(count, sizeof *nodes->host);
    nodes->node = calloc(comm_rank(comm) == 0 ? count : 1, sizeof *nodes->node);
    if (!nodes->capacity || !nodes->host || !nodes->node) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory for %zu nodes", count);
    }
    const struct placement_node here = {study_cores(study->topo),
                                        comm_node_size(comm, comm_node(comm))};
    comm_exchange(comm, &here, sizeof here, nodes->capacity);
    for (int m = 0; m < nodes->count; m++) {
        nodes->host[m] = comm_host(comm, m);
    }
    return 0;
}

/* Gathers to rank 0 how each node describes itself. */
static void gather_nodes(struct nodes *nodes, const struct study *study, struct comm *comm)
{
    struct node own;
    if (comm_local(comm) == 0) {
        memset(&own, 0, sizeof own);
        topo_summary(study->topo, own.hardware, sizeof own.hardware);
        topo_shape(study->topo, own.shape, sizeof own.shape);
        scratch_clear(study->job.scratch, own.cleared);
        comm_gather(comm, comm_all(comm)->leaders, &own, sizeof own, nodes->node);
    }
}

/* What the plan may use, and what the words of an axis stand for. */
static struct job_extent set_limits(struct nodes *nodes, struct study *study, struct comm *comm)
{
    bool kept;
    int working = working_nodes(study, comm, &kept);
    struct job_extent extent = study_extent(study->topo);
    extent.cores = 0;
    extent.node = nodes->capacity[0].cores;
    extent.nodes = working;
    comm_broadcast(comm, &extent.caches,
                   sizeof extent.caches); /* a job has one size on all nodes */
    for (int m = 0; m < working; m++) {
        extent.cores += nodes->capacity[m].cores;
        extent.node =
            nodes->capacity[m].cores < extent.node ? nodes->capacity[m].cores : extent.node;
    }
    study->node = calloc((size_t)working, sizeof *study->node);
    if (study->node) {
        memcpy(study->node, nodes->capacity, (size_t)working * sizeof *study->node);
        int last = comm_node_of(comm, comm_size(comm) - 1);
        if (kept && last < working) {
            study->node[last].ranks--;
        }
    }
    study->limits = (struct plan_limits){
        .cores = extent.cores,
        .ranks = comm_size(comm),
        .started = true,
        .nodes = working,
        .own = comm_node(comm) < working ? comm_node(comm) : 0,
        .node = study->node,
        .host = nodes->host,
    };
    return extent;
}

int nodes_agree(struct nodes *nodes, struct study *study, struct comm *comm, struct topo_mask *own,
                struct error *error)
{
    if (comm_nodes(comm) > 1 && share_job(study, comm, error) != 0) {
        return error->status;
    }
    if (agree_on_cores(nodes, study, comm, own, error) != 0 ||
        study_reopen(study, study_extent(study->topo), error) != 0) {
        return error->status;
    }
    struct job_extent extent = set_limits(nodes, study, comm);
    if (!study->node) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory for %d nodes", nodes->count);
    }
    gather_nodes(nodes, study, comm);
    return nodes->count > 1 ? study_reopen(study, extent, error) : 0;
}

int nodes_plan(struct study *study, struct comm *comm, struct error *error)
{
    if (study_make_plan(study, error) != 0) {
        return error->status;
    }
    if (comm_size(comm) > 1) { /* each rank has seen its node at another moment */
        size_t words = plan_refused_words(&study->plan);
        uint64_t *refused = calloc(words, sizeof *refused);
        if (!refused) {
            return error_no_memory(error, "a plan");
        }
        plan_tell_refused(&study->plan, refused);
        comm_or(comm, refused, words);
        plan_take_refused(&study->plan, refused);
        free(refused);
    }
    return study_check_plan(study, error);
}

void nodes_free(struct nodes *nodes)
{
    free(nodes->capacity);
    free(nodes->host);
    free(nodes->node);
    *nodes = (struct nodes){0};
}

/* -- as text -- */

/* Each text that is among those of the nodes once, with how many have it. `offset` is that of
 * the text in struct node. */
static const char *count_alike(const struct nodes *nodes, size_t offset,
                               char text[NODES_TEXT_BYTES])
{
    struct words words = {text, NODES_TEXT_BYTES, 0};
    text[0] = '\0';
    for (int m = 0; m < nodes->count; m++) {
        const char *own = (const char *)&nodes->node[m] + offset;
        int same = 0, before = 0;
        for (int other = 0; other < nodes->count; other++) {
            bool is = strcmp(own, (const char *)&nodes->node[other] + offset) == 0;
            same += is;
            before += is && other < m;
        }
        if (before == 0 && nodes->count == 1) {
            words_add(&words, "%s", own);
        } else if (before == 0) {
            words_add(&words, "%s%d × %s", words.used > 0 ? "; " : "", same, own);
        }
    }
    return text;
}

const char *nodes_hardware(const struct nodes *nodes, char text[NODES_TEXT_BYTES])
{
    return count_alike(nodes, offsetof(struct node, hardware), text);
}

const char *nodes_shape(const struct nodes *nodes, char text[NODES_TEXT_BYTES])
{
    return count_alike(nodes, offsetof(struct node, shape), text);
}

/* The processor's name in "2 cores of AMD EPYC, 15.6 GiB": its length; how many and how much memory
 * do not matter. */
static size_t find_processor(const char *hardware, const char **name)
{
    const char *of = strstr(hardware, " of "), *comma = strrchr(hardware, ',');
    *name = of ? of : hardware;
    return comma && comma > *name ? (size_t)(comma - *name) : strlen(*name);
}

bool nodes_are_alike(const struct nodes *nodes)
{
    const char *first, *other;
    size_t bytes = find_processor(nodes->node[0].hardware, &first);
    for (int m = 1; m < nodes->count; m++) {
        if (find_processor(nodes->node[m].hardware, &other) != bytes ||
            memcmp(first, other, bytes) != 0) {
            return false;
        }
    }
    return true;
}

const char *nodes_hosts(const struct nodes *nodes, char text[NODES_TEXT_BYTES])
{
    struct words words = {text, NODES_TEXT_BYTES, 0};
    for (int m = 0; m < nodes->count; m++) {
        words_add(&words, "%s%s", m > 0 ? " " : "", nodes->host[m]);
    }
    return text;
}

const char *nodes_ranks(const struct nodes *nodes, char text[NODES_TEXT_BYTES])
{
    struct words words = {text, NODES_TEXT_BYTES, 0};
    for (int m = 0; m < nodes->count; m++) {
        words_add(&words, "%s%d", m > 0 ? " " : "", nodes->capacity[m].ranks);
    }
    return text;
}

const char *nodes_cores(const struct nodes *nodes, char text[NODES_TEXT_BYTES])
{
    struct words words = {text, NODES_TEXT_BYTES, 0};
    for (int m = 0; m < nodes->count; m++) {
        words_add(&words, "%s%d", m > 0 ? " " : "", nodes->capacity[m].cores);
    }
    return text;
}
