/* What others do meanwhile: each source is read as the kernel writes it, the best one is taken, and
 * what is not there is not known. */
#include "machine/surroundings.h"

#include "unit/planted.h"
#include "unit/suite.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

/* Two cores, the first of two hardware threads: CPUs 0 and 2, and CPU 3; CPU 1 is not ours. */
static const struct topo_mask cores[2] = {{{5}}, {{8}}};

static const char stat_before[] = "cpu  1 1 1 1 1 1 1 1 0 0\n"
                                  "cpu0 10 0 10 1000 100 0 0 5 0 0\n"
                                  "cpu1 10 0 10 9 9 0 0 7 0 0\n"
                                  "cpu2 10 0 10 2000 200 0 0 0 0 0\n"
                                  "cpu3 10 0 10 3000 300 0 0 1 0 0\n"
                                  "intr 5 4 3\n";
static const char stat_after[] = "cpu  1 1 1 1 1 1 1 1 0 0\n"
                                 "cpu0 10 0 10 1010 105 0 0 8 0 0\n"
                                 "cpu1 99 0 99 9 9 0 0 99 0 0\n"
                                 "cpu2 10 0 10 2050 200 0 0 0 0 0\n"
                                 "cpu3 10 0 10 3001 301 0 0 3 0 0\n"
                                 "intr 5 4 3\n";

static struct planted machine;

static void make_machine(void)
{
    machine = planted_make(NULL, 0);
}

/* A file as it is before and after. */
struct change {
    const char *path, *before, *after;
};

/* What the surroundings say of so many cores while the files change; 0 processes are ours. */
static struct surroundings_change watch(int watched, const struct change *changes, size_t count)
{
    struct surroundings_scope scope = {.cores = watched};
    struct surroundings_reading before, after;
    for (size_t i = 0; i < count; i++) {
        planted_put(&machine, changes[i].path, changes[i].before);
    }
    struct surroundings *surroundings = surroundings_open(machine.root, cores, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings);
    surroundings_read(surroundings, &scope, &before);
    for (size_t i = 0; i < count; i++) {
        planted_put(&machine, changes[i].path, changes[i].after);
    }
    surroundings_read(surroundings, &scope, &after);
    struct surroundings_change found = surroundings_between(surroundings, &scope, &before, &after);
    surroundings_close(surroundings);
    return found;
}

static const char *source_of(void)
{
    struct surroundings *surroundings = surroundings_open(machine.root, cores, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings);
    const char *source = surroundings_source(surroundings);
    surroundings_close(surroundings);
    return source;
}

static void is_about(double value, double expected)
{
    CU_ASSERT_DOUBLE_EQUAL(value, expected, 1e-9 + 1e-9 * fabs(expected));
}

#define CPUACCT "/sys/fs/cgroup/cpuacct/cpuacct.usage_percpu"
#define RELEASE_AGENT "/sys/fs/cgroup/cpuacct/release_agent"
#define SCHEDSTAT_BEFORE                                                                           \
    "version 17\ntimestamp 4\ncpu0 1 2 3 4 5 6 1000000 8 9\ndomain0 MC 3 1 2 3 4 5 6 7\n"          \
    "cpu1 1 2 3 4 5 6 7 8 9\ncpu2 1 2 3 4 5 6 0 8 9\ncpu3 1 2 3 4 5 6 500 8 9\n"

static void the_best_source_is_taken(void)
{
    make_machine();
    CU_ASSERT_STRING_EQUAL(source_of(), "");
    planted_put(&machine, "/proc/stat", stat_before);
    CU_ASSERT_STRING_EQUAL(source_of(), "/proc/stat");
    planted_put(&machine, CPUACCT, "100 200 300 400 \n");
    CU_ASSERT_STRING_EQUAL(source_of(), "/proc/stat"); /* of a container */
    planted_put(&machine, RELEASE_AGENT, "\n");
    CU_ASSERT_STRING_EQUAL(source_of(), CPUACCT);
    planted_put(&machine, "/proc/schedstat", SCHEDSTAT_BEFORE);
    CU_ASSERT_STRING_EQUAL(source_of(), "/proc/schedstat");
    planted_put(&machine, "/proc/schedstat", "version 14\ncpu0 1 2 3 4 5 6 7 8 9\n");
    CU_ASSERT_STRING_EQUAL(source_of(), CPUACCT);
    planted_remove(&machine);
}

