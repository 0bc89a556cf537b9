#include "launch/launch.h"

#include "machine/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TERMINALS "CUAL_TERMINALS" /* "1", "2" or "12": which of the starter's are terminals */

bool launch_is_rank(void)
{
    return getenv("OMPI_COMM_WORLD_RANK") || getenv("PMIX_RANK");
}

static int number_in(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : 0;
}

bool launch_spans_nodes(void)
{
    return number_in("OMPI_COMM_WORLD_LOCAL_SIZE") < number_in("OMPI_COMM_WORLD_SIZE") ||
           (!getenv("OMPI_COMM_WORLD_SIZE") && number_in("SLURM_STEP_NUM_NODES") > 1);
}

int launch_rank(void)
{
    struct batch batch;
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    rank = rank ? rank : getenv("PMIX_RANK");
    batch_read(&batch);
    return rank ? atoi(rank) : batch.step_rank;
}

int launch_check(struct error *error)
{
    struct batch batch;
    batch_read(&batch);
    return batch.step_tasks > 1 && !launch_is_rank()
               ? error_set(
                     error, STATUS_ENVIRONMENT,
                     "srun has started %d processes that cannot find each other, because PMIx is "
                     "not used; start them with srun --mpi=pmix (srun --mpi=list says whether "
                     "Slurm has it), or start cual once, without srun: it starts mpirun itself",
                     batch.step_tasks)
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

void launch_note_terminals(void)
{
    char text[3] = "";
    for (int d = 1; d <= 2; d++) {
        if (isatty(d)) {
            text[strlen(text)] = (char)('0' + d);
        }
    }
    setenv(TERMINALS, text, 1);
}

bool launch_is_own(void)
{
    return getenv(TERMINALS) != NULL;
}

bool launch_is_bound(void)
{
    return getenv("OMPI_MCA_orte_bound_at_launch") != NULL;
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
