/* Waiting for operations of MPI to end, without the spinning of MPI's blocking calls. */
#ifndef CUAL_RANKS_COMM_WAIT_H
#define CUAL_RANKS_COMM_WAIT_H

#include <mpi.h>
#include <stdint.h>

enum { COMM_NAP_USUAL_NS = 2000000, COMM_NAP_MOST_NS = 10000000 };

/* How long to sleep before the next look, after so much waiting: 20 µs at least, and at most
 * `longest_ns`, which is no less than COMM_NAP_USUAL_NS. */
int64_t comm_nap_ns(int64_t waited_ns, int64_t longest_ns);

/* Returns when the operation has ended; sleeps between two looks at it, for comm_nap_ns each time.
 */
void comm_await_napping(MPI_Request *request, int64_t longest_ns);

/* The same, with naps that grow to COMM_NAP_MOST_NS. */
void comm_await_asleep(MPI_Request *request);

/* Returns when the operation has ended; gives up the core between two looks at it. */
void comm_await_yielding(MPI_Request *request);

#endif
