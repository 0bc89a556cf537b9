/* The values of a run file that do not belong to samples, written from the content. */
#ifndef CUAL_RUNFILE_RUNFILE_VALUES_H
#define CUAL_RUNFILE_RUNFILE_VALUES_H

#include "runfile/runfile_content.h"
#include "runfile/runfile_variables.h"

#include <stddef.h>

struct store;

/* The lengths of the axes that a job gives, and of all axes of a file with this content. */
void runfile_job_lengths(const struct job *job, size_t length[RUNFILE_AXES]);
void runfile_content_lengths(const struct runfile_content *content, size_t length[RUNFILE_AXES]);

/* Room for 8 bytes per element of the longest axis, and of each variable. NULL when there is no
 * memory; free frees it. */
void *runfile_values_row(const struct runfile_content *content, const size_t length[RUNFILE_AXES]);

/* Writes a variable into its dataset, which is there. `row` is that of runfile_values_row. */
void runfile_write_values(struct store *store, const struct runfile_variable *variable,
                          const struct runfile_content *content, const size_t length[RUNFILE_AXES],
                          void *row);

/* Writes again what cores are worth, which may be measured again while a run goes on. */
void runfile_write_worths(struct store *store, const struct runfile_content *content);

#endif
