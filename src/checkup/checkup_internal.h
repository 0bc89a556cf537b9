/* What the parts of a checkup share. */
#ifndef CUAL_CHECKUP_CHECKUP_INTERNAL_H
#define CUAL_CHECKUP_CHECKUP_INTERNAL_H

#include "checkup/checkup.h"
#include "machine/machine.h"
#include "machine/surroundings.h"

/* What is known before the first look. */
struct checkup_context {
    const struct checkup_input *input;
    struct machine machine;
    /* at the beginning of the checkup */
    struct surroundings *surroundings; /* of all CPUs as one core; NULL: no memory */
    struct surroundings_reading before;
    struct machine_processes processes;
};

/* CPUs that may be used. */
int checkup_cpus(const struct checkup_context *context);

/* Opens the surroundings and reads them for the first time. */
void checkup_watch(struct checkup_context *context);

/* Writes value and advice; what is too long is cut. */
void finding_good(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_warn(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_unknown(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_advise(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The looks, each at one thing; `subject` says at which where a look is for several. */
typedef void checkup_look(const struct checkup_context *context, const char *subject,
                          struct checkup_finding *finding);

/* Read (checkup_read.c). */
checkup_look checkup_cores, checkup_quota, checkup_ranks, checkup_batch, checkup_launcher,
    checkup_environment, checkup_smt, checkup_governor, checkup_turbo, checkup_huge_pages,
    checkup_nodes, checkup_clock_source, checkup_virtual_machine, checkup_container, checkup_load,
    checkup_pressure, checkup_scratch, checkup_folder, checkup_uring, checkup_mpi_threads;

/* Measured (checkup_measured.c). */
checkup_look checkup_clock, checkup_switch, checkup_thread, checkup_timer, checkup_worth,
    checkup_mpi_files, checkup_steal, checkup_others;

#endif
