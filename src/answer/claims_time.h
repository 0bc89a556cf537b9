/* The claims that are about speed: what cuts the time of work with and without waits. */
#ifndef CUAL_ANSWER_CLAIMS_TIME_H
#define CUAL_ANSWER_CLAIMS_TIME_H

#include "answer/claim.h"

extern const struct claim_group claims_time;

#endif
