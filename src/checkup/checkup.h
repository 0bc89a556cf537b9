/* A checkup: what the machine, the launcher and the environment are, and what of it would spoil a
 * measurement. It changes nothing but, for a moment, the binding of its own threads. */
#ifndef CUAL_CHECKUP_CHECKUP_H
#define CUAL_CHECKUP_CHECKUP_H

#include "machine/batch.h"
#include "machine/topo.h"

#include <stdbool.h>
#include <stddef.h>

enum finding_state { FINDING_GOOD, FINDING_WARNING, FINDING_UNKNOWN };

#define FINDING_VALUE_BYTES 512
#define FINDING_ADVICE_BYTES 256

struct checkup_finding {
    const char *name; /* "transparent huge pages"; a static string */
    enum finding_state state;
    bool note;                         /* a warning that a run must tell, too */
    char value[FINDING_VALUE_BYTES];   /* fit to be printed; for an unknown one, why */
    char advice[FINDING_ADVICE_BYTES]; /* what to do; empty unless a warning */
};

/* What MPI does here; only a rank can find out. */
struct checkup_mpi {
    bool known;
    bool several_threads;   /* of a rank may call MPI */
    double alone_per_s;     /* file reads, one at a time; NAN: not measured */
    double in_flight_per_s; /* … and with CHECKUP_DEPTH in flight */
    double helpers;         /* of the library, at work in the mean meanwhile; NAN unknown */
    char why[256];          /* what of it is not known; may come from outside */
};

#define CHECKUP_DEPTH 16

/* What the caller knows. Texts may come from outside; NULL is allowed where it says so. */
struct checkup_input {
    const char *root; /* below which /proc and /sys are read, "" for this machine */
    const struct topo *topo;
    struct topo_mask allowed;      /* the CPUs of all ranks together */
    double quota;                  /* CPUs' worth of time, INFINITY without a quota */
    int cores_used;                /* of those of the topology, by the quota */
    int ranks;                     /* launched; 0 when no launcher started this process */
    bool bound;                    /* the launcher has bound the ranks */
    const char *overruled;         /* variables set against us, "NAME=value …"; "" for none */
    const char *launcher;          /* what starts ranks; NULL: there is none */
    const struct batch *batch;     /* what a batch system has granted; NULL: there is none */
    const char *scratch;           /* folder for files to measure on */
    const struct checkup_mpi *mpi; /* NULL: not asked for */
};

enum checkup_extent {
    CHECKUP_QUICK, /* what is read, and what can be measured in half a second */
    CHECKUP_WHOLE  /* everything, in less than ten seconds */
};

#define CHECKUP_MOST 48

struct checkup {
    size_t count;
    struct checkup_finding finding[CHECKUP_MOST];
};

/* Looks at one thing after the other and tells each finding at once (`tell` may be NULL). Nothing
 * else may run in this process. Ends early when the program was asked to end
 * (system/interrupt.h). */
void checkup_run(struct checkup *checkup, const struct checkup_input *input,
                 enum checkup_extent extent,
                 void (*tell)(void *context, const struct checkup_finding *finding), void *context);

/* In a rank, after MPI was started for several threads: fills in what only a rank finds out, in
 * less than a second; a private folder below `folder` comes and goes. */
void checkup_measure_mpi(struct checkup_mpi *mpi, const struct topo *topo, const char *folder);

#endif
