#include "runfile/runfile_samples.h"

#include "runfile/integrity.h"

#include <math.h>
#include <stdlib.h>

double runfile_stored(const struct runfile_variable *variable, double value)
{
    return isnan(value) ? variable->fill : value;
}

uint64_t *runfile_hash_words(const struct samples *samples)
{
    return calloc(2 + SAMPLE_VARIABLES + samples_rank_numbers(samples), sizeof(uint64_t));
}

uint64_t runfile_hash_sample(const struct samples *samples, size_t cell, size_t round,
                             uint64_t *words)
{
    size_t at = cell * samples->rounds + round, count = 0;
    if (isnan(samples->value[SAMPLE_TIME][at])) {
        return 0;
    }
    words[count++] = cell;
    words[count++] = round;
    for (size_t i = 0; i < runfile_variable_count; i++) {
        const struct runfile_variable *variable = &runfile_variables[i];
        if (variable->source == RUNFILE_FROM_SAMPLES) {
            double value = samples->value[variable->member][at];
            words[count++] = integrity_word(runfile_stored(variable, value));
        }
    }
    for (size_t i = 0; i < samples_rank_numbers(samples); i++) {
        words[count++] = integrity_word(*samples_rank_number(samples, at, i));
    }
    return integrity_of_words(words, count);
}
