#include "engines/message_service.h"

#include "engines/deadlines.h"
#include "engines/message_protocol.h"
#include "system/clock.h"

#include <errno.h>
#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* POSTED: receives kept ready; more leave the first cache, and a round trip takes a tenth longer.
 * HANDLED: the most of a kind in one turn. With nothing to answer it looks LOOKS times before it
 * reads the clock. Times in ns: sleeps end up to EARLY late on a virtual machine; what polls in
 * vain offers its core to others each GIVE_WAY; what has nothing to do for IDLE naps, for a tenth
 * of the time that was idle up to NAP_MOST. */
enum { POSTED = 4, HANDLED = 64, SENDS_TESTED = 16, LOOKS = 16 };
enum { EARLY = 100000, GIVE_WAY = 4000, IDLE = 1000000, NAP_LEAST = 20000, NAP_MOST = 1000000 };

/* Each message has a buffer of its own from the receive to the end of the send. */
struct buffers {
    uint64_t *message;
    int *source;    /* by buffer: the rank that asked */
    uint32_t *free; /* the buffers that have no message */
    uint32_t free_count;
};

/* The receives kept ready: a ring. */
struct receives {
    uint32_t first, posted;
    MPI_Request request[POSTED];
    uint32_t buffer[POSTED];
};

/* The answers whose sends have not ended. */
struct sends {
    uint32_t count, next; /* of these, the one to test next */
    MPI_Request *request;
    uint32_t *buffer;
};

struct service {
    int bytes;               /* of one message */
    uint64_t words, workers; /* of one message; most requests that can be waiting */
    unsigned ranks, threads, left;
    int64_t latency_ns;
    const uint32_t *stop;
    int64_t look_ns;  /* the longest sleep while requests may come */
    int *rank;        /* in the program, of each rank of the cell */
    bool *same_clock; /* by rank in the program */
    struct buffers buffers;
    struct deadlines waiting;
    struct receives receives;
    struct sends sends;
    int64_t now_ns, active_ns, gave_way_ns, busy_ns;
};

static void service_free(struct service *service)
{
    free(service->rank);
    free(service->same_clock);
    free(service->buffers.message);
    free(service->buffers.source);
    free(service->buffers.free);
    free(service->sends.request);
    free(service->sends.buffer);
    deadlines_free(&service->waiting);
}

/* Hears the ranks, whichever they are: each says it once. The first error of theirs, or 0. Without
 * memory to remember them they are answered at once. */
static int hear_hellos(struct service *service)
{
    struct message_hello hello, mine = {0};
    MPI_Status status;
    int error = 0;
    message_name_node(mine.node, sizeof mine.node);
    for (unsigned r = 0; r < service->ranks; r++) {
        MPI_Recv(&hello, (int)sizeof hello, MPI_BYTE, MPI_ANY_SOURCE, MESSAGE_TAG_HELLO,
                 MPI_COMM_WORLD, &status);
        error = error ? error : hello.error;
        if (!service->rank || !service->same_clock) {
            struct message_welcome none = {.error = -ENOMEM};
            MPI_Send(&none, (int)sizeof none, MPI_BYTE, status.MPI_SOURCE, MESSAGE_TAG_WELCOME,
                     MPI_COMM_WORLD);
            continue;
        }
        bool same = mine.node[0] && strcmp(hello.node, mine.node) == 0;
        service->rank[r] = status.MPI_SOURCE;
        service->same_clock[status.MPI_SOURCE] = same;
        if (!same) {
            service->look_ns = service->latency_ns / 100; /* noticed late is answered late */
        }
    }
    return error;
}

static void say_welcome(const struct service *service, int error)
{
    for (unsigned r = 0; r < service->ranks; r++) {
        bool same = !error && service->same_clock[service->rank[r]];
        struct message_welcome welcome = {.error = error, .core = same ? sched_getcpu() : -1};
        MPI_Send(&welcome, (int)sizeof welcome, MPI_BYTE, service->rank[r], MESSAGE_TAG_WELCOME,
                 MPI_COMM_WORLD);
    }
}

/* 0 or -ENOMEM. All memory is touched before the clock of the cell starts, once it is known to be
 * there. */
static int allocate(struct service *service)
{
    uint64_t buffers = service->workers + POSTED;
    if (buffers > UINT32_MAX) {
        return -ENOMEM;
    }
    service->buffers.message = malloc(buffers * (size_t)service->bytes);
    service->buffers.source = malloc(buffers * sizeof *service->buffers.source);
    service->buffers.free = malloc(buffers * sizeof *service->buffers.free);
    service->sends.request = malloc(buffers * sizeof *service->sends.request);
    service->sends.buffer = malloc(buffers * sizeof *service->sends.buffer);
    if (!service->buffers.message || !service->buffers.source || !service->buffers.free ||
        !service->sends.request || !service->sends.buffer ||
        deadlines_create(&service->waiting, (uint32_t)buffers) != 0) {
        return -ENOMEM;
    }
    memset(service->buffers.message, 0, buffers * (size_t)service->bytes);
    for (uint32_t p = 0; p < buffers; p++) {
        service->buffers.source[p] = 0;
        service->sends.request[p] = MPI_REQUEST_NULL;
        service->sends.buffer[p] = 0;
        service->buffers.free[p] = (uint32_t)buffers - 1 - p;
    }
    service->buffers.free_count = (uint32_t)buffers;
    return 0;
}