static void each_source_is_read(void)
{
    static const struct change schedstat = {"/proc/schedstat", SCHEDSTAT_BEFORE,
                                            "version 17\ntimestamp 4\n"
                                            "cpu0 1 2 3 4 5 6 3000000 8 9\n"
                                            "cpu1 1 2 3 4 5 6 999999999 8 9\n"
                                            "cpu2 1 2 3 4 5 6 4000000 8 9\n"
                                            "cpu3 1 2 3 4 5 6 7000500 8 9\n"};
    static const struct change cpuacct[] = {
        {CPUACCT, "1000000 5 0 500 \n", "3000000 99999999 4000000 7000500 \n"},
        {RELEASE_AGENT, "\n", "\n"}};
    make_machine();
    is_about(watch(2, &schedstat, 1).others_s, 13e-3);
    is_about(watch(1, &schedstat, 1).others_s, 6e-3);
    planted_remove(&machine);
    make_machine();
    is_about(watch(2, cpuacct, 2).others_s, 13e-3);
    is_about(watch(1, cpuacct, 2).others_s, 6e-3);
    CU_ASSERT(watch(1, cpuacct, 2).others_step_s < 1e-6);
    planted_remove(&machine);
}

/* A CPU was busy when it was neither idle, nor waiting for I/O, nor stolen. Here all clocks move at
 * once, so that what was not idle is less than nothing. */
