/* The message engine and its service, which in a world of one rank is a second thread of it: every
 * answer is checked to the last bit, none comes before its time, and the service sleeps while it
 * has nothing to do. First the queue of deadlines that it keeps. */
#include "engines/deadlines.h"
#include "engines/engines.h"
#include "system/clock.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <mpi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { LATENCY, SIZE }; /* options, in the order of the table */
enum { TAG_REQUEST = 16, TAG_ANSWER = 32 };
enum { REAP_MOST = 64, CARRIED_MOST = 1 << 17 };

static const struct engine *const message = &engine_message;

static void deadlines_end_in_the_order_of_their_beginning(void)
{
    enum { CAPACITY = 7, WAITS = 100 };
    struct deadlines queue;
    uint32_t slot, next = 0, begun = 0;
    CU_ASSERT_EQUAL_FATAL(deadlines_create(&queue, CAPACITY), 0);
    CU_ASSERT_EQUAL(deadlines_first_ns(&queue), INT64_MAX);
    CU_ASSERT_FALSE(deadlines_take(&queue, INT64_MAX - 1, &slot));
    while (next < WAITS) {
        while (begun < WAITS && queue.count < CAPACITY) {
            deadlines_add(&queue, 10 * begun, begun);
            begun++;
        }
        CU_ASSERT_EQUAL(deadlines_first_ns(&queue), 10 * next);
        CU_ASSERT_FALSE(deadlines_take(&queue, 10 * (int64_t)next - 1, &slot));
        for (uint32_t i = next % 3; i < 3 && next < begun; i++) {
            CU_ASSERT(deadlines_take(&queue, 10 * (int64_t)next, &slot));
            CU_ASSERT_EQUAL(slot, next);
            next++;
        }
    }
    CU_ASSERT_EQUAL(deadlines_first_ns(&queue), INT64_MAX);
    deadlines_free(&queue);
}

static void a_deadline_out_of_order_waits_for_those_before(void)
{
    struct deadlines queue;
    uint32_t slot;
    CU_ASSERT_EQUAL_FATAL(deadlines_create(&queue, 2), 0);
    deadlines_add(&queue, 100, 1);
    deadlines_add(&queue, 90, 2);
    CU_ASSERT_FALSE(deadlines_take(&queue, 99, &slot));
    CU_ASSERT(deadlines_take(&queue, 100, &slot) && slot == 1);
    CU_ASSERT_EQUAL(deadlines_first_ns(&queue), 100);
    CU_ASSERT(deadlines_take(&queue, 100, &slot) && slot == 2);
    deadlines_free(&queue);
}

/* A bit that is flipped on the way, once. The library calls PMPI_ itself, the engine the names
 * here; the service is a thread of its own. */
static struct {
    atomic_bool armed;
    atomic_int tag;
    _Atomic uint64_t bit;
    unsigned char carried[CARRIED_MOST]; /* the message as it goes on */
} fault;

static const void *carry(const void *buffer, int bytes, int tag)
{
    if (!fault.armed || tag != fault.tag || bytes > CARRIED_MOST) {
        return buffer;
    }
    memcpy(fault.carried, buffer, (size_t)bytes);
    fault.carried[fault.bit / 8] ^= (unsigned char)(1u << fault.bit % 8);
    fault.armed = false; /* last: now it may be armed again */
    return fault.carried;
}

int MPI_Send(const void *buffer, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm)
{
    return PMPI_Send(carry(buffer, count, tag), count, type, rank, tag, comm);
}

int MPI_Isend(const void *buffer, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    return PMPI_Isend(carry(buffer, count, tag), count, type, rank, tag, comm, request);
}

/* A cell of one rank and its service. */
struct served {
    struct task_spec spec;
    struct engine_cell cell;
    void *shared;
    struct engine_notes notes;
    pthread_t service;
    int64_t begun_ns;
};

static void *serve(void *argument)
{
    struct served *served = argument;
    return (void *)(intptr_t)message->serve(&served->spec, &served->cell);
}

/* What enter gave. */
static int try_begin(struct served *served, double latency_s, double size, unsigned threads,
                     unsigned depth)
{
    *served = (struct served){
        .spec = {.tasks = 1, .waits = 1, .seed = 42, .engine_option = {latency_s, size}},
        .cell = {.ranks = 1, .threads = threads, .depth = depth, .tasks = 1, .visit = 1},
        .begun_ns = clock_now_ns(),
    };
    CU_ASSERT_EQUAL_FATAL(pthread_create(&served->service, NULL, serve, served), 0);
    return message->enter(&served->spec, &served->cell, &served->shared, &served->notes);
}

