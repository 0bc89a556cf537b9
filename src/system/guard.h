/* The guard: a thread of each process that sleeps, and wakes every two seconds for a few
 * microseconds of duties. When the program has been asked to end (system/interrupt.h), the guard
 * ends the process in time, whatever its other threads are doing. When the process that has started
 * this one has ended, the guard asks the program to end. */
#ifndef CUAL_SYSTEM_GUARD_H
#define CUAL_SYSTEM_GUARD_H

#include "system/error.h"

#include <stdint.h>

#define GUARD_TICK_NS INT64_C(2000000000)

struct guard;

/* What the guard does besides. Its thread calls these functions. */
struct guard_duties {
    void *context;
    void (*asked)(void *context); /* once, as soon as the program is asked to end */
    /* Called every GUARD_TICK_NS. Returns 0, or the status with which the process must end now. */
    int (*tick)(void *context, struct error *error);
};

/* Starts the guard, which lasts as long as the process. `leave` is called with `context`
 * `patience_ns` after the program was asked to end, or when a tick returns an error. It prints the
 * text of the error unless that is empty, ends the process with the status of the error, and does
 * not return. NULL when no thread can be started: then nothing is guarded. All functions below take
 * NULL. */
struct guard *guard_start(int64_t patience_ns,
                          void (*leave)(void *context, const struct error *error), void *context);

/* Gives the guard duties, which are kept by reference. With NULL it takes them away, and returns
 * when the guard is not at work on them any more. */
void guard_attend(struct guard *guard, const struct guard_duties *duties);

/* Between the two calls the guard does not end the process, for at most some seconds, because
 * something is being written that should be whole. They do not nest, and one thread calls both. */
void guard_hold(struct guard *guard);
void guard_let_go(struct guard *guard);

/* The caller prints the error of the run now; the guard will not. */
void guard_hush(struct guard *guard);

#endif
