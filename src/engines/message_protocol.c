#include "engines/message_protocol.h"

#include "ranks/library.h"
#include "system/boot.h"

#include <mpi.h>
#include <string.h>
#include <unistd.h>

int message_service_rank(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size - 1;
}

/* Open MPI has it, other libraries do not. */
extern bool opal_progress_set_yield_when_idle(bool yields) __attribute__((weak));

bool message_set_gives_way(bool gives_way)
{
    return opal_progress_set_yield_when_idle ? opal_progress_set_yield_when_idle(gives_way) : false;
}

bool message_must_look(void)
{
    int threads = MPI_THREAD_SINGLE;
    MPI_Query_thread(&threads);
    return threads == MPI_THREAD_MULTIPLE && library_own()->waiting_keeps_others_out;
}

void message_name_node(char *name, size_t bytes)
{
    char id[BOOT_ID_BYTES];
    memset(name, 0, bytes);
    size_t used = boot_id(id);
    if (used > 0 && used < bytes) {
        memcpy(name, id, used);
        if (readlink("/proc/self/ns/time", name + used, bytes - 1 - used) < 0) {
            name[used] = '\0';
        }
    }
}