static void begin(struct served *served, double latency_s, double size, unsigned threads,
                  unsigned depth)
{
    CU_ASSERT_EQUAL_FATAL(try_begin(served, latency_s, size, threads, depth), 0);
}

/* What serve gave. */
static int join(struct served *served)
{
    void *result;
    CU_ASSERT_EQUAL(pthread_join(served->service, &result), 0);
    message->detach(served->shared);
    return (int)(intptr_t)result;
}

static void end(struct served *served)
{
    CU_ASSERT_EQUAL(message->leave(&served->spec, &served->cell, served->shared, &served->notes),
                    0);
    CU_ASSERT_EQUAL(join(served), 0);
}

static void *open_worker(const struct served *served, unsigned thread)
{
    void *state = NULL;
    CU_ASSERT_EQUAL_FATAL(
        message->open(&served->spec, &served->cell, thread, served->shared, &state), 0);
    return state;
}

/* How many of the items gave an error or not what was expected. */
static uint64_t wrong_one_by_one(const struct served *served, void *state, uint64_t items)
{
    uint64_t wrong = 0;
    for (uint64_t item = 0; item < items; item++) {
        uint64_t result = 0;
        int failed = message->wait(state, item, &result);
        wrong += failed || result != message->expect(&served->spec, item);
    }
    return wrong;
}

/* The same with as many in flight as there are slots: the item by slot is its number, then + depth
 * and so on, `turns` times. */
static uint64_t wrong_in_flight(const struct served *served, void *state, uint64_t turns)
{
    uint32_t depth = served->cell.depth, in_flight = depth;
    uint64_t *turn = calloc(depth, sizeof *turn), wrong = 0;
    struct completion done[REAP_MOST];
    for (uint32_t slot = 0; slot < depth; slot++) {
        wrong += message->submit(state, slot, slot) != 0;
    }
    while (in_flight > 0) {
        int count = message->reap(state, REAP_MOST, done);
        if (count < 1) {
            wrong++;
            break;
        }
        for (int i = 0; i < count; i++) {
            uint32_t slot = done[i].slot;
            bool waits = slot < depth && turn[slot] < turns;
            uint64_t item = waits ? slot + depth * turn[slot]++ : UINT64_MAX;
            wrong += !waits || done[i].result != message->expect(&served->spec, item);
            if (waits && turn[slot] < turns) {
                wrong += message->submit(state, slot, item + depth) != 0;
            } else {
                in_flight--;
            }
        }
    }
    free(turn);
    return wrong;
}

static void options_are_as_documented(void)
{
    struct task_spec spec = {.engine_option = {0.25, 4096}};
    CU_ASSERT_STRING_EQUAL(message->options[LATENCY].name, "latency");
    CU_ASSERT_STRING_EQUAL(message->options[SIZE].name, "size");
    CU_ASSERT_EQUAL(message->latency_s(&spec), 0.25);
    CU_ASSERT_EQUAL(message->bytes(&spec), 2 * 4096);
    CU_ASSERT_PTR_NULL(message->check(&spec));
    spec.engine_option[SIZE] = 4100;
    CU_ASSERT_PTR_NOT_NULL(message->check(&spec));
}

static void every_size_goes_there_and_back(void)
{
    static const double sizes[] = {16, 24, 32, 64, 1000, 4096, 4104, 65536, 1048576};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct served served;
        begin(&served, i % 2 ? 0 : 200e-6, sizes[i], 1, 1);
        void *state = open_worker(&served, 0);
        CU_ASSERT_EQUAL(wrong_one_by_one(&served, state, 20), 0);
        message->close(state);
        end(&served);
        begin(&served, i % 2 ? 200e-6 : 0, sizes[i], 1, 9);
        state = open_worker(&served, 0);
        CU_ASSERT_EQUAL(wrong_in_flight(&served, state, 4), 0);
        message->close(state);
        end(&served);
    }
}

static void every_depth_each_slot_once(void)
{
    static const unsigned depths[] = {2, 3, 63, 64, 65, 128, 129, 1000, 20000};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        struct served served;
        begin(&served, i % 2 ? 1e-3 : 0, 64, 1, depths[i]);
        void *state = open_worker(&served, 0);
        CU_ASSERT_EQUAL(wrong_in_flight(&served, state, 3), 0);
        message->close(state);
        end(&served);
    }
}

