/* The guard: a thread of each process that sleeps, and wakes every two seconds for a few
 * microseconds of duties. Once the program is asked to end (system/interrupt.h) it sees to it that
 * the process does so in time, whatever its other threads are at; it asks for the end itself when
 * the process that has started this one is gone. */
#ifndef CUAL_SYSTEM_GUARD_H
#define CUAL_SYSTEM_GUARD_H

#include "system/error.h"

#include <stdint.h>

#define GUARD_TICK_NS INT64_C(2000000000)

struct guard;

/* What else it does; called by the guard's thread. */
struct guard_duties {
    void *context;
    void (*asked)(void *context); /* once, as soon as the program is asked to end */
    /* Every GUARD_TICK_NS: 0, or the status with which the process must end now. */
    int (*tick)(void *context, struct error *error);
};

/* Starts it. `leave`, called with `context`, ends the process with the status of the error, after
 * saying its text unless that is empty, which means that it was said already or is not to be; it
 * does not return. It is called `patience_ns` after the program was asked to end, or for a tick's
 * error. The guard lasts as long as the process. NULL when there is no thread for it: nothing is
 * guarded then, and all functions below take NULL. */
struct guard *guard_start(int64_t patience_ns,
                          void (*leave)(void *context, const struct error *error), void *context);

/* Gives it duties, which are kept by reference; NULL: takes them away, and returns when the guard
 * is not at them any more. */
void guard_attend(struct guard *guard, const struct guard_duties *duties);

/* Between the two the process is not ended, for at most some seconds: something is being written
 * that should be whole. Not nested; always by the same thread. */
void guard_hold(struct guard *guard);
void guard_let_go(struct guard *guard);

/* The error of the run is said by the caller, now: the guard will not. */
void guard_hush(struct guard *guard);

#endif
