/* What rank 0 does in a run: from the output that is locked to the answer. */
#ifndef CUAL_RUN_LEAD_H
#define CUAL_RUN_LEAD_H

#include "run/lead_given.h"

/* Measures, writes and says what came out. 0 or status. */
int lead_run(const struct lead_given *given, struct error *error);

#endif