static void stat_tells_what_was_idle(void)
{
    static const struct change idle = {"/proc/stat", stat_before, stat_after};
    static const struct change busy = {"/proc/stat", stat_before, stat_before};
    make_machine();
    is_about(watch(2, &idle, 1).others_s, 0);
    struct surroundings_change found = watch(2, &busy, 1);
    CU_ASSERT_DOUBLE_EQUAL(found.others_s, 3 * found.window_s, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(found.others_step_s, 10e-3 * sqrt(3), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(watch(1, &busy, 1).others_step_s, 10e-3 * sqrt(2), 1e-6);
    planted_remove(&machine);
}

static void steal_is_that_of_these_cores(void)
{
    static const struct change stat = {"/proc/stat", stat_before, stat_after};
    make_machine();
    is_about(watch(2, &stat, 1).steal_s, 50e-3);
    is_about(watch(1, &stat, 1).steal_s, 30e-3);
    is_about(watch(1, &stat, 1).steal_step_s, 10e-3);
    planted_remove(&machine);
}

static void a_quota_of_any_group_above_counts(void)
{
    static const struct change second = {"/sys/fs/cgroup/job/cpu.stat",
                                         "usage_usec 5\nnr_throttled 1\nthrottled_usec 3000\n",
                                         "usage_usec 5\nnr_throttled 1\nthrottled_usec 23000\n"};
    static const struct change first = {"/sys/fs/cgroup/cpu/job/step/cpu.stat",
                                        "nr_periods 1\nnr_throttled 1\nthrottled_time 5000000\n",
                                        "nr_periods 1\nnr_throttled 1\nthrottled_time 7000000\n"};
    make_machine();
    CU_ASSERT(isnan(watch(1, &second, 1).throttled_s)); /* not ours */
    planted_put(&machine, "/proc/self/cgroup", "0::/job/step\n");
    is_about(watch(1, &second, 1).throttled_s, 20e-3);
    planted_remove(&machine);
    make_machine();
    planted_put(&machine, "/proc/self/cgroup", "4:memory:/job\n1:cpu:/job/step\n0::/\n");
    is_about(watch(1, &first, 1).throttled_s, 2e-3);
    planted_remove(&machine);
    make_machine();
    planted_put(&machine, "/proc/self/cgroup", "1:cpu,cpuacct:/job\n");
    planted_put(&machine, "/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat", "throttled_time 5\n");
    is_about(watch(1, NULL, 0).throttled_s, 0);
    planted_remove(&machine);
}

static void heat_and_frequency_are_those_of_these_cores(void)
{
    static const struct change changes[] = {
        {"/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "3\n", "5\n"},
        {"/sys/devices/system/cpu/cpu3/thermal_throttle/core_throttle_count", "3\n", "4\n"},
        {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "2000000\n", "3000000\n"},
        {"/sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq", "2000000\n", "2000000\n"}};
    make_machine();
    is_about(watch(1, changes, 4).overheated, 2);
    is_about(watch(2, changes, 4).overheated, 3);
    is_about(watch(1, changes, 4).frequency_hz, 3e9);
    is_about(watch(2, changes, 4).frequency_hz, 2.5e9);
    planted_remove(&machine);
}

static void what_is_not_there_is_not_known(void)
{
    make_machine();
    struct surroundings_change found = watch(2, NULL, 0);
    CU_ASSERT(isnan(found.others_s) && isnan(found.others_step_s) && isnan(found.steal_s));
    CU_ASSERT(isnan(found.throttled_s) && isnan(found.overheated) && isnan(found.frequency_hz));
    CU_ASSERT(found.window_s > 0);
    planted_remove(&machine);
}

/* Three CPUs of which the second core has one; the hypervisor took 6 ticks of 6666. */
static void steal_since_the_start_is_a_share_of_all_time(void)
{
    make_machine();
    planted_put(&machine, "/proc/stat", stat_before);
    struct surroundings *surroundings = surroundings_open(machine.root, cores, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings);
    is_about(surroundings_steal_share(surroundings), 6.0 / 6666);
    planted_put(&machine, "/proc/stat", "cpu0 1 2 3\n");
    CU_ASSERT(isnan(surroundings_steal_share(surroundings)));
    surroundings_close(surroundings);
    planted_remove(&machine);
}

/* Of a sandbox: all CPUs would seem to be busy. */
static void a_stat_that_counts_nothing_is_no_source(void)
{
    static const char zeros[] = "cpu0 0 0 0 0 0 0 0 0 0 0\ncpu2 0 0 0 0 0 0 0 0 0 0\n"
                                "cpu3 0 0 0 0 0 0 0 0 0 0\n";
    static const struct change stat = {"/proc/stat", zeros, zeros};
    make_machine();
    CU_ASSERT(isnan(watch(2, &stat, 1).others_s));
    planted_remove(&machine);
}

/* Files that are cut, or hold something else. */
static void what_cannot_be_understood_is_not_known(void)
{
    static const char *const texts[] = {
        "x\n",
        "\n\n\n",
        "cpu0\ncpu2\ncpu3\n",
        "cpu0 1 2 3 4 5 6 7 8\n",
        "cpu",
        "version 15\ncpu0 ",
        "cpu99999999999999999999 1 2 3 4 5 6 7 8\n",
        "1 2",
        "-",
        "cpu0 1 2 3 x 5 6 7 8 9\n",
        "cpu0 111111111111111111111111111111 2 3 4 5 6 7 8\ncpu2 1\ncpu3 1\n",
        "throttled_usec x\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i];
        const struct change changes[] = {
            {"/proc/stat", text, text},
            {"/proc/schedstat", text, text},
            {CPUACCT, text, text},
            {RELEASE_AGENT, text, text},
            {"/proc/self/cgroup", text, text},
            {"/sys/fs/cgroup/cpu.stat", text, text},
            {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", text, text}};
        make_machine();
        struct surroundings_change found = watch(2, changes, 7);
        CU_ASSERT(isnan(found.others_s) && isnan(found.steal_s) && isnan(found.throttled_s));
        planted_remove(&machine);
    }
}

static double spin(double seconds)
{
    struct timespec now;
    double start_s = NAN, now_s;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        now_s = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
        start_s = isnan(start_s) ? now_s : start_s;
    } while (now_s - start_s < seconds);
    return now_s - start_s;
}

/* On this machine itself: what this process computes is not others'. */
static void our_own_time_is_ours(void)
{
    pid_t own = getpid();
    struct surroundings_scope scope = {.cores = 2, .ranks = 1};
    struct surroundings_reading before, after;
    make_machine();
    struct surroundings *surroundings = surroundings_open(machine.root, cores, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(surroundings);
    CU_ASSERT_EQUAL(surroundings_ours(surroundings, &own, 1), 0);
    surroundings_read(surroundings, &scope, &before);
    double used_s = spin(20e-3);
    surroundings_read(surroundings, &scope, &after);
    struct surroundings_change found = surroundings_between(surroundings, &scope, &before, &after);
    CU_ASSERT(found.ours_s >= used_s);
    scope.also_the = 1; /* a rank that is not known */
    surroundings_read(surroundings, &scope, &after);
    CU_ASSERT(isnan(after.ours_ns));
    surroundings_close(surroundings);
    planted_remove(&machine);
}

static const CU_TestInfo tests[] = {
    {"the best source that is there is taken", the_best_source_is_taken},
    {"schedstat and cpuacct are read as they are written", each_source_is_read},
    {"/proc/stat tells what was idle, by its steps", stat_tells_what_was_idle},
    {"steal is that of these cores", steal_is_that_of_these_cores},
    {"steal since the start is a share of all time", steal_since_the_start_is_a_share_of_all_time},
    {"a /proc/stat that counts nothing is no source", a_stat_that_counts_nothing_is_no_source},
    {"a quota of our group or of any above counts", a_quota_of_any_group_above_counts},
    {"heat and frequency are those of these cores", heat_and_frequency_are_those_of_these_cores},
    {"what is not there is not known", what_is_not_there_is_not_known},
    {"what cannot be understood is not known", what_cannot_be_understood_is_not_known},
    {"our own time is ours", our_own_time_is_ours},
    CU_TEST_INFO_NULL,
};

SUITE("surroundings", tests);
