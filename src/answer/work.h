/* What kind of work a workload is, as the claims ask for it: by what it does, never by its name. */
#ifndef CUAL_ANSWER_WORK_H
#define CUAL_ANSWER_WORK_H

#include "answer/question.h"

/* A workload with a guarded list is none of these; whether it computes under a lock is not asked.
 */
bool work_is_computing(const struct question_workload *workload);
bool work_is_waiting(const struct question_workload *workload); /* at times, at least */
bool work_only_computes(const struct question_workload *workload);
bool work_only_waits(const struct question_workload *workload);

/* It only waits, by a timer: each wait takes a known time. */
bool work_waits_by_timer(const struct question_workload *workload);

/* True when two are the same work, but for their names. */
bool work_is_same(const struct question_workload *a, const struct question_workload *b);

#endif
