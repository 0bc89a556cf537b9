/* The looks at what may be used of the machine, by whom that was granted, and what is set for this
 * program. */
#ifndef CUAL_CHECKUP_CHECKUP_GRANTED_H
#define CUAL_CHECKUP_CHECKUP_GRANTED_H

#include "checkup/checkup_context.h"

checkup_look checkup_cores, checkup_quota, checkup_ranks, checkup_batch, checkup_launcher,
    checkup_environment;

#endif
