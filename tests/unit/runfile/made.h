/* A run made by hand for the tests of run files: three workloads, two of them a family. */
#ifndef CUAL_TESTS_UNIT_RUNFILE_MADE_H
#define CUAL_TESTS_UNIT_RUNFILE_MADE_H

#include "runfile/runfile.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    MADE_WORKLOADS = 3,
    MADE_CELLS = MADE_WORKLOADS * 2 * 2 * 2 * 3,
    MADE_ROUNDS = 7,
    MADE_RANKS = 2,
    MADE_DIFFERENT = 99 /* what made_read_samples returns when a number is not as made */
};

/* A private folder for one test, and the path of the run file in it. */
extern char made_folder[64];
extern char made_path[128];

/* Makes the folder, or removes it; no more than `expected` files may be left in it. */
void made_enter(void);
void made_leave(int expected);

struct made {
    struct workload workload[MADE_WORKLOADS];
    struct job job;
    unsigned char status[MADE_CELLS];
    struct plan plan;
    struct runfile_workload measured[MADE_WORKLOADS];
    double worth[2];
    uint8_t disturbed[2];
    double speed[2];
    struct samples samples;
    struct runfile_content content;
};

/* Fills a run in; its samples are freed with samples_free. */
void made_run(struct made *run);

/* A value that tells variable, cell and round. */
double made_value(int v, size_t cell, size_t round);

void made_measure(struct made *run, size_t round);

/* Makes the file; its status must be the expected one. */
struct runfile *made_create(struct made *run, bool force, int expected);

/* Opens the file again, as a run that is resumed does. NULL with an error. */
struct runfile *made_reopen(struct error *error);

/* Measures and writes so many rounds. */
void made_write(struct made *run, struct runfile *file, size_t rounds);

/* Equal, NAN being equal to NAN. */
bool made_same(double a, double b);

/* So many rounds must stand in the file as made, and nothing in those behind. */
void made_check(const struct made *run, size_t rounds);

/* The same of what is read for going on; `missing` samples must be left out as damaged. */
void made_check_read(const struct made *run, size_t rounds, size_t missing,
                     struct runfile_past *past);

/* Reads the samples: the status, or MADE_DIFFERENT when one is not as made. */
int made_read_samples(void *context);

struct verdict made_verdict(size_t workload, int cores);
bool made_same_verdict(const struct verdict *a, const struct verdict *b);

/* Claims of every outcome there is. */
#define MADE_SUMMARY "quick · 3 rounds"
extern const struct advice made_advice;

enum { MADE_FINDINGS = 64 }; /* room for those of all claims */
void made_findings(struct finding findings[MADE_FINDINGS]);
bool made_same_finding(const struct runfile_claim *read, const struct finding *told);

/* Makes the file of a run of three rounds with verdicts. */
void made_finish(struct made *run, const struct verdict *verdicts, size_t count);

#endif
