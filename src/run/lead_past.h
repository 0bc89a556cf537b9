/* What an earlier run has left to a run that is led: the run that it goes on with, or the work that
 * a task is to do. */
#ifndef CUAL_RUN_LEAD_PAST_H
#define CUAL_RUN_LEAD_PAST_H

#include "run/lead_file.h"
#include "run/resume.h"

struct lead_past {
    bool resumes; /* goes on with the run in the file; else the rest is zero */
    struct resume resume;
    struct resume_differences differences;
};

/* True when there is something at the path that the user wants to go on with. */
bool lead_past_is_wanted(const struct study *study, const char *output);

/* Reads what there is to go on with, and describes the file (lead_file_describe). It is taken over
 * only when all of it fits, and `samples` then are those of the file. Says what differs and what is
 * damaged. 0 or status; lead_past_free in any case. */
int lead_past_read(struct lead_past *past, struct lead_file *file,
                   const struct lead_machine *machine, struct samples *samples,
                   struct error *error);

/* Puts into the study's job the work that the run of --work-of has fixed; a run that goes on has
 * its own. 0 or status. */
int lead_past_take_work(const struct lead_past *past, struct study *study, struct error *error);

void lead_past_free(struct lead_past *past);

#endif
