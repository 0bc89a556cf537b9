/* How this program was built and what it runs with. */
#ifndef CUAL_RUN_VERSION_H
#define CUAL_RUN_VERSION_H

#include "runfile/runfile.h"

#define VERSION_FACTS 7

/* Build and libraries; the texts are static. */
void version_facts(struct runfile_fact facts[VERSION_FACTS]);

/* All of them to stdout. */
void version_print(void);

#endif
