/* A quantity, as a value of the option that the first byte chooses: refused in words, or a number
 * within the option's bounds that is written back as the same number. */
#include "job/quantity.h"
#include "engines/engines.h"
#include "fuzz.h"
#include "job/job_options.h"
#include "kernels/kernels.h"

#include <stdlib.h>

#define WHY_BYTES 512

static const struct caches caches = {.bytes = {49152, 0, 33554432}};

static void try_option(const struct option *option, const char *text)
{
    double value = 0, again = 0;
    char why[WHY_BYTES] = "", written[128];
    if (quantity_parse(option, text, &caches, &value, why, sizeof why) != 0) {
        fuzz_must_be_message(why);
        return;
    }
    fuzz_must(value >= option->minimum && value <= option->maximum, "a value is in bounds", text);
    quantity_text(option, value, written, sizeof written);
    fuzz_must(quantity_parse(option, written, &caches, &again, why, sizeof why) == 0 &&
                  value == again,
              "a value is written back as it was", written);
}

/* The option at *left in a table; else *left is less by as many as there are. */
static const struct option *pick(const struct option *options, size_t *left)
{
    for (const struct option *option = options; option && option->name; option++) {
        if ((*left)-- == 0) {
            return option;
        }
    }
    return NULL;
}

/* One of all that there are; NULL beyond the last. */
static const struct option *pick_of_all(size_t left)
{
    const struct option *option = pick(job_options, &left);
    option = option ? option : pick(job_workload_options, &left);
    for (const struct kernel *const *kernel = kernels_all; *kernel && !option; kernel++) {
        option = pick((*kernel)->options, &left);
    }
    for (const struct engine *const *engine = engines_all; *engine && !option; engine++) {
        option = pick((*engine)->options, &left);
    }
    return option;
}

void fuzz_one(const uint8_t *bytes, size_t count)
{
    const struct option *option = count > 0 ? pick_of_all(bytes[0]) : NULL;
    if (option && option->kind != OPTION_PATH) {
        char *text = fuzz_text(bytes + 1, count - 1);
        try_option(option, text);
        free(text);
    }
}
