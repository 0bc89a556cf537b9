#include "terminal/list_json.h"

#include "answer/claims.h"
#include "engines/engines.h"
#include "job/job_options.h"
#include "kernels/kernels.h"
#include "terminal/data.h"

#include <math.h>

/* What a value of each kind is called, and the unit that its numbers have. */
static const struct {
    const char *name, *unit;
    bool has_range;
} kinds[] = {
    [OPTION_COUNT] = {"count", NULL, true},       [OPTION_AXIS] = {"axis", NULL, true},
    [OPTION_TIME] = {"time", "s", true},          [OPTION_BYTES] = {"bytes", "B", true},
    [OPTION_FRACTION] = {"fraction", NULL, true}, [OPTION_FLAG] = {"flag", NULL, false},
    [OPTION_CHOICE] = {"choice", NULL, false},    [OPTION_PATH] = {"path", NULL, false},
};

/* A value as it is held, or the word that it stands for; null for none. */
static json_t *value_of(const struct option *option, double value)
{
    if (isnan(value)) {
        return json_null();
    }
    switch (option->kind) {
    case OPTION_COUNT:
    case OPTION_AXIS:
    case OPTION_BYTES:
        return data_whole(value);
    case OPTION_TIME:
    case OPTION_FRACTION:
        return data_number(value);
    case OPTION_FLAG:
        return json_boolean(value != 0);
    case OPTION_CHOICE:
        return data_text(option->choices[(int)value]);
    case OPTION_PATH:
        break;
    }
    return json_null();
}

static json_t *choices_of(const struct option *option)
{
    json_t *found = json_array();
    for (const char *const *choice = option->choices; choice && *choice; choice++) {
        data_append(&found, data_text(*choice));
    }
    return found;
}

static json_t *options_of(const struct option *options)
{
    json_t *found = json_array();
    for (const struct option *option = options; option && option->name; option++) {
        bool has_range = kinds[option->kind].has_range;
        data_append(&found,
                    json_pack("{ss ss so so so so so ss}", "name", option->name, "kind",
                              kinds[option->kind].name, "unit", data_text(kinds[option->kind].unit),
                              "default", value_of(option, option->fallback), "minimum",
                              value_of(option, has_range ? option->minimum : NAN), "maximum",
                              value_of(option, has_range ? option->maximum : NAN), "choices",
                              choices_of(option), "help", option->help));
    }
    return found;
}

static json_t *kernels(void)
{
    json_t *found = json_array();
    for (const struct kernel *const *kernel = kernels_all; *kernel; kernel++) {
        data_append(&found, json_pack("{ss ss so so}", "name", (*kernel)->name, "help",
                                      (*kernel)->help, "unit_of_work", data_text((*kernel)->unit),
                                      "options", options_of((*kernel)->options)));
    }
    return found;
}

static json_t *engine_of(const struct engine *engine)
{
    char why[256] = "";
    bool available = !engine->available || engine->available(why, sizeof why) == 0;
    return json_pack("{ss ss sb so ss ss so}", "name", engine->name, "help", engine->help,
                     "available", available, "unavailable_because",
                     data_text(available ? NULL : why), "blocking", engine->blocking, "in_flight",
                     engine->in_flight, "options", options_of(engine->options));
}

static json_t *engines(void)
{
    json_t *found = json_array();
    for (const struct engine *const *engine = engines_all; *engine; engine++) {
        data_append(&found, engine_of(*engine));
    }
    return found;
}

static json_t *claims(void)
{
    json_t *found = json_array();
    for (int number = 1; number <= (int)claims_count(); number++) {
        const struct claim *claim = claims_find(number);
        data_append(&found, json_pack("{si ss ss}", "number", number, "claim", claim->text, "rule",
                                      claim->rule));
    }
    return found;
}

static json_t *jobs(const struct job_beside *beside)
{
    json_t *found = json_array();
    for (size_t i = 0; i < beside->count; i++) {
        data_append(&found, json_pack("{so so}", "name", data_text(beside->job[i].name), "help",
                                      data_text(beside->job[i].says)));
    }
    return found;
}

static json_t *python_folder(void)
{
    char folder[BESIDE_PATH_BYTES];
    return data_text(beside_find("python", folder) ? folder : NULL);
}

int list_print_json(FILE *out, const struct job_beside *beside)
{
    return data_print(
        out, json_pack("{si so so so so so so so so}", "version", LIST_JSON_VERSION, "jobs_folder",
                       data_text(beside->folder[0] ? beside->folder : NULL), "jobs", jobs(beside),
                       "python_folder", python_folder(), "kernels", kernels(), "engines", engines(),
                       "workload_keys", options_of(job_workload_options), "job_keys",
                       options_of(job_options), "claims", claims()));
}
