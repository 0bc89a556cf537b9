/* The cgroups of this process: those of a planted machine. */
#include "machine/cgroup.h"
#include "unit/planted.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

enum { FOLDERS_MOST = 8 };

struct visited {
    size_t root_length;
    int count;
    char folder[FOLDERS_MOST][128];
};

static void note(void *context, const char *folder)
{
    struct visited *visited = context;
    CU_ASSERT_FATAL(visited->count < FOLDERS_MOST);
    snprintf(visited->folder[visited->count++], sizeof visited->folder[0], "%s",
             folder + visited->root_length);
}

/* What is visited for the controller cpu where /proc/self/cgroup says this, one after the other. */
static const struct {
    const char *groups;
    const char *folder[FOLDERS_MOST];
} cases[] = {
    {"0::/\n", {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}},
    {"0::/job/step\n",
     {"/sys/fs/cgroup/job/step", "/sys/fs/cgroup/job", "/sys/fs/cgroup",
      "/sys/fs/cgroup/unified/job/step", "/sys/fs/cgroup/unified/job", "/sys/fs/cgroup/unified"}},
    {"4:memory:/job\n1:cpu:/job\n", {"/sys/fs/cgroup/cpu/job", "/sys/fs/cgroup/cpu"}},
    {"3:cpuset,cpu:/job\n", {"/sys/fs/cgroup/cpuset,cpu/job", "/sys/fs/cgroup/cpuset,cpu"}},
    {"3:cpu,cpuacct:/\n", {"/sys/fs/cgroup/cpu"}}, /* its own folder is not there */
    {"3:cpuset:/job\n2:cpuacct:/job\n", {NULL}},
    {"", {NULL}},
    {"nonsense\n7:\n8:cpu\n\n", {NULL}},
};

static void each_group_and_those_above_it_are_visited_once(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct planted_file files[] = {{"/proc/self/cgroup", cases[i].groups},
                                             {"/sys/fs/cgroup/cpuset,cpu/cpu.stat", ""}};
        struct planted planted = planted_make(files, 2);
        struct visited visited = {.root_length = strlen(planted.root)};
        int expected = 0;
        cgroup_each(planted.root, "cpu", note, &visited);
        for (; cases[i].folder[expected]; expected++) {
            CU_ASSERT_STRING_EQUAL(visited.folder[expected], cases[i].folder[expected]);
        }
        CU_ASSERT_EQUAL(visited.count, expected);
        planted_remove(&planted);
    }
}

static void a_number_is_read_and_what_is_none_is_not(void)
{
    const struct planted_file files[] = {
        {"/a", "12\n"}, {"/b", "max\n"}, {"/c", "max 100000\n"}, {"/d", ""}, {"/e", "-1 7\n"}};
    struct planted planted = planted_make(files, sizeof files / sizeof files[0]);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "a", 5), 12);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "b", 5), 5);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "c", 5), 5);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "d", 5), 5);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "e", 5), -1);
    CU_ASSERT_EQUAL(cgroup_number(planted.root, "missing", 5), 5);
    planted_remove(&planted);
}

static double quota_of(const struct planted_file *files, size_t count)
{
    struct planted planted = planted_make(files, count);
    double quota = cgroup_quota(planted.root);
    planted_remove(&planted);
    return quota;
}

static void the_tightest_quota_holds_in_both_versions(void)
{
    const struct planted_file second[] = {
        {"/proc/self/cgroup", "0::/job/step\n"},
        {"/sys/fs/cgroup/job/step/cpu.max", "150000 100000\n"},
        {"/sys/fs/cgroup/job/cpu.max", "50000 100000\n"},
        {"/sys/fs/cgroup/cpu.max", "max 100000\n"},
    };
    CU_ASSERT_EQUAL(quota_of(second, 4), 0.5);
    CU_ASSERT_EQUAL(quota_of(second, 2), 1.5);
    CU_ASSERT_EQUAL(quota_of(second, 1), INFINITY);
    const struct planted_file first[] = {
        {"/proc/self/cgroup", "3:cpu,cpuacct:/job\n"},
        {"/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "250000\n"},
        {"/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
    };
    CU_ASSERT_EQUAL(quota_of(first, 5), 2.5);
    CU_ASSERT_EQUAL(quota_of(first, 2), INFINITY); /* of no known period */
}

static void a_quota_that_makes_no_sense_is_none(void)
{
    static const char *const texts[] = {"",          "max\n",     "0 0\n",      "100000\n",
                                        "-1 100000", "100000 -1", "nan 100000", "x y"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct planted_file files[] = {{"/proc/self/cgroup", "0::/\n"},
                                             {"/sys/fs/cgroup/cpu.max", texts[i]}};
        CU_ASSERT_EQUAL(quota_of(files, 2), INFINITY);
    }
}

static void this_machine_has_a_quota_or_none(void)
{
    CU_ASSERT(cgroup_quota("") > 0); /* INFINITY without one, never NAN */
}

static const CU_TestInfo tests[] = {
    {"each group and those above it are visited once",
     each_group_and_those_above_it_are_visited_once},
    {"a number is read, and what is none is not", a_number_is_read_and_what_is_none_is_not},
    {"the tightest quota holds, in both versions", the_tightest_quota_holds_in_both_versions},
    {"a quota that makes no sense is none", a_quota_that_makes_no_sense_is_none},
    {"this machine has a quota or none", this_machine_has_a_quota_or_none},
    CU_TEST_INFO_NULL,
};

SUITE("cgroup", tests);
