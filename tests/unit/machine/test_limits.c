/* Limits on threads: each is read from where the kernel tells it, the tightest one is named, and
 * what it advises would be enough. */
#include "machine/limits.h"

#include "unit/planted.h"
#include "unit/suite.h"

#include <math.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The files of a machine that allows much, below a folder of its own. */
static const struct planted_file generous[] = {
    {"/proc/sys/vm/max_map_count", "262144\n"},
    {"/proc/sys/vm/overcommit_memory", "0\n"},
    {"/proc/sys/kernel/threads-max", "500000\n"},
    {"/proc/sys/kernel/pid_max", "4194304\n"},
    {"/proc/loadavg", "0.52 0.58 0.59 3/700 12345\n"},
    {"/proc/meminfo", "MemTotal:       65536000 kB\nMemAvailable:   60000000 kB\n"
                      "CommitLimit:     8388608 kB\nCommitted_AS:    1048576 kB\n"},
    {"/proc/self/statm", "10000 500 400 1 0 300 0\n"},
    {"/proc/self/cgroup", "8:pids:/job/step\n7:cpu,cpuacct:/\n4:memory:/job\n1:name=systemd:/\n"
                          "0::/user/job\n"},
    {"/sys/fs/cgroup/pids/job/step/pids.max", "max\n"},
    {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n"},
    {"/sys/fs/cgroup/user/job/memory.max", "max\n"},
};

static struct planted make(void)
{
    return planted_make(generous, sizeof generous / sizeof generous[0]);
}

/* A file that makes the machine tight, the most threads in all that are then possible by that
 * limit's own arithmetic, how many ranks share it, and what the reason must say. */
static const struct tight {
    const char *path, *text;
    int ranks, most;
    const char *says;
} tight[] = {
    {"/proc/sys/vm/max_map_count", "65530\n", 1, (65530 - 1024) / 2, "vm.max_map_count="},
    {"/proc/sys/kernel/threads-max", "9000\n", 4, 9000 - 700 - 128, "kernel.threads-max="},
    {"/proc/sys/kernel/pid_max", "32768\n", 4, 32768 - 700 - 428, "kernel.pid_max="},
    {"/sys/fs/cgroup/pids/job/step/pids.max", "4096\n", 4, 4096 - 64, "the cgroup allows 4096 p"},
    {"/sys/fs/cgroup/pids/job/pids.max", "4096\n", 4, 4096 - 64, "the cgroup allows 4096 p"},
    {"/sys/fs/cgroup/user/job/pids.max", "2048\n", 4, 2048 - 64, "pids.max="},
    {"/sys/fs/cgroup/user/pids.max", "2048\n", 4, 2048 - 64, "pids.max="},
    {"/sys/fs/cgroup/unified/user/pids.max", "2048\n", 4, 2048 - 64, "pids.max="},
    {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "536870912\n", 4, (512 - 128) * 16,
     "the cgroup allows 512 MiB of memory"},
    {"/sys/fs/cgroup/user/memory.max", "536870912\n", 4, (512 - 128) * 16,
     "the cgroup allows 512 MiB of memory"},
    {"/proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable:   524288 kB\n", 4, (512 - 256) * 16,
     "there are 512 MiB of free memory"},
};

static void the_tightest_limit_is_named(void)
{
    for (size_t i = 0; i < sizeof tight / sizeof tight[0]; i++) {
        char why[256] = "";
        struct limits limits;
        const struct tight *one = &tight[i];
        struct planted planted = make();
        limits_read(&limits, planted.root);
        CU_ASSERT_FALSE(
            limits_refuse(&limits, one->ranks, one->most / one->ranks + 1, why, sizeof why));
        CU_ASSERT_STRING_EQUAL(why, "");
        planted_put(&planted, one->path, one->text);
        limits_read(&limits, planted.root);
        CU_ASSERT_FALSE(
            limits_refuse(&limits, one->ranks, one->most / one->ranks, why, sizeof why));
        CU_ASSERT(limits_refuse(&limits, one->ranks, one->most / one->ranks + 1, why, sizeof why));
        if (!strstr(why, one->says)) {
            CU_FAIL(one->path);
            printf("     \"%s\" lacks \"%s\"\n", why, one->says);
        }
        planted_remove(&planted);
    }
}

static void a_limit_of_one_process_is_not_shared(void)
{
    char why[256];
    struct limits limits;
    struct planted planted = make();
    planted_put(&planted, "/proc/sys/vm/max_map_count", "65530\n");
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 8, 32253, why, sizeof why));
    CU_ASSERT(limits_refuse(&limits, 8, 32254, why, sizeof why));
    planted_remove(&planted);
}

static void what_is_in_use_counts(void)
{
    char why[256];
    struct limits limits;
    struct planted planted = make();
    planted_put(&planted, "/sys/fs/cgroup/pids/job/pids.max", "4096\n");
    planted_put(&planted, "/sys/fs/cgroup/pids/job/pids.current", "3000\n");
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 1032, why, sizeof why));
    CU_ASSERT(limits_refuse(&limits, 1, 1033, why, sizeof why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "3000 are in use"));
    planted_remove(&planted);
}

