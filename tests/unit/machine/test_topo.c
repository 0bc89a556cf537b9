/* Topology: which cores there are, and that binding binds what it says. */
#include "machine/topo.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The topology as it is allowed to this process, and the mask to return to. */
struct place {
    struct topo *topo;
    struct topo_mask allowed;
    cpu_set_t mask;
};

static struct place enter(void)
{
    struct place place = {.topo = topo_create()};
    CU_ASSERT_PTR_NOT_NULL_FATAL(place.topo);
    sched_getaffinity(0, sizeof place.mask, &place.mask);
    CU_ASSERT_EQUAL_FATAL(topo_allowed(place.topo, &place.allowed), 0);
    CU_ASSERT_FATAL(topo_use(place.topo, &place.allowed) > 0);
    return place;
}

static void leave(struct place *place)
{
    topo_free(place->topo);
    sched_setaffinity(0, sizeof place->mask, &place->mask);
}

static cpu_set_t current_mask(void)
{
    cpu_set_t mask;
    sched_getaffinity(0, sizeof mask, &mask);
    return mask;
}

static int in_mask(const struct topo_mask *mask, size_t cpu)
{
    return mask->word[cpu / 64] >> (cpu % 64) & 1;
}

static void the_allowed_are_those_of_the_affinity_mask(void)
{
    struct place place = enter();
    int allowed = 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        int is_in = in_mask(&place.allowed, cpu);
        allowed += is_in;
        CU_ASSERT(!is_in || CPU_ISSET(cpu, &place.mask));
    }
    CU_ASSERT(allowed > 0);
    CU_ASSERT(topo_cores(place.topo) >= 1 && topo_cores(place.topo) <= allowed);
    leave(&place);
}

static void a_narrower_mask_leaves_fewer_cores(void)
{
    struct place place = enter();
    int cores = topo_cores(place.topo);
    CU_ASSERT_EQUAL_FATAL(topo_bind(place.topo, cores - 1), 0);
    cpu_set_t one = current_mask();
    struct topo_mask mask;
    CU_ASSERT_EQUAL(topo_allowed(place.topo, &mask), 0);
    CU_ASSERT_EQUAL(topo_use(place.topo, &mask), 1);
    CU_ASSERT_EQUAL(topo_cores(place.topo), 1);
    CU_ASSERT_EQUAL(topo_bind(place.topo, 0), 0);
    cpu_set_t same = current_mask();
    CU_ASSERT(CPU_EQUAL(&one, &same));
    CU_ASSERT_EQUAL(topo_use(place.topo, &place.allowed), cores);
    CU_ASSERT_EQUAL(topo_use(place.topo, &(struct topo_mask){0}), 0);
    leave(&place);
}

static void every_core_is_one_hardware_thread_of_its_own(void)
{
    struct place place = enter();
    cpu_set_t seen;
    CPU_ZERO(&seen);
    for (int core = 0; core < topo_cores(place.topo); core++) {
        CU_ASSERT_EQUAL(topo_bind(place.topo, core), 0);
        cpu_set_t mask = current_mask(), both;
        CU_ASSERT_EQUAL(CPU_COUNT(&mask), 1);
        CPU_AND(&both, &mask, &place.mask);
        CU_ASSERT_EQUAL(CPU_COUNT(&both), 1);
        CPU_AND(&both, &mask, &seen);
        CU_ASSERT_EQUAL(CPU_COUNT(&both), 0);
        CPU_OR(&seen, &seen, &mask);
        for (int other = 0; other < topo_cores(place.topo); other++) {
            CU_ASSERT_EQUAL(topo_is_bound(place.topo, other) != 0, other == core);
        }
    }
    leave(&place);
}

static void a_mask_changed_behind_our_back_is_seen(void)
{
    struct place place = enter();
    CU_ASSERT_EQUAL(topo_bind(place.topo, 0), 0);
    CU_ASSERT_TRUE(topo_is_bound(place.topo, 0));
    sched_setaffinity(0, sizeof place.mask, &place.mask);
    CU_ASSERT_EQUAL(topo_is_bound(place.topo, 0) != 0, CPU_COUNT(&place.mask) == 1);
    leave(&place);
}

