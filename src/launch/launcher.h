/* The programs that start ranks, and all in which they differ. A new one is a row of the table in
 * launcher.c; what differs between MPI libraries stands in ranks/library.h. */
#ifndef CUAL_LAUNCH_LAUNCHER_H
#define CUAL_LAUNCH_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct library_setting;

/* What sets a launcher from outside. Lists end as those of struct launcher do. */
struct launcher_settings {
    const char *const *placing; /* variables that say where ranks go */

    /* Variables by which a run that needs one node keeps to it; the last one has no name. */
    const struct library_setting *confining;

    const char *const *begin; /* variables that set it or its MPI library begin so */
    const char *file;         /* of the user, below HOME, that sets it; NULL: none */
    const char *without_file; /* what in the environment sets that file aside */
};

/* What it takes. 0: no limit is known. */
struct launcher_limits {
    uint64_t file_bytes; /* of the files in which ranks share memory, at most */
    unsigned open_files; /* of the launcher, for each rank */
    size_t host_letters; /* in the name of a host */
};

/* Lists end with NULL. A variable is one of the environment. Variables and lists of them are NULL
 * where there is none. */
struct launcher {
    const char *name;    /* in messages */
    const char *product; /* that it belongs to; an order to install one names this */
    const char *package; /* of Debian; NULL: none */

    /* The MPI libraries whose ranks it starts: bits of 1 << enum library_kind. */
    unsigned libraries;

    /* -- how it starts ranks -- */

    /* Its file may have these names: in one folder of PATH the first of them counts. */
    const char *const *programs;
    const char *within; /* a variable without which it is not started */

    /* Its arguments: {ranks} stands for the number of all ranks, {each} for that of each node. */
    const char *const *one_node;
    const char *const *several_nodes;

    const char *unbound;       /* how people start ranks with it that are not bound */
    const char *const *obeys;  /* variables that must be 1, or it refuses root */
    const char *const *files;  /* variables that name the folder for its files */
    const char *const *memory; /* variables that name the folder for what ranks share */
    struct launcher_settings settings;
    struct launcher_limits limits;

    /* What stands before its version in what --version prints; NULL: the first line says it all. */
    const char *version_after;

    /* -- how its ranks know each other: variables -- */

    const char *rank;       /* of this process; by it ranks are known */
    const char *size;       /* how many ranks there are */
    const char *local_size; /* how many of them are on this node */
    const char *bound;      /* is there when the launcher has bound this rank */
    bool binds_narrower;    /* without such a variable: the parent of a bound rank has more CPUs */
};

/* The row of the launcher that has started this process as one of its ranks; NULL: none has. One
 * whose ranks the MPI library of this program cannot bring together has not, see launcher_stranger.
 */
const struct launcher *launcher_of_rank(void);

/* The row of a launcher that has started several processes of this program, which cannot find each
 * other, as it belongs to another MPI library; `*processes` is how many. NULL: none has. */
const struct launcher *launcher_stranger(int *processes);

/* The row of the launcher that this program starts its ranks with: the first one for its MPI
 * library that is there. `*program` is the name under which it is found in PATH; NULL when none is,
 * and then the row is that of the one to install. */
const struct launcher *launcher_own(const char **program);

/* The row of the launcher that starts ranks of the MPI library of this program as a step of a batch
 * job; NULL when no row does. */
const struct launcher *launcher_of_steps(void);

/* Writes what to do where a launcher is missing, such as "install Open MPI (Debian: openmpi-bin)".
 * Returns `text`. */
#define LAUNCHER_REMEDY_BYTES 128
const char *launcher_remedy(const struct launcher *launcher, char *text, size_t text_bytes);

/* Writes what a launcher, found as `program`, says of its version, such as "mpirun (Open MPI)
 * 4.1.4" or "MPICH 4.0.2"; its name where it says nothing. Starts it. Returns `text`. */
const char *launcher_version(const struct launcher *launcher, const char *program, char *text,
                             size_t text_bytes);

/* The number that a variable holds, which may be NULL; 0 without one. */
int launcher_number(const char *variable);

/* The words by which a launcher, started as `program`, starts `ranks` ranks of this program on each
 * of `nodes` nodes with the same arguments. Memory of the caller (free); NULL when there is none.
 */
char **launcher_words(const struct launcher *launcher, const char *program, int ranks, int nodes,
                      char **argv);

#endif
