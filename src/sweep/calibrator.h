/* What calibration measures with: the same tasks of one kernel, once more on these cores or those.
 */
#ifndef CUAL_SWEEP_CALIBRATOR_H
#define CUAL_SWEEP_CALIBRATOR_H

#include "job/job.h"
#include "machine/surroundings.h"
#include "machine/topo.h"
#include "worker/worker_cell.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALIBRATOR_ENOUGH_S 5e-3 /* a task long enough for the clock and for a thread to start */

enum { CALIBRATOR_MOST = 144 };

struct calibrator {
    const struct workload *workload;
    const struct topo *topo;
    struct surroundings *surroundings; /* NULL: other processes are not noticed */
    struct memory *memory;             /* counts meanwhile; or NULL */
    uint64_t work;                     /* units in a task */
    bool looks_at_pages;               /* for huge ones */
    int error;                         /* the first errno */
};

/* Times of the same tasks on the same cores. */
struct timings {
    double time_s[CALIBRATOR_MOST], cpu_s[CALIBRATOR_MOST];
    bool disturbed[CALIBRATOR_MOST]; /* other processes computed on the cores */
    size_t count;
};

/* Makes the work of a task take at least CALIBRATOR_ENOUGH_S on one core. */
void calibrator_find_work(struct calibrator *calibrator);

/* Executes `tasks` tasks on `cores` cores by as many threads, from the node's core number `first`
 * on. */
void calibrator_run(struct calibrator *calibrator, uint64_t tasks, int first, int cores,
                    struct worker_result *result);

/* The same, added to the timings as long as there is room for it. */
void calibrator_time(struct calibrator *calibrator, uint64_t tasks, int first, int cores,
                     struct timings *timings);

/* Writes the times that nothing disturbed, NAN for the others: those of which the surroundings
 * tell, and those that took far more CPU time than the least for the same tasks, because a host or
 * another hardware thread slowed the cores down. Returns how many they are. */
size_t calibrator_undisturbed(const struct timings *timings, double times_s[CALIBRATOR_MOST]);

#endif
