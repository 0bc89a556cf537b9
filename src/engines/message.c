/* Requests to a service rank that answers after a latency: what a client of a database or of
 * another node waits for. The service is the last rank launched; see message_service.h. */
#include "engines/message_protocol.h"
#include "engines/message_service.h"
#include "model/engine.h"
#include "system/clock.h"

#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const struct option message_options[] = {
    {"latency", OPTION_TIME, 0, 3600, 0, NULL,
     "time after the request at which the service answers"},
    {"size", OPTION_BYTES, 16, 64 * 1048576.0, 64, NULL,
     "bytes of a request and of its answer, a multiple of 8 B"},
    {0},
};

#define PATTERN_STEP UINT64_C(0x9e3779b97f4a7c15)

/* What a rank keeps between entering a cell and leaving it. */
struct link {
    bool alone; /* every worker of the cell and the service have a core to themselves */
    bool gave_way;
};

/* One worker. The answers to its requests come in the order of the receives that it has posted,
 * so that these are a ring of which only the first need be tested. */
struct client {
    const struct task_spec *spec;
    int service, bytes; /* rank; of one message */
    uint64_t words;     /* of one message */
    uint32_t thread, depth;
    bool stamps, alone;
    bool looks;                     /* waits by looking again and again, never in a blocking call */
    uint32_t first, count;          /* of the ring */
    uint64_t *item;                 /* by slot; UINT64_MAX in an empty one */
    MPI_Request *sending, *awaited; /* by slot; ring */
    uint64_t *request, *answer;     /* by slot; ring; `words` each */
};

static const char *message_check(const struct task_spec *spec)
{
    return message_bytes(spec) % sizeof(uint64_t) != 0
               ? "size: is not a multiple of 8 B; allowed: 16 B, 64 B, 4 KiB and so on"
               : NULL;
}

/* The first word of the pattern, which is also the result that is expected. */
static uint64_t message_expect(const struct task_spec *spec, uint64_t item)
{
    return task_mix(spec->seed ^ task_mix(item));
}

/* A message to the service, or from it. */
struct letter {
    void *words;
    int bytes, tag;
};

/* Sends one and waits for the other; `looks`: not in a blocking call. */
static void exchange(const struct letter *out, const struct letter *in, bool looks)
{
    int service = message_service_rank(), done = 0;
    MPI_Request both[2];
    MPI_Status status[2];
    if (!looks) {
        MPI_Send(out->words, out->bytes, MPI_BYTE, service, out->tag, MPI_COMM_WORLD);
        MPI_Recv(in->words, in->bytes, MPI_BYTE, service, in->tag, MPI_COMM_WORLD, status);
        return;
    }
    MPI_Irecv(in->words, in->bytes, MPI_BYTE, service, in->tag, MPI_COMM_WORLD, &both[0]);
    MPI_Isend(out->words, out->bytes, MPI_BYTE, service, out->tag, MPI_COMM_WORLD, &both[1]);
    for (;;) {
        MPI_Testall(2, both, &done, status);
        if (done) {
            return;
        }
        sched_yield();
    }
}

/* ---- The ranks of a cell ---- */

/* The main thread may run on the cores of the cell. */
static bool is_alone(const struct engine_cell *cell, int service_core)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) {
        return false;
    }
    bool shares = service_core >= 0 && CPU_ISSET((size_t)service_core, &cores);
    return !shares && cell->ranks * cell->threads <= (unsigned)CPU_COUNT(&cores);
}

static int message_enter(const struct task_spec *spec, const struct engine_cell *cell,
                         void **shared, struct engine_notes *notes)
{
    (void)spec, (void)notes;
    struct link *link = *shared;
    if (!link) {
        link = calloc(1, sizeof *link);
        *shared = link;
    }
    struct message_hello hello = {.error = link ? 0 : -ENOMEM};
    struct message_welcome welcome;
    message_name_node(hello.node, sizeof hello.node);
    exchange(&(struct letter){&hello, sizeof hello, MESSAGE_TAG_HELLO},
             &(struct letter){&welcome, sizeof welcome, MESSAGE_TAG_WELCOME}, message_must_look());
    if (link && !welcome.error) {
        link->alone = is_alone(cell, welcome.core);
        link->gave_way = link->alone ? message_set_gives_way(false) : false;
    }
    return welcome.error;
}

