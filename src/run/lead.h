/* What rank 0 does in a run, from locking the output file to printing the answer. */
#ifndef CUAL_RUN_LEAD_H
#define CUAL_RUN_LEAD_H

#include "run/lead_given.h"

/* Measures, writes the run file and prints the answer. 0 or status. */
int lead_run(const struct lead_given *given, struct error *error);

#endif
