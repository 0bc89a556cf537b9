/* The machine of a run, as rank 0 finds it before the clock of the run starts. */
#ifndef CUAL_RUN_LEAD_MACHINE_H
#define CUAL_RUN_LEAD_MACHINE_H

#include "checkup/checkup.h"
#include "machine/batch.h"
#include "run/lead_given.h"

struct lead_machine {
    char line[NODES_TEXT_BYTES + 200]; /* as provenance_machine writes it, of all nodes */
    struct checkup checkup;
    struct batch batch;
};

/* Fills all of it in, which takes less than a second. */
void lead_machine_look(struct lead_machine *machine, const struct lead_given *given);

#endif
