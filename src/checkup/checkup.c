#include "checkup/checkup.h"

#include "checkup/checkup_granted.h"
#include "checkup/checkup_measured.h"
#include "checkup/checkup_read.h"
#include "system/interrupt.h"

#include <stdlib.h>

/* The order of the list that a person reads. The last two look back at all the others. */
static const struct check {
    const char *name;
    checkup_look *look;
    bool note; /* a run notes it, too, when it is a warning */
    enum checkup_extent extent;
    const char *subject;
} checks[] = {
    {"cores", checkup_cores, true, CHECKUP_QUICK, NULL},
    {"quota", checkup_quota, true, CHECKUP_QUICK, NULL},
    {"ranks", checkup_ranks, true, CHECKUP_QUICK, NULL},
    {"batch system", checkup_batch, true, CHECKUP_QUICK, NULL},
    {"launcher", checkup_launcher, false, CHECKUP_WHOLE, NULL},
    {"environment", checkup_environment, true, CHECKUP_QUICK, NULL},
    {"hardware threads", checkup_smt, false, CHECKUP_QUICK, NULL},
    {"governor", checkup_governor, true, CHECKUP_QUICK, NULL},
    {"turbo", checkup_turbo, false, CHECKUP_QUICK, NULL},
    {"huge pages", checkup_huge_pages, true, CHECKUP_QUICK, NULL},
    {"memory nodes", checkup_nodes, true, CHECKUP_QUICK, NULL},
    {"clock source", checkup_clock_source, true, CHECKUP_QUICK, NULL},
    {"virtual machine", checkup_virtual_machine, false, CHECKUP_QUICK, NULL},
    {"container", checkup_container, false, CHECKUP_QUICK, NULL},
    {"load", checkup_load, false, CHECKUP_QUICK, NULL},
    {"pressure", checkup_pressure, false, CHECKUP_QUICK, NULL},
    {"scratch folder", checkup_scratch, false, CHECKUP_QUICK, NULL},
    {"this folder", checkup_folder, false, CHECKUP_QUICK, NULL},
    {"io_uring", checkup_uring, false, CHECKUP_QUICK, NULL},
    {"MPI threads", checkup_mpi_threads, false, CHECKUP_WHOLE, NULL},
    {"MPI file calls", checkup_mpi_files, false, CHECKUP_WHOLE, NULL},
    {"clock", checkup_clock, false, CHECKUP_QUICK, NULL},
    {"switch", checkup_switch, false, CHECKUP_QUICK, NULL},
    {"thread", checkup_thread, false, CHECKUP_QUICK, NULL},
    {"timer", checkup_timer, false, CHECKUP_QUICK, NULL},
    {"worth for flops", checkup_worth, false, CHECKUP_WHOLE, "flops"},
    {"worth for primes", checkup_worth, false, CHECKUP_WHOLE, "primes"},
    {"worth for triad", checkup_worth, false, CHECKUP_WHOLE, "triad"},
    {"worth for chase", checkup_worth, false, CHECKUP_WHOLE, "chase"},
    {"steal", checkup_steal, false, CHECKUP_QUICK, NULL},
    {"others", checkup_others, false, CHECKUP_WHOLE, NULL},
};
_Static_assert(sizeof checks / sizeof checks[0] <= CHECKUP_MOST, "a checkup holds all findings");

void checkup_run(struct checkup *checkup, const struct checkup_input *input,
                 enum checkup_extent extent,
                 void (*tell)(void *context, const struct checkup_finding *finding), void *context)
{
    struct checkup_context known = {.input = input};
    checkup->count = 0;
    machine_read(&known.machine, input->root);
    checkup_watch(&known);
    if (extent == CHECKUP_WHOLE) {
        machine_processes_read(&known.processes, input->root);
    }
    for (size_t c = 0; c < sizeof checks / sizeof checks[0] && !interrupt_signal(); c++) {
        if (checks[c].extent <= extent) {
            struct checkup_finding *finding = &checkup->finding[checkup->count++];
            *finding = (struct checkup_finding){.name = checks[c].name, .note = checks[c].note};
            checks[c].look(&known, checks[c].subject, finding);
            if (tell) {
                tell(context, finding);
            }
        }
    }
    surroundings_close(known.surroundings);
    free(known.processes.process);
}
