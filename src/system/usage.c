#include "system/usage.h"

#include <math.h>
#include <sys/resource.h>

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
