/* A checkup: what the machine, the launcher and the environment are, and what of it would spoil a
 * measurement. It changes nothing but, for a moment, the binding of its own threads. */
#ifndef CUAL_CHECKUP_CHECKUP_H
#define CUAL_CHECKUP_CHECKUP_H

#include "checkup/checkup_context.h"

#include <stddef.h>

enum checkup_extent {
    CHECKUP_QUICK, /* what is read, and what can be measured in half a second */
    CHECKUP_WHOLE  /* everything, in less than ten seconds */
};

#define CHECKUP_MOST 48

struct checkup {
    size_t count;
    struct checkup_finding finding[CHECKUP_MOST];
};

/* Looks at one thing after the other and tells each finding at once (`tell` may be NULL). Nothing
 * else may run in this process. Ends early when the program was asked to end
 * (system/interrupt.h). */
void checkup_run(struct checkup *checkup, const struct checkup_input *input,
                 enum checkup_extent extent,
                 void (*tell)(void *context, const struct checkup_finding *finding), void *context);

#endif
