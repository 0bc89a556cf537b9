/* The claims that are about what a further worker takes: memory, and its creation. */
#ifndef CUAL_ANSWER_CLAIMS_COSTS_H
#define CUAL_ANSWER_CLAIMS_COSTS_H

#include "answer/claim.h"

extern const struct claim_group claims_costs;

#endif
