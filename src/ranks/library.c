#include "ranks/library.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>

static const struct library_setting open_mpi[] = {
    {"OMPI_MCA_mpi_yield_when_idle", "1"},         /* a rank that waits gives up its core */
    {"OMPI_MCA_sharedfp", "individual"},           /* others make a file for every handle */
    {"OMPI_MCA_io", "ompio"},                      /* ROMIO's nonblocking calls block */
    {"OMPI_MCA_fbtl_posix_read_datasieving", "0"}, /* wrong data in 4.1: open-mpi/ompi#10546 */
    {NULL, NULL},
};

/* No network is needed, nor complained about. */
static const struct library_setting open_mpi_4_on_one_node[] = {
    {"OMPI_MCA_btl", "self,vader"},
    {NULL, NULL},
};
static const struct library_setting open_mpi_5_on_one_node[] = {
    {"OMPI_MCA_btl", "self,sm"},
    {NULL, NULL},
};

/* The first row that fits counts: the last one fits all. */
static const struct library libraries[] = {
    {
        .kind = LIBRARY_OPEN_MPI_4,
        .name = "Open MPI",
        .title = "Open MPI v",
        .begins = "Open MPI v4",
        .settings = open_mpi,
        .one_node_settings = open_mpi_4_on_one_node,
        .failed_file_crashes_test = true, /* 4.1.4, in ompi_errhandler_request_invoke */
    },
    {
        .kind = LIBRARY_OPEN_MPI_5,
        .name = "Open MPI",
        .title = "Open MPI v",
        .begins = "Open MPI v",
        .settings = open_mpi,
        .one_node_settings = open_mpi_5_on_one_node,
        .failed_file_crashes_test = true, /* not known to be mended */
    },
    {.kind = LIBRARY_MPICH,
     .name = "MPICH",
     .title = "MPICH ",
     .begins = "MPICH",
     .waiting_keeps_others_out = true,
     .one_sided_needs_target = true},
    {.kind = LIBRARY_INTEL, .name = "Intel MPI", .title = "Intel MPI ", .begins = "Intel(R) MPI"},
    {.kind = LIBRARY_CRAY, .name = "Cray MPICH", .title = "Cray MPICH ", .begins = "MPI VERSION"},
    {.kind = LIBRARY_OTHER, .name = "the MPI library", .title = "MPI ", .begins = ""},
};

/* MPICH tells line by line how it was built, with tabs. */
static void make_one_line(char *text)
{
    enum { LINES_MOST = 4 };
    int lines = 0;
    for (char *at = text; *at; at++) {
        lines += *at == '\n';
        *at = lines == LINES_MOST ? '\0' : *at == '\n' ? ';' : *at == '\t' ? ' ' : *at;
        if (!*at) {
            return;
        }
    }
}

const char *library_text(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    if (text[0] == '\0') {
        MPI_Get_library_version(text, &length);
        make_one_line(text);
    }
    return text;
}

const struct library *library_own(void)
{
    const struct library *row = libraries;
    while (strncmp(library_text(), row->begins, strlen(row->begins)) != 0) {
        row++;
    }
    return row;
}

const char *library_title(char *text, size_t text_bytes)
{
    const char *number = library_text() + strcspn(library_text(), "0123456789");
    int length = (int)strspn(number, "0123456789.");
    const struct library *own = library_own();
    snprintf(text, text_bytes, "%s%.*s", length > 0 ? own->title : own->name, length, number);
    return text;
}
