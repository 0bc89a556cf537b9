#include "machine/cgroup.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES_MOST = 256, PATH_BYTES = 4096 };

struct visitor {
    void (*visit)(void *context, const char *folder);
    void *context;
};

/* From a group up to the root of the hierarchy. */
static void visit_up(const struct visitor *visitor, const char *hierarchy, const char *group)
{
    char folder[PATH_BYTES];
    size_t root_length = strlen(hierarchy);
    const char *below = strcmp(group, "/") == 0 ? "" : group;
    int length = snprintf(folder, sizeof folder, "%s%s", hierarchy, below);
    if (length < 0 || (size_t)length >= sizeof folder) {
        return;
    }
    for (char *end = folder + length; end; end = strrchr(folder + root_length, '/')) {
        *end = '\0';
        visitor->visit(visitor->context, folder);
    }
}

/* Whether a list such as "cpu,cpuacct" names the controller. */
static bool lists(const char *list, const char *controller)
{
    size_t length = strlen(controller);
    for (; *list; list += strcspn(list, ","), list += *list == ',') {
        if (strcspn(list, ",") == length && memcmp(list, controller, length) == 0) {
            return true;
        }
    }
    return false;
}

/* As a rule version 2 is mounted alone or beside version 1, and the controllers of version 1 by the
 * names that the list has, or each by its own. */
static void visit_hierarchy(const struct visitor *visitor, const char *root, const char *list,
                            const char *controller, const char *group)
{
    char mounted[PATH_BYTES];
    if (*list == '\0') {
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup", root);
        visit_up(visitor, mounted, group);
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup/unified", root);
        visit_up(visitor, mounted, group);
    } else if (lists(list, controller)) {
        snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup/%s", root, list);
        if (access(mounted, F_OK) != 0) {
            snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup/%s", root, controller);
        }
        visit_up(visitor, mounted, group);
    }
}

/* Lines such as "4:cpu,cpuacct:/group". */
void cgroup_each(const char *root, const char *controller,
                 void (*visit)(void *context, const char *folder), void *context)
{
    const struct visitor visitor = {visit, context};
    char line[PATH_BYTES], path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    for (int i = 0; file && i < LINES_MOST && fgets(line, sizeof line, file); i++) {
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':');
        char *group = list ? strchr(list + 1, ':') : NULL;
        if (group) {
            *group++ = '\0';
            visit_hierarchy(&visitor, root, list + 1, controller, group);
        }
    }
    if (file) {
        fclose(file);
    }
}

/* The first number of a file, or the first two; returns how many there are. */
static int read_numbers(const char *folder, const char *name, double *first, double *second)
{
    char path[PATH_BYTES + 64];
    int count = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file) {
        count = fscanf(file, "%lf %lf", first, second);
        fclose(file);
    }
    return count > 0 ? count : 0;
}

double cgroup_number(const char *folder, const char *name, double otherwise)
{
    double first, second;
    return read_numbers(folder, name, &first, &second) > 0 ? first : otherwise;
}

double cgroup_sum(const char *folder, const char *name, const char *const *words)
{
    char path[PATH_BYTES + 64], word[64];
    double number, sum = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    for (int i = 0; file && i < LINES_MOST && fscanf(file, "%63s %lf", word, &number) == 2; i++) {
        for (const char *const *wanted = words; *wanted; wanted++) {
            sum += strcmp(word, *wanted) == 0 ? number : 0;
        }
    }
    if (file) {
        fclose(file);
    }
    return sum;
}

/* "QUOTA PERIOD" in version 2, two files in version 1; without a limit the quota is "max" or −1. */
static void find_least_quota(void *context, const char *folder)
{
    double *least = context, quota, period;
    if (read_numbers(folder, "cpu.max", &quota, &period) < 2) {
        quota = cgroup_number(folder, "cpu.cfs_quota_us", -1);
        period = cgroup_number(folder, "cpu.cfs_period_us", 0);
    }
    if (quota > 0 && period > 0) {
        *least = fmin(*least, quota / period);
    }
}

double cgroup_quota(const char *root)
{
    double least = INFINITY;
    cgroup_each(root, "cpu", find_least_quota, &least);
    return least;
}
