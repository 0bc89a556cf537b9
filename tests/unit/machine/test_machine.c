/* The machine as its kernel tells: what is there is read, what is not there or makes no sense is
 * not known, and what other processes use is seen. */
#include "machine/machine.h"

#include "unit/planted.h"
#include "unit/suite.h"

#include <math.h>
#include <sys/types.h>
#include <unistd.h>

#define CPU "/sys/devices/system/cpu"
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static const struct planted_file server[] = {
    {CPU "/online", "0-2,4\n"},
    {CPU "/smt/active", "1\n"},
    {CPU "/cpu0/cpufreq/scaling_governor", "powersave\n"},
    {CPU "/cpu1/cpufreq/scaling_governor", "powersave\n"},
    {CPU "/cpu2/cpufreq/scaling_governor", "powersave\n"},
    {CPU "/cpufreq/boost", "1\n"},
    {"/sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n"},
    {"/sys/devices/system/node/online", "0-1\n"},
    {"/proc/sys/kernel/numa_balancing", "1\n"},
    {"/proc/loadavg", "1.50 0.58 0.59 3/700 12345\n"},
    {"/proc/pressure/cpu", "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n"},
    {CLOCK, "hpet\n"},
    {"/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n\nprocessor\t: 1\n"},
    {"/proc/self/cgroup", "0::/kubepods/pod1\n"},
};

static struct planted make(void)
{
    return planted_make(server, sizeof server / sizeof server[0]);
}

static void what_is_there_is_read(void)
{
    struct machine machine;
    struct planted planted = make();
    machine_read(&machine, planted.root);
    CU_ASSERT_EQUAL(machine.cpus_online, 4);
    CU_ASSERT_EQUAL(machine.smt, MACHINE_ON);
    CU_ASSERT_STRING_EQUAL(machine.governor, "powersave");
    CU_ASSERT_EQUAL(machine.turbo, MACHINE_ON);
    CU_ASSERT_STRING_EQUAL(machine.huge_pages, "never");
    CU_ASSERT_EQUAL(machine.nodes, 2);
    CU_ASSERT_EQUAL(machine.balancing, MACHINE_ON);
    CU_ASSERT_EQUAL(machine.load, 1.5);
    CU_ASSERT_EQUAL(machine.pressure, 0.125);
    CU_ASSERT_STRING_EQUAL(machine.clock_source, "hpet");
    CU_ASSERT_EQUAL(machine.virtual_machine, MACHINE_ON);
    CU_ASSERT_STRING_EQUAL(machine.container, "a cgroup of kubepods");
    CU_ASSERT(machine.groups);
    planted_put(&planted, CPU "/cpu1/cpufreq/scaling_governor", "performance\n");
    planted_put(&planted, CPU "/intel_pstate/no_turbo", "1\n");
    planted_put(&planted, "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu\n\nhypervisor\n");
    planted_put(&planted, "/.dockerenv", "");
    machine_read(&machine, planted.root);
    CU_ASSERT_STRING_EQUAL(machine.governor, "mixed");
    CU_ASSERT_EQUAL(machine.turbo, MACHINE_OFF);
    CU_ASSERT_EQUAL(machine.virtual_machine, MACHINE_OFF);
    CU_ASSERT_STRING_EQUAL(machine.container, "/.dockerenv");
    planted_remove(&planted);
}

static void check_nothing_known(const char *root)
{
    struct machine machine;
    machine_read(&machine, root);
    CU_ASSERT(isnan(machine.cpus_online) && isnan(machine.nodes));
    CU_ASSERT(isnan(machine.load) && isnan(machine.pressure));
    CU_ASSERT_EQUAL(machine.smt, MACHINE_UNKNOWN);
    CU_ASSERT_EQUAL(machine.turbo, MACHINE_UNKNOWN);
    CU_ASSERT_EQUAL(machine.balancing, MACHINE_UNKNOWN);
    CU_ASSERT_EQUAL(machine.virtual_machine, MACHINE_UNKNOWN);
    CU_ASSERT_STRING_EQUAL(machine.huge_pages, "");
}

static void what_is_not_there_is_not_known(void)
{
    struct machine machine;
    check_nothing_known("/nonexistent");
    machine_read(&machine, "/nonexistent");
    CU_ASSERT_STRING_EQUAL(machine.governor, "");
    CU_ASSERT_STRING_EQUAL(machine.clock_source, "");
    CU_ASSERT_STRING_EQUAL(machine.container, "");
    CU_ASSERT_FALSE(machine.groups);
}