/* A thread that sleeps until it is told to end, and then says what its mask was. */
struct sleeper {
    pthread_t thread;
    pthread_barrier_t begin, end;
    cpu_set_t mask;
};

static void *sleep_then_look(void *argument)
{
    struct sleeper *sleeper = argument;
    pthread_barrier_wait(&sleeper->begin);
    pthread_barrier_wait(&sleeper->end);
    sleeper->mask = current_mask();
    return NULL;
}

static void start_sleeper(struct sleeper *sleeper)
{
    pthread_barrier_init(&sleeper->begin, NULL, 2);
    pthread_barrier_init(&sleeper->end, NULL, 2);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&sleeper->thread, NULL, sleep_then_look, sleeper), 0);
    pthread_barrier_wait(&sleeper->begin);
}

static void end_sleeper(struct sleeper *sleeper)
{
    pthread_barrier_wait(&sleeper->end);
    pthread_join(sleeper->thread, NULL);
    pthread_barrier_destroy(&sleeper->begin);
    pthread_barrier_destroy(&sleeper->end);
}

static void binding_a_thread_leaves_the_others_alone(void)
{
    struct place place = enter();
    struct sleeper sleeper;
    start_sleeper(&sleeper);
    CU_ASSERT_EQUAL(topo_bind(place.topo, 0), 0);
    end_sleeper(&sleeper);
    CU_ASSERT(CPU_EQUAL(&sleeper.mask, &place.mask));
    leave(&place);
}

static void binding_the_process_binds_every_thread(void)
{
    struct place place = enter();
    for (int cores = topo_cores(place.topo); cores >= 1; cores--) {
        struct sleeper sleeper;
        start_sleeper(&sleeper);
        CU_ASSERT_EQUAL(topo_bind_process(place.topo, cores), 0);
        end_sleeper(&sleeper);
        cpu_set_t mask = current_mask();
        CU_ASSERT(CPU_EQUAL(&sleeper.mask, &mask));
        CU_ASSERT_EQUAL(CPU_COUNT(&mask), cores);
        for (int core = 0; core < cores; core++) {
            cpu_set_t both;
            topo_bind(place.topo, core);
            cpu_set_t one = current_mask();
            CPU_AND(&both, &one, &mask);
            CU_ASSERT_EQUAL(CPU_COUNT(&both), 1);
        }
    }
    leave(&place);
}

static void a_core_has_its_hardware_threads_and_no_others(void)
{
    struct place place = enter();
    struct topo_mask all = {0};
    for (int core = 0; core < topo_cores(place.topo); core++) {
        struct topo_mask mask;
        topo_core_threads(place.topo, core, &mask);
        CU_ASSERT(topo_bind(place.topo, core) >= 0);
        int cpu = sched_getcpu();
        CU_ASSERT(cpu >= 0 && (mask.word[cpu / 64] >> (cpu % 64) & 1));
        for (int w = 0; w < TOPO_MASK_WORDS; w++) {
            CU_ASSERT_EQUAL(all.word[w] & mask.word[w], 0);
            all.word[w] |= mask.word[w];
        }
    }
    leave(&place);
}

static void there_is_at_least_one_memory_node(void)
{
    struct place place = enter();
    CU_ASSERT(topo_memory_nodes(place.topo) >= 1);
    leave(&place);
}

static void the_summary_is_one_line_without_the_machines_name(void)
{
    struct place place = enter();
    char text[256], host[256] = "", cut[8];
    gethostname(host, sizeof host - 1);
    CU_ASSERT_PTR_EQUAL(topo_summary(place.topo, text, sizeof text), text);
    CU_ASSERT_EQUAL(atoi(text), topo_cores(place.topo));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, topo_cores(place.topo) == 1 ? " core of " : " cores of "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " GiB"));
    CU_ASSERT_PTR_NULL(strchr(text, '\n'));
    CU_ASSERT(host[0] == '\0' || !strstr(text, host));
    topo_summary(place.topo, cut, sizeof cut);
    CU_ASSERT_EQUAL(strncmp(cut, text, sizeof cut - 1), 0);
    CU_ASSERT_EQUAL(strlen(cut), sizeof cut - 1);
    leave(&place);
}

