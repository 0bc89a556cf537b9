#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields of the file, counted from 1 (proc(5)). */
enum { FIELD_STATE = 3, FIELD_USER = 14, FIELD_SYSTEM = 15, FIELD_STARTED = 22 };

/* The number behind the blank at `*at`; NAN when there is none. Goes on behind it. */
static double next_field(const char **at)
{
    const char *blank = strchr(*at, ' ');
    char *end = NULL;
    double value = blank ? strtod(blank + 1, &end) : NAN;
    bool is_number = blank && end > blank + 1 && (!*end || *end == ' ' || *end == '\n');
    *at = blank ? blank + 1 : *at + strlen(*at);
    return is_number && isfinite(value) ? value : NAN;
}

bool process_parse(const char *text, struct process *process)
{
    const char *name = strchr(text, '('), *end = strrchr(text, ')');
    if (!name || !end || end < name || end[1] != ' ' || !end[2]) {
        return false;
    }
    double field[FIELD_STARTED + 1];
    const char *at = end + 2;
    for (int f = FIELD_STATE + 1; f <= FIELD_STARTED; f++) {
        field[f] = next_field(&at);
    }
    *process = (struct process){
        .state = end[2],
        .used_ticks = field[FIELD_USER] + field[FIELD_SYSTEM],
        .started_ticks = field[FIELD_STARTED] >= 0 ? field[FIELD_STARTED] : NAN,
    };
    snprintf(process->name, sizeof process->name, "%.*s", (int)(end - name - 1), name + 1);
    return true;
}

int process_read(const char *path, struct process *process)
{
    char text[1024];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    ssize_t bytes = read(descriptor, text, sizeof text - 1);
    int failed = bytes < 0 ? -errno : 0;
    close(descriptor);
    text[bytes > 0 ? bytes : 0] = '\0';
    return failed ? failed : process_parse(text, process) ? 0 : -EINVAL;
}

int process_own(const char *root)
{
    char path[512], number[32] = "";
    snprintf(path, sizeof path, "%s/proc/self", root);
    int found = readlink(path, number, sizeof number - 1) > 0 ? atoi(number) : 0;
    return found > 0 ? found : getpid();
}
