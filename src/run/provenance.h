/* Where a run comes from: everything that is needed to judge or to repeat it, as facts for the run
 * file. */
#ifndef CUAL_RUN_PROVENANCE_H
#define CUAL_RUN_PROVENANCE_H

#include "checkup/checkup.h"
#include "machine/topo.h"
#include "run/nodes.h"
#include "runfile/runfile.h"

#define PROVENANCE_FACTS_MAX 64

struct provenance {
    size_t count, machine_count;
    struct runfile_fact fact[PROVENANCE_FACTS_MAX], machine_fact[PROVENANCE_FACTS_MAX];
    char *owned[2 * PROVENANCE_FACTS_MAX];
    size_t owned_count;
};

/* What the facts are taken from; all of it is kept by reference. */
struct provenance_source {
    char **argv; /* the command line as typed, NULL-terminated */
    const struct job *job;
    const struct topo *topo;
    const struct nodes *nodes;
    int ranks;                     /* launched */
    const char *machine;           /* provenance_machine */
    const struct checkup *checkup; /* what was found on it */
};

/* Collects all facts anew. provenance_free in any case. */
void provenance_collect(struct provenance *provenance, const struct provenance_source *source);

/* Adds a fact of /machine; the text is copied. */
void provenance_add_machine(struct provenance *provenance, const char *name, const char *text);
void provenance_free(struct provenance *provenance);

/* Writes the present time, "2026-01-31T12:00:00Z". Returns `text`. */
#define PROVENANCE_NOW_BYTES 32
const char *provenance_now(char text[PROVENANCE_NOW_BYTES]);

/* Writes what machine this is, "2 cores of …, 23.4 GiB; Linux …; Open MPI …", of which `hardware`
 * is the first part. Returns `text`. */
const char *provenance_machine(const char *hardware, char *text, size_t text_bytes);

#endif
