#include "machine/topo.h"

#include <dirent.h>
#include <errno.h>
#include <hwloc.h>
#include <hwloc/cpukinds.h>
#include <hwloc/linux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct topo {
    hwloc_topology_t topology;
    int cores;
    hwloc_bitmap_t *core; /* one hardware thread each */
};

const char *const topo_replacing[] = {"HWLOC_XMLFILE",
                                      "HWLOC_SYNTHETIC",
                                      "HWLOC_FSROOT",
                                      "HWLOC_CPUID_PATH",
                                      "HWLOC_DUMPED_HWDATA_DIR",
                                      "HWLOC_COMPONENTS",
                                      "HWLOC_PLUGINS_BLACKLIST",
                                      "HWLOC_THISSYSTEM",
                                      "HWLOC_THISSYSTEM_ALLOWED_RESOURCES",
                                      NULL};

static void forget_cores(struct topo *topo)
{
    for (int c = 0; c < topo->cores; c++) {
        hwloc_bitmap_free(topo->core[c]);
    }
    free(topo->core);
    topo->core = NULL;
    topo->cores = 0;
}

/* Cores in hwloc's order; where it knows no cores, hardware threads stand in for them. */
static int take_cores(struct topo *topo, hwloc_const_bitmap_t allowed)
{
    forget_cores(topo);
    hwloc_obj_type_t type = hwloc_get_nbobjs_by_type(topo->topology, HWLOC_OBJ_CORE) > 0
                                ? HWLOC_OBJ_CORE
                                : HWLOC_OBJ_PU;
    int count = hwloc_get_nbobjs_by_type(topo->topology, type);
    topo->core = calloc((size_t)(count > 0 ? count : 1), sizeof *topo->core);
    for (int i = 0; topo->core && i < count; i++) {
        hwloc_obj_t object = hwloc_get_obj_by_type(topo->topology, type, (unsigned)i);
        hwloc_bitmap_t usable = hwloc_bitmap_alloc();
        hwloc_bitmap_and(usable, object->cpuset, allowed);
        if (hwloc_bitmap_iszero(usable)) {
            hwloc_bitmap_free(usable);
            continue;
        }
        hwloc_bitmap_singlify(usable);
        topo->core[topo->cores++] = usable;
    }
    return topo->cores;
}

struct topo *topo_create(void)
{
    struct topo *topo = calloc(1, sizeof *topo);
    if (!topo || hwloc_topology_init(&topo->topology) != 0) {
        free(topo);
        return NULL;
    }
    if (hwloc_topology_load(topo->topology) != 0 ||
        take_cores(topo, hwloc_topology_get_allowed_cpuset(topo->topology)) == 0) {
        topo_free(topo);
        return NULL;
    }
    return topo;
}

void topo_free(struct topo *topo)
{
    if (topo) {
        forget_cores(topo);
        hwloc_topology_destroy(topo->topology);
        free(topo);
    }
}

static void to_mask(hwloc_const_bitmap_t set, struct topo_mask *mask)
{
    int cpu;
    *mask = (struct topo_mask){0};
    hwloc_bitmap_foreach_begin(cpu, set)
    {
        if (cpu < TOPO_MASK_WORDS * 64) {
            mask->word[cpu / 64] |= UINT64_C(1) << (cpu % 64);
        }
    }
    hwloc_bitmap_foreach_end();
}

int topo_allowed(const struct topo *topo, struct topo_mask *mask)
{
    *mask = (struct topo_mask){0};
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    if (!set || hwloc_get_cpubind(topo->topology, set, HWLOC_CPUBIND_THREAD) != 0) {
        hwloc_bitmap_free(set);
        return -(errno ? errno : ENOSYS);
    }
    hwloc_bitmap_and(set, set, hwloc_topology_get_allowed_cpuset(topo->topology));
    to_mask(set, mask);
    hwloc_bitmap_free(set);
    return 0;
}

void topo_core_threads(const struct topo *topo, int core, struct topo_mask *mask)
{
    unsigned first = (unsigned)hwloc_bitmap_first(topo->core[core]);
    hwloc_obj_t thread = hwloc_get_pu_obj_by_os_index(topo->topology, first);
    hwloc_obj_t whole =
        thread ? hwloc_get_ancestor_obj_by_type(topo->topology, HWLOC_OBJ_CORE, thread) : NULL;
    to_mask(whole ? whole->cpuset : topo->core[core], mask);
}

int topo_use(struct topo *topo, const struct topo_mask *mask)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    for (unsigned cpu = 0; cpu < TOPO_MASK_WORDS * 64; cpu++) {
        if (mask->word[cpu / 64] >> (cpu % 64) & 1) {
            hwloc_bitmap_set(set, cpu);
        }
    }
    int cores = take_cores(topo, set);
    hwloc_bitmap_free(set);
    return cores;
}

int topo_cores(const struct topo *topo)
{
    return topo->cores;
}

int topo_smt(const struct topo *topo)
{
    int most = 1, cores = hwloc_get_nbobjs_by_type(topo->topology, HWLOC_OBJ_CORE);
    for (int c = 0; c < cores; c++) {
        hwloc_obj_t core = hwloc_get_obj_by_type(topo->topology, HWLOC_OBJ_CORE, (unsigned)c);
        int threads = hwloc_bitmap_weight(core->complete_cpuset);
        most = threads > most ? threads : most;
    }
    return most;
}

int topo_core_cpu(const struct topo *topo, int core)
{
    return hwloc_bitmap_first(topo->core[core]);
}

