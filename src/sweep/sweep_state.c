#include "sweep/sweep_state.h"

#include <errno.h>

void sweep_tell_all(struct sweep *sweep, enum sweep_command command, int64_t number)
{
    struct comm_command told = {
        .kind = (int16_t)command, .reserved = 1, .number = {number}}; /* group 0: all */
    comm_command(sweep->comm, &told);
}

void sweep_tell_leaders(struct sweep *sweep, enum sweep_command command)
{
    const struct comm *comm = sweep->comm;
    int last = comm_node_of(comm, comm_size(comm) - 1);
    struct comm_command told = {
        .kind = (int16_t)command,
        .reserved = comm_node_size(comm, last) == 1, /* the rank that serves is one of them */
        .group = comm_all(comm)->leaders->number,
    };
    comm_command(sweep->comm, &told);
}

enum status sweep_status_of(int error)
{
    switch (error) {
    case EILSEQ:
        return STATUS_WRONG;
    case ENOMEM:
    case EAGAIN:
    case EPERM:
    case ENOSYS:
        return STATUS_ENVIRONMENT;
    default:
        return STATUS_STORAGE;
    }
}
