/* A quantity, as a value of every option there is: refused in words, or a number within the
 * option's bounds that is written back as the same number. */
#include "study/quantity.h"
#include "fuzz.h"
#include "run/registry.h"

#include <stdlib.h>

#define WHY_BYTES 512

static void try_option(const struct option *option, const char *text)
{
    double value = 0, again = 0;
    char why[WHY_BYTES] = "", written[128];
    if (quantity_parse(option, text, &value, why, sizeof why) != 0) {
        fuzz_must_be_message(why);
        return;
    }
    fuzz_must(value >= option->minimum && value <= option->maximum, "a value is in bounds", text);
    quantity_text(option, value, written, sizeof written);
    fuzz_must(quantity_parse(option, written, &again, why, sizeof why) == 0 && value == again,
              "a value is written back as it was", written);
}

static void try_options(const struct option *options, const char *text)
{
    for (const struct option *option = options; option && option->name; option++) {
        if (option->kind != OPTION_PATH) {
            try_option(option, text);
        }
    }
}

void fuzz_one(const uint8_t *bytes, size_t count)
{
    char *text = fuzz_text(bytes, count);
    try_options(job_options, text);
    try_options(job_workload_options, text);
    for (const struct kernel *const *kernel = registry_kernels; *kernel; kernel++) {
        try_options((*kernel)->options, text);
    }
    for (const struct engine *const *engine = registry_engines; *engine; engine++) {
        try_options((*engine)->options, text);
    }
    free(text);
}
