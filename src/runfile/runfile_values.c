#include "runfile/runfile_values.h"

#include "runfile/integrity.h"
#include "runfile/runfile_file.h"
#include "store/store_write.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void runfile_job_lengths(const struct job *job, size_t length[RUNFILE_AXES])
{
    length[RUNFILE_AXIS_WORKLOAD] = job->workload_count;
    for (int axis = RUNFILE_AXIS_CORES; axis < RUNFILE_CELLS; axis++) {
        length[axis] = job->axes[axis - RUNFILE_AXIS_CORES].count;
    }
}

void runfile_content_lengths(const struct runfile_content *content, size_t length[RUNFILE_AXES])
{
    runfile_job_lengths(content->plan->job, length);
    length[RUNFILE_AXIS_ROUND] = content->samples->rounds;
    length[RUNFILE_AXIS_RANK] = content->samples->ranks;
}

void *runfile_values_row(const struct runfile_content *content, const size_t length[RUNFILE_AXES])
{
    size_t longest = runfile_cells(length), speeds = length[RUNFILE_AXIS_WORKLOAD] * content->cores;
    longest = speeds > longest ? speeds : longest;
    for (int axis = 0; axis < RUNFILE_AXES; axis++) {
        longest = length[axis] > longest ? length[axis] : longest;
    }
    return calloc(longest + 1, sizeof(uint64_t));
}

/* Where the content holds nothing, the fill stays, which takes a float. */
void runfile_write_values(struct store *store, const struct runfile_variable *variable,
                          const struct runfile_content *content, const size_t length[RUNFILE_AXES],
                          void *row)
{
    bool is_speed = variable->span == RUNFILE_SPEEDS;
    size_t workloads = length[RUNFILE_AXIS_WORKLOAD], each = is_speed ? content->cores : 1;
    size_t bytes = store_type_bytes(variable->memory);
    for (int axis = RUNFILE_AXIS_CORES; !is_speed && axis < (int)variable->span; axis++) {
        each *= length[axis];
    }
    for (size_t w = 0; w < workloads; w++) {
        char *to = (char *)row + w * each * bytes;
        const void *values = runfile_values(variable, content, w);
        if (values) {
            memcpy(to, values, each * bytes);
        }
        for (size_t i = 0; !values && i < each; i++) {
            memcpy(to + i * bytes, &variable->fill, bytes);
        }
    }
    char object[RUNFILE_OBJECT_BYTES];
    store_write(store, runfile_variable_object(variable, object), variable->memory, row);
}

void runfile_write_worths(struct store *store, const struct runfile_content *content)
{
    size_t length[RUNFILE_AXES];
    runfile_content_lengths(content, length);
    void *row = runfile_values_row(content, length);
    if (!row) {
        store_no_memory(store);
        return;
    }
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *variable = &runfile_variables[v];
        if (variable->span == RUNFILE_WORTHS) {
            char object[RUNFILE_OBJECT_BYTES];
            runfile_write_values(store, variable, content, length, row);
            integrity_seal(store, runfile_variable_object(variable, object));
        }
    }
    free(row);
}
