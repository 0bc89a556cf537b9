/* How this program was built, and with which libraries it runs. */
#ifndef CUAL_RUN_VERSION_H
#define CUAL_RUN_VERSION_H

#include "runfile/runfile.h"

#define VERSION_FACTS 8

/* Fills in the version, the build and the libraries. The texts are static. */
void version_facts(struct runfile_fact facts[VERSION_FACTS]);

/* Prints all of them on stdout. */
void version_print(void);

#endif
