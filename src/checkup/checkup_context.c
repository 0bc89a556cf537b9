#include "checkup/checkup_context.h"

int checkup_cpus(const struct checkup_context *context)
{
    int count = 0;
    for (size_t w = 0; w < TOPO_MASK_WORDS; w++) {
        count += __builtin_popcountll(context->input->allowed.word[w]);
    }
    return count;
}
