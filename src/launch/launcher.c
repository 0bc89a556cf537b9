#include "launch/launcher.h"

#include "launch/child.h"
#include "ranks/library.h"
#include "system/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FOR(kind) (1u << (kind))

#define ORTE_WORDS "-n", "{ranks}", "--bind-to", "none", "--oversubscribe"
#define PRRTE_WORDS "-n", "{ranks}", "--bind-to", "none", "--map-by"
#define SLURM_WORDS                                                                                \
    "--ntasks={ranks}", "--ntasks-per-node={each}", "--cpu-bind=none", "--overcommit"

/* Open MPI 4: a run on one node keeps to it, whatever a batch system or the files of a site say. */
static const struct library_setting orte_confining[] = {
    {"OMPI_MCA_plm", "isolated"}, /* starts no daemons */
    {"OMPI_MCA_ras", "^slurm,gridengine,tm,lsf,alps,loadleveler"},
    {"OMPI_MCA_orte_default_hostfile", "none"},
    {"OMPI_MCA_rmaps", "round_robin"},
    {"OMPI_MCA_rmaps_base_mapping_policy", "slot"},
    {"OMPI_MCA_rmaps_base_no_schedule_local", "0"},
    {"OMPI_MCA_rmaps_base_no_oversubscribe", "0"},
    {"OMPI_MCA_regx", "naive"}, /* takes every name of a node */
    /* else it loses what it has to say when several ranks say the same */
    {"OMPI_MCA_orte_base_help_aggregate", "0"},
    {NULL, NULL},
};

