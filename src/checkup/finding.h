/* A finding: what a checkup has found out about one thing, as text. */
#ifndef CUAL_CHECKUP_FINDING_H
#define CUAL_CHECKUP_FINDING_H

#include <stdbool.h>

enum finding_state { FINDING_GOOD, FINDING_WARNING, FINDING_UNKNOWN };

#define FINDING_VALUE_BYTES 512
#define FINDING_ADVICE_BYTES 256

struct checkup_finding {
    const char *name; /* "transparent huge pages"; a static string */
    enum finding_state state;
    bool note;                         /* a run notes it, too, when it is a warning */
    char value[FINDING_VALUE_BYTES];   /* without a full stop, fit to be printed; of an unknown one:
                                          why */
    char advice[FINDING_ADVICE_BYTES]; /* what to do, without a full stop; empty unless a warning */
};

/* Set the state with the value, and the advice. Texts that are too long are cut. */
void finding_good(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_warn(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_unknown(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_advise(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
