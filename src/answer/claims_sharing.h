/* The claims that are about what workers share: a list, and the order in which tasks end. */
#ifndef CUAL_ANSWER_CLAIMS_SHARING_H
#define CUAL_ANSWER_CLAIMS_SHARING_H

#include "answer/claim.h"

extern const struct claim_group claims_sharing;

#endif
