#include "system/helpers.h"

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct helper {
    int thread;
    double operations;
};

/* Reads and writes of a thread so far; negative when the kernel does not tell. */
static double operations_of(int thread)
{
    char path[64], line[64];
    double operations = -1, more;
    snprintf(path, sizeof path, "/proc/self/task/%d/io", thread);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "syscr: %lf", &more) == 1 || sscanf(line, "syscw: %lf", &more) == 1) {
            operations = more + (operations < 0 ? 0 : operations);
        }
    }
    if (file) {
        fclose(file);
    }
    return operations;
}

static int compare(const void *a, const void *b)
{
    const struct helper *one = a, *other = b;
    return (one->thread > other->thread) - (one->thread < other->thread);
}

void helpers_note(struct helpers *helpers)
{
    size_t room = 0;
    *helpers = (struct helpers){0};
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        int thread = atoi(entry->d_name);
        if (thread <= 0) {
            continue;
        }
        if (helpers->count == room) {
            room = room ? 2 * room : 64;
            struct helper *grown = realloc(helpers->helper, room * sizeof *grown);
            if (!grown) {
                break;
            }
            helpers->helper = grown;
        }
        helpers->helper[helpers->count++] = (struct helper){thread, operations_of(thread)};
    }
    if (threads) {
        closedir(threads);
    }
    if (helpers->count > 0) {
        qsort(helpers->helper, helpers->count, sizeof *helpers->helper, compare);
    }
}

void helpers_free(struct helpers *helpers)
{
    free(helpers->helper);
    *helpers = (struct helpers){0};
}

static bool is_of_team(int thread, const int *team, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (team[i] == thread) {
            return true;
        }
    }
    return false;
}

double helpers_since(const struct helpers *before, const int *team, size_t count)
{
    struct helpers now;
    double sum = 0, squares = 0;
    bool told = false;
    helpers_note(&now);
    for (size_t i = 0; i < now.count; i++) {
        const struct helper *helper = &now.helper[i];
        told |= helper->operations >= 0;
        if (helper->operations <= 0 || is_of_team(helper->thread, team, count)) {
            continue;
        }
        const struct helper *known =
            before->count > 0
                ? bsearch(helper, before->helper, before->count, sizeof *helper, compare)
                : NULL;
        double done = helper->operations - (known ? known->operations : 0);
        sum += done;
        squares += done * done;
    }
    helpers_free(&now);
    return !told ? INFINITY : sum > 0 ? sum * sum / squares : 0;
}
