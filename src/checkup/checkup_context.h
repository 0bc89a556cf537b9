/* What a checkup knows before its first look: what the caller says, and what Linux says. */
#ifndef CUAL_CHECKUP_CHECKUP_CONTEXT_H
#define CUAL_CHECKUP_CHECKUP_CONTEXT_H

#include "checkup/finding.h"
#include "machine/batch.h"
#include "machine/machine.h"
#include "machine/surroundings.h"
#include "machine/topo.h"

/* What MPI can do on this node, which only a rank can find out. */
struct checkup_mpi {
    bool known;
    bool several_threads;   /* of a rank may call MPI */
    double alone_per_s;     /* file reads, one at a time; NAN: not measured */
    double in_flight_per_s; /* … and with CHECKUP_DEPTH in flight */
    double helpers;         /* of the library: how many are at work meanwhile; NAN: unknown */
    char why[256];          /* why something is not known; may come from outside */
};

#define CHECKUP_DEPTH 16

/* What starts ranks, in words for people. */
struct checkup_starter {
    const char *name; /* "mpirun" */
    const char
        *unbound; /* an order that starts ranks which are not bound: "mpirun --bind-to none" */
    const char *remedy; /* where it is missing: "install Open MPI" */
};

/* What the caller knows. Texts may come from outside. A pointer is NULL only where its comment says
 * so. */
struct checkup_input {
    const char *root; /* below which /proc and /sys are read, "" for this machine */
    const struct topo *topo;
    struct topo_mask allowed; /* the CPUs of all ranks together */
    double quota;             /* CPUs' worth of time, INFINITY without a quota */
    int cores_used;           /* of those of the topology, by the quota */
    int ranks;                /* launched; 0 when no launcher started this process */
    bool bound;               /* the launcher has bound the ranks */
    const char *overruled;    /* settle_overruled: "NAME=value …"; "" for none */
    const char *launcher;     /* what was found of it; NULL: nothing */
    struct checkup_starter starter;
    const char *launch_failed; /* why it could not start a rank; NULL: it did, or was not tried */
    const char *launch_remedy; /* what to do about it */
    const struct batch *batch; /* what a batch system has granted; NULL: there is none */
    const char *scratch;       /* folder for files to measure on */
    const struct checkup_mpi *mpi; /* NULL: not asked for */
};

struct checkup_context {
    const struct checkup_input *input;
    struct machine machine;
    /* at the beginning of the checkup */
    struct surroundings *surroundings; /* of all CPUs as one core; NULL: no memory */
    struct surroundings_reading before;
    struct machine_processes processes;
};

/* How many CPUs may be used. */
int checkup_cpus(const struct checkup_context *context);

/* A look at one thing, which writes its finding. Where one look serves several things, `subject`
 * says which of them is meant. */
typedef void checkup_look(const struct checkup_context *context, const char *subject,
                          struct checkup_finding *finding);

#endif