/* Takes the number that follows the last "=" of the reason. */
static void what_is_advised_is_enough(void)
{
    char why[256] = "";
    struct limits limits;
    struct planted planted = make();
    planted_put(&planted, "/proc/sys/vm/max_map_count", "65530\n");
    limits_read(&limits, planted.root);
    CU_ASSERT(limits_refuse(&limits, 1, 100000, why, sizeof why));
    const char *advised = strrchr(why, '=');
    CU_ASSERT_PTR_NOT_NULL(advised);
    planted_put(&planted, "/proc/sys/vm/max_map_count", advised ? advised + 1 : "");
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 100000, why, sizeof why));
    CU_ASSERT(limits_refuse(&limits, 1, 100001, why, sizeof why));
    planted_remove(&planted);
}

static void promises_count_only_where_the_kernel_keeps_them(void)
{
    char why[256];
    struct limits limits;
    struct planted planted = make();
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 10000, why, sizeof why));
    planted_put(&planted, "/proc/sys/vm/overcommit_memory", "2\n");
    setenv("OMP_STACKSIZE", "1m", 1);
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 6000, why, sizeof why));
    CU_ASSERT(limits_refuse(&limits, 1, 7000, why, sizeof why));
    setenv("OMP_STACKSIZE", "256", 1); /* KiB */
    limits_read(&limits, planted.root);
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 7000, why, sizeof why));
    unsetenv("OMP_STACKSIZE");
    planted_remove(&planted);
}

/* Addresses that this process has now: a sanitizer takes terabytes of them. */
static rlim_t addresses_there(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lu", &pages) != 1) {
        pages = 0;
    }
    if (file) {
        fclose(file);
    }
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* In a child that has limits of its own: 0 as it should be. */
static int try_resources(bool root_user)
{
    char why[256] = "";
    struct limits limits;
    rlim_t most_bytes = addresses_there() + ((rlim_t)4 << 30);
    struct rlimit threads = {500, 500}, addresses = {most_bytes, most_bytes};
    if (setrlimit(RLIMIT_AS, &addresses) != 0) {
        return 1;
    }
    limits_read(&limits, "");
    if (limits_refuse(&limits, 1, 8, why, sizeof why)) {
        return 2;
    }
    if (!limits_refuse(&limits, 1, 9000, why, sizeof why) || !strstr(why, "ulimit -v ")) {
        return 3;
    }
    if (root_user && setuid(65534) != 0) {
        return 4;
    }
    if (setrlimit(RLIMIT_NPROC, &threads) != 0) {
        return 5;
    }
    setenv("OMP_STACKSIZE", "64", 1);
    limits_read(&limits, "");
    return limits_refuse(&limits, 1, 900, why, sizeof why) &&
                   strstr(why, "this user may have 500 ") && strstr(why, "ulimit -u ")
               ? 0
               : 6;
}

static void limits_of_the_process_are_seen(void)
{
    fflush(stdout);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        _exit(try_resources(getuid() == 0));
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

static void the_least_memory_is_what_is_free(void)
{
    struct limits limits;
    struct planted planted = make();
    limits_read(&limits, planted.root);
    CU_ASSERT_EQUAL(limits_free_bytes(&limits, 4), 60000000 * 1024.0 - (256 << 20));
    planted_put(&planted, "/sys/fs/cgroup/user/memory.max", "1073741824\n");
    limits_read(&limits, planted.root);
    CU_ASSERT_EQUAL(limits_free_bytes(&limits, 4), (1024 - 128) * 1048576.0);
    planted_put(&planted, "/proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable:   524288 kB\n");
    limits_read(&limits, planted.root);
    CU_ASSERT_EQUAL(limits_free_bytes(&limits, 4), (512 - 256) * 1048576.0);
    planted_put(&planted, "/proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable:   1024 kB\n");
    limits_read(&limits, planted.root);
    CU_ASSERT_EQUAL(limits_free_bytes(&limits, 4), 0);
    planted_remove(&planted);
}

static void what_cannot_be_read_is_no_limit(void)
{
    char why[256];
    struct limits limits;
    limits_read(&limits, "/nonexistent");
    for (int l = 0; l < LIMITS; l++) {
        if (l != LIMIT_ADDRESSES && l != LIMIT_USER) {
            CU_ASSERT(isinf(limits.found[l].allowed));
        }
    }
    CU_ASSERT_FALSE(limits_refuse(&limits, 1, 4, why, sizeof why));
}

static const CU_TestInfo tests[] = {
    {"the tightest limit is named, and not before it is reached", the_tightest_limit_is_named},
    {"a limit of one process is not shared by ranks", a_limit_of_one_process_is_not_shared},
    {"what is in use counts", what_is_in_use_counts},
    {"what is advised is enough", what_is_advised_is_enough},
    {"promises count only where the kernel keeps them",
     promises_count_only_where_the_kernel_keeps_them},
    {"limits of the process are seen", limits_of_the_process_are_seen},
    {"the least memory that a limit leaves is what is free", the_least_memory_is_what_is_free},
    {"what cannot be read is no limit", what_cannot_be_read_is_no_limit},
    CU_TEST_INFO_NULL,
};

SUITE("limits", tests);
