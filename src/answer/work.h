/* What kind of work a workload is, as the claims ask for it: by what it does, never by its name. */
#ifndef CUAL_ANSWER_WORK_H
#define CUAL_ANSWER_WORK_H

#include "answer/question.h"

/* What a workload is; one with a guarded list is none of these, and the lock is not asked for. */
bool work_is_computing(const struct question_workload *workload);
bool work_is_waiting(
    const struct question_workload *workload); /* for something, if only at times */
bool work_only_computes(const struct question_workload *workload);
bool work_only_waits(const struct question_workload *workload);
bool work_waits_by_timer(
    const struct question_workload *workload); /* that only, for a known time */

/* True when two are the same work, but for their names. */
bool work_is_same(const struct question_workload *a, const struct question_workload *b);

#endif