static void the_topology_is_xml_and_the_library_has_a_version(void)
{
    struct place place = enter();
    char *xml = topo_xml(place.topo);
    CU_ASSERT_PTR_NOT_NULL_FATAL(xml);
    CU_ASSERT_PTR_NOT_NULL(strstr(xml, "<topology"));
    CU_ASSERT_PTR_NOT_NULL(strstr(xml, "</topology>"));
    free(xml);
    CU_ASSERT(isdigit((unsigned char)topo_library()[0]) && strchr(topo_library(), '.'));
    leave(&place);
}

/* Opens a machine that is only described, with so many of its first hardware threads. */
static struct topo *described(const char *machine, unsigned first, unsigned count)
{
    struct topo_mask mask = {0};
    setenv("HWLOC_SYNTHETIC", machine, 1);
    struct topo *topo = topo_create();
    unsetenv("HWLOC_SYNTHETIC");
    CU_ASSERT_PTR_NOT_NULL_FATAL(topo);
    for (unsigned cpu = first; cpu < first + count; cpu++) {
        mask.word[cpu / 64] |= UINT64_C(1) << (cpu % 64);
    }
    CU_ASSERT_EQUAL(topo_use(topo, &mask), (int)count);
    return topo;
}

/* Two cores of two kinds, as hwloc describes them. */
static const char kinds_xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
    "<topology version=\"2.0\">\n"
#define SETS(cpus)                                                                                 \
    "cpuset=\"" cpus "\" complete_cpuset=\"" cpus "\" nodeset=\"1\" complete_nodeset=\"1\" "
    "<object type=\"Machine\" os_index=\"0\" allowed_cpuset=\"0x3\" allowed_nodeset=\"1\" " SETS(
        "0x3") "gp_index=\"1\">\n"
               "<object type=\"NUMANode\" os_index=\"0\" " SETS(
                   "0x3") "gp_index=\"2\" "
                          "local_memory=\"1073741824\"/>\n"
                          "<object type=\"Core\" os_index=\"0\" " SETS(
                              "0x1") "gp_index=\"3\">"
                                     "<object type=\"PU\" os_index=\"0\" " SETS(
                                         "0x1") "gp_index=\"4\"/></object>\n"
                                                "<object type=\"Core\" os_index=\"1\" " SETS(
                                                    "0x2") "gp_index=\"5\">"
                                                           "<object type=\"PU\" "
                                                           "os_index=\"1\" " SETS(
                                                               "0x2") "gp_index=\"6\"/></object>\n"
                                                                      "</object>\n"
#undef SETS
                                                                      "<cpukind "
                                                                      "cpuset=\"0x1\"><info "
                                                                      "name=\"CoreType\" "
                                                                      "value=\"IntelCore\"/></"
                                                                      "cpukind>\n"
                                                                      "<cpukind "
                                                                      "cpuset=\"0x2\"><info "
                                                                      "name=\"CoreType\" "
                                                                      "value=\"IntelAtom\"/></"
                                                                      "cpukind>\n"
                                                                      "</topology>\n";

