#include "worker/usage.h"

#include "system/process.h"

#include <math.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

double usage_since_start_s(void)
{
    struct process own;
    struct timespec now;
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    if (process_read("/proc/self/stat", &own) != 0 || ticks_per_s <= 0 ||
        clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return NAN;
    }
    double since_s =
        (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - own.started_ticks / (double)ticks_per_s;
    return since_s >= 0 ? since_s : NAN;
}
