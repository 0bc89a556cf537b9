/* What a run takes over from an earlier one: the run that it resumes, or the work of a task. */
#ifndef CUAL_RUN_LEAD_PAST_H
#define CUAL_RUN_LEAD_PAST_H

#include "run/lead_file.h"
#include "run/resume.h"

struct lead_past {
    bool resumes; /* the run in the file is resumed; else the rest is zero */
    struct resume resume;
    struct resume_differences differences;
};

/* True when the user has asked to resume a run, and something exists at the path of the output. */
bool lead_past_is_wanted(const struct study *study, const char *output);

/* Reads the run that is resumed, and describes the file (lead_file_describe). When all of it fits,
 * `samples` become those of the file. Notes on stderr what differs and what is damaged. 0 or
 * status; lead_past_free in any case. */
int lead_past_read(struct lead_past *past, struct lead_file *file,
                   const struct lead_machine *machine, struct samples *samples,
                   struct error *error);

/* Puts into the job of the study the work that the run of --work-of has calibrated. A run that is
 * resumed keeps its own. 0 or status. */
int lead_past_take_work(const struct lead_past *past, struct study *study, struct error *error);

void lead_past_free(struct lead_past *past);

#endif
