/* What the ranks of a cell and the service rank of engine `message` tell each other. */
#ifndef CUAL_ENGINES_MESSAGE_PROTOCOL_H
#define CUAL_ENGINES_MESSAGE_PROTOCOL_H

#include "model/engine.h"

#include <math.h>

/* Options of the engine, in the order of its table. */
enum message_option { MESSAGE_LATENCY, MESSAGE_SIZE };

/* Tags on MPI_COMM_WORLD; answers to thread t have MESSAGE_TAG_ANSWER + t. */
enum {
    MESSAGE_TAG_REQUEST = 16,
    MESSAGE_TAG_HELLO,
    MESSAGE_TAG_WELCOME,
    MESSAGE_TAG_FAREWELL,
    MESSAGE_TAG_ANSWER = 32
};

/* A request and its answer consist of words of 64 bits. The first one of a request is its stamp:
 * when it was sent, or its item where the service need not know when. The first one of an answer is
 * the digest of the request. All other words come back as they were sent: who asks
 * (thread << 32 | slot), then a pattern that depends on seed and item. */
enum { MESSAGE_STAMP, MESSAGE_DIGEST = MESSAGE_STAMP, MESSAGE_WHO, MESSAGE_PATTERN };

/* In the place of who asks, this value says that the message is no request: the rank has finished
 * the cell. */
#define MESSAGE_WHO_LEAVES UINT64_MAX

/* Sent by each rank before a cell, and answered when the service is at work. */
struct message_hello {
    int error;     /* this rank cannot take part, so that nobody does */
    char node[64]; /* which boot of which node, and which clock; empty when not known */
};

struct message_welcome {
    int error; /* the first of the ranks' and the service's */
    int core;  /* that the service runs on; -1 on another node */
};

/* Returns the bytes of a request, which its answer has, too. */
static inline uint64_t message_bytes(const struct task_spec *spec)
{
    return (uint64_t)spec->engine_option[MESSAGE_SIZE];
}

static inline int64_t message_latency_ns(const struct task_spec *spec)
{
    return llround(spec->engine_option[MESSAGE_LATENCY] * 1e9);
}

/* Returns the digest of a request from the sum of its words. */
static inline uint64_t message_digest(uint64_t sum)
{
    return task_mix(sum);
}

/* Returns the number of the service rank, which is the last rank of the program. */
int message_service_rank(void);

/* Sets whether a call of the MPI library that finds nothing to do gives up the core at once, which
 * doubles the time of a round trip. Returns the setting before. Does nothing where the library is
 * not Open MPI. */
bool message_set_gives_way(bool gives_way);

/* Whether a thread may not wait in a blocking call: others of its rank that call MPI, too, would be
 * kept out. */
bool message_must_look(void);

/* Writes the name of this boot of this node, and behind it that of the time namespace, which may
 * have a clock of its own. The name is empty, and filled with zeros, when it is not known. */
void message_name_node(char *name, size_t bytes);

#endif