/* Words, control characters, numbers that are none, and more than anything should hold. */
static void what_makes_no_sense_is_not_known(void)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "-1\n",
                                        "nan\n",
                                        "inf",
                                        "a]b[c",
                                        "\033[2J",
                                        "0-",
                                        "9-3",
                                        ",",
                                        "0-99999999999999999999\n",
                                        "[\n"};
    struct planted planted = make();
    for (size_t t = 0; t <= sizeof texts / sizeof texts[0]; t++) {
        for (size_t i = 0; i < sizeof server / sizeof server[0]; i++) {
            if (t < sizeof texts / sizeof texts[0]) {
                planted_put(&planted, server[i].path, texts[t]);
            } else {
                static char huge[1 << 20];
                memset(huge, 'x', sizeof huge);
                planted_put_bytes(&planted, server[i].path, huge, sizeof huge);
            }
        }
        check_nothing_known(planted.root);
        struct machine machine;
        machine_read(&machine, planted.root);
        CU_ASSERT_PTR_NULL(strchr(machine.governor, '\033'));
        CU_ASSERT_PTR_NULL(strchr(machine.clock_source, '\033'));
    }
    planted_remove(&planted);
}

static void a_byte_that_is_zero_ends_nothing_and_is_not_printed(void)
{
    char text[32];
    struct planted planted = make();
    planted_put_bytes(&planted, "/zero", "a\0b\033c\nrest", 11);
    CU_ASSERT_EQUAL(machine_line(planted.root, "/zero", text, sizeof text), 0);
    CU_ASSERT_STRING_EQUAL(text, "a b\\x1bc");
    planted_put_bytes(&planted, CLOCK, "tsc\0\n", 5);
    CU_ASSERT(machine_line(planted.root, "/none", text, sizeof text) < 0);
    CU_ASSERT_STRING_EQUAL(text, "");
    planted_remove(&planted);
}

static void a_pipe_or_a_folder_in_place_of_a_file_is_not_waited_for(void)
{
    char path[128], text[32];
    struct planted planted = make();
    snprintf(path, sizeof path, "%s/pipe", planted.root);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    CU_ASSERT(machine_line(planted.root, "/pipe", text, sizeof text) < 0);
    CU_ASSERT(machine_line(planted.root, "/proc", text, sizeof text) < 0);
    planted_remove(&planted);
}

static void the_busiest_process_is_found(void)
{
    struct machine_processes before, after;
    struct machine_process busiest;
    struct planted planted = make();
    /* Numbers beyond those that Linux gives: none is that of this process. */
    planted_put(&planted, "/proc/5000010/stat",
                "10 (idle) S 1 1 1 0 -1 0 0 0 0 0 900 9 0 0 20 0 1 0 5");
    planted_put(&planted, "/proc/5000011/stat",
                "11 (a) b (c\033) R 1 1 1 0 -1 0 0 0 0 0 100 0 0 0 20 0 1 0 6");
    planted_put(&planted, "/proc/5000012/stat",
                "12 (gone) R 1 1 1 0 -1 0 0 0 0 0 10 0 0 0 20 0 1 0 7");
    planted_put(&planted, "/proc/5000013/stat", "13 no name");
    planted_put(&planted, "/proc/5000014/stat", ") 14 (");
    planted_put(&planted, "/proc/5000015/stat", "15 (short)");
    machine_processes_read(&before, planted.root);
    CU_ASSERT_EQUAL(before.count, 3);
    CU_ASSERT_FALSE(machine_busiest(&before, &before, &busiest));
    planted_put(&planted, "/proc/5000011/stat",
                "11 (a) b (c\033) R 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 6");
    /* the number is used again, by a process that started later */
    planted_put(&planted, "/proc/5000012/stat",
                "12 (new) R 1 1 1 0 -1 0 0 0 0 0 50 0 0 0 20 0 1 0 99");
    machine_processes_read(&after, planted.root);
    CU_ASSERT(machine_busiest(&before, &after, &busiest));
    CU_ASSERT_EQUAL(busiest.pid, 5000011);
    CU_ASSERT_STRING_EQUAL(busiest.name, "a) b (c\\x1b");
    CU_ASSERT_DOUBLE_EQUAL(busiest.used_s, 100.0 / (double)sysconf(_SC_CLK_TCK), 1e-9);
    free(before.process);
    free(after.process);
    planted_remove(&planted);
    machine_processes_read(&after, "/nonexistent");
    CU_ASSERT_EQUAL(after.count, 0);
    free(after.process);
}

static const CU_TestInfo tests[] = {
    {"what is there is read", what_is_there_is_read},
    {"what is not there is not known", what_is_not_there_is_not_known},
    {"what makes no sense is not known", what_makes_no_sense_is_not_known},
    {"a byte that is zero ends nothing and is not printed",
     a_byte_that_is_zero_ends_nothing_and_is_not_printed},
    {"a pipe or a folder in place of a file is not waited for",
     a_pipe_or_a_folder_in_place_of_a_file_is_not_waited_for},
    {"the busiest process is found, whatever its name", the_busiest_process_is_found},
    CU_TEST_INFO_NULL,
};

SUITE("machine", tests);
