/* Launchers: every MPI library has one, which is asked for in its own words, and ranks know by
 * whose variables they are ranks; processes that cannot find each other are known, too. */
#include "launch/launch.h"
#include "ranks/library.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A second copy with its insides in reach, in which the library is another one. */
static const struct library *pretended;
#define library_own() pretended
#define launcher_of_rank of_rank
#define launcher_stranger stranger_of
#define launcher_own own_of
#define launcher_of_steps of_steps
#define launcher_number number_of
#define launcher_words words_of
#define launcher_remedy remedy_of
#define launcher_version version_of
#include "launch/launcher.c"
#undef library_own

enum { KINDS = LIBRARY_OTHER + 1 };
static const struct library library[KINDS] = {
    {.kind = LIBRARY_OPEN_MPI_4}, {.kind = LIBRARY_OPEN_MPI_5}, {.kind = LIBRARY_MPICH},
    {.kind = LIBRARY_INTEL},      {.kind = LIBRARY_CRAY},       {.kind = LIBRARY_OTHER},
};

/* No variable by which a rank would know itself is set. */
static void be_alone(void)
{
    for (size_t i = 0; i < LAUNCHERS; i++) {
        unsetenv(launchers[i].rank);
        unsetenv(launchers[i].size);
        unsetenv("SLURM_JOB_ID");
    }
}

/* The words of a row as one text, with blanks between them, without this program and its own. */
static const char *options_of(const struct launcher *launcher, int nodes)
{
    static char text[512];
    char *arguments[] = {"cual", "run", NULL};
    char **words = launcher_words(launcher, NULL, 3, nodes, arguments);
    size_t count = count_words((const char *const *)words);
    text[0] = '\0';
    CU_ASSERT_STRING_EQUAL(words[count - 1], "run");
    for (size_t i = 0; i + 2 < count; i++) {
        strcat(strcat(text, i ? " " : ""), words[i]);
    }
    free(words);
    return text;
}

static void every_library_has_a_launcher(void)
{
    static const char *const starts[KINDS] = {
        "mpirun -n 3 --bind-to none --oversubscribe --host localhost:3 --",
        "mpirun -n 3 --bind-to none --map-by :OVERSUBSCRIBE --",
        "mpiexec -n 3 -bind-to none",
        "mpiexec -n 3 -genv I_MPI_PIN 0",
        "mpiexec -n 3 --cpu-bind none",
        "mpiexec -n 3",
    };
    static const char *const starts_on_two[KINDS] = {
        "mpirun -n 6 --bind-to none --oversubscribe --map-by ppr:3:node --",
        "mpirun -n 6 --bind-to none --map-by ppr:3:node:OVERSUBSCRIBE --",
        "mpiexec -n 6 -ppn 3 -bind-to none",
        "mpiexec -n 6 -ppn 3 -genv I_MPI_PIN 0",
        "mpiexec -n 6 --ppn 3 --cpu-bind none",
        "mpiexec -n 6",
    };
    be_alone();
    for (int kind = 0; kind < KINDS; kind++) {
        const char *program;
        pretended = &library[kind];
        const struct launcher *own = launcher_own(&program);
        CU_ASSERT_PTR_NOT_NULL_FATAL(own);
        CU_ASSERT_STRING_EQUAL(options_of(own, 1), starts[kind]);
        CU_ASSERT_STRING_EQUAL(options_of(own, 2), starts_on_two[kind]);
        CU_ASSERT((launcher_of_steps() == NULL) == (kind == LIBRARY_OTHER));
    }
}

static void every_row_is_whole(void)
{
    for (size_t i = 0; i < LAUNCHERS; i++) {
        const struct launcher *row = &launchers[i];
        CU_ASSERT(row->name && row->product && row->programs && row->programs[0] && row->unbound);
        CU_ASSERT(row->libraries != 0 && row->rank && row->size);
        CU_ASSERT_PTR_NULL(strchr(options_of(row, 1), '{'));
        CU_ASSERT_PTR_NULL(strchr(options_of(row, 2), '{'));
    }
}

