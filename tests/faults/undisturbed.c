/* Stands before disturbed_flags in build/cual-faults: when CUAL_FAULT is undisturbed, no sample is
 * excluded for what others do. For work that sleeps, which others do not slow. */
#include "sweep/disturbed.h"

#include <stdlib.h>
#include <string.h>

unsigned __real_disturbed_flags(const struct surroundings_change *change,
                                const struct disturbed_sample *sample);
unsigned __wrap_disturbed_flags(const struct surroundings_change *change,
                                const struct disturbed_sample *sample);

unsigned __wrap_disturbed_flags(const struct surroundings_change *change,
                                const struct disturbed_sample *sample)
{
    const char *chosen = getenv("CUAL_FAULT");
    return chosen && strcmp(chosen, "undisturbed") == 0 ? 0
                                                        : __real_disturbed_flags(change, sample);
}
