#include "runfile/runfile_resumed.h"
#include "runfile/runfile_variables.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

static bool is_unit(const char *unit)
{
    return strcmp(unit, "s") == 0 || strcmp(unit, "1") == 0 || strcmp(unit, "byte") == 0;
}

static void every_row_says_what_it_is(void)
{
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *one = &runfile_variables[v];
        CU_ASSERT_FATAL(one->group && one->name && one->long_name);
        CU_ASSERT(one->name[0] != '\0' && one->long_name[0] != '\0');
        CU_ASSERT((one->unit == NULL) == (one->type == STORE_TEXT));
        CU_ASSERT(!one->unit || is_unit(one->unit));
        for (size_t other = 0; other < v; other++) {
            CU_ASSERT(strcmp(one->group, runfile_variables[other].group) != 0 ||
                      strcmp(one->name, runfile_variables[other].name) != 0);
        }
    }
}

/* The samples are hashed in the order of the rows, and read by their index. */
static void every_sample_has_a_row_in_its_order(void)
{
    size_t next = 0;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *one = &runfile_variables[v];
        if (one->source == RUNFILE_FROM_SAMPLES) {
            CU_ASSERT_EQUAL(one->member, next++);
            CU_ASSERT(one->span == RUNFILE_SAMPLES && strcmp(one->group, "/") == 0);
        }
    }
    CU_ASSERT_EQUAL(next, SAMPLE_VARIABLES);
    CU_ASSERT_STRING_EQUAL(runfile_sample_variable(SAMPLE_TIME)->name, "time");
    CU_ASSERT_STRING_EQUAL(runfile_sample_variable(SAMPLE_TIME)->unit, "s");
    CU_ASSERT_STRING_EQUAL(runfile_sample_variable(SAMPLE_MEMORY)->unit, "byte");
    CU_ASSERT_STRING_EQUAL(runfile_sample_variable(SAMPLE_START)->name, "start");
}

/* analysis/reading.py takes it from the type what stands where there is no sample. */
static void what_is_no_sample_follows_from_the_type(void)
{
    for (size_t v = 0; v < runfile_variable_count; v++) {
        const struct runfile_variable *one = &runfile_variables[v];
        if (one->span < RUNFILE_SAMPLES) {
            continue;
        }
        if (one->type == STORE_FLOAT64) {
            CU_ASSERT(isnan(one->fill));
        } else {
            CU_ASSERT_EQUAL(one->fill, one->type == STORE_INT32 ? -1 : 0);
        }
    }
}

/* Only what calibration found is read back, and there is room for it. */
static void what_is_resumed_was_measured(void)
{
    size_t resumed = 0;
    for (size_t v = 0; v < runfile_variable_count; v++) {
        CU_ASSERT(!runfile_variables[v].resumed ||
                  runfile_variables[v].source == RUNFILE_FROM_MEASURED);
        resumed += runfile_variables[v].resumed;
    }
    CU_ASSERT(resumed > 0 && resumed <= RUNFILE_RESUMED_MOST);
}

static void spans_are_the_first_axes(void)
{
    const char *names[RUNFILE_AXES];
    CU_ASSERT_EQUAL(runfile_axis_names(RUNFILE_WORTHS, names), 2);
    CU_ASSERT(strcmp(names[0], "workload") == 0 && strcmp(names[1], "cores") == 0);
    CU_ASSERT_EQUAL(runfile_axis_names(RUNFILE_SPEEDS, names), 2);
    CU_ASSERT(strcmp(names[0], "workload") == 0 && strcmp(names[1], "core") == 0);
    CU_ASSERT_EQUAL(runfile_axis_names(RUNFILE_RANKS, names), RUNFILE_AXES);
    CU_ASSERT(strcmp(names[5], "round") == 0 && strcmp(names[6], "rank") == 0);
    CU_ASSERT_EQUAL(runfile_axis_names(RUNFILE_QUANTILES, names), RUNFILE_AXES);
    CU_ASSERT(strcmp(names[5], "round") == 0 && strcmp(names[6], "quantile") == 0);
}

static const CU_TestInfo tests[] = {
    {"every row says what it is", every_row_says_what_it_is},
    {"every sample has a row in its order", every_sample_has_a_row_in_its_order},
    {"what is no sample follows from the type", what_is_no_sample_follows_from_the_type},
    {"what is resumed was measured", what_is_resumed_was_measured},
    {"spans are the first axes", spans_are_the_first_axes},
    CU_TEST_INFO_NULL,
};

SUITE("runfile variables", tests);