/* Whose variables say that a process is a rank, and of which libraries it then is one. */
static void ranks_know_themselves_by_their_own_launcher(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        pretended = &library[kind];
        for (size_t i = 0; i < LAUNCHERS; i++) {
            int processes = 0;
            be_alone();
            CU_ASSERT_PTR_NULL(launcher_of_rank());
            CU_ASSERT_PTR_NULL(launcher_stranger(&processes));
            setenv(launchers[i].rank, "1", 1);
            setenv(launchers[i].size, "2", 1);
            const struct launcher *found = launcher_of_rank();
            const struct launcher *stranger = launcher_stranger(&processes);
            if (launchers[i].libraries & FOR((unsigned)kind)) {
                CU_ASSERT_PTR_NOT_NULL_FATAL(found);
                CU_ASSERT_EQUAL(launcher_number(found->rank), 1);
            }
            CU_ASSERT((found == NULL) == (stranger != NULL));
            CU_ASSERT(!stranger || processes == 2);
            setenv(launchers[i].size, "1", 1); /* one process is as if it had been started alone */
            CU_ASSERT_PTR_NULL(launcher_stranger(&processes));
        }
    }
    be_alone();
}

static void put(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "#!/bin/sh\nprintf 'HYDRA build details:\\n    Version:      4.0.2\\n'\n");
    fclose(file);
    chmod(path, 0700);
}

/* The first folder of PATH that has one of the names counts, and in it the first of the names. */
static void the_program_is_the_users_choice(void)
{
    char first[] = "/tmp/cual-unit-XXXXXX", second[] = "/tmp/cual-unit-XXXXXX", path[128], text[64];
    const char *program, *before = getenv("PATH");
    char *kept = strdup(before ? before : "");
    CU_ASSERT_FATAL(mkdtemp(first) && mkdtemp(second));
    snprintf(path, sizeof path, "%s:%s:/bin:/usr/bin", first, second);
    be_alone();
    pretended = &library[LIBRARY_OPEN_MPI_4];
    setenv("PATH", first, 1);
    CU_ASSERT_PTR_NOT_NULL(launcher_own(&program));
    CU_ASSERT_PTR_NULL(program);
    put(first, "srun");
    setenv("SLURM_JOB_ID", "7", 1);
    CU_ASSERT_STRING_EQUAL(launcher_own(&program)->name, "srun");
    be_alone();
    CU_ASSERT_STRING_EQUAL(launcher_own(&program)->name, "mpirun");
    setenv("PATH", path, 1);
    put(second, "mpirun.openmpi");
    CU_ASSERT(launcher_own(&program) && strcmp(program, "mpirun.openmpi") == 0);
    put(first, "mpirun");
    CU_ASSERT(launcher_own(&program) && strcmp(program, "mpirun") == 0);
    put(first, "mpirun.openmpi");
    CU_ASSERT(launcher_own(&program) && strcmp(program, "mpirun.openmpi") == 0);
    pretended = &library[LIBRARY_MPICH];
    put(first, "mpiexec.hydra");
    const struct launcher *hydra = launcher_own(&program);
    CU_ASSERT_STRING_EQUAL(launcher_version(hydra, program, text, sizeof text), "MPICH 4.0.2");
    setenv("PATH", kept, 1);
    free(kept);
    snprintf(path, sizeof path, "rm -r %s %s", first, second);
    CU_ASSERT_EQUAL(system(path), 0);
}

static void the_remedy_names_what_to_install(void)
{
    char text[LAUNCHER_REMEDY_BYTES];
    CU_ASSERT_STRING_EQUAL(launcher_remedy(&launchers[0], text, sizeof text),
                           "install Open MPI (Debian: openmpi-bin)");
}

static void the_own_library_is_known(void)
{
    char title[64];
    CU_ASSERT(strncmp(library_text(), (library_own)()->begins, strlen((library_own)()->begins)) ==
              0);
    CU_ASSERT((library_own)()->kind != LIBRARY_OTHER);
    CU_ASSERT(strstr(library_title(title, sizeof title), ".") != NULL);
    CU_ASSERT_PTR_NULL(strpbrk(title, "\t\n"));
}

static CU_TestInfo tests[] = {
    {"every library has a launcher that is asked for in its own words",
     every_library_has_a_launcher},
    {"every row is whole", every_row_is_whole},
    {"ranks know themselves by their own launcher's variables, and strangers are known",
     ranks_know_themselves_by_their_own_launcher},
    {"the program is the first that stands in PATH under one of its names",
     the_program_is_the_users_choice},
    {"the remedy names what to install", the_remedy_names_what_to_install},
    {"the library of this program is one of the table", the_own_library_is_known},
    CU_TEST_INFO_NULL,
};
SUITE("launcher", tests);
