#include "ranks/comm_wait.h"

#include "system/clock.h"

#include <sched.h>

enum { NAP_LEAST_NS = 20000 };

/* Short waits end soon after what they wait for, long ones cost next to nothing. What takes several
 * looks one after the other, as messages over several steps do, must not become slower with each:
 * naps grow slowly. */
int64_t comm_nap_ns(int64_t waited_ns, int64_t longest_ns)
{
    int64_t most_ns = waited_ns / 100 < longest_ns ? waited_ns / 100 : longest_ns;
    int64_t limit_ns = most_ns > COMM_NAP_USUAL_NS ? most_ns : COMM_NAP_USUAL_NS;
    int64_t wanted_ns = waited_ns / 8 > NAP_LEAST_NS ? waited_ns / 8 : NAP_LEAST_NS;
    return wanted_ns < limit_ns ? wanted_ns : limit_ns;
}

void comm_await_napping(MPI_Request *request, int64_t longest_ns)
{
    int done = 0;
    int64_t start_ns = clock_now_ns();
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        int64_t now_ns = clock_now_ns();
        clock_sleep_until_ns(now_ns + comm_nap_ns(now_ns - start_ns, longest_ns));
    }
}

void comm_await_asleep(MPI_Request *request)
{
    comm_await_napping(request, COMM_NAP_MOST_NS);
}

void comm_await_yielding(MPI_Request *request)
{
    int done = 0;
    for (;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        sched_yield();
    }
}
