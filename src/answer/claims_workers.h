/* The claims that are about many workers: switching between them, and waiting with them. */
#ifndef CUAL_ANSWER_CLAIMS_WORKERS_H
#define CUAL_ANSWER_CLAIMS_WORKERS_H

#include "answer/claim.h"

extern const struct claim_group claims_workers;

#endif
