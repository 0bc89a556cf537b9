#include "run/version.h"

#include "job/job_yaml.h"
#include "machine/topo.h"
#include "ranks/library.h"
#include "store/store_file.h"

#include <stdio.h>

#ifndef CUAL_VERSION
#define CUAL_VERSION "unknown"
#endif
#ifndef CUAL_GIT
#define CUAL_GIT "unknown"
#endif
#ifndef CUAL_CFLAGS
#define CUAL_CFLAGS "unknown"
#endif

void version_facts(struct runfile_fact facts[VERSION_FACTS])
{
    const struct runfile_fact all[VERSION_FACTS] = {
        {"cual", CUAL_VERSION},    {"git", CUAL_GIT},
        {"compiler", __VERSION__}, {"flags", CUAL_CFLAGS},
        {"mpi", library_text()},   {"hdf5", store_library()},
        {"hwloc", topo_library()}, {"libyaml", job_yaml_version()},
    };
    for (int i = 0; i < VERSION_FACTS; i++) {
        facts[i] = all[i];
    }
}

void version_print(void)
{
    struct runfile_fact facts[VERSION_FACTS];
    version_facts(facts);
    printf("cual " CUAL_VERSION " (" CUAL_GIT ")\n"); /* the first two */
    for (int i = 2; i < VERSION_FACTS; i++) {
        printf("%-9s %s\n", facts[i].name, facts[i].text);
    }
}
