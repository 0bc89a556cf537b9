/* What a run that is led tells people: notes and a summary on stderr, the answer on stdout. */
#ifndef CUAL_RUN_LEAD_SAY_H
#define CUAL_RUN_LEAD_SAY_H

#include "answer/claims.h"
#include "answer/verdict.h"
#include "run/lead_file.h"
#include "run/lead_machine.h"

#include <stdbool.h>
#include <stdint.h>

/* What people should know of the machine and of the plan before the run. */
void lead_say_notes(const struct lead_given *given, const struct lead_machine *machine);

/* How many rounds were measured, what they took, and what is wrong with some of the samples. */
void lead_say_summary(const struct lead_file *file, uint64_t rounds);

/* How the run goes on after an interruption; `is_begun`: there are samples in the file. */
void lead_say_how_to_go_on(const struct lead_file *file, bool is_begun, uint64_t whole_rounds);

/* The table of the verdicts, and what became of the claims. 0, -ENOMEM or -EIO. */
int lead_say_verdicts(const struct job *job, const struct verdict *verdicts, size_t count);
int lead_say_claims(const struct finding *findings);

#endif
