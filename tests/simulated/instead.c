/* What stands in the simulation for parts of the product: a clock of simulated time, cores that
 * bind nothing, a kernel that only agrees, and neither calibration nor known answers. */
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "machine/limits.h"
#include "runfile/runfile_resumed.h"
#include "simulated.h"
#include "sweep/calibrate.h"
#include "sweep/known.h"
#include "system/clock.h"
#include "system/lock.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

/* -- registry: no work at all, and the same where the ranks of a cell agree beforehand -- */

static uint64_t agree_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state, (void)item, (void)units;
    return 0;
}

static uint64_t agree_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec, (void)item, (void)units;
    return 0;
}

static const struct kernel kernel_agree = {
    .name = "agree",
    .bound = KERNEL_BOUND_TOOL,
    .help = "no work at all, agreed upon",
    .same_for_every_item = true,
    .calls_mpi = true,
    .compute = agree_compute,
    .expect = agree_expect,
};

const struct kernel *const kernels_all[] = {&kernel_none, &kernel_agree, NULL};
const struct engine *const engines_all[] = {&engine_none, NULL};

/* -- clock: what the SMPI headers make of nanosleep takes simulated time -- */

/* A sleep ends late by the usual slack of a timer. */
#define SLACK_NS 50000

void clock_sleep_until_ns(int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns - clock_now_ns();
    if (left_ns > 0) {
        left_ns += SLACK_NS;
        const struct timespec nap = {.tv_sec = (time_t)(left_ns / 1000000000),
                                     .tv_nsec = (long)(left_ns % 1000000000)};
        nanosleep(&nap, NULL);
    }
}

bool clock_sleep_unless(int64_t deadline_ns, const uint32_t *stop)
{
    (void)stop;
    clock_sleep_until_ns(deadline_ns);
    return false;
}

double clock_cost_s(void)
{
    return 0;
}

/* -- cores -- */

int topo_cores(const struct topo *topo)
{
    return topo->cores;
}

int topo_bind(const struct topo *topo, int core)
{
    (void)topo, (void)core;
    return 0;
}

bool topo_is_bound(const struct topo *topo, int core)
{
    (void)topo, (void)core;
    return true;
}

int topo_bind_process(const struct topo *topo, int cores)
{
    (void)topo, (void)cores;
    return 0;
}

void topo_core_threads(const struct topo *topo, int core, struct topo_mask *mask)
{
    (void)topo, (void)core;
    *mask = (struct topo_mask){0};
}

int topo_core_cpu(const struct topo *topo, int core)
{
    (void)topo;
    return core;
}

const char *topo_core_kind(const struct topo *topo, int core, char kind[TOPO_KIND_BYTES])
{
    (void)topo, (void)core;
    kind[0] = '\0';
    return kind;
}

/* No simulated run is resumed. */
bool runfile_has_cores(const struct runfile_work *work, const int64_t *cpu, size_t cores)
{
    (void)work, (void)cpu, (void)cores;
    return false;
}

/* This node's limits on processes are not those of the simulated ones. */
void limits_read(struct limits *limits, const char *root)
{
    (void)root;
    *limits = (struct limits){0};
}

enum limit limits_tightest(const struct limits *limits, const struct limits_wanted *wanted)
{
    (void)limits, (void)wanted;
    return LIMITS;
}

bool limits_is_of_memory(enum limit limit)
{
    (void)limit;
    return false;
}

const char *limits_text(const struct limits *limits, const struct limits_wanted *wanted,
                        enum limit limit, char *text, size_t text_bytes)
{
    (void)limits, (void)wanted, (void)limit;
    snprintf(text, text_bytes, "there is no limit");
    return text;
}

/* -- what measures -- */

int known_try(struct known *known, const struct engine *timer, const struct kernel *flops,
              int threads, const struct topo *topo, struct error *error)
{
    (void)timer, (void)flops, (void)threads, (void)topo, (void)error;
    *known = (struct known){0};
    return 0;
}

double calibrate_least_s(const struct job_axis_values *cores, int most)
{
    (void)cores, (void)most;
    return 0;
}

int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct job_axis_values *cores, const struct calibration_place *place)
{
    (void)workload, (void)cores, (void)place;
    *calibration = (struct calibration){0};
    return 0;
}

void calibration_free(struct calibration *calibration)
{
    (void)calibration;
}

int calibrate_again(struct calibration *calibration, size_t c, int cores,
                    const struct workload *workload, const struct calibration_place *place)
{
    (void)calibration, (void)c, (void)cores, (void)workload, (void)place;
    return 0;
}

/* There is no output. */
void lock_read(const char *path, char owner[LOCK_OWNER_BYTES])
{
    (void)path;
    owner[0] = '\0';
}
