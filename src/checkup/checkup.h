/* A checkup: what the machine, the launcher and the environment are, and which of their properties
 * would spoil a measurement. It changes nothing but the binding of its own threads, for a moment.
 */
#ifndef CUAL_CHECKUP_CHECKUP_H
#define CUAL_CHECKUP_CHECKUP_H

#include "checkup/checkup_context.h"

#include <stddef.h>

enum checkup_extent {
    CHECKUP_QUICK, /* what can be read, and what can be measured in half a second */
    CHECKUP_WHOLE  /* everything, in less than ten seconds */
};

#define CHECKUP_MOST 48

struct checkup {
    size_t count;
    struct checkup_finding finding[CHECKUP_MOST];
};

/* Looks at one thing after the other, and calls `tell`, unless it is NULL, with each finding at
 * once. Nothing else may run in this process. Ends early when the program was asked to end
 * (system/interrupt.h). */
void checkup_run(struct checkup *checkup, const struct checkup_input *input,
                 enum checkup_extent extent,
                 void (*tell)(void *context, const struct checkup_finding *finding), void *context);

#endif
