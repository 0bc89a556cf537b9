/* CPU time that a cell takes beyond that of the work, and what it goes to. */
#ifndef CUAL_ANSWER_REASON_EXCESS_H
#define CUAL_ANSWER_REASON_EXCESS_H

#include "answer/reason_facts.h"

enum reason_cause {
    REASON_CAUSE_NONE,      /* there is no excess that is worth a word */
    REASON_CAUSE_SWITCHING, /* more workers than cores take turns, and the switches were counted */
    REASON_CAUSE_RMA,       /* one-sided calls of MPI, which serial does not make */
    REASON_CAUSE_LIST_LOCK, /* several workers want the lock of the shared list */
    REASON_CAUSE_LIST,      /* several workers want the end of the shared list */
    REASON_CAUSE_LOCK,      /* several threads want the lock that they compute under */
    REASON_CAUSE_NOT_MEASURED,
    REASON_CAUSE_COUNT
};

struct reason_excess {
    enum reason_cause cause;
    double share; /* of the cell's CPU time; 0 without a cause */
};

/* The excess at a point, whose cell is `cell`, over serial's CPU time for the same work. Cores that
 * share their units use more CPU time for it. What the excess goes to is said only where it was
 * counted, or where the point does something that serial does not. */
struct reason_excess reason_excess(const struct reason_facts *facts, struct point point,
                                   const struct reason_cell *cell);

/* True when several workers have one list, one after the other. */
bool reason_is_contended(const struct reason_facts *facts, struct point point);

/* True when the workers of the point reach the list by calls of MPI. */
bool reason_calls_mpi(const struct question_workload *workload, struct point point);

/* What the excess goes to, as the end of a sentence: "switching"; NULL without a cause. A constant
 * string. */
const char *reason_cause_words(enum reason_cause cause);

#endif
