#include "run/lead_calibration.h"

#include "answer/stats.h"
#include "answer/worth.h"
#include "sweep/sweep_work.h"
#include "system/clock.h"

#include <stdlib.h>

#define SHARE 0.02 /* of the run */

/* Whether points contradict a calibration is looked at after 6, 12, 24 … rounds: it takes as long
 * as judging does, and the rounds between tell little more. */
static bool is_time_to_look(size_t rounds)
{
    while (rounds > STATS_ROUNDS_LEAST && rounds % 2 == 0) {
        rounds /= 2;
    }
    return rounds == STATS_ROUNDS_LEAST;
}

static bool is_in_doubt(const struct question *question, size_t workload, size_t cores_index,
                        double *scratch)
{
    const struct question_workload *asked = &question->workload[workload];
    if (question->cores_axis[cores_index] == 1 || !asked->calibrated.worth) {
        return false;
    }
    return (asked->calibrated.disturbed && asked->calibrated.disturbed[cores_index]) ||
           (scratch && worth_is_contradicted(question, workload, cores_index, scratch));
}

/* True with the place in `calibration->next` when one is in doubt. */
static bool find_doubt(struct lead_calibration *calibration, const struct question *question,
                       double *scratch)
{
    size_t places = question->workloads * question->cores;
    for (size_t i = 0; i < places; i++, calibration->next++) {
        calibration->next %= places;
        if (is_in_doubt(question, calibration->next / question->cores,
                        calibration->next % question->cores, scratch)) {
            return true;
        }
    }
    return false;
}

int lead_calibrate_again(struct lead_calibration *calibration, struct sweep *sweep,
                         const struct question *question, size_t rounds, struct error *error)
{
    if (calibration->spent_s > SHARE * sweep_times(sweep).elapsed_s) {
        return 0;
    }
    double *scratch =
        is_time_to_look(rounds) ? malloc(3 * question->samples->rounds * sizeof *scratch) : NULL;
    int64_t start_ns = clock_now_ns();
    int status = 0;
    if (find_doubt(calibration, question, scratch)) {
        status = sweep_calibrate_again(sweep, calibration->next / question->cores,
                                       calibration->next % question->cores, error);
        calibration->next++;
        calibration->changed = true;
        calibration->spent_s += (double)(clock_now_ns() - start_ns) * 1e-9;
    }
    free(scratch);
    return status;
}
