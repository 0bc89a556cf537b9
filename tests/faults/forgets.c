/* -- forgets: the list of the kernel append, in which one item is overwritten by the next one, as
 * when two have read the same length. -- */
#include "faults.h"

#define kernel_append append_in_reach
#include "kernels/append.c"
#undef kernel_append

enum { FORGOTTEN = 7 };

static uint64_t forgets_compute(void *state, uint64_t item, uint64_t units)
{
    struct append *append = state;
    uint64_t before, sum = append_compute(append, item, units);
    if (item == FORGOTTEN && units > 0) {
        list_fetch_add(append->list, WORD_LENGTH, UINT64_MAX, &before);
    }
    return sum;
}

const struct kernel fault_forgets = {
    .name = "forgets",
    .bound = KERNEL_BOUND_LIST,
    .help = "loses an item of a list that is guarded",
    .unit = "one item appended",
    .options = append_options,
    .calls_mpi = true,
    .guard = append_guard_of,
    .through = append_through_of,
    .share = append_share,
    .unshare = append_unshare,
    .open = append_open,
    .compute = forgets_compute,
    .finish = append_finish,
    .close = append_close,
    .expect = append_expect,
};