static int message_leave(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                         struct engine_notes *notes)
{
    (void)spec, (void)cell;
    const struct link *link = shared;
    uint64_t goodbye[MESSAGE_PATTERN] = {[MESSAGE_WHO] = MESSAGE_WHO_LEAVES};
    if (link->alone) {
        message_set_gives_way(link->gave_way);
    }
    exchange(&(struct letter){goodbye, sizeof goodbye, MESSAGE_TAG_REQUEST},
             &(struct letter){&notes->service_busy_s, sizeof(double), MESSAGE_TAG_FAREWELL},
             message_must_look());
    return 0;
}

/* ---- A worker ---- */

static void client_free(struct client *client)
{
    free(client->item);
    free(client->sending);
    free(client->awaited);
    free(client->request);
    free(client->answer);
    free(client);
}

static void message_close(void *state)
{
    struct client *client = state;
    for (uint32_t i = 0; i < client->depth; i++) {
        MPI_Wait(&client->awaited[i], MPI_STATUS_IGNORE);
        MPI_Wait(&client->sending[i], MPI_STATUS_IGNORE);
    }
    client_free(client);
}

static int message_open(const struct task_spec *spec, const struct engine_cell *cell,
                        unsigned thread, void *shared, void **state)
{
    const struct link *link = shared;
    size_t depth = cell->depth, bytes = message_bytes(spec);
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        return -ENOMEM;
    }
    *client = (struct client){
        .spec = spec,
        .service = message_service_rank(),
        .bytes = (int)bytes,
        .words = bytes / sizeof(uint64_t),
        .thread = thread,
        .depth = cell->depth,
        .stamps = message_latency_ns(spec) > 0,
        .alone = link->alone,
        .looks = message_must_look(),
        .item = malloc(depth * sizeof *client->item),
        .sending = malloc(depth * sizeof *client->sending),
        .awaited = malloc(depth * sizeof *client->awaited),
        .request = malloc(depth * bytes),
        .answer = malloc(depth * bytes),
    };
    if (!client->item || !client->sending || !client->awaited || !client->request ||
        !client->answer) {
        client_free(client);
        return -ENOMEM;
    }
    for (size_t i = 0; i < depth; i++) {
        client->item[i] = UINT64_MAX;
        client->sending[i] = client->awaited[i] = MPI_REQUEST_NULL;
    }
    memset(client->request, 0, depth * bytes);
    memset(client->answer, 0, depth * bytes);
    *state = client;
    return 0;
}

static uint64_t who_asks(const struct client *client, uint32_t slot)
{
    return (uint64_t)client->thread << 32 | slot;
}

/* Writes the request of an item into the slot's buffer; the stamp last, just before it is sent.
 * `start` is the first word of its pattern. */
static uint64_t *write_request(struct client *client, uint32_t slot, uint64_t item, uint64_t start)
{
    uint64_t *word = client->request + slot * client->words;
    uint64_t value = start;
    for (uint64_t k = MESSAGE_PATTERN; k < client->words; k++) {
        word[k] = value;
        value += PATTERN_STEP;
    }
    word[MESSAGE_WHO] = who_asks(client, slot);
    word[MESSAGE_STAMP] = client->stamps ? (uint64_t)clock_now_ns() : item;
    return word;
}

/* As expected if every bit went there and came back right. The pattern is an arithmetic progression
 * so that the sum of its words is known. */
static uint64_t read_answer(const struct client *client, uint32_t slot, uint64_t start,
                            const uint64_t *word)
{
    uint64_t value = start;
    uint64_t terms = client->words - MESSAGE_PATTERN, who = who_asks(client, slot);
    uint64_t sum = client->request[slot * client->words + MESSAGE_STAMP] + who + terms * start +
                   (terms > 0 ? terms * (terms - 1) / 2 : 0) * PATTERN_STEP;
    uint64_t wrong = (word[MESSAGE_DIGEST] ^ message_digest(sum)) | (word[MESSAGE_WHO] ^ who);
    for (uint64_t k = MESSAGE_PATTERN; k < client->words; k++) {
        wrong |= word[k] ^ value;
        value += PATTERN_STEP;
    }
    return start ^ wrong;
}

