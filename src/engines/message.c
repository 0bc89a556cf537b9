/* Requests to a service rank that answers after a latency: what a client of a database or of
 * another node waits for. The service is the last rank launched; see message_serve. */
#include "engines/deadlines.h"
#include "model/engine.h"
#include "system/clock.h"

#include <fcntl.h>
#include <math.h>
#include <mpi.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum message_option { MESSAGE_LATENCY, MESSAGE_SIZE };

static const struct option message_options[] = {
    {"latency", OPTION_TIME, 0, 3600, 0, NULL, "when the service answers, after the request"},
    {"size", OPTION_BYTES, 16, 64 * 1048576.0, 64, NULL,
     "bytes of a request and of its answer, a multiple of 8 B"},
    {0},
};

/* Tags on MPI_COMM_WORLD; answers to thread t have TAG_ANSWER + t. */
enum { TAG_REQUEST = 16, TAG_HELLO, TAG_WELCOME, TAG_FAREWELL, TAG_ANSWER = 32 };

/* A message is words. The stamp of a request is when it was sent, or its item when the service does
 * not need to know; the answer has the digest of the request in that place. All others come back as
 * they were sent: who asks (thread << 32 | slot), then a pattern that depends on seed and item. */
enum { WORD_STAMP, WORD_DIGEST = WORD_STAMP, WORD_WHO, WORDS_BEFORE_PATTERN };

#define WHO_LEAVES UINT64_MAX /* no request: this rank has done with the cell */
#define PATTERN_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Said by each rank before a cell, and answered when the service is at work. */
struct hello {
    int error;        /* this rank cannot take part: nobody does */
    char machine[64]; /* which boot of which machine, and which clock; empty when not known */
};

struct welcome {
    int error; /* the first of the ranks' and the service's */
    int core;  /* that the service runs on; -1 on another machine */
};

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
    uint32_t first, count;          /* of the ring */
    uint64_t *item;                 /* by slot; UINT64_MAX in an empty one */
    MPI_Request *sending, *awaited; /* by slot; ring */
    uint64_t *request, *answer;     /* by slot; ring; `words` each */
};

/* Open MPI's, where that is the library: whether a call that finds nothing to do gives up the core
 * at once, which doubles the time of a round trip. Returns what it was. */
extern bool opal_progress_set_yield_when_idle(bool yields) __attribute__((weak));

static bool set_gives_way(bool gives_way)
{
    return opal_progress_set_yield_when_idle ? opal_progress_set_yield_when_idle(gives_way) : false;
}

static uint64_t message_bytes(const struct task_spec *spec)
{
    return (uint64_t)spec->engine_option[MESSAGE_SIZE];
}

static int64_t message_latency_ns(const struct task_spec *spec)
{
    return llround(spec->engine_option[MESSAGE_LATENCY] * 1e9);
}

static int service_rank(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size - 1;
}

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

static uint64_t digest_of(uint64_t sum)
{
    return task_mix(sum);
}

/* ---- The ranks of a cell ---- */

/* The boot, and behind it the time namespace, which may have a clock of its own. */
static void name_machine(char *name, size_t bytes)
{
    memset(name, 0, bytes);
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t got = read(file, name, bytes - 1);
        close(file);
        size_t used = got > 0 ? strcspn(name, "\n") : 0;
        name[used] = '\0';
        if (used > 0 && readlink("/proc/self/ns/time", name + used, bytes - 1 - used) < 0) {
            name[used] = '\0';
        }
    }
}

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
    struct hello hello = {.error = link ? 0 : -ENOMEM};
    struct welcome welcome;
    name_machine(hello.machine, sizeof hello.machine);
    MPI_Send(&hello, (int)sizeof hello, MPI_BYTE, service_rank(), TAG_HELLO, MPI_COMM_WORLD);
    MPI_Recv(&welcome, (int)sizeof welcome, MPI_BYTE, service_rank(), TAG_WELCOME, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    if (link && !welcome.error) {
        link->alone = is_alone(cell, welcome.core);
        link->gave_way = link->alone ? set_gives_way(false) : false;
    }
    return welcome.error;
}

