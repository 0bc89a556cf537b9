#!/bin/bash
# A node for mpirun's agent: node.sh HOST COMMAND... carries the command out under that host name, with
# folders of its own where nodes have them. From the environment:
#   NODE_TMPDIR   the folder that is each node's own, as /dev/shm is
#   NODE_AHEAD    the host whose clock is 5000 s ahead of the others'
#   NODE_HIDDEN   "HOST FOLDER": a folder of which that host sees its own, empty one
set -eu
host=$1
shift
clock=()
if [ "${NODE_AHEAD:-}" = "$host" ]; then
    clock=(--time --monotonic 5000)
fi
# shellcheck disable=SC2016  # the inner shell expands it
exec unshare --uts --mount ${clock[@]+"${clock[@]}"} --fork --kill-child -- /bin/bash -c '
    set -eu
    host=$1
    shift
    hostname "$host"
    mount --make-rprivate /
    mount -t tmpfs none /dev/shm
    mount -t tmpfs none "$NODE_TMPDIR"
    if [ "${NODE_HIDDEN%% *}" = "$host" ]; then
        mount -t tmpfs none "${NODE_HIDDEN#* }"
    fi
    exec /bin/sh -c "$*"' node "$host" "$@"
