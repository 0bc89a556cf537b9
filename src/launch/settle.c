#include "launch/settle.h"

#include "launch/launch.h"
#include "launch/launcher.h"
#include "ranks/library.h"
#include "text/words.h"

#include <errno.h>
#include <omp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Variables that decide how idle threads behave. NULL: must not be set. */
static const struct {
    const char *name, *value;
} settled[] = {
    {"OMP_WAIT_POLICY", "passive"}, /* a waiting thread sleeps: it may share its core */
    {"OMP_DYNAMIC", "false"},       {"OMP_PROC_BIND", "false"}, /* workers are bound through hwloc,
                                                                   cell by cell */
    {"OMP_PLACES", NULL},           {"OMP_NUM_THREADS", NULL},  {"OMP_THREAD_LIMIT", NULL},
    {"GOMP_CPU_AFFINITY", NULL},    {"GOMP_SPINCOUNT", NULL},
};

#define SETTLED "CUAL_SETTLED" /* set once the variables are as they must be */

const char *settle_overruled(void)
{
    const char *text = getenv(SETTLED);
    return text ? text : "";
}

/* With OMP_PROC_BIND set, the OpenMP library has bound this thread to one of its places before main
 * began; all of its places together are what the process was allowed. */
static void give_back_places(void)
{
    int places = omp_get_num_places();
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int p = 0; p < places; p++) {
        int count = omp_get_place_num_procs(p);
        int *ids = malloc(((size_t)count + 1) * sizeof *ids);
        if (!ids) {
            return;
        }
        omp_get_place_proc_ids(p, ids);
        for (int i = 0; i < count; i++) {
            if (ids[i] >= 0 && ids[i] < CPU_SETSIZE) {
                CPU_SET((size_t)ids[i], &set);
            }
        }
        free(ids);
    }
    if (CPU_COUNT(&set) > 0) {
        sched_setaffinity(0, sizeof set, &set);
    }
}

static void settle_variable(const char *name, const char *value, struct words *overruled)
{
    const char *now = getenv(name);
    if (now && !(value && strcmp(now, value) == 0)) {
        words_add(overruled, "%s%s=%s", overruled->used ? " " : "", name, now);
    }
    if (value) {
        setenv(name, value, 1);
    } else {
        unsetenv(name);
    }
}

/* What says where ranks are put counts only until a launcher has done so: in its ranks it sets that
 * itself. */
static void settle_variables(void)
{
    char text[2048] = "";
    const char *program;
    struct words overruled = {text, sizeof text, 0};
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        settle_variable(settled[i].name, settled[i].value, &overruled);
    }
    for (const struct library_setting *of = library_own()->settings; of->name; of++) {
        settle_variable(of->name, of->value, &overruled);
    }
    int ranks = 0;
    bool one_node = launch_is_rank() ? !launch_spans_nodes() : launch_nodes(&ranks) == 1;
    for (const struct library_setting *of = library_own()->one_node_settings; of->name && one_node;
         of++) {
        settle_variable(of->name, of->value, &overruled);
    }
    const char *const *placing = launcher_own(&program)->placing;
    for (; placing && *placing && !launch_is_rank(); placing++) {
        settle_variable(*placing, NULL, &overruled);
    }
    setenv(SETTLED, text, 1);
}

int settle_environment(char **argv)
{
    if (getenv(SETTLED)) {
        return 0;
    }
    give_back_places();
    settle_variables();
    execv("/proc/self/exe", argv);
    execv((const char *)getauxval(AT_EXECFN), argv); /* where there is no /proc */
    return -errno;
}