static int message_leave(const struct task_spec *spec, const struct engine_cell *cell, void *shared,
                         struct engine_notes *notes)
{
    (void)spec, (void)cell;
    const struct link *link = shared;
    uint64_t goodbye[WORDS_BEFORE_PATTERN] = {[WORD_WHO] = WHO_LEAVES};
    if (link->alone) {
        set_gives_way(link->gave_way);
    }
    MPI_Send(goodbye, (int)sizeof goodbye, MPI_BYTE, service_rank(), TAG_REQUEST, MPI_COMM_WORLD);
    MPI_Recv(&notes->service_busy_s, 1, MPI_DOUBLE, service_rank(), TAG_FAREWELL, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
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
        .service = service_rank(),
        .bytes = (int)bytes,
        .words = bytes / sizeof(uint64_t),
        .thread = thread,
        .depth = cell->depth,
        .stamps = message_latency_ns(spec) > 0,
        .alone = link->alone,
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
    for (uint64_t k = WORDS_BEFORE_PATTERN; k < client->words; k++) {
        word[k] = value;
        value += PATTERN_STEP;
    }
    word[WORD_WHO] = who_asks(client, slot);
    word[WORD_STAMP] = client->stamps ? (uint64_t)clock_now_ns() : item;
    return word;
}

/* As expected if every bit went there and came back right. The pattern is an arithmetic progression
 * so that the sum of its words is known. */
static uint64_t read_answer(const struct client *client, uint32_t slot, uint64_t start,
                            const uint64_t *word)
{
    uint64_t value = start;
    uint64_t terms = client->words - WORDS_BEFORE_PATTERN, who = who_asks(client, slot);
    uint64_t sum = client->request[slot * client->words + WORD_STAMP] + who + terms * start +
                   (terms > 0 ? terms * (terms - 1) / 2 : 0) * PATTERN_STEP;
    uint64_t wrong = (word[WORD_DIGEST] ^ digest_of(sum)) | (word[WORD_WHO] ^ who);
    for (uint64_t k = WORDS_BEFORE_PATTERN; k < client->words; k++) {
        wrong |= word[k] ^ value;
        value += PATTERN_STEP;
    }
    return start ^ wrong;
}

static int message_wait(void *state, uint64_t item, uint64_t *result)
{
    struct client *client = state;
    uint64_t start = message_expect(client->spec, item);
    const uint64_t *request = write_request(client, 0, item, start);
    MPI_Send(request, client->bytes, MPI_BYTE, client->service, TAG_REQUEST, MPI_COMM_WORLD);
    MPI_Recv(client->answer, client->bytes, MPI_BYTE, client->service,
             TAG_ANSWER + (int)client->thread, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    *result = read_answer(client, 0, start, client->answer);
    return 0;
}

static int message_submit(void *state, uint32_t slot, uint64_t item)
{
    struct client *client = state;
    uint32_t left = client->depth - client->first;
    uint32_t at = client->count < left ? client->first + client->count : client->count - left;
    MPI_Irecv(client->answer + at * client->words, client->bytes, MPI_BYTE, client->service,
              TAG_ANSWER + (int)client->thread, MPI_COMM_WORLD, &client->awaited[at]);
    client->count++;
    client->item[slot] = item;
    const uint64_t *request = write_request(client, slot, item, message_expect(client->spec, item));
    MPI_Isend(request, client->bytes, MPI_BYTE, client->service, TAG_REQUEST, MPI_COMM_WORLD,
              &client->sending[slot]);
    return 0;
}

/* Takes the first of the ring, which has come. */
static int take_answer(struct client *client, struct completion *done)
{
    const uint64_t *word = client->answer + client->first * client->words;
    uint32_t slot = (uint32_t)word[WORD_WHO];
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

/* ---- The service ---- */

/* POSTED: receives kept ready; more leave the first cache, and a round trip takes a tenth longer.
 * HANDLED: the most of a kind in one turn. With nothing to answer it looks LOOKS times before it
 * reads the clock. Times in ns: sleeps end up to EARLY late on a virtual machine; what polls in
 * vain offers its core to others each GIVE_WAY; what has nothing to do for IDLE naps, for a tenth
 * of the time that was idle up to NAP_MOST. */
enum { POSTED = 4, HANDLED = 64, SENDS_TESTED = 16, LOOKS = 16 };
enum { EARLY = 100000, GIVE_WAY = 4000, IDLE = 1000000, NAP_LEAST = 20000, NAP_MOST = 1000000 };

struct service {
    int bytes;               /* of one message */
    uint64_t words, workers; /* of one message; most requests that can be waiting */
    unsigned ranks, threads, left;
    int64_t latency_ns;
    const uint32_t *stop;
    int64_t look_ns;     /* the longest sleep while requests may come */
    int *rank;           /* in the program, of each rank of the cell */
    bool *same_clock;    /* by rank in the program */
    uint64_t *message;   /* by place: from the receive to the end of the send */
    int *source;         /* by place: the rank that asked */
    uint32_t *free;      /* places */
    uint32_t free_count; /* of those */
    struct deadlines waiting;
    uint32_t first, posted; /* of the ring of receives */
    MPI_Request receive[POSTED];
    uint32_t receive_place[POSTED];
    uint32_t sends, next_send; /* not yet ended; the one to test next */
    MPI_Request *send;
    uint32_t *send_place;
    int64_t now_ns, active_ns, gave_way_ns, busy_ns;
};

static void service_free(struct service *service)
{
    free(service->rank);
    free(service->same_clock);
    free(service->message);
    free(service->source);
    free(service->free);
    free(service->send);
    free(service->send_place);
    deadlines_free(&service->waiting);
}

/* Hears the ranks, whichever they are: each says it once. The first error of theirs, or 0. Without
 * memory to remember them they are answered at once. */
static int hear_hellos(struct service *service)
{
    struct hello hello, mine = {0};
    MPI_Status status;
    int error = 0;
    name_machine(mine.machine, sizeof mine.machine);
    for (unsigned r = 0; r < service->ranks; r++) {
        MPI_Recv(&hello, (int)sizeof hello, MPI_BYTE, MPI_ANY_SOURCE, TAG_HELLO, MPI_COMM_WORLD,
                 &status);
        error = error ? error : hello.error;
        if (!service->rank || !service->same_clock) {
            struct welcome none = {.error = -ENOMEM};
            MPI_Send(&none, (int)sizeof none, MPI_BYTE, status.MPI_SOURCE, TAG_WELCOME,
                     MPI_COMM_WORLD);
            continue;
        }
        bool same = mine.machine[0] && strcmp(hello.machine, mine.machine) == 0;
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
        struct welcome welcome = {.error = error, .core = same ? sched_getcpu() : -1};
        MPI_Send(&welcome, (int)sizeof welcome, MPI_BYTE, service->rank[r], TAG_WELCOME,
                 MPI_COMM_WORLD);
    }
}

/* 0 or -ENOMEM. All memory is touched before the clock of the cell starts, once it is known to be
 * there. */
static int make_room(struct service *service)
{
    uint64_t places = service->workers + POSTED;
    if (places > UINT32_MAX) {
        return -ENOMEM;
    }
    service->message = malloc(places * (size_t)service->bytes);
    service->source = malloc(places * sizeof *service->source);
    service->free = malloc(places * sizeof *service->free);
    service->send = malloc(places * sizeof *service->send);
    service->send_place = malloc(places * sizeof *service->send_place);
    if (!service->message || !service->source || !service->free || !service->send ||
        !service->send_place || deadlines_create(&service->waiting, (uint32_t)places) != 0) {
        return -ENOMEM;
    }
    memset(service->message, 0, places * (size_t)service->bytes);
    for (uint32_t p = 0; p < places; p++) {
        service->source[p] = 0;
        service->send[p] = MPI_REQUEST_NULL;
        service->send_place[p] = 0;
        service->free[p] = (uint32_t)places - 1 - p;
    }
    service->free_count = (uint32_t)places;
    return 0;
}

static uint64_t *message_at(const struct service *service, uint32_t place)
{
    return service->message + place * service->words;
}

static void post_receives(struct service *service)
{
    while (service->posted < POSTED && service->free_count > 0) {
        uint32_t at = (service->first + service->posted++) % POSTED;
        uint32_t place = service->free[--service->free_count];
        service->receive_place[at] = place;
        MPI_Irecv(message_at(service, place), service->bytes, MPI_BYTE, MPI_ANY_SOURCE, TAG_REQUEST,
                  MPI_COMM_WORLD, &service->receive[at]);
    }
}

static void cancel_receives(struct service *service)
{
    for (; service->posted > 0; service->posted--) {
        uint32_t at = (service->first + service->posted - 1) % POSTED;
        MPI_Cancel(&service->receive[at]);
        MPI_Wait(&service->receive[at], MPI_STATUS_IGNORE);
    }
}

/* Short answers are on their way when MPI_Isend returns. */
static void answer(struct service *service, uint32_t place)
{
    uint64_t *word = message_at(service, place);
    uint64_t thread = word[WORD_WHO] >> 32;
    int tag = TAG_ANSWER + (thread < service->threads ? (int)thread : 0), sent = 0;
    MPI_Request *request = &service->send[service->sends];
    MPI_Isend(word, service->bytes, MPI_BYTE, service->source[place], tag, MPI_COMM_WORLD, request);
    MPI_Test(request, &sent, MPI_STATUS_IGNORE);
    if (sent) {
        service->free[service->free_count++] = place;
    } else {
        service->send_place[service->sends++] = place;
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

/* The request stands in the message as it came: its digest takes the place of its stamp. */
static void take_request(struct service *service, uint32_t place, int source)
{
    uint64_t *word = message_at(service, place), sum = 0, stamp = word[WORD_STAMP];
    if (word[WORD_WHO] == WHO_LEAVES) {
        service->left++;
        service->free[service->free_count++] = place;
        return;
    }
    for (uint64_t k = 0; k < service->words; k++) {
        sum += word[k];
    }
    word[WORD_DIGEST] = digest_of(sum);
    service->source[place] = source;
    int64_t at_ns = answer_at_ns(service, source, stamp);
    if (at_ns <= service->now_ns && service->waiting.count == 0) {
        answer(service, place);
    } else {
        deadlines_add(&service->waiting, at_ns, place);
    }
}

/* Messages match the receives in the order in which these were posted: the first comes first. */
static int take_requests(struct service *service)
{
    int taken = 0, come = 1, looks = service->waiting.count > 0 ? 1 : LOOKS;
    MPI_Status status;
    while (taken < HANDLED && service->posted > 0) {
        MPI_Test(&service->receive[service->first], &come, &status);
        if (!come && taken == 0 && --looks > 0) {
            continue;
        }
        if (!come) {
            break;
        }
        uint32_t place = service->receive_place[service->first];
        service->first = (service->first + 1) % POSTED;
        service->posted--;
        take_request(service, place, status.MPI_SOURCE);
        taken++;
    }
    return taken;
}

/* All are due when the program is to end: nobody waits for an answer then. */
static int answer_due(struct service *service)
{
    int answered = 0;
    uint32_t place;
    int64_t due_ns = engine_is_stopped(service->stop) ? INT64_MAX : service->now_ns;
    while (answered < HANDLED && deadlines_take(&service->waiting, due_ns, &place)) {
        answer(service, place);
        answered++;
    }
    return answered;
}

static int end_sends(struct service *service)
{
    int ended = 0;
    for (int i = 0; i < SENDS_TESTED && service->sends > 0; i++) {
        uint32_t at = service->next_send < service->sends ? service->next_send : 0;
        int sent = 0;
        MPI_Test(&service->send[at], &sent, MPI_STATUS_IGNORE);
        service->next_send = sent ? at : at + 1;
        if (sent) {
            uint32_t last = --service->sends;
            service->free[service->free_count++] = service->send_place[at];
            service->send[at] = service->send[last];
            service->send_place[at] = service->send_place[last];
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
        bool more = service->waiting.count < service->workers || service->sends > 0;
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
    bool gave_way = set_gives_way(false); /* it does so by itself, less often */
    service->now_ns = service->active_ns = service->gave_way_ns = clock_now_ns();
    while (service->left < service->ranks || service->waiting.count > 0 || service->sends > 0) {
        turn(service);
    }
    cancel_receives(service);
    set_gives_way(gave_way);
    double busy_s = (double)service->busy_ns * 1e-9;
    for (unsigned r = 0; r < service->ranks; r++) {
        MPI_Send(&busy_s, 1, MPI_DOUBLE, service->rank[r], TAG_FAREWELL, MPI_COMM_WORLD);
    }
}

/* Answers requests in the order of their deadlines until every rank has left. Asleep whenever that
 * makes no answer late. */
static int message_serve(const struct task_spec *spec, const struct engine_cell *cell)
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
        .same_clock = calloc((size_t)service_rank() + 1, sizeof *service.same_clock),
    };
    service.look_ns = service.latency_ns / 4 < NAP_MOST ? service.latency_ns / 4 : NAP_MOST;
    clock_set_least_slack();
    int error = hear_hellos(&service);
    int failed = service.rank && service.same_clock ? make_room(&service) : -ENOMEM;
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
    .calls_mpi = true,
    .check = message_check,
    .enter = message_enter,
    .leave = message_leave,
    .detach = free,
    .serve = message_serve,
    .open = message_open,
    .wait = message_wait,
    .submit = message_submit,
    .reap = message_reap,
    .close = message_close,
    .expect = message_expect,
    .latency_s = message_latency_s,
    .bytes = message_wait_bytes,
};