static int message_wait(void *state, uint64_t item, uint64_t *result)
{
    struct client *client = state;
    uint64_t start = message_expect(client->spec, item);
    uint64_t *request = write_request(client, 0, item, start);
    const struct letter out = {request, client->bytes, MESSAGE_TAG_REQUEST};
    const struct letter in = {client->answer, client->bytes,
                              MESSAGE_TAG_ANSWER + (int)client->thread};
    exchange(&out, &in, client->looks);
    *result = read_answer(client, 0, start, client->answer);
    return 0;
}

static int message_submit(void *state, uint32_t slot, uint64_t item)
{
    struct client *client = state;
    uint32_t left = client->depth - client->first;
    uint32_t at = client->count < left ? client->first + client->count : client->count - left;
    MPI_Irecv(client->answer + at * client->words, client->bytes, MPI_BYTE, client->service,
              MESSAGE_TAG_ANSWER + (int)client->thread, MPI_COMM_WORLD, &client->awaited[at]);
    client->count++;
    client->item[slot] = item;
    const uint64_t *request = write_request(client, slot, item, message_expect(client->spec, item));
    MPI_Isend(request, client->bytes, MPI_BYTE, client->service, MESSAGE_TAG_REQUEST,
              MPI_COMM_WORLD, &client->sending[slot]);
    return 0;
}

/* Takes the first of the ring, which has come. */
static int take_answer(struct client *client, struct completion *done)
{
    const uint64_t *word = client->answer + client->first * client->words;
    uint32_t slot = (uint32_t)word[MESSAGE_WHO];
    client->first = client->first + 1 == client->depth ? 0 : client->first + 1;
    client->count--;
    if (slot >= client->depth || client->item[slot] == UINT64_MAX) {
        return -EILSEQ;
    }
    MPI_Wait(&client->sending[slot], MPI_STATUS_IGNORE);
    uint64_t start = message_expect(client->spec, client->item[slot]);
    *done = (struct completion){.slot = slot, .result = read_answer(client, slot, start, word)};
    client->item[slot] = UINT64_MAX;
    return 0;
}

static int message_reap(void *state, uint32_t most, struct completion *done)
{
    struct client *client = state;
    uint32_t taken = 0;
    while (taken < most && client->count > 0) {
        int come = 0;
        MPI_Test(&client->awaited[client->first], &come, MPI_STATUS_IGNORE);
        if (come) {
            int failed = take_answer(client, &done[taken]);
            if (failed) {
                return failed;
            }
            taken++;
        } else if (taken > 0) {
            break;
        } else if (!client->alone) {
            sched_yield();
        }
    }
    return (int)taken;
}

static double message_latency_s(const struct task_spec *spec)
{
    return spec->engine_option[MESSAGE_LATENCY];
}

/* There and back. */
static double message_wait_bytes(const struct task_spec *spec)
{
    return 2 * spec->engine_option[MESSAGE_SIZE];
}

const struct engine engine_message = {
    .name = "message",
    .blocking = "MPI_Send and MPI_Recv",
    .in_flight = "MPI_Isend and MPI_Irecv, tested in order",
    .help = "requests to a service rank that answers after a latency; every byte is checked",
    .options = message_options,
    .waits = true,
    .spins = true,
    .calls_mpi = true,
    .check = message_check,
    .enter = message_enter,
    .leave = message_leave,
    .detach = free,
    .serve = message_service,
    .service_bytes = message_service_bytes,
    .open = message_open,
    .wait = message_wait,
    .submit = message_submit,
    .reap = message_reap,
    .close = message_close,
    .expect = message_expect,
    .latency_s = message_latency_s,
    .bytes = message_wait_bytes,
};
