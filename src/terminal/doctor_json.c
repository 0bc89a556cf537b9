#include "terminal/doctor_json.h"

#include "terminal/data.h"

enum { STATES = FINDING_UNKNOWN + 1 };

static const char *const state_names[STATES] = {
    [FINDING_GOOD] = "ok",
    [FINDING_WARNING] = "warning",
    [FINDING_UNKNOWN] = "unknown",
};

static json_t *findings(const struct checkup *checkup)
{
    json_t *found = json_array();
    for (size_t f = 0; f < checkup->count; f++) {
        const struct checkup_finding *one = &checkup->finding[f];
        data_append(&found, json_pack("{ss ss so so}", "name", one->name, "state",
                                      state_names[one->state], "value", data_text(one->value),
                                      "advice", data_text(one->advice[0] ? one->advice : NULL)));
    }
    return found;
}

/* How many findings there are of each state. */
static json_t *counts(const struct checkup *checkup)
{
    json_int_t count[STATES] = {0};
    for (size_t f = 0; f < checkup->count; f++) {
        count[checkup->finding[f].state]++;
    }
    return json_pack("{sI sI sI}", state_names[FINDING_GOOD], count[FINDING_GOOD],
                     state_names[FINDING_WARNING], count[FINDING_WARNING],
                     state_names[FINDING_UNKNOWN], count[FINDING_UNKNOWN]);
}

int doctor_print_json(FILE *out, const char *machine, const struct checkup *checkup)
{
    return data_print(out, json_pack("{si so so so}", "version", DOCTOR_JSON_VERSION, "machine",
                                     data_text(machine), "findings", findings(checkup), "counts",
                                     counts(checkup)));
}