const char *topo_core_kind(const struct topo *topo, int core, char kind[TOPO_KIND_BYTES])
{
    unsigned count = 0;
    struct hwloc_info_s *infos = NULL;
    int number = hwloc_cpukinds_get_by_cpuset(topo->topology, topo->core[core], 0);
    kind[0] = '\0';
    if (number < 0 || hwloc_cpukinds_get_nr(topo->topology, 0) < 2 ||
        hwloc_cpukinds_get_info(topo->topology, (unsigned)number, NULL, NULL, &count, &infos, 0) !=
            0) {
        return kind;
    }
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(infos[i].name, "CoreType") == 0) {
            snprintf(kind, TOPO_KIND_BYTES, "%s", infos[i].value);
        }
    }
    return kind;
}

int topo_memory_nodes(const struct topo *topo)
{
    int nodes = hwloc_get_nbobjs_by_type(topo->topology, HWLOC_OBJ_NUMANODE);
    return nodes > 1 ? nodes : 1;
}

/* How many of the cores that may be used lie below an object. */
static int cores_below(const struct topo *topo, hwloc_obj_t object)
{
    int cores = 0;
    for (int c = 0; c < topo->cores; c++) {
        cores += hwloc_bitmap_isincluded(topo->core[c], object->cpuset);
    }
    return cores;
}

void topo_caches(const struct topo *topo, struct caches *caches)
{
    static const hwloc_obj_type_t types[LEVEL_MEMORY] = {
        [LEVEL_L1] = HWLOC_OBJ_L1CACHE,
        [LEVEL_L2] = HWLOC_OBJ_L2CACHE,
        [LEVEL_L3] = HWLOC_OBJ_L3CACHE,
    };
    unsigned first = (unsigned)hwloc_bitmap_first(topo->core[0]);
    hwloc_obj_t thread = hwloc_get_pu_obj_by_os_index(topo->topology, first);
    *caches = (struct caches){0};
    for (int level = 0; thread && level < LEVEL_MEMORY; level++) {
        hwloc_obj_t cache = hwloc_get_ancestor_obj_by_type(topo->topology, types[level], thread);
        if (cache) {
            caches->bytes[level] = (double)cache->attr->cache.size;
            caches->cores[level] = cores_below(topo, cache);
        }
    }
}

bool topo_is_bound(const struct topo *topo, int core)
{
    hwloc_bitmap_t got = hwloc_bitmap_alloc();
    bool same = got && hwloc_get_cpubind(topo->topology, got, HWLOC_CPUBIND_THREAD) == 0 &&
                hwloc_bitmap_isequal(got, topo->core[core]);
    hwloc_bitmap_free(got);
    return same;
}

int topo_bind(const struct topo *topo, int core)
{
    if (hwloc_set_cpubind(topo->topology, topo->core[core], HWLOC_CPUBIND_THREAD) != 0) {
        return -(errno ? errno : ENOSYS);
    }
    return topo_is_bound(topo, core) ? 0 : 1;
}

int topo_bind_process(const struct topo *topo, int cores)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    DIR *tasks = opendir("/proc/self/task");
    if (!set || !tasks) {
        hwloc_bitmap_free(set);
        return -(errno ? errno : ENOMEM);
    }
    for (int c = 0; c < cores && c < topo->cores; c++) {
        hwloc_bitmap_or(set, set, topo->core[c]);
    }
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(tasks));) {
        int tid = atoi(entry->d_name);
        /* A thread that has just ended is no failure. */
        if (tid > 0 && hwloc_linux_set_tid_cpubind(topo->topology, tid, set) != 0 &&
            errno != ESRCH) {
            failed = errno ? errno : ENOSYS;
        }
    }
    closedir(tasks);
    hwloc_bitmap_free(set);
    return -failed;
}

const char *topo_summary(const struct topo *topo, char *text, size_t text_bytes)
{
    hwloc_obj_t package = hwloc_get_obj_by_type(topo->topology, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    snprintf(text, text_bytes, "%d %s of %.60s, %.1f GiB", topo->cores,
             topo->cores == 1 ? "core" : "cores", model && *model ? model : "an unnamed processor",
             (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) /
                 (1024.0 * 1024 * 1024));
    return text;
}

const char *topo_shape(const struct topo *topo, char *text, size_t text_bytes)
{
    size_t used = 0;
    int levels = hwloc_topology_get_depth(topo->topology);
    text[0] = '\0';
    for (int level = 0; level < levels && used < text_bytes; level++) {
        char type[64], size[64] = "";
        hwloc_obj_t first = hwloc_get_obj_by_depth(topo->topology, level, 0);
        hwloc_obj_type_snprintf(type, sizeof type, first, 0);
        if (hwloc_obj_type_is_cache(first->type)) {
            snprintf(size, sizeof size, " of %.0f KiB", (double)first->attr->cache.size / 1024);
        }
        used += (size_t)snprintf(text + used, text_bytes - used, "%u %s%s, ",
                                 hwloc_get_nbobjs_by_depth(topo->topology, level), type, size);
    }
    if (used < text_bytes) {
        snprintf(text + used, text_bytes - used, "%d NUMANode", topo_memory_nodes(topo));
    }
    return text;
}

const char *topo_library(void)
{
    static char text[32];
    unsigned version = hwloc_get_api_version();
    snprintf(text, sizeof text, "%u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
    return text;
}

char *topo_xml(const struct topo *topo)
{
    char *buffer = NULL, *copy = NULL;
    int length = 0;
    if (hwloc_topology_export_xmlbuffer(topo->topology, &buffer, &length, 0) == 0) {
        copy = strndup(buffer, (size_t)length);
        hwloc_free_xmlbuffer(topo->topology, buffer);
    }
    return copy;
}
