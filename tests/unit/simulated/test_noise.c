/* The noise of simulated studies is what its parameters say. */
#include "simulated/studies/noise.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 4000 };

static double log_of(struct noise_state *state, size_t cell, size_t round)
{
    const struct noise_visit visit = {
        .cell = cell, .round = round, .workload = "a", .true_s = 0.01};
    return log(noise_of(state, &visit).time);
}

/* Standard deviation of the log over cells in one round. */
static double deviation(const struct noise *noise)
{
    struct noise_state state;
    double sum = 0, squares = 0;
    noise_begin(&state, noise, NULL, 1);
    for (size_t cell = 0; cell < MANY; cell++) {
        double one = log_of(&state, cell, 1);
        sum += one;
        squares += one * one;
    }
    CU_ASSERT(fabs(sum / MANY) < 0.1 * sqrt(squares / MANY));
    return sqrt(squares / MANY);
}

static void sizes_are_as_given(void)
{
    const struct noise residual = {.sd = 0.03}, layout = {.layout = {0.02, 1}},
                       launch = {.launch = {0.01, 0}}, none = {.sd = 0};
    CU_ASSERT_DOUBLE_EQUAL(deviation(&residual), 0.03, 0.0015);
    CU_ASSERT_DOUBLE_EQUAL(deviation(&layout), 0.02, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(deviation(&launch), 0.01, 0.0005);
    struct noise_state state;
    noise_begin(&state, &none, NULL, 1);
    CU_ASSERT_EQUAL(log_of(&state, 3, 4), 0);
}

static void tail_is_slow(void)
{
    const struct noise noise = {.tail_share = 0.2, .tail_mean = 0.1};
    struct noise_state state;
    double sum = 0;
    size_t slow = 0;
    noise_begin(&state, &noise, NULL, 1);
    for (size_t cell = 0; cell < MANY; cell++) {
        double one = log_of(&state, cell, 1);
        CU_ASSERT(one >= 0);
        sum += one;
        slow += one > 0;
    }
    CU_ASSERT_DOUBLE_EQUAL((double)slow / MANY, 0.2, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(sum / (double)slow, 0.1, 0.01);
}

static void kept_effects_are_drawn_anew_when_said(void)
{
    const struct noise once = {.launch = {0.02, 0}}, each = {.layout = {0.02, 1}},
                       fourth = {.layout = {0.02, 4}};
    struct noise_state state;
    noise_begin(&state, &once, NULL, 1);
    CU_ASSERT_EQUAL(log_of(&state, 5, 1), log_of(&state, 5, 99));
    CU_ASSERT_NOT_EQUAL(log_of(&state, 5, 1), log_of(&state, 6, 1));
    noise_begin(&state, &each, NULL, 1);
    CU_ASSERT_NOT_EQUAL(log_of(&state, 5, 1), log_of(&state, 5, 2));
    noise_begin(&state, &fourth, NULL, 1);
    CU_ASSERT_EQUAL(log_of(&state, 5, 4), log_of(&state, 5, 7));
    CU_ASSERT_NOT_EQUAL(log_of(&state, 5, 7), log_of(&state, 5, 8));
}

/* A layout and a launch of the same cell have nothing to do with each other, nor have two seeds. */
static void draws_are_apart(void)
{
    const struct noise layout = {.layout = {0.02, 0}}, launch = {.launch = {0.02, 0}};
    struct noise_state a, b, other;
    double product = 0, seeds = 0;
    noise_begin(&a, &layout, NULL, 1);
    noise_begin(&b, &launch, NULL, 1);
    noise_begin(&other, &layout, NULL, 2);
    for (size_t cell = 0; cell < MANY; cell++) {
        product += log_of(&a, cell, 1) * log_of(&b, cell, 1);
        seeds += log_of(&a, cell, 1) * log_of(&other, cell, 1);
    }
    CU_ASSERT(fabs(product / MANY) < 0.05 * 0.02 * 0.02);
    CU_ASSERT(fabs(seeds / MANY) < 0.05 * 0.02 * 0.02);
}

/* What one method does not visit leaves the noise of all else as it is. */
static void order_does_not_matter(void)
{
    const struct noise noise = {.sd = 0.03, .layout = {0.02, 1}, .launch = {0.01, 0}};
    struct noise_state forward, back;
    double first[10];
    noise_begin(&forward, &noise, NULL, 7);
    noise_begin(&back, &noise, NULL, 7);
    for (size_t cell = 0; cell < 10; cell++) {
        first[cell] = log_of(&forward, cell, 3);
    }
    for (size_t cell = 10; cell-- > 0;) {
        CU_ASSERT_EQUAL(log_of(&back, cell, 3), first[cell]);
    }
}

/* A visit of 1 ms that starts then. */
static double slowed(struct noise_state *state, double start_s)
{
    const struct noise_visit visit = {.workload = "a", .start_s = start_s, .true_s = 0.001};
    return noise_of(state, &visit).time;
}

static void bursts_are_shared_by_neighbours(void)
{
    const struct noise noise = {.calm_s = 3, .burst_s = 1, .burst_mean = 0.2};
    struct noise_state state;
    size_t disturbed = 0, alike = 0;
    noise_begin(&state, &noise, NULL, 1);
    for (size_t i = 0; i < MANY; i++) {
        double a = slowed(&state, 2 * (double)i), b = slowed(&state, 2 * (double)i + 0.01);
        CU_ASSERT(a > 1 - 1e-9 && b > 1 - 1e-9);
        disturbed += a > 1 + 1e-9;
        alike += fabs(a - b) < 1e-9;
    }
    CU_ASSERT_DOUBLE_EQUAL((double)disturbed / MANY, 0.25, 0.03);
    CU_ASSERT((double)alike / MANY > 0.97);
}

/* What is longer than many bursts is slowed by their mean. */
static void long_visits_average_bursts(void)
{
    const struct noise noise = {.calm_s = 0.01, .burst_s = 0.01, .burst_mean = 0.2};
    const struct noise_visit visit = {.workload = "a", .true_s = 100};
    struct noise_state state;
    noise_begin(&state, &noise, NULL, 1);
    struct noise_found found = noise_of(&state, &visit);
    CU_ASSERT_EQUAL(found.cpu, 1); /* others have computed */
    /* half of the time at the speed 1, half at that of exp(−x), x exponential with mean 0.2 */
    CU_ASSERT_DOUBLE_EQUAL(found.time, 2 / (1 + 1 / 1.2), 0.01);
}

static void drift_is_slow(void)
{
    const struct noise noise = {.drift_sd = 0.01, .drift_s = 60};
    struct noise_state state;
    double squares = 0, steps = 0, before = 0;
    noise_begin(&state, &noise, NULL, 1);
    for (size_t i = 0; i < MANY; i++) {
        double now = log(slowed(&state, (double)i));
        squares += now * now;
        steps += i > 0 ? (now - before) * (now - before) : 0;
        before = now;
    }
    CU_ASSERT_DOUBLE_EQUAL(sqrt(squares / MANY), 0.01, 0.001);
    CU_ASSERT(sqrt(steps / MANY) < 0.004);
}

static void doubled_samples_are_of_all_cores(void)
{
    const struct noise noise = {.doubled = 0.1};
    struct noise_state state;
    size_t doubled = 0;
    noise_begin(&state, &noise, NULL, 1);
    for (size_t cell = 0; cell < MANY; cell++) {
        struct noise_visit visit = {.cell = cell, .round = 1, .workload = "a", .true_s = 0.01};
        CU_ASSERT_DOUBLE_EQUAL(noise_of(&state, &visit).time, 1, 1e-12);
        visit.all_cores = true;
        struct noise_found found = noise_of(&state, &visit);
        CU_ASSERT_DOUBLE_EQUAL(found.time, found.cpu, 1e-12);
        CU_ASSERT(found.cpu == 1 || found.cpu == 2);
        doubled += found.cpu == 2;
    }
    CU_ASSERT_DOUBLE_EQUAL((double)doubled / MANY, 0.1, 0.015);
}

static void parameters_are_set_by_name(void)
{
    struct noise noise = {.sd = 1};
    CU_ASSERT(noise_set(&noise, "layout_sd=0.02") && noise.layout.sd == 0.02);
    CU_ASSERT(noise_set(&noise, "residuals=in_order") && noise.residuals == NOISE_IN_ORDER);
    CU_ASSERT(noise_set(&noise, "sd=0") && noise.sd == 0);
    CU_ASSERT(!noise_set(&noise, "layout=1") && !noise_set(&noise, "sd=") &&
              !noise_set(&noise, "sd=-1") && !noise_set(&noise, "sd") &&
              !noise_set(&noise, "residuals=odd") && !noise_set(&noise, "=1"));
}

/* -- residuals of real runs -- */

static const char table[] = "run,workload,cores,start,log\n"
                            "1,a,1,5.00,0.10\n1,b,2,5.50,0.20\n1,a,1,6.00,0.11\n"
                            "2,b,2,9.00,0.21\n2,a,2,9.50,0.30\n2,b,2,10.00,0.22\n";

static int read_text(struct residuals *residuals, const char *text)
{
    char path[] = "/tmp/cual-unit-XXXXXX";
    int descriptor = mkstemp(path);
    CU_ASSERT_FATAL(descriptor >= 0);
    CU_ASSERT_EQUAL(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    int failed = residuals_read(residuals, path);
    unlink(path);
    return failed;
}

static void residuals_are_read(void)
{
    struct residuals residuals;
    CU_ASSERT_EQUAL_FATAL(read_text(&residuals, table), 0);
    CU_ASSERT(residuals.count == 6 && residuals.kinds == 3);
    CU_ASSERT_DOUBLE_EQUAL(residuals_span_s(&residuals), 2, 1e-12); /* runs follow each other */
    CU_ASSERT_EQUAL(residuals_at(&residuals, 0.4), 1);
    CU_ASSERT_EQUAL(residuals_at(&residuals, 3), 0);
    const struct residuals_kind *kind = residuals_of(&residuals, "b", 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kind);
    CU_ASSERT(kind->count == 3 && kind->log[1] == 0.21);
    CU_ASSERT_PTR_NULL(residuals_of(&residuals, "b", 1));
    residuals_free(&residuals);
    CU_ASSERT_EQUAL(read_text(&residuals, "run,workload,cores,start,log\nodd\n"), -EINVAL);
    residuals_free(&residuals);
    CU_ASSERT_EQUAL(read_text(&residuals, "run,workload,cores,start,log\n"), -EINVAL);
    residuals_free(&residuals);
    CU_ASSERT_EQUAL(residuals_read(&residuals, "/nowhere"), -ENOENT);
    residuals_free(&residuals);
}

static void many_residuals_are_kept(void)
{
    enum { LINES = 1000, LINE = 24 };
    char *text = calloc(LINES + 2, LINE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    size_t used = (size_t)sprintf(text, "run,workload,cores,start,log\n");
    for (int i = 0; i < LINES; i++) {
        used += (size_t)sprintf(text + used, "1,w%d,1,%d,%d\n", i % 100, i, i);
    }
    struct residuals residuals;
    CU_ASSERT_EQUAL_FATAL(read_text(&residuals, text), 0);
    CU_ASSERT(residuals.count == LINES && residuals.kinds == 100);
    for (size_t i = 0; i < LINES; i++) {
        CU_ASSERT_EQUAL(residuals.log[i], (double)i);
    }
    residuals_free(&residuals);
    free(text);
}

static void residuals_are_drawn_of_their_kind(void)
{
    const struct noise noise = {.residuals = NOISE_DRAWN};
    struct residuals residuals;
    struct noise_state state;
    CU_ASSERT_EQUAL_FATAL(read_text(&residuals, table), 0);
    noise_begin(&state, &noise, &residuals, 1);
    size_t high = 0;
    for (size_t round = 1; round <= 100; round++) {
        struct noise_visit visit = {.round = round, .workload = "a", .cores = 1, .true_s = 0.01};
        double found = log(noise_of(&state, &visit).time);
        CU_ASSERT(fabs(found - 0.10) < 1e-9 || fabs(found - 0.11) < 1e-9);
        high += found > 0.105;
    }
    CU_ASSERT(high > 30 && high < 70);
    residuals_free(&residuals);
}

static void residuals_come_in_order(void)
{
    const struct noise noise = {.residuals = NOISE_IN_ORDER};
    struct residuals residuals;
    struct noise_state state;
    CU_ASSERT_EQUAL_FATAL(read_text(&residuals, table), 0);
    noise_begin(&state, &noise, &residuals, 1);
    size_t at = state.next;
    for (size_t i = 0; i < 2; i++) { /* faster than the real ones */
        struct noise_visit visit = {.workload = "c", .start_s = 1e-3 * (double)i, .true_s = 1e-3};
        CU_ASSERT_DOUBLE_EQUAL(log(noise_of(&state, &visit).time), residuals.log[at], 1e-9);
        at = (at + 1) % residuals.count;
    }
    residuals_free(&residuals);
}

static CU_TestInfo tests[] = {
    {"sizes are as given", sizes_are_as_given},
    {"the tail is slow", tail_is_slow},
    {"kept effects are drawn anew when said", kept_effects_are_drawn_anew_when_said},
    {"draws are apart", draws_are_apart},
    {"the order of visits does not matter", order_does_not_matter},
    {"bursts are shared by neighbours", bursts_are_shared_by_neighbours},
    {"long visits average bursts", long_visits_average_bursts},
    {"the drift is slow", drift_is_slow},
    {"doubled samples are of all cores", doubled_samples_are_of_all_cores},
    {"parameters are set by name", parameters_are_set_by_name},
    {"residuals are read", residuals_are_read},
    {"many residuals are kept", many_residuals_are_kept},
    {"residuals are drawn of their kind", residuals_are_drawn_of_their_kind},
    {"residuals come in order", residuals_come_in_order},
    CU_TEST_INFO_NULL,
};

SUITE("noise", tests);
