/* The bytes of a job file. */
#ifndef CUAL_JOB_JOB_FILE_H
#define CUAL_JOB_JOB_FILE_H

#include "system/error.h"

#define JOB_FILE_BYTES_MAX (1u << 20) /* a job file larger than this is refused */

/* Reads a whole job file into memory that the caller frees. Returns NULL with STATUS_USAGE in
 * `error` when the file cannot be read, is not a regular file, is larger than JOB_FILE_BYTES_MAX,
 * or holds a NUL byte. */
char *job_file_read(const char *file, struct error *error);

#endif
