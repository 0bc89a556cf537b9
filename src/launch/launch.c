#include "launch/launch.h"

#include "launch/launcher.h"
#include "machine/batch.h"
#include "ranks/library.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TERMINALS "CUAL_TERMINALS"   /* "1", "2" or "12": which of the starter's are terminals */
#define ONE_OUTPUT "CUAL_ONE_OUTPUT" /* "1": both of the starter's are one file */

bool launch_is_rank(void)
{
    return launcher_of_rank() != NULL;
}

bool launch_spans_nodes(void)
{
    const struct launcher *launcher = launcher_of_rank();
    int here = launcher ? launcher_number(launcher->local_size) : 0;
    return here > 0 ? here < launcher_number(launcher->size)
                    : launcher_number("SLURM_STEP_NUM_NODES") > 1;
}

int launch_rank(void)
{
    int processes;
    struct batch batch;
    const struct launcher *launcher = launcher_of_rank();
    launcher = launcher ? launcher : launcher_stranger(&processes);
    batch_read(&batch);
    return launcher ? launcher_number(launcher->rank) : batch.step_rank;
}

int launch_check(struct error *error)
{
    int processes = 0;
    struct batch batch;
    const char *program;
    const struct launcher *own = launcher_own(&program), *steps = launcher_of_steps();
    const struct launcher *stranger = launcher_stranger(&processes);
    batch_read(&batch);
    if (stranger && !batch.step_tasks) {
        return error_set(error, STATUS_ENVIRONMENT,
                         "%s of %s has started %d processes that cannot find each other, because "
                         "cual is built with %s; start them with %s, or start cual once: it starts "
                         "%s itself",
                         stranger->name, stranger->product, processes, library_own()->name,
                         own->unbound, own->name);
    }
    return batch.step_tasks > 1 && !launch_is_rank()
               ? error_set(error, STATUS_ENVIRONMENT,
                           "srun has started %d processes that cannot find each other; start them "
                           "with %s (srun --mpi=list says whether Slurm has it), or start cual "
                           "once, without srun: it starts %s itself",
                           batch.step_tasks, steps ? steps->unbound : own->unbound, own->name)
               : 0;
}

bool launch_is_terminal(int descriptor)
{
    const char *starter = getenv(TERMINALS);
    if (launch_is_rank()) { /* another launcher's pseudo-terminal says nothing */
        return starter && strchr(starter, '0' + descriptor) != NULL;
    }
    return isatty(descriptor);
}

bool launch_wants_colour(void)
{
    return launch_is_terminal(STDOUT_FILENO) && !getenv("NO_COLOR");
}

/* By what is open there: a file opened twice is one, too. */
static bool are_one_file(int a, int b)
{
    struct stat of_a, of_b;
    return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

void launch_note_outputs(void)
{
    char text[3] = "";
    for (int d = 1; d <= 2; d++) {
        if (isatty(d)) {
            text[strlen(text)] = (char)('0' + d);
        }
    }
    setenv(TERMINALS, text, 1);
    setenv(ONE_OUTPUT, are_one_file(STDOUT_FILENO, STDERR_FILENO) ? "1" : "0", 1);
}

void launch_join_outputs(void)
{
    const char *starter = getenv(ONE_OUTPUT);
    if (launch_is_rank() && starter && strcmp(starter, "1") == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO);
    }
}

bool launch_is_own(void)
{
    return getenv(TERMINALS) != NULL;
}

/* On how many CPUs a process may run; 0: this one. */
static int cpus_of(pid_t process)
{
    cpu_set_t set;
    return sched_getaffinity(process, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

bool launch_is_bound(void)
{
    const struct launcher *launcher = launcher_of_rank();
    return launcher && ((launcher->bound && getenv(launcher->bound)) ||
                        (launcher->binds_narrower && cpus_of(0) < cpus_of(getppid())));
}

int launch_nodes(int *ranks)
{
    struct batch batch;
    batch_read(&batch);
    if (batch.step_tasks > 0 || batch.nodes == 1) {
        return 1;
    }
    *ranks = batch.node_tasks > *ranks ? batch.node_tasks : *ranks;
    return batch.nodes;
}
