#include "runfile/runfile_space.h"

#include "answer/claims.h"
#include "runfile/runfile_file.h"
#include "runfile/runfile_layout.h"
#include "runfile/runfile_values.h"

#define INDEX_BYTES 160 /* at most, of a piece in the index of its dataset */
#define ROW_BYTES 4096  /* of a verdict or a claim, texts included */

/* The most bytes that an answer takes. */
static uint64_t answer_bytes(const size_t length[RUNFILE_AXES])
{
    size_t verdicts = length[RUNFILE_AXIS_WORKLOAD] * length[RUNFILE_AXIS_CORES];
    return RUNFILE_SLACK_BYTES + (uint64_t)(verdicts + claims_count()) * ROW_BYTES;
}

struct runfile_space runfile_space(const size_t length[RUNFILE_AXES], bool spreads,
                                   size_t measured_cells)
{
    struct runfile_space space = {RUNFILE_SLACK_BYTES, 0};
    uint64_t measured = 0, samples = (uint64_t)measured_cells * length[RUNFILE_AXIS_ROUND];
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        if (runfile_is_of_samples(variable) &&
            runfile_has_variable(variable, length[RUNFILE_AXIS_RANK], spreads)) {
            struct runfile_layout layout = runfile_layout(variable, length);
            uint64_t bytes = store_type_bytes(variable->type);
            uint64_t index_bytes = runfile_layout_parts(&layout) * INDEX_BYTES;
            space.bytes += index_bytes +
                           runfile_layout_parts(&layout) * runfile_layout_elements(&layout) * bytes;
            measured += index_bytes + samples * layout.each * bytes;
        }
    }
    /* Where some cells of a piece are measured and others are not, as much as a quarter is added by
     * telling which. */
    uint64_t most = measured + measured / 4 + RUNFILE_SLACK_BYTES;
    bool is_compressed = space.bytes <= RUNFILE_HURRY_BYTES && most < space.bytes;
    space.ended_bytes = (is_compressed ? most : space.bytes) + answer_bytes(length);
    return space;
}

struct runfile_space runfile_space_of_plan(const struct plan *plan)
{
    size_t length[RUNFILE_AXES], launched = (size_t)plan->limits.ranks;
    runfile_job_lengths(plan->job, length);
    length[RUNFILE_AXIS_ROUND] = (size_t)plan->job->rounds;
    length[RUNFILE_AXIS_RANK] = launched < SAMPLE_RANKS_MOST ? launched : SAMPLE_RANKS_MOST;
    return runfile_space(length, launched > SAMPLE_RANKS_MOST, plan->feasible);
}