static void kinds_of_cores_have_their_names(void)
{
    char path[] = "/tmp/cual-unit-XXXXXX", kind[TOPO_KIND_BYTES];
    int file = mkstemp(path);
    CU_ASSERT_FATAL(file >= 0);
    CU_ASSERT_EQUAL(write(file, kinds_xml, strlen(kinds_xml)), (ssize_t)strlen(kinds_xml));
    close(file);
    setenv("HWLOC_XMLFILE", path, 1);
    struct topo *topo = topo_create();
    unsetenv("HWLOC_XMLFILE");
    unlink(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(topo);
    CU_ASSERT_EQUAL_FATAL(topo_cores(topo), 2);
    CU_ASSERT_STRING_EQUAL(topo_core_kind(topo, 0, kind), "IntelCore");
    CU_ASSERT_STRING_EQUAL(topo_core_kind(topo, 1, kind), "IntelAtom");
    CU_ASSERT_EQUAL(topo_core_cpu(topo, 1), 1);
    topo_free(topo);
    topo = described("pack:1 core:4 pu:1", 2, 2);
    CU_ASSERT_EQUAL(topo_core_cpu(topo, 0), 2);
    CU_ASSERT_STRING_EQUAL(topo_core_kind(topo, 0, kind), "");
    topo_free(topo);
}

static void caches_are_those_of_the_first_core(void)
{
    /* 768 MiB of L3 in 8 instances: a core has one of them. */
    static const char node[] = "pack:1 l3:8(size=96MiB) l2:8(size=512KiB) l1d:1(size=32KiB) core:1 "
                               "pu:1";
    static const char small[] = "pack:1 l2:2(size=1MiB) l1d:2(size=48KiB) core:1 pu:1";
    struct caches caches;
    struct topo *topo = described(node, 0, 64);
    topo_caches(topo, &caches);
    CU_ASSERT(caches.bytes[LEVEL_L1] == 32 << 10 && caches.cores[LEVEL_L1] == 1);
    CU_ASSERT(caches.bytes[LEVEL_L2] == 512 << 10 && caches.cores[LEVEL_L2] == 1);
    CU_ASSERT(caches.bytes[LEVEL_L3] == 96 << 20 && caches.cores[LEVEL_L3] == 8);
    CU_ASSERT_EQUAL(caches_last_bytes(&caches), 96 << 20);
    topo_free(topo);

    topo = described(node, 13, 30); /* of the second instance three may be used */
    topo_caches(topo, &caches);
    CU_ASSERT(caches.bytes[LEVEL_L3] == 96 << 20 && caches.cores[LEVEL_L3] == 3);
    topo_free(topo);

    topo = described(small, 0, 4);
    topo_caches(topo, &caches);
    CU_ASSERT(caches.bytes[LEVEL_L2] == 1 << 20 && caches.cores[LEVEL_L2] == 2);
    CU_ASSERT(caches.bytes[LEVEL_L3] == 0 && caches.cores[LEVEL_L3] == 0);
    CU_ASSERT_EQUAL(caches_last_bytes(&caches), 1 << 20);
    topo_free(topo);

    topo = described("core:4 pu:1", 0, 4);
    topo_caches(topo, &caches);
    CU_ASSERT_EQUAL(caches_last_bytes(&caches), 32 << 20);
    topo_free(topo);
}

static const CU_TestInfo tests[] = {
    {"what is allowed is the affinity mask", the_allowed_are_those_of_the_affinity_mask},
    {"a narrower mask leaves fewer cores", a_narrower_mask_leaves_fewer_cores},
    {"every core is one hardware thread of its own", every_core_is_one_hardware_thread_of_its_own},
    {"a mask changed behind our back is seen", a_mask_changed_behind_our_back_is_seen},
    {"binding a thread leaves the others alone", binding_a_thread_leaves_the_others_alone},
    {"binding the process binds every thread", binding_the_process_binds_every_thread},
    {"a core has its hardware threads and no others",
     a_core_has_its_hardware_threads_and_no_others},
    {"there is at least one memory node", there_is_at_least_one_memory_node},
    {"the summary is one line without the machine's name",
     the_summary_is_one_line_without_the_machines_name},
    {"the topology is XML, the library has a version",
     the_topology_is_xml_and_the_library_has_a_version},
    {"caches are those of the first core, one instance of each",
     caches_are_those_of_the_first_core},
    {"kinds of cores have their names", kinds_of_cores_have_their_names},
    CU_TEST_INFO_NULL,
};

SUITE("topo", tests);
