/* A finding: one thing that a checkup has looked at, in words. */
#ifndef CUAL_CHECKUP_FINDING_H
#define CUAL_CHECKUP_FINDING_H

#include <stdbool.h>

enum finding_state { FINDING_GOOD, FINDING_WARNING, FINDING_UNKNOWN };

#define FINDING_VALUE_BYTES 512
#define FINDING_ADVICE_BYTES 256

struct checkup_finding {
    const char *name; /* "transparent huge pages"; a static string */
    enum finding_state state;
    bool note;                         /* a warning that a run must tell, too */
    char value[FINDING_VALUE_BYTES];   /* fit to be printed; of an unknown one: why it is unknown */
    char advice[FINDING_ADVICE_BYTES]; /* what to do; empty unless a warning */
};

/* Writes value and advice; what is too long is cut. */
void finding_good(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_warn(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_unknown(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_advise(struct checkup_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
