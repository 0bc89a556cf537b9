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

static bool refuses(const struct limits *limits, const struct limits_wanted *wanted, char *why,
                    size_t why_bytes)
{
    enum limit tightest = limits_tightest(limits, wanted);
    if (tightest != LIMITS) {
        limits_text(limits, wanted, tightest, why, why_bytes);
    }
    return tightest != LIMITS;
}

static bool limits_refuse(const struct limits *limits, int ranks, int threads, char *why,
                          size_t why_bytes)
{
    const struct limits_wanted wanted = {.ranks = ranks, .threads = threads};
    return refuses(limits, &wanted, why, why_bytes);
}

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

/* What is allowed for memory, what of it is in use, and how many MiB are then left. */
static const struct room {
    const char *path, *text, *path_2, *text_2;
    double mib;
    const char *says;
} rooms[] = {
    {"/proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable:   524288 kB\n", NULL, NULL, 512 - 256,
     "there are 512 MiB of free memory"},
    {"/sys/fs/cgroup/user/memory.max", "1073741824\n", NULL, NULL, 1024 - 128,
     "the cgroup allows 1024 MiB of memory; raise it: memory.max"},
    {"/sys/fs/cgroup/user/memory.high", "1073741824\n", NULL, NULL, 1024 - 128,
     "the cgroup allows 1024 MiB of memory; raise it: memory.max"},
    {"/sys/fs/cgroup/user/memory.max", "1073741824\n", "/sys/fs/cgroup/user/memory.current",
     "419430400\n", 1024 - 400 - 128, "1024 MiB of memory, 400 are in use"},
    {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n",
     "/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "419430400\n", 1024 - 400 - 128,
     "1024 MiB of memory, 400 are in use"},
};

/* Just so much is allowed, and a MiB more is not. */
static void expect_room(const struct planted *planted, double mib, const char *says)
{
    char why[256] = "";
    struct limits limits;
    const double bytes = (mib - 0.0625) * 1048576; /* of which a thread takes 64 KiB */
    const struct limits_wanted all = {1, 1, 0, bytes}, more = {1, 1, 0, bytes + 1048576};
    limits_read(&limits, planted->root);
    CU_ASSERT_FALSE(refuses(&limits, &all, why, sizeof why));
    CU_ASSERT(refuses(&limits, &more, why, sizeof why));
    if (!strstr(why, says)) {
        CU_FAIL("what it says");
        printf("     \"%s\" lacks \"%s\"\n", why, says);
    }
}

static void memory_is_what_a_limit_leaves(void)
{
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct planted planted = make();
        planted_put(&planted, rooms[i].path, rooms[i].text);
        if (rooms[i].path_2) {
            planted_put(&planted, rooms[i].path_2, rooms[i].text_2);
        }
        expect_room(&planted, rooms[i].mib, rooms[i].says);
        planted_remove(&planted);
    }
}

static void what_linux_gives_back_is_not_in_use(void)
{
    struct planted planted = make();
    planted_put(&planted, "/sys/fs/cgroup/user/memory.max", "1073741824\n");
    planted_put(&planted, "/sys/fs/cgroup/user/memory.current", "419430400\n");
    planted_put(&planted, "/sys/fs/cgroup/user/memory.stat",
                "anon 104857600\nfile 314572800\ninactive_file 104857600\nactive_file "
                "104857600\nslab_reclaimable 52428800\n");
    expect_room(&planted, 1024 - 400 + 250 - 128, "150 are in use");
    planted_put(&planted, "/sys/fs/cgroup/user/memory.max", "max\n");
    planted_put(&planted, "/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n");
    planted_put(&planted, "/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "419430400\n");
    planted_put(&planted, "/sys/fs/cgroup/memory/job/memory.stat",
                "cache 314572800\ninactive_file 0\nhierarchical_memory_limit 1073741824\n"
                "total_inactive_file 104857600\ntotal_active_file 104857600\n");
    expect_room(&planted, 1024 - 400 + 200 - 128, "200 are in use");
    planted_remove(&planted);
}

/* Data of a process count those of all its threads. In a child, which has limits of its own. */
static int try_data(void)
{
    char why[256] = "";
    struct limits limits;
    const double mib = 1048576;
    limits_read(&limits, "");
    double used = limits.found[LIMIT_DATA].used;
    struct rlimit data = {(rlim_t)(used + 640 * mib), (rlim_t)(used + 640 * mib)};
    const struct limits_wanted some = {2, 0, 500 * mib, 1000 * mib},
                               more = {2, 0, 520 * mib, 520 * mib};
    if (setrlimit(RLIMIT_DATA, &data) != 0) {
        return 1;
    }
    limits_read(&limits, "");
    if (limits_tightest(&limits, &some) == LIMIT_DATA) {
        return 2;
    }
    return refuses(&limits, &more, why, sizeof why) && strstr(why, "ulimit -d ") ? 0 : 3;
}

static void data_of_a_process_are_limited(void)
{
    fflush(stdout);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        _exit(try_data());
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

static void what_cannot_be_read_is_no_limit(void)
{
    char why[256];
    struct limits limits;
    limits_read(&limits, "/nonexistent");
    for (int l = 0; l < LIMITS; l++) {
        if (l != LIMIT_ADDRESSES && l != LIMIT_DATA && l != LIMIT_USER) {
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
    {"memory is what a limit leaves", memory_is_what_a_limit_leaves},
    {"what Linux gives back is not in use", what_linux_gives_back_is_not_in_use},
    {"data of a process are limited", data_of_a_process_are_limited},
    {"what cannot be read is no limit", what_cannot_be_read_is_no_limit},
    CU_TEST_INFO_NULL,
};

SUITE("limits", tests);