double message_service_bytes(const struct task_spec *spec, double in_flight)
{
    return (in_flight + POSTED) * (double)message_bytes(spec);
}

static uint64_t *message_at(const struct service *service, uint32_t buffer)
{
    return service->buffers.message + buffer * service->words;
}

static void post_receives(struct service *service)
{
    while (service->receives.posted < POSTED && service->buffers.free_count > 0) {
        uint32_t at = (service->receives.first + service->receives.posted++) % POSTED;
        uint32_t buffer = service->buffers.free[--service->buffers.free_count];
        service->receives.buffer[at] = buffer;
        MPI_Irecv(message_at(service, buffer), service->bytes, MPI_BYTE, MPI_ANY_SOURCE,
                  MESSAGE_TAG_REQUEST, MPI_COMM_WORLD, &service->receives.request[at]);
    }
}

static void cancel_receives(struct service *service)
{
    for (; service->receives.posted > 0; service->receives.posted--) {
        uint32_t at = (service->receives.first + service->receives.posted - 1) % POSTED;
        MPI_Cancel(&service->receives.request[at]);
        MPI_Wait(&service->receives.request[at], MPI_STATUS_IGNORE);
    }
}

/* Short answers are on their way when MPI_Isend returns. */
static void answer(struct service *service, uint32_t buffer)
{
    uint64_t *word = message_at(service, buffer);
    uint64_t thread = word[MESSAGE_WHO] >> 32;
    int tag = MESSAGE_TAG_ANSWER + (thread < service->threads ? (int)thread : 0), sent = 0;
    MPI_Request *request = &service->sends.request[service->sends.count];
    MPI_Isend(word, service->bytes, MPI_BYTE, service->buffers.source[buffer], tag, MPI_COMM_WORLD,
              request);
    MPI_Test(request, &sent, MPI_STATUS_IGNORE);
    if (sent) {
        service->buffers.free[service->buffers.free_count++] = buffer;
    } else {
        service->sends.buffer[service->sends.count++] = buffer;
    }
}

/* Counts from when the request was sent, or from now where that is not known. A corrupt stamp must
 * not put an answer off for ever; one that seems to lie ahead is usually newer than now_ns. */
static int64_t answer_at_ns(const struct service *service, int source, uint64_t stamp)
{
    int64_t sent_ns = (int64_t)stamp;
    if (service->latency_ns == 0) {
        return service->now_ns;
    }
    if (!service->same_clock[source] || sent_ns > service->now_ns) {
        int64_t now_ns = clock_now_ns();
        sent_ns = service->same_clock[source] && sent_ns < now_ns ? sent_ns : now_ns;
    }
    return sent_ns + service->latency_ns;
}

/* The request stands in the message as it came: its digest replaces its stamp. */
static void take_request(struct service *service, uint32_t buffer, int source)
{
    uint64_t *word = message_at(service, buffer), sum = 0, stamp = word[MESSAGE_STAMP];
    if (word[MESSAGE_WHO] == MESSAGE_WHO_LEAVES) {
        service->left++;
        service->buffers.free[service->buffers.free_count++] = buffer;
        return;
    }
    for (uint64_t k = 0; k < service->words; k++) {
        sum += word[k];
    }
    word[MESSAGE_DIGEST] = message_digest(sum);
    service->buffers.source[buffer] = source;
    int64_t at_ns = answer_at_ns(service, source, stamp);
    if (at_ns <= service->now_ns && service->waiting.count == 0) {
        answer(service, buffer);
    } else {
        deadlines_add(&service->waiting, at_ns, buffer);
    }
}

/* Messages match the receives in the order in which these were posted: the first comes first. */
static int take_requests(struct service *service)
{
    int taken = 0, come = 1, looks = service->waiting.count > 0 ? 1 : LOOKS;
    MPI_Status status;
    while (taken < HANDLED && service->receives.posted > 0) {
        MPI_Test(&service->receives.request[service->receives.first], &come, &status);
        if (!come && taken == 0 && --looks > 0) {
            continue;
        }
        if (!come) {
            break;
        }
        uint32_t buffer = service->receives.buffer[service->receives.first];
        service->receives.first = (service->receives.first + 1) % POSTED;
        service->receives.posted--;
        take_request(service, buffer, status.MPI_SOURCE);
        taken++;
    }
    return taken;
}

