#include "worker/usage.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FIELD_STATE = 3, FIELD_START = 22 }; /* proc(5), counted from 1 */

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

struct usage usage_now(void)
{
    struct rusage r;
    if (getrusage(RUSAGE_SELF, &r) != 0) {
        return (struct usage){NAN, NAN, NAN, NAN};
    }
    return (struct usage){
        .cpu_s = seconds(r.ru_utime) + seconds(r.ru_stime),
        .switches_voluntary = (double)r.ru_nvcsw,
        .switches_involuntary = (double)r.ru_nivcsw,
        .faults = (double)(r.ru_minflt + r.ru_majflt),
    };
}

struct usage usage_since(const struct usage *before)
{
    struct usage now = usage_now();
    return (struct usage){
        .cpu_s = now.cpu_s - before->cpu_s,
        .switches_voluntary = now.switches_voluntary - before->switches_voluntary,
        .switches_involuntary = now.switches_involuntary - before->switches_involuntary,
        .faults = now.faults - before->faults,
    };
}

double usage_start_ticks(const char *stat)
{
    const char *at = strrchr(stat, ')'); /* ends the name */
    for (int field = FIELD_STATE; at && field <= FIELD_START; field++) {
        at = strchr(at + 1, ' ');
    }
    char *end = NULL;
    double ticks = at ? strtod(at + 1, &end) : NAN;
    return at && end > at + 1 && (*end == ' ' || *end == '\n') && isfinite(ticks) && ticks >= 0
               ? ticks
               : NAN;
}

double usage_since_start_s(void)
{
    char stat[1024];
    struct timespec now;
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t bytes = file >= 0 ? read(file, stat, sizeof stat - 1) : -1;
    if (file >= 0) {
        close(file);
    }
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    if (bytes <= 0 || ticks_per_s <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return NAN;
    }
    stat[bytes] = '\0';
    double since_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec -
                     usage_start_ticks(stat) / (double)ticks_per_s;
    return since_s >= 0 ? since_s : NAN;
}
