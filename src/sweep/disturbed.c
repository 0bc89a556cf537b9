#include "sweep/disturbed.h"

#include "answer/stats.h"
#include "model/sample.h"

#include <math.h>
#include <string.h>

/* Share of the cores' time that others may take. Runs of a quiet machine differ by about that much
 * by themselves. */
#define SHARE 0.03

/* Threads of Linux execute the reads and writes of a sample: their time is no interference. A
 * competitor takes half of a core. */
#define SHARE_WITH_STORAGE 0.25

/* Share of a single core's time, on however many the sample was. A competitor takes half. */
#define MUCH_OF_A_CORE 0.3

/* CPU time of others that is always there: timers, a daemon that wakes. */
#define OTHERS_LEAST_S 1e-3

/* Behind each thread that ends the kernel's own threads clear up, 8 to 14 µs where it was measured:
 * their time is ours. */
#define CLEARING_UP_S 25e-6

/* A quota that stops a process does so for tens of milliseconds. */
#define SHARE_THROTTLED 0.01

/* A coarse clock may show a step too much, and so may a second one beside it. */
#define STEPS_LEAST 2

/* Change of frequency that shows in a time; turbo moves by steps of 100 MHz, 3 %. */
#define FREQUENCY_CHANGE 0.05

/* Cores that mostly wait sleep, and sleeping cores have any frequency. */
#define BUSY_ENOUGH 0.5

/* Fixed work that takes so many times its usual CPU time was slowed down from outside: a host runs
 * several virtual cores on one, or a core is clocked down, and Linux is not told. Beyond what
 * caches and memory do to a sample from round to round. */
#define SLOWED 1.5

/* Before that nothing is usual. */
#define VISITS_LEAST 3

/* The sum of what is known. */
static double sum_known(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a + b;
}

struct surroundings_change disturbed_merge(const struct surroundings_change *changes, int nodes)
{
    struct surroundings_change all = changes[0];
    for (int m = 1; m < nodes; m++) {
        const struct surroundings_change *one = &changes[m];
        all.window_s = fmax(all.window_s, one->window_s);
        all.ours_s = sum_known(all.ours_s, one->ours_s);
        all.others_s = sum_known(all.others_s, one->others_s);
        all.others_step_s = sum_known(all.others_step_s, one->others_step_s);
        all.steal_s = sum_known(all.steal_s, one->steal_s);
        all.steal_step_s = sum_known(all.steal_step_s, one->steal_step_s);
        all.throttled_s = sum_known(all.throttled_s, one->throttled_s);
        all.overheated = sum_known(all.overheated, one->overheated);
        all.frequency_hz = fmin(all.frequency_hz, one->frequency_hz);
    }
    return all;
}

/* Nobody knows when in the window it happened: what others took counts by the sample's share of the
 * window, and as a whole where it is much for any one core: workers wait for the last of them. */
static bool is_crowded(const struct surroundings_change *change,
                       const struct disturbed_sample *sample, double cores_time_s)
{
    double share = sample->storage ? SHARE_WITH_STORAGE : SHARE;
    double others_s = change->others_s - CLEARING_UP_S * (double)sample->threads_ended;
    double within_s = others_s * fmin(1, sample->time_s / change->window_s);
    bool much = within_s > share * cores_time_s || others_s > MUCH_OF_A_CORE * sample->time_s;
    return much && others_s > OTHERS_LEAST_S && others_s >= STEPS_LEAST * change->others_step_s;
}

static bool is_stolen(const struct surroundings_change *change, double cores_time_s,
                      double sample_time_s)
{
    bool much =
        change->steal_s > SHARE * cores_time_s || change->steal_s > MUCH_OF_A_CORE * sample_time_s;
    return much && change->steal_s >= (STEPS_LEAST - 0.5) * change->steal_step_s;
}

static bool is_throttled(const struct surroundings_change *change, double cores_time_s)
{
    return change->throttled_s > SHARE_THROTTLED * cores_time_s || change->overheated > 0;
}

/* Against the cell's last visit: before a sample its cores may have been asleep, and how many of
 * them compute changes their frequency by itself. */
static bool has_other_frequency(const struct surroundings_change *change,
                                const struct disturbed_sample *sample)
{
    bool busy = change->ours_s > BUSY_ENOUGH * change->window_s * sample->watched_cores;
    return busy && fabs(change->frequency_hz / sample->usual_hz - 1) > FREQUENCY_CHANGE;
}

unsigned disturbed_flags(const struct surroundings_change *change,
                         const struct disturbed_sample *sample)
{
    double cores_time_s = sample->time_s * sample->watched_cores;
    return (is_crowded(change, sample, cores_time_s) ? SAMPLE_CROWDED : 0u) |
           (is_stolen(change, cores_time_s, sample->time_s) ? SAMPLE_STOLEN : 0u) |
           (is_throttled(change, cores_time_s) ? SAMPLE_THROTTLED : 0u) |
           (has_other_frequency(change, sample) ? SAMPLE_FREQUENCY : 0u) |
           (sample->cpu_s > SLOWED * sample->usual_cpu_s ? SAMPLE_SLOWED : 0u);
}

void disturbed_forget(struct disturbed_past *past)
{
    for (int v = 0; v < DISTURBED_VISITS; v++) {
        past->cpu_s[v] = NAN;
    }
}

void disturbed_note(struct disturbed_past *past, double cpu_s)
{
    memmove(&past->cpu_s[1], &past->cpu_s[0], (DISTURBED_VISITS - 1) * sizeof cpu_s);
    past->cpu_s[0] = cpu_s;
}

double disturbed_usual_cpu_s(const struct disturbed_past *past, const struct kernel *kernel)
{
    struct disturbed_past sorted = *past;
    struct interval found = stats_median(sorted.cpu_s, DISTURBED_VISITS);
    bool is_fixed = kernel_computes(kernel) && !kernel->guard;
    return is_fixed && found.n >= VISITS_LEAST ? found.median : NAN;
}
