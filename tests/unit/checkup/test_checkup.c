/* A checkup: each surrounding that spoils a measurement is named with what to do, a good machine
 * has nothing to complain of, and what is not there is said to be unknown. */
#include "checkup/checkup.h"
#include "system/clock.h"

#include "unit/place.h"
#include "unit/planted.h"
#include "unit/suite.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu"
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static const struct planted_file good[] = {
    {CPU "/online", "0\n"},
    {CPU "/smt/active", "0\n"},
    {CPU "/cpu0/cpufreq/scaling_governor", "performance\n"},
    {CPU "/intel_pstate/no_turbo", "1\n"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
    {"/sys/devices/system/node/online", "0-1\n"},
    {"/proc/sys/kernel/numa_balancing", "0\n"},
    {"/proc/loadavg", "0.05 0.58 0.59 3/700 12345\n"},
    {"/proc/pressure/cpu", "some avg10=0.50 avg60=0.00 avg300=0.00 total=1\n"},
    {CLOCK, "tsc\n"},
    {"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme\n"},
    {"/proc/self/cgroup", "0::/\n"},
    {"/proc/stat", "cpu0 100 0 50 800 0 0 0 50 0 0\n"},
};

/* Of the planted machine, or of one that another folder stands for. */
static struct checkup look(const char *root, const struct checkup_input *changes)
{
    struct checkup checkup;
    struct place place = place_take();
    struct checkup_input input = {
        .topo = place.topo, .quota = INFINITY, .overruled = "", .scratch = "/"};
    if (changes) {
        input = *changes;
        input.topo = place.topo;
    }
    input.root = root;
    input.allowed.word[0] = 1;
    checkup_run(&checkup, &input, CHECKUP_QUICK, NULL, NULL);
    place_give_back(&place);
    return checkup;
}

static const struct checkup_finding *named(const struct checkup *checkup, const char *name)
{
    for (size_t f = 0; f < checkup->count; f++) {
        if (strcmp(checkup->finding[f].name, name) == 0) {
            return &checkup->finding[f];
        }
    }
    CU_FAIL_FATAL("no finding of that name");
    return NULL;
}

/* What is measured, or does not lie below the root, is this machine's. */
static bool is_planted(const struct checkup_finding *finding)
{
    static const char *const ours[] = {
        "ranks",    "batch system", "environment", "scratch folder", "this folder",
        "io_uring", "clock",        "switch",      "thread",         "timer"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (strcmp(finding->name, ours[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void check_all(const struct checkup *checkup, enum finding_state state)
{
    CU_ASSERT(checkup->count >= 20);
    for (size_t f = 0; f < checkup->count; f++) {
        const struct checkup_finding *finding = &checkup->finding[f];
        CU_ASSERT(finding->value[0] != '\0');
        CU_ASSERT_EQUAL(finding->state == FINDING_WARNING, finding->advice[0] != '\0');
        if (is_planted(finding) && finding->state != state) {
            CU_FAIL("not as it should be");
            printf("     %s: %s\n", finding->name, finding->value);
        }
    }
}

static void a_good_machine_is_all_good(void)
{
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    struct checkup checkup = look(planted.root, NULL);
    check_all(&checkup, FINDING_GOOD);
    planted_remove(&planted);
}

static void nothing_there_is_all_unknown(void)
{
    struct checkup checkup = look("/nonexistent", NULL);
    /* no sign of a container is what there is on most machines */
    CU_ASSERT_EQUAL(named(&checkup, "container")->state, FINDING_GOOD);
    for (size_t f = 0; f < checkup.count; f++) {
        if (strcmp(checkup.finding[f].name, "container") == 0) {
            checkup.finding[f].state = FINDING_UNKNOWN;
        }
    }
    check_all(&checkup, FINDING_UNKNOWN);
}

/* What is planted on a good machine, the finding that must warn, what it and its advice say. */
static const struct bad {
    const char *path, *text, *name, *value, *advice;
} bad[] = {
    {CPU "/online", "0-7\n", "cores", "1 of this machine's 8 CPUs", "taskset"},
    {CPU "/cpu0/cpufreq/scaling_governor", "powersave\n", "governor", "powersave", "cpupower"},
    {CPU "/intel_pstate/no_turbo", "0\n", "turbo", "on", "no_turbo"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n", "huge pages",
     "never", "madvise"},
    {"/proc/sys/kernel/numa_balancing", "1\n", "memory nodes", "moves pages of memory",
     "kernel.numa_balancing=0"},
    {"/proc/loadavg", "99.5 0.58 0.59 3/700 12345\n", "load", "99.50", "wait"},
    {"/proc/pressure/cpu", "some avg10=45.00 avg60=0.00\n", "pressure", "45 %", "wait"},
    {CLOCK, "acpi_pm\n", "clock source", "acpi_pm", "clock"},
};

static void each_bad_surrounding_is_named(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
        planted_put(&planted, bad[i].path, bad[i].text);
        struct checkup checkup = look(planted.root, NULL);
        const struct checkup_finding *finding = named(&checkup, bad[i].name);
        CU_ASSERT_EQUAL(finding->state, FINDING_WARNING);
        CU_ASSERT_PTR_NOT_NULL(strstr(finding->value, bad[i].value));
        CU_ASSERT_PTR_NOT_NULL(strstr(finding->advice, bad[i].advice));
        planted_remove(&planted);
    }
}

static void what_the_caller_knows_is_named(void)
{
    static const struct checkup_input inputs[] = {
        {.quota = 0.5, .cores_used = 1, .overruled = "", .scratch = "/"},
        {.quota = INFINITY, .ranks = 5000, .overruled = "", .scratch = "/"},
        {.quota = INFINITY,
         .bound = true,
         .starter = {.name = "mpirun", .unbound = "mpirun --bind-to none"},
         .overruled = "",
         .scratch = "/"},
        {.quota = INFINITY, .overruled = "OMP_PROC_BIND=close \033[2J", .scratch = "/"},
        {.quota = INFINITY, .overruled = "", .scratch = "/nonexistent"},
        {.quota = INFINITY, .overruled = "", .scratch = "/dev/shm"},
    };
    static const char *const says[][2] = {
        {"quota", "a quota grants 0.5 CPUs of time"},
        {"ranks", "5000 ranks are launched on"},
        {"cores", "mpirun has bound the ranks"},
        {"environment", "OMP_PROC_BIND=close \\x1b[2J"},
        {"scratch folder", "/nonexistent: cannot be written"},
        {"scratch folder", "/dev/shm: tmpfs"},
    };
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        if (strcmp(inputs[i].scratch, "/dev/shm") == 0 && access("/dev/shm", W_OK) != 0) {
            continue;
        }
        struct checkup checkup = look(planted.root, &inputs[i]);
        const struct checkup_finding *finding = named(&checkup, says[i][0]);
        CU_ASSERT_EQUAL(finding->state, FINDING_WARNING);
        CU_ASSERT_PTR_NOT_NULL(strstr(finding->value, says[i][1]));
    }
    planted_remove(&planted);
}

/* What was granted on a node of two CPUs and 1 GiB in its cgroup, and what is said of it. */
static const struct grant {
    struct batch batch;
    uint64_t allowed;
    enum finding_state state;
    const char *value;
} grants[] = {
    {{.nodes = 1}, 3, FINDING_GOOD, "none has started this program"},
    {{.known = true, .job = "7", .nodes = 1, .cpus = 2, .memory_bytes = 1e9, .end_s = INFINITY},
     3,
     FINDING_GOOD,
     "job 7 of Slurm: 2 CPUs and 954 MiB of this node"},
    {{.known = true, .job = "7", .nodes = 4, .cpus = 0, .memory_bytes = NAN, .end_s = 1},
     3,
     FINDING_GOOD,
     "job 7 of Slurm: of each node, 4 nodes; 0 min left"},
    {{.known = true, .job = "7", .nodes = 1, .cpus = 1, .memory_bytes = NAN, .end_s = INFINITY},
     3,
     FINDING_WARNING,
     "job 7 of Slurm: 1 CPU of this node; but 2 CPUs may be used, 2 cores: jobs are not confined "
     "to "
     "their own"},
    {{.known = true, .job = "7", .nodes = 1, .cpus = 2, .memory_bytes = NAN, .end_s = INFINITY},
     1,
     FINDING_WARNING,
     "job 7 of Slurm: 2 CPUs of this node; but only 1 CPU may be used"},
    {{.known = true,
      .job = "7",
      .nodes = 1,
      .cpus = 2,
      .memory_bytes = 4294967296.0,
      .end_s = INFINITY},
     3,
     FINDING_WARNING,
     "job 7 of Slurm: 2 CPUs and 4 GiB of this node; but its cgroup allows 1 GiB"},
};

/* A machine that is only described to hwloc. */
static struct topo *describe(const char *machine)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    struct topo *topo = topo_create();
    unsetenv("HWLOC_SYNTHETIC");
    CU_ASSERT_PTR_NOT_NULL_FATAL(topo);
    return topo;
}

static void what_a_batch_system_granted_is_compared(void)
{
    struct topo *topo = describe("core:2 pu:1");
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    planted_put(&planted, "/proc/self/cgroup", "0::/job\n");
    planted_put(&planted, "/sys/fs/cgroup/job/memory.max", "1073741824\n");
    for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
        struct checkup checkup;
        const struct topo_mask allowed = {{grants[i].allowed}};
        topo_use(topo, &allowed);
        const struct checkup_input input = {.root = planted.root,
                                            .topo = topo,
                                            .allowed = allowed,
                                            .quota = INFINITY,
                                            .overruled = "",
                                            .batch = &grants[i].batch,
                                            .scratch = "/"};
        checkup_run(&checkup, &input, CHECKUP_QUICK, NULL, NULL);
        const struct checkup_finding *finding = named(&checkup, "batch system");
        CU_ASSERT_EQUAL(finding->state, grants[i].state);
        CU_ASSERT_STRING_EQUAL(finding->value, grants[i].value);
        CU_ASSERT_EQUAL(finding->advice[0] != '\0', finding->state == FINDING_WARNING);
    }
    planted_remove(&planted);
    topo_free(topo);
}

/* A node of 40 cores and 80 hardware threads: what a job has got of it, and what is said of that.
 */
static const struct {
    struct batch batch;
    int cores; /* that may be used, with all of their hardware threads */
    const char *finding;
    enum finding_state state;
    const char *value;
} smt_grants[] = {
    {{.cpus = 40, .core_threads = 1, .components = 1},
     40,
     "batch system",
     FINDING_GOOD,
     "job 7 of Slurm: 40 CPUs of this node"},
    {{.cpus = 40, .components = 1},
     40,
     "batch system",
     FINDING_UNKNOWN,
     "job 7 of Slurm: 40 CPUs of this node; 80 hardware threads may be used, 40 cores: that is as "
     "granted if CPUs of Slurm are cores on this node (ThreadsPerCore=1 in slurm.conf)"},
    {{.cpus = 20, .core_threads = 1, .components = 1},
     40,
     "batch system",
     FINDING_WARNING,
     "job 7 of Slurm: 20 CPUs of this node; but 80 CPUs may be used, 40 cores: jobs are not "
     "confined to their own"},
    {{.cpus = 80, .reserved_cores = 2, .components = 1},
     38,
     "batch system",
     FINDING_GOOD,
     "job 7 of Slurm: 80 CPUs of this node; 2 cores are reserved for the system"},
    {{.cpus = 80, .reserved_cores = 2, .components = 1},
     38,
     "cores",
     FINDING_GOOD,
     "38, with 76 of this machine's 80 CPUs, as the batch system granted"},
    {{.cpus = 80, .components = 1},
     38,
     "cores",
     FINDING_WARNING,
     "76 of this machine's 80 CPUs may be used: 38 cores"},
    {{.cpus = 80, .components = 3},
     40,
     "batch system",
     FINDING_WARNING,
     "job 7 of Slurm: 80 CPUs of this node; the job is heterogeneous: only one of its 3 components "
     "is used"},
};

static void cores_with_hardware_threads_are_compared(void)
{
    struct topo *topo = describe("package:2 core:20 pu:2");
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    planted_put(&planted, CPU "/online", "0-79\n");
    for (size_t i = 0; i < sizeof smt_grants / sizeof smt_grants[0]; i++) {
        struct checkup checkup;
        struct batch batch = smt_grants[i].batch;
        batch.known = true;
        batch.nodes = 1;
        batch.memory_bytes = NAN;
        batch.end_s = INFINITY;
        strcpy(batch.job, "7");
        struct checkup_input input = {.root = planted.root,
                                      .topo = topo,
                                      .quota = 120,
                                      .overruled = "",
                                      .batch = &batch,
                                      .scratch = "/"};
        for (int cpu = 0; cpu < 2 * smt_grants[i].cores; cpu++) {
            input.allowed.word[cpu / 64] |= UINT64_C(1) << (cpu % 64);
        }
        CU_ASSERT_EQUAL(topo_use(topo, &input.allowed), smt_grants[i].cores);
        checkup_run(&checkup, &input, CHECKUP_QUICK, NULL, NULL);
        const struct checkup_finding *finding = named(&checkup, smt_grants[i].finding);
        CU_ASSERT_EQUAL(finding->state, smt_grants[i].state);
        CU_ASSERT_STRING_EQUAL(finding->value, smt_grants[i].value);
        CU_ASSERT_STRING_EQUAL(named(&checkup, "quota")->value,
                               "120 CPUs of time, enough for all cores");
    }
    planted_remove(&planted);
    topo_free(topo);
}

static void a_preloaded_library_is_named(void)
{
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    setenv("MALLOC_PERTURB_", "7", 1);
    struct checkup checkup = look(planted.root, NULL);
    unsetenv("MALLOC_PERTURB_");
    const struct checkup_finding *finding = named(&checkup, "environment");
    CU_ASSERT_EQUAL(finding->state, FINDING_WARNING);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->value, "MALLOC_PERTURB_=7"));
    planted_remove(&planted);
}

