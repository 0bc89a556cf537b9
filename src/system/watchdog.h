/* The watchdog: by a page of shared memory the ranks of a node see whether the others are alive. A
 * rank that is stopped, that hangs in a call or that computes without end is named, and the run
 * ends. */
#ifndef CUAL_SYSTEM_WATCHDOG_H
#define CUAL_SYSTEM_WATCHDOG_H

#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watchdog;

/* The bytes of that page for `ranks` ranks. */
size_t watchdog_bytes(int ranks);

/* Local. `shared` is the page, which is zero before the first rank opens it. This process is number
 * `rank` of the `ranks` on this node; `number` holds the number by which messages call each (NULL:
 * the same one). `shared` and `number` are kept by reference. NULL when there is no memory. All
 * functions below take NULL. */
struct watchdog *watchdog_open(void *shared, int rank, int ranks, const int *number);

/* Frees the watchdog of a rank that ends: the others do not wait for it any more. */
void watchdog_close(struct watchdog *watchdog);

/* The number in which this rank notes how far it has come: 2·turn − 1 when it is ready to start the
 * cell of that turn, and 2·turn when it is done with that cell. When a run hangs, the rank that has
 * come least far is named. */
uint64_t *watchdog_progress(struct watchdog *watchdog);

/* A cell that is executed: on this node by ranks 0 … ranks − 1 and, unless `service` is −1, by the
 * service rank. It may take `limit_s`. */
struct watchdog_cell {
    char what[192]; /* "mixed 2×1×16@2" */
    int ranks, service;
    double limit_s;
    /* Where ranks of other nodes take part: the progress from which on a rank is done with the
     * cell, and then is not named when the cell hangs; else 0. */
    uint64_t done;
    char elsewhere[192]; /* on rank 0: the other nodes, which are named when all here are done */
};

/* On the first rank of a node: the cell, which is copied, is executed from now on; or it is done.
 */
void watchdog_begin(struct watchdog *watchdog, const struct watchdog_cell *cell);
void watchdog_end(struct watchdog *watchdog);

/* Shows that this rank is alive. The lowest rank of this node that is alive also judges the others.
 * 0, or STATUS_ENVIRONMENT with an error that names the rank that does not answer; only the rank
 * that has found it reports it, and on the other ranks the error has no text. One thread is to call
 * this every GUARD_TICK_NS. After a longer pause, such as one in a debugger, the ranks are waited
 * for anew. */
int watchdog_tick(struct watchdog *watchdog, int64_t now_ns, struct error *error);

/* Passes a request to end on to the other ranks, unless it came from one of them. */
void watchdog_ask_others(struct watchdog *watchdog);

/* Kills the other ranks of this node. Neither allocates nor locks, so that the child of a process
 * with threads may call it. */
void watchdog_kill_others(struct watchdog *watchdog);

#endif