struct worker {
    pthread_t thread;
    const struct served *served;
    unsigned number;
    uint64_t wrong;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    void *state = open_worker(worker->served, worker->number);
    worker->wrong = worker->served->cell.depth == 1 ? wrong_one_by_one(worker->served, state, 200)
                                                    : wrong_in_flight(worker->served, state, 50);
    message->close(state);
    return NULL;
}

/* Each gets the answers to its own requests. */
static void threads_do_not_meet(void)
{
    enum { THREADS = 6 };
    for (unsigned depth = 1; depth <= 8; depth += 7) {
        struct worker workers[THREADS];
        struct served served;
        begin(&served, 100e-6, 64, THREADS, depth);
        for (unsigned t = 0; t < THREADS; t++) {
            workers[t] = (struct worker){.served = &served, .number = t};
            CU_ASSERT_EQUAL_FATAL(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
        }
        for (unsigned t = 0; t < THREADS; t++) {
            pthread_join(workers[t].thread, NULL);
            CU_ASSERT_EQUAL(workers[t].wrong, 0);
        }
        end(&served);
    }
}

/* One item has one bit flipped on the way there or back. Where the bit says which slot it is,
 * another may be wrong, too. */
static bool is_found(const struct served *served, int tag, uint64_t bit)
{
    void *state = open_worker(served, 0);
    fault.tag = tag;
    fault.bit = bit;
    fault.armed = true;
    uint64_t wrong = served->cell.depth == 1 ? wrong_one_by_one(served, state, 2)
                                             : wrong_in_flight(served, state, 1);
    bool flipped = !fault.armed;
    fault.armed = false;
    message->close(state);
    return flipped && wrong > 0;
}

/* `flips` bits, or every one. */
static uint64_t missed(double latency_s, uint64_t size, unsigned depth, uint64_t flips)
{
    struct served served;
    uint64_t not_found = 0;
    begin(&served, latency_s, (double)size, 1, depth);
    for (uint64_t i = 0; i < (flips ? flips : size * 8); i++) {
        uint64_t bit = flips ? task_mix(i) % (size * 8) : i;
        not_found += !is_found(&served, TAG_REQUEST, bit);
        not_found += !is_found(&served, TAG_ANSWER, bit);
    }
    end(&served);
    return not_found;
}

static void one_flipped_bit_is_found_either_way(void)
{
    CU_ASSERT_EQUAL(missed(0, 64, 1, 0), 0);
    CU_ASSERT_EQUAL(missed(20e-6, 64, 1, 0), 0);
    CU_ASSERT_EQUAL(missed(0, 64, 3, 0), 0);
    CU_ASSERT_EQUAL(missed(0, 16, 2, 0), 0);
    CU_ASSERT_EQUAL(missed(0, 4104, 1, 200), 0);
    CU_ASSERT_EQUAL(missed(0, 65536, 2, 200), 0);
}

static void an_answer_of_another_seed_is_wrong(void)
{
    struct served served;
    begin(&served, 0, 64, 1, 1);
    void *state = open_worker(&served, 0);
    uint64_t result = 0;
    struct task_spec other = served.spec;
    other.seed++;
    CU_ASSERT_EQUAL(message->wait(state, 5, &result), 0);
    CU_ASSERT_NOT_EQUAL(result, message->expect(&other, 5));
    CU_ASSERT_NOT_EQUAL(result, message->expect(&served.spec, 6));
    message->close(state);
    end(&served);
}

static void no_answer_comes_before_its_time(void)
{
    enum { DEPTH = 100 };
    struct served served;
    struct completion done[REAP_MOST];
    int64_t begun_ns[DEPTH];
    int early = 0, out_of_order = 0;
    begin(&served, 2e-3, 64, 1, DEPTH);
    void *state = open_worker(&served, 0);
    for (uint64_t item = 0; item < 10; item++) {
        uint64_t result;
        int64_t start_ns = clock_now_ns();
        CU_ASSERT_EQUAL(message->wait(state, item, &result), 0);
        early += clock_now_ns() - start_ns < 2000000;
    }
    for (uint32_t slot = 0; slot < DEPTH; slot++) {
        begun_ns[slot] = clock_now_ns();
        CU_ASSERT_EQUAL(message->submit(state, slot, slot), 0);
    }
    uint32_t ended = 0;
    while (ended < DEPTH) {
        int count = message->reap(state, REAP_MOST, done);
        CU_ASSERT_FATAL(count > 0);
        for (int i = 0; i < count; i++) {
            early += clock_now_ns() - begun_ns[done[i].slot] < 2000000;
            out_of_order += done[i].slot != ended++;
        }
    }
    CU_ASSERT_EQUAL(early, 0);
    CU_ASSERT_EQUAL(out_of_order, 0);
    message->close(state);
    end(&served);
}

static void closing_waits_for_what_is_in_flight(void)
{
    struct served served;
    begin(&served, 30e-3, 64, 1, 40);
    void *state = open_worker(&served, 0);
    int64_t start_ns = clock_now_ns();
    for (uint32_t slot = 0; slot < 25; slot++) {
        CU_ASSERT_EQUAL(message->submit(state, slot, slot), 0);
    }
    message->close(state);
    CU_ASSERT(clock_now_ns() - start_ns >= 30000000);
    state = open_worker(&served, 0);
    CU_ASSERT_EQUAL(wrong_in_flight(&served, state, 1), 0);
    message->close(state);
    end(&served);
}

static void the_service_was_busy_for_part_of_the_time(void)
{
    struct served served;
    begin(&served, 0, 64, 1, 16);
    void *state = open_worker(&served, 0);
    CU_ASSERT_EQUAL(wrong_in_flight(&served, state, 500), 0);
    message->close(state);
    end(&served);
    CU_ASSERT(served.notes.service_busy_s > 0);
    CU_ASSERT(served.notes.service_busy_s < (double)(clock_now_ns() - served.begun_ns) * 1e-9);
}

/* CPU time of the service's thread so far, in ns. */
static int64_t service_cpu_ns(const struct served *served)
{
    clockid_t clock;
    struct timespec t = {0};
    CU_ASSERT_EQUAL(pthread_getcpuclockid(served->service, &clock), 0);
    CU_ASSERT_EQUAL(clock_gettime(clock, &t), 0);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void the_service_sleeps_while_nothing_is_asked(void)
{
    struct served served;
    begin(&served, 0, 64, 1, 1);
    void *state = open_worker(&served, 0);
    CU_ASSERT_EQUAL(wrong_one_by_one(&served, state, 10), 0);
    int64_t before_ns = service_cpu_ns(&served);
    clock_sleep_until_ns(clock_now_ns() + 300000000);
    CU_ASSERT(service_cpu_ns(&served) - before_ns < 30000000);
    CU_ASSERT_EQUAL(wrong_one_by_one(&served, state, 10), 0);
    message->close(state);
    end(&served);
}

static void the_service_sleeps_until_a_deadline(void)
{
    struct served served;
    begin(&served, 0.3, 64, 1, 2);
    void *state = open_worker(&served, 0);
    int64_t before_ns = service_cpu_ns(&served);
    CU_ASSERT_EQUAL(wrong_one_by_one(&served, state, 1), 0);
    CU_ASSERT(service_cpu_ns(&served) - before_ns < 30000000);
    message->close(state);
    end(&served);
}

/* The ranks are told before they start, and neither leave nor a goodbye is due. */
static void a_service_without_memory_says_so(void)
{
    struct served served;
    CU_ASSERT_EQUAL(try_begin(&served, 0, 64 * 1048576.0, 1, 1u << 30), -ENOMEM);
    CU_ASSERT_EQUAL(join(&served), -ENOMEM);
    CU_ASSERT_EQUAL(try_begin(&served, 0, 64, 1000, 1u << 30), -ENOMEM);
    CU_ASSERT_EQUAL(join(&served), -ENOMEM);
    begin(&served, 0, 64, 1, 1);
    end(&served);
}

static const CU_TestInfo tests[] = {
    {"deadlines end in the order of their beginning",
     deadlines_end_in_the_order_of_their_beginning},
    {"a deadline out of order waits for those before it",
     a_deadline_out_of_order_waits_for_those_before},
    {"options are as documented", options_are_as_documented},
    {"every size goes there and back", every_size_goes_there_and_back},
    {"every depth, each slot once, up to 20 000", every_depth_each_slot_once},
    {"threads do not meet", threads_do_not_meet},
    {"one flipped bit is found either way", one_flipped_bit_is_found_either_way},
    {"an answer of another seed or item is wrong", an_answer_of_another_seed_is_wrong},
    {"no answer comes before its time", no_answer_comes_before_its_time},
    {"closing waits for what is in flight", closing_waits_for_what_is_in_flight},
    {"the service was busy for part of the time", the_service_was_busy_for_part_of_the_time},
    {"the service sleeps while nothing is asked", the_service_sleeps_while_nothing_is_asked},
    {"the service sleeps until a deadline", the_service_sleeps_until_a_deadline},
    {"a service without memory says so", a_service_without_memory_says_so},
    CU_TEST_INFO_NULL,
};

SUITE_MPI("message", tests);
