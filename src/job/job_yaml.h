/* YAML: the text of a job file or of a setting becomes nodes. */
#ifndef CUAL_JOB_JOB_YAML_H
#define CUAL_JOB_JOB_YAML_H

#include "job/job_node.h"

#define JOB_LEVELS_MAX 8 /* of lists and mappings within each other */

/* Reads one YAML document without aliases, anchors or tags, in which no key of a mapping stands
 * twice. `setting` is NULL for a file. Returns nodes that the caller frees, or NULL with `error`
 * set. */
struct job_node *job_yaml_parse(const char *file, const char *setting, const char *text,
                                struct error *error);

/* Version of the YAML library; a static string. */
const char *job_yaml_version(void);

#endif
