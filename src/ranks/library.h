/* The MPI library that this program runs with, and in what libraries differ. A new one is a row of
 * the table in library.c; what starts its ranks stands in launch/launcher.h. */
#ifndef CUAL_RANKS_LIBRARY_H
#define CUAL_RANKS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

enum library_kind {
    LIBRARY_OPEN_MPI_4, /* and earlier ones */
    LIBRARY_OPEN_MPI_5, /* and later ones */
    LIBRARY_MPICH,
    LIBRARY_INTEL,
    LIBRARY_CRAY,
    LIBRARY_OTHER
};

/* A variable of the environment and the value that it must have. */
struct library_setting {
    const char *name, *value;
};

struct library {
    enum library_kind kind;
    const char *name;   /* as people call it */
    const char *title;  /* what stands before its number, where both are named */
    const char *begins; /* what it says of itself begins so */

    /* What it reads when a program starts; the last one has no name. NULL: nothing. */
    const struct library_setting *settings;

    /* Likewise, where all ranks are on one node. */
    const struct library_setting *one_node_settings;

    /* A request for a file whose operation has failed crashes MPI_Test and its like: it may only be
     * asked about by MPI_Request_get_status. Elsewhere only MPI_Test is sure to carry it on. */
    bool failed_file_crashes_test;

    /* Where several threads may call it, one that waits in a blocking call keeps the others of its
     * rank out for tens of milliseconds: it may only look, and give up the core between two looks.
     */
    bool waiting_keeps_others_out;

    /* A one-sided call waits until its target calls the library, whatever for. */
    bool one_sided_needs_target;
};

/* The row of the library of this process. Local; may be called before MPI starts. */
const struct library *library_own(void);

/* What the MPI library says of itself, such as "Open MPI v4.1.4, …"; a static string. Local; may be
 * called before MPI starts. */
const char *library_text(void);

/* Writes its name with its number, such as "Open MPI v4.1.4". Returns `text`. Local; may be called
 * before MPI starts. */
const char *library_title(char *text, size_t text_bytes);

#endif