/* The first row that fits counts. */
static const struct launcher launchers[] = {
    {
        .name = "mpirun",
        .product = "Open MPI",
        .package = "openmpi-bin",
        .libraries = FOR(LIBRARY_OPEN_MPI_4),
        .programs = LIST("mpirun.openmpi", "mpirun"),
        .one_node = LIST(ORTE_WORDS, "--host", "localhost:{ranks}", "--"),
        .several_nodes = LIST(ORTE_WORDS, "--map-by", "ppr:{each}:node", "--"),
        .unbound = "mpirun --bind-to none",
        .obeys = LIST("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"),
        .settings = {.placing = LIST("OMPI_MCA_hwloc_base_binding_policy",
                                     "OMPI_MCA_rmaps_base_mapping_policy"),
                     .confining = orte_confining,
                     .begin = LIST("OMPI_MCA_", "OPAL_", "PMIX_MCA_"),
                     .file = ".openmpi/mca-params.conf",
                     .without_file = "OMPI_MCA_mca_base_param_files=none"},
        .files = LIST("OMPI_MCA_orte_tmpdir_base"),
        .memory = LIST("OMPI_MCA_btl_vader_backing_directory", "OMPI_MCA_osc_sm_backing_directory"),
        .limits = {.file_bytes = 64 << 20, .open_files = 5, .host_letters = 56},
        .rank = "OMPI_COMM_WORLD_RANK",
        .size = "OMPI_COMM_WORLD_SIZE",
        .local_size = "OMPI_COMM_WORLD_LOCAL_SIZE",
        .bound = "OMPI_MCA_orte_bound_at_launch",
    },
    {
        .name = "mpirun",
        .product = "Open MPI",
        .package = "openmpi-bin",
        .libraries = FOR(LIBRARY_OPEN_MPI_5),
        .programs = LIST("mpirun.openmpi", "mpirun"),
        .one_node = LIST(PRRTE_WORDS, ":OVERSUBSCRIBE", "--"),
        .several_nodes = LIST(PRRTE_WORDS, "ppr:{each}:node:OVERSUBSCRIBE", "--"),
        .unbound = "mpirun --bind-to none",
        .obeys = LIST("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                      "PRTE_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM"),
        .settings = {.placing = LIST("OMPI_MCA_hwloc_base_binding_policy",
                                     "OMPI_MCA_rmaps_base_mapping_policy",
                                     "PRTE_MCA_hwloc_default_binding_policy",
                                     "PRTE_MCA_rmaps_default_mapping_policy"),
                     .begin = LIST("OMPI_MCA_", "OPAL_", "PMIX_MCA_", "PRTE_MCA_"),
                     .file = ".openmpi/mca-params.conf",
                     .without_file = "OMPI_MCA_mca_base_param_files=none"},
        .files = LIST("PRTE_MCA_prte_tmpdir_base"),
        .memory = LIST("OMPI_MCA_btl_sm_backing_directory", "OMPI_MCA_osc_sm_backing_directory"),
        .limits = {.file_bytes = 64 << 20, .open_files = 5, .host_letters = 56},
        .rank = "OMPI_COMM_WORLD_RANK",
        .size = "OMPI_COMM_WORLD_SIZE",
        .local_size = "OMPI_COMM_WORLD_LOCAL_SIZE",
        .binds_narrower = true,
    },
    {
        .name = "mpiexec",
        .product = "MPICH",
        .package = "mpich",
        .libraries = FOR(LIBRARY_MPICH),
        .programs = LIST("mpiexec.mpich", "mpiexec.hydra", "mpiexec"),
        .one_node = LIST("-n", "{ranks}", "-bind-to", "none"),
        .several_nodes = LIST("-n", "{ranks}", "-ppn", "{each}", "-bind-to", "none"),
        .unbound = "mpiexec -bind-to none",
        .settings = {.begin = LIST("HYDRA_", "MPIR_CVAR_", "MPICH_")},
        .version_after = "Version:",
        .rank = "PMI_RANK",
        .size = "PMI_SIZE",
        .local_size = "MPI_LOCALNRANKS",
        .binds_narrower = true,
    },
    {
        .name = "mpiexec",
        .product = "Intel MPI",
        .libraries = FOR(LIBRARY_INTEL),
        .programs = LIST("mpiexec.hydra", "mpiexec"),
        .one_node = LIST("-n", "{ranks}", "-genv", "I_MPI_PIN", "0"),
        .several_nodes = LIST("-n", "{ranks}", "-ppn", "{each}", "-genv", "I_MPI_PIN", "0"),
        .unbound = "mpiexec -genv I_MPI_PIN 0",
        .settings = {.begin = LIST("I_MPI_")},
        .rank = "PMI_RANK",
        .size = "PMI_SIZE",
        .local_size = "MPI_LOCALNRANKS",
    },
    {
        .name = "mpiexec",
        .product = "Cray PALS",
        .libraries = FOR(LIBRARY_CRAY),
        .programs = LIST("mpiexec"),
        .one_node = LIST("-n", "{ranks}", "--cpu-bind", "none"),
        .several_nodes = LIST("-n", "{ranks}", "--ppn", "{each}", "--cpu-bind", "none"),
        .unbound = "mpiexec --cpu-bind none",
        .rank = "PALS_RANKID",
        .size = "PMI_SIZE",
        .local_size = "PMI_LOCAL_SIZE",
    },
    {
        .name = "srun",
        .product = "Slurm",
        .package = "slurm-client",
        .libraries = FOR(LIBRARY_OPEN_MPI_4) | FOR(LIBRARY_OPEN_MPI_5),
        .programs = LIST("srun"),
        .within = "SLURM_JOB_ID",
        .one_node = LIST(SLURM_WORDS, "--nodes=1", "--mpi=pmix"),
        .several_nodes = LIST(SLURM_WORDS, "--mpi=pmix"),
        .unbound = "srun --mpi=pmix --cpu-bind=none",
        .rank = "PMIX_RANK",
        .size = "SLURM_STEP_NUM_TASKS",
    },
    {
        .name = "srun",
        .product = "Slurm",
        .package = "slurm-client",
        .libraries = FOR(LIBRARY_MPICH) | FOR(LIBRARY_INTEL) | FOR(LIBRARY_CRAY),
        .programs = LIST("srun"),
        .within = "SLURM_JOB_ID",
        .one_node = LIST(SLURM_WORDS, "--nodes=1", "--mpi=pmi2"),
        .several_nodes = LIST(SLURM_WORDS, "--mpi=pmi2"),
        .unbound = "srun --mpi=pmi2 --cpu-bind=none",
        .rank = "PMI_RANK",
        .size = "PMI_SIZE",
    },
    {
        .name = "mpiexec",
        .product = "the launcher of the MPI library",
        .libraries = FOR(LIBRARY_OTHER),
        .programs = LIST("mpiexec", "mpirun"),
        .one_node = LIST("-n", "{ranks}"),
        .several_nodes = LIST("-n", "{ranks}"),
        .unbound = "mpiexec",
        .rank = "PMI_RANK",
        .size = "PMI_SIZE",
    },
};
enum { LAUNCHERS = sizeof launchers / sizeof launchers[0] };

/* The next row, after one or from the first (NULL) on, that starts ranks of the MPI library of this
 * program; NULL at the end. */
static const struct launcher *next_own(const struct launcher *row)
{
    unsigned own = FOR(library_own()->kind);
    row = row ? row + 1 : launchers;
    while (row < launchers + LAUNCHERS && !(row->libraries & own)) {
        row++;
    }
    return row < launchers + LAUNCHERS ? row : NULL;
}

const struct launcher *launcher_of_rank(void)
{
    const struct launcher *row = next_own(NULL);
    while (row && !getenv(row->rank)) {
        row = next_own(row);
    }
    return row;
}

const struct launcher *launcher_stranger(int *processes)
{
    for (size_t i = 0; i < LAUNCHERS && !launcher_of_rank(); i++) {
        *processes = launcher_number(launchers[i].size);
        if (getenv(launchers[i].rank) && *processes > 1) {
            return &launchers[i];
        }
    }
    return NULL;
}

const struct launcher *launcher_own(const char **program)
{
    const struct launcher *first = NULL;
    char path[4096];
    *program = NULL;
    for (const struct launcher *row = next_own(NULL); row && !*program; row = next_own(row)) {
        if (!row->within || getenv(row->within)) {
            *program = child_find(row->programs, path, sizeof path);
            first = *program || !first ? row : first;
        }
    }
    return first;
}

const struct launcher *launcher_of_steps(void)
{
    const struct launcher *row = next_own(NULL);
    while (row && !row->within) {
        row = next_own(row);
    }
    return row;
}

const char *launcher_remedy(const struct launcher *launcher, char *text, size_t text_bytes)
{
    const char *package = launcher->package;
    snprintf(text, text_bytes, "install %s%s%s%s", launcher->product, package ? " (Debian: " : "",
             package ? package : "", package ? ")" : "");
    return text;
}

const char *launcher_version(const struct launcher *launcher, const char *program, char *text,
                             size_t text_bytes)
{
    const double most_s = 2;
    char said[1024];
    char *const words[] = {(char *)program, "--version", NULL};
    const char *after = launcher->version_after;
    int failed = child_ask(words, most_s, CHILD_STDOUT, said, sizeof said);
    const char *version = !failed && after ? strstr(said, after) : said;
    if (failed || !version || !*version) {
        snprintf(text, text_bytes, "%s", launcher->name);
    } else if (after) {
        version += strlen(after);
        version += strspn(version, " \t");
        snprintf(text, text_bytes, "%s %.*s", launcher->product, (int)strcspn(version, " \t\n"),
                 version);
    } else {
        snprintf(text, text_bytes, "%.*s", (int)strcspn(version, "\n"), version);
    }
    return text;
}

int launcher_number(const char *variable)
{
    const char *text = variable ? getenv(variable) : NULL;
    return text ? atoi(text) : 0;
}

/* The path of this program. */
static void find_self(char path[BESIDE_PATH_BYTES])
{
    if (!*beside_program(path)) {
        snprintf(path, BESIDE_PATH_BYTES, "%s", (const char *)getauxval(AT_EXECFN));
    }
}

/* Writes a word of a row with the number in its place. */
static void fill_in(const char *word, int ranks, int each, char *text, size_t text_bytes)
{
    int before = (int)strcspn(word, "{");
    if (word[before]) {
        snprintf(text, text_bytes, "%.*s%d%s", before, word, word[before + 1] == 'r' ? ranks : each,
                 strchr(word + before, '}') + 1);
    } else {
        snprintf(text, text_bytes, "%s", word);
    }
}

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words[count]) {
        count++;
    }
    return count;
}

char **launcher_words(const struct launcher *launcher, const char *program, int ranks, int nodes,
                      char **argv)
{
    enum { TEXT_BYTES = 64 };
    const char *const *options = nodes > 1 ? launcher->several_nodes : launcher->one_node;
    size_t arguments = count_words((const char *const *)argv), count = 0;
    size_t most = count_words(options) + arguments + 2; /* the launcher and the end */
    char **words = calloc(1, most * (sizeof *words + TEXT_BYTES) + BESIDE_PATH_BYTES);
    if (!words) {
        return NULL;
    }
    char *text = (char *)(words + most), *self = text + most * TEXT_BYTES;
    words[count++] = (char *)(program ? program : launcher->name);
    for (; *options; options++, count++) {
        words[count] = text + count * TEXT_BYTES;
        fill_in(*options, ranks * nodes, ranks, words[count], TEXT_BYTES);
    }
    find_self(self);
    words[count++] = self;
    for (size_t i = 1; i < arguments; i++) {
        words[count++] = argv[i];
    }
    return words;
}
