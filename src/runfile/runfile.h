/* The run file: the content of the HDF5 file that a run writes (docs/design.md, section 8). A run
 * creates it, or opens it again, writes rounds, and finishes it with the answer; each of these
 * headers is one of those steps. */
#ifndef CUAL_RUNFILE_RUNFILE_H
#define CUAL_RUNFILE_RUNFILE_H

#include "runfile/runfile_answer.h"
#include "runfile/runfile_content.h"
#include "runfile/runfile_create.h"
#include "runfile/runfile_file.h"
#include "runfile/runfile_read.h"
#include "runfile/runfile_resumed.h"
#include "runfile/runfile_write.h"

#endif
