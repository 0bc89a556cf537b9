/* The looks at what can be read: the machine as Linux describes it. */
#ifndef CUAL_CHECKUP_CHECKUP_READ_H
#define CUAL_CHECKUP_CHECKUP_READ_H

#include "checkup/checkup_context.h"

checkup_look checkup_smt, checkup_governor, checkup_turbo, checkup_huge_pages, checkup_nodes,
    checkup_clock_source, checkup_virtual_machine, checkup_container, checkup_load,
    checkup_pressure, checkup_scratch, checkup_folder, checkup_uring, checkup_mpi_threads;

#endif
