#include "model/sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Every flag does. */
#define NO_VOTE ((1u << SAMPLE_FLAG_COUNT) - 1)

const struct sample_column sample_columns[SAMPLE_VARIABLES] = {
    [SAMPLE_TIME] = {"time", "s", "last end minus first start over all workers"},
    [SAMPLE_CPU] = {"cpu", "s", "CPU time of all ranks of the cell, helper threads included"},
    [SAMPLE_SWITCHES_VOLUNTARY] = {"switches_voluntary", "1", "voluntary context switches"},
    [SAMPLE_SWITCHES_INVOLUNTARY] = {"switches_involuntary", "1", "involuntary context switches"},
    [SAMPLE_FAULTS] = {"faults", "1", "page faults, minor and major"},
    [SAMPLE_MEMORY] = {"memory", "byte", "proportional set size of all ranks of the cell"},
    [SAMPLE_DEPTH_ACHIEVED] = {"depth_achieved", "1", "mean operations in flight per thread"},
    [SAMPLE_DEPTH_MOST] = {"depth_most", "1", "most operations in flight in a thread"},
    [SAMPLE_SERVICE_BUSY] = {"service_busy", "s", "time the service rank was busy answering"},
    [SAMPLE_SETUP] = {"setup", "s", "from the command to the start: threads, memory, handles"},
    [SAMPLE_START_SKEW] = {"start_skew", "s", "from the first rank's start to the last rank's"},
    [SAMPLE_OTHERS] = {"others", "s", "CPU time that others took of the cores that the cell feels"},
    [SAMPLE_STEAL] = {"steal", "s", "time that the hypervisor gave to others of the cell's cores"},
    [SAMPLE_THROTTLED] = {"throttled", "s", "time for which a quota stopped the job"},
    [SAMPLE_LOST] = {"lost", "1", "items that races lost from a shared list"},
    [SAMPLE_COMPLETION] = {"completion", "1", "digest of the order in which the tasks ended"},
    [SAMPLE_FLAGS] = {"flags", "1", "what is wrong with the sample"},
    [SAMPLE_ORDER] = {"order", "1", "place in the round"},
    [SAMPLE_START] = {"start", "s", "start of the sample since the run began"},
};

const char *const sample_flag_names[SAMPLE_FLAG_COUNT] = {
    "misbound", "too_short", "shallow", "cache", "crowded", "stolen", "throttled", "frequency"};

static double *filled_with_nan(size_t count)
{
    double *values = malloc((count ? count : 1) * sizeof *values);
    for (size_t i = 0; values && i < count; i++) {
        values[i] = NAN;
    }
    return values;
}

int samples_create(struct samples *samples, size_t cells, size_t rounds, size_t ranks)
{
    *samples = (struct samples){.cells = cells, .rounds = rounds, .ranks = ranks};
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        samples->value[v] = filled_with_nan(cells * rounds);
        if (!samples->value[v]) {
            samples_free(samples);
            return -ENOMEM;
        }
    }
    samples->per_rank = filled_with_nan(cells * rounds * ranks);
    if (!samples->per_rank) {
        samples_free(samples);
        return -ENOMEM;
    }
    return 0;
}

void samples_free(struct samples *samples)
{
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        free(samples->value[v]);
    }
    free(samples->per_rank);
    *samples = (struct samples){0};
}

int samples_votes(const struct samples *samples, size_t cell, size_t round)
{
    size_t at = cell * samples->rounds + round;
    if (isnan(samples->value[SAMPLE_TIME][at])) {
        return 0;
    }
    double flags = samples->value[SAMPLE_FLAGS][at];
    return isnan(flags) || ((unsigned)flags & NO_VOTE) == 0;
}