static void count(void *told, const struct checkup_finding *finding)
{
    CU_ASSERT_PTR_NOT_NULL(finding->name);
    ++*(size_t *)told;
}

static void every_finding_is_told_once_and_names_differ(void)
{
    size_t told = 0;
    struct checkup checkup;
    struct place place = place_take();
    struct checkup_input input = {.root = "/nonexistent",
                                  .topo = place.topo,
                                  .quota = INFINITY,
                                  .overruled = "",
                                  .scratch = "/"};
    checkup_run(&checkup, &input, CHECKUP_QUICK, count, &told);
    CU_ASSERT_EQUAL(told, checkup.count);
    for (size_t a = 0; a < checkup.count; a++) {
        for (size_t b = a + 1; b < checkup.count; b++) {
            CU_ASSERT_STRING_NOT_EQUAL(checkup.finding[a].name, checkup.finding[b].name);
        }
    }
    place_give_back(&place);
}

/* /proc/stat of so many CPUs, of whose time the hypervisor took so many ticks of a thousand each.
 */
enum { STEAL_CPUS = 64 };

static void put_steal(const struct planted *planted, int ticks)
{
    char text[STEAL_CPUS * 48];
    int used = 0;
    for (int cpu = 0; cpu < STEAL_CPUS; cpu++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "cpu%d 0 0 0 %d 0 0 0 %d 0 0\n",
                         cpu, 1000 - ticks, ticks);
    }
    planted_put(planted, "/proc/stat", text);
}

