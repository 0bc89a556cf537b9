#include "launch/settle.h"

#include "launch/launch.h"
#include "launch/launcher.h"
#include "machine/topo.h"
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

/* Variables that decide how idle threads behave. NULL: must not be set. Those by which hwloc
 * replaces this machine are set aside, too. */
static const struct {
    const char *name, *value;
} settled[] = {
    /* a waiting thread sleeps: it may share its core */
    {"OMP_WAIT_POLICY", "passive"},
    {"OMP_DYNAMIC", "false"},
    /* workers are bound through hwloc, cell by cell */
    {"OMP_PROC_BIND", "false"},
    {"OMP_PLACES", NULL},
    {"OMP_NUM_THREADS", NULL},
    {"OMP_THREAD_LIMIT", NULL},
    {"GOMP_CPU_AFFINITY", NULL},
    {"GOMP_SPINCOUNT", NULL},
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

static void settle_all(const struct library_setting *settings, struct words *overruled)
{
    for (; settings && settings->name; settings++) {
        settle_variable(settings->name, settings->value, overruled);
    }
}

static void unset_all(const char *const *names, struct words *overruled)
{
    for (; names && *names; names++) {
        settle_variable(*names, NULL, overruled);
    }
}

/* What says where ranks are put counts only until a launcher has done so: in its ranks it sets that
 * itself. */
static void settle_variables(void)
{
    char text[2048] = "";
    int ranks = 1;
    const char *program;
    const struct launcher_settings *settings = &launcher_own(&program)->settings;
    struct words overruled = {text, sizeof text, 0};
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        settle_variable(settled[i].name, settled[i].value, &overruled);
    }
    unset_all(topo_replacing, &overruled);
    settle_all(library_own()->settings, &overruled);
    bool one_node = launch_is_rank() ? !launch_spans_nodes() : launch_nodes(&ranks) == 1;
    if (one_node) {
        settle_all(library_own()->one_node_settings, &overruled);
    }
    if (!launch_is_rank()) {
        unset_all(settings->placing, &overruled);
    }
    if (!launch_is_rank() && one_node) {
        settle_all(settings->confining, &overruled);
    }
    setenv(SETTLED, text, 1);
}

/* "NAME=value" as one of the settings has it. */
static bool is_among(const char *variable, const struct library_setting *settings)
{
    for (; settings && settings->name; settings++) {
        size_t length = strlen(settings->name);
        if (settings->value && strncmp(variable, settings->name, length) == 0 &&
            variable[length] == '=' && strcmp(variable + length + 1, settings->value) == 0) {
            return true;
        }
    }
    return false;
}

bool settle_not_ours(char *text, size_t text_bytes)
{
    const char *program;
    const struct launcher_settings *settings = &launcher_own(&program)->settings;
    struct words words = {text, text_bytes, 0};
    text[0] = '\0';
    for (char **variable = environ; *variable; variable++) {
        for (const char *const *begin = settings->begin; begin && *begin; begin++) {
            if (strncmp(*variable, *begin, strlen(*begin)) == 0 &&
                !is_among(*variable, settings->confining) &&
                !is_among(*variable, library_own()->settings) &&
                !is_among(*variable, library_own()->one_node_settings)) {
                words_add(&words, "%s%s", words.used ? " " : "", *variable);
            }
        }
    }
    return text[0] != '\0';
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