/* All are due when the program is to end: nobody waits for an answer then. */
static int answer_due(struct service *service)
{
    int answered = 0;
    uint32_t buffer;
    int64_t due_ns = engine_is_stopped(service->stop) ? INT64_MAX : service->now_ns;
    while (answered < HANDLED && deadlines_take(&service->waiting, due_ns, &buffer)) {
        answer(service, buffer);
        answered++;
    }
    return answered;
}

static int end_sends(struct service *service)
{
    int ended = 0;
    for (int i = 0; i < SENDS_TESTED && service->sends.count > 0; i++) {
        uint32_t at = service->sends.next < service->sends.count ? service->sends.next : 0;
        int sent = 0;
        MPI_Test(&service->sends.request[at], &sent, MPI_STATUS_IGNORE);
        service->sends.next = sent ? at : at + 1;
        if (sent) {
            uint32_t last = --service->sends.count;
            service->buffers.free[service->buffers.free_count++] = service->sends.buffer[at];
            service->sends.request[at] = service->sends.request[last];
            service->sends.buffer[at] = service->sends.buffer[last];
            ended++;
        }
    }
    return ended;
}

/* How long the service, which has just found nothing to do, may sleep. A request that is noticed
 * late is still answered on time, because it says when it was sent. */
static int64_t sleep_ns(const struct service *service)
{
    int64_t idle_ns = service->now_ns - service->active_ns;
    int64_t first_ns = deadlines_first_ns(&service->waiting);
    if (first_ns != INT64_MAX) {
        int64_t ahead_ns = first_ns - EARLY - service->now_ns;
        bool more = service->waiting.count < service->workers || service->sends.count > 0;
        return more && ahead_ns > service->look_ns ? service->look_ns : ahead_ns;
    }
    if (idle_ns < IDLE) {
        return 0;
    }
    int64_t nap_ns = idle_ns / 10 < NAP_MOST ? idle_ns / 10 : NAP_MOST;
    if (service->latency_ns > 0 && nap_ns > service->look_ns) {
        nap_ns = service->look_ns;
    }
    return nap_ns > NAP_LEAST ? nap_ns : NAP_LEAST;
}

static void rest(struct service *service)
{
    int64_t asleep_ns = sleep_ns(service);
    if (asleep_ns >= NAP_LEAST) {
        clock_sleep_unless(service->now_ns + asleep_ns, service->stop);
        service->now_ns = clock_now_ns();
    } else if (service->now_ns - service->active_ns > GIVE_WAY &&
               service->now_ns - service->gave_way_ns > GIVE_WAY) {
        sched_yield();
        service->now_ns = clock_now_ns();
        service->gave_way_ns = service->now_ns;
    }
}

static void turn(struct service *service)
{
    int handled = take_requests(service) + answer_due(service);
    int ended = end_sends(service);
    post_receives(service); /* a few each time, while the asker is busy with its answer */
    int64_t now_ns = clock_now_ns();
    service->busy_ns += handled > 0 ? now_ns - service->now_ns : 0;
    service->now_ns = now_ns;
    if (handled + ended > 0) {
        service->active_ns = now_ns;
    } else {
        rest(service);
    }
}

static void work(struct service *service)
{
    bool gave_way = message_set_gives_way(false); /* it does so by itself, less often */
    service->now_ns = service->active_ns = service->gave_way_ns = clock_now_ns();
    while (service->left < service->ranks || service->waiting.count > 0 ||
           service->sends.count > 0) {
        turn(service);
    }
    cancel_receives(service);
    message_set_gives_way(gave_way);
    double busy_s = (double)service->busy_ns * 1e-9;
    for (unsigned r = 0; r < service->ranks; r++) {
        MPI_Send(&busy_s, (int)sizeof busy_s, MPI_BYTE, service->rank[r], MESSAGE_TAG_FAREWELL,
                 MPI_COMM_WORLD);
    }
}

int message_service(const struct task_spec *spec, const struct engine_cell *cell)
{
    struct service service = {
        .bytes = (int)message_bytes(spec),
        .words = message_bytes(spec) / sizeof(uint64_t),
        .workers = (uint64_t)cell->ranks * cell->threads * cell->depth,
        .ranks = cell->ranks,
        .threads = cell->threads,
        .latency_ns = message_latency_ns(spec),
        .stop = cell->stop,
        .rank = malloc(cell->ranks * sizeof *service.rank),
        .same_clock = calloc((size_t)message_service_rank() + 1, sizeof *service.same_clock),
    };
    service.look_ns = service.latency_ns / 4 < NAP_MOST ? service.latency_ns / 4 : NAP_MOST;
    clock_set_least_slack();
    int error = hear_hellos(&service);
    int failed = service.rank && service.same_clock ? allocate(&service) : -ENOMEM;
    error = error ? error : failed;
    if (!error) {
        post_receives(&service);
    }
    if (service.rank && service.same_clock) { /* else they have their answer */
        say_welcome(&service, error);
    }
    if (!error) {
        work(&service);
    }
    service_free(&service);
    return error;
}