static void steal_more(void *planted, const struct checkup_finding *finding)
{
    if (strcmp(finding->name, "switch") == 0) {
        put_steal(planted, 500);
    }
}

/* Many CPUs: their time adds up to one that steps of 10 ms are fine enough for. */
static void steal_is_told_of_the_checkup_and_since_the_start(void)
{
    struct checkup checkup;
    struct place place = place_take();
    struct planted planted = planted_make(good, sizeof good / sizeof good[0]);
    struct checkup_input input = {.root = planted.root,
                                  .topo = place.topo,
                                  .allowed.word[0] = UINT64_MAX,
                                  .quota = INFINITY,
                                  .overruled = "",
                                  .scratch = "/"};
    put_steal(&planted, 250);
    checkup_run(&checkup, &input, CHECKUP_QUICK, NULL, NULL);
    CU_ASSERT_EQUAL(named(&checkup, "steal")->state, FINDING_GOOD);
    CU_ASSERT_STRING_EQUAL(named(&checkup, "steal")->value,
                           "0.0 % just now, 25.0 % since the machine was started");
    int64_t start_ns = clock_now_ns();
    checkup_run(&checkup, &input, CHECKUP_QUICK, steal_more, &planted);
    double most_s = (double)(clock_now_ns() - start_ns) * 1e-9, percent = 0;
    CU_ASSERT_EQUAL(named(&checkup, "steal")->state, FINDING_WARNING);
    CU_ASSERT_EQUAL(
        sscanf(named(&checkup, "steal")->value, "other guests of the host took %lf %%", &percent),
        1);
    CU_ASSERT(percent >= 100 * 2.5 / most_s - 0.1); /* 250 ticks of each CPU's time */
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&checkup, "steal")->value, "50.0 % since the machine"));
    planted_remove(&planted);
    place_give_back(&place);
}

static const CU_TestInfo tests[] = {
    {"a good machine is all good", a_good_machine_is_all_good},
    {"where nothing is told all is unknown", nothing_there_is_all_unknown},
    {"each bad surrounding is named with what to do", each_bad_surrounding_is_named},
    {"what the caller knows is named", what_the_caller_knows_is_named},
    {"what a batch system granted is compared", what_a_batch_system_granted_is_compared},
    {"cores with hardware threads are compared with a grant",
     cores_with_hardware_threads_are_compared},
    {"a variable that acts on every program is named", a_preloaded_library_is_named},
    {"steal is told of the checkup and since the start",
     steal_is_told_of_the_checkup_and_since_the_start},
    {"every finding is told once, and names differ", every_finding_is_told_once_and_names_differ},
    CU_TEST_INFO_NULL,
};

SUITE("checkup", tests);
