#include "engines/message_protocol.h"

#include "ranks/library.h"

#include <fcntl.h>
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
    memset(name, 0, bytes);
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t got = read(file, name, bytes - 1);
        close(file);
        size_t used = got > 0 ? strcspn(name, "\n") : 0;
        name[used] = '\0';
        if (used > 0 && readlink("/proc/self/ns/time", name + used, bytes - 1 - used) < 0) {
            name[used] = '\0';
        }
    }
}
