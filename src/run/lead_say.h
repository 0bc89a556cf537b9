/* What a run prints: notes and a summary on stderr, the answer on stdout. */
#ifndef CUAL_RUN_LEAD_SAY_H
#define CUAL_RUN_LEAD_SAY_H

#include "answer/answer.h"
#include "run/lead_file.h"
#include "run/lead_machine.h"

#include <stdbool.h>
#include <stdint.h>

/* Prints what the user should know of the machine and of the plan before the run. */
void lead_say_notes(const struct lead_given *given, const struct lead_machine *machine);

/* Prints how many rounds were measured, and how long they took. */
void lead_say_summary(const struct lead_file *file, uint64_t rounds);

/* Prints that the budget has cut so many visits off the last round; nothing when there are none. Of
 * the first round it says what was not measured, and which budget has room for it. */
void lead_say_cut(const struct lead_given *given, uint64_t rounds, size_t cut_off);

/* Prints how to resume an interrupted run. `is_begun`: the file holds samples. */
void lead_say_how_to_resume(const struct lead_file *file, bool is_begun, uint64_t whole_rounds);

/* What was measured, in a line: the job, rounds, cells, time, and samples that are excluded.
 * Returns `text`. */
#define LEAD_SUMMARY_BYTES 320
const char *lead_summary(const struct lead_file *file, uint64_t rounds,
                         char text[LEAD_SUMMARY_BYTES]);

/* Prints the answer, as far as the command line asks for. 0, -ENOMEM or -EIO. */
int lead_say_answer(const struct lead_file *file, const struct lead_machine *machine,
                    const struct answer *answer, const char *summary);

#endif
