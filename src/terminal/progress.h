/* Progress of a run, on stderr: a bar on a terminal, a plain line now and then elsewhere. */
#ifndef CUAL_TERMINAL_PROGRESS_H
#define CUAL_TERMINAL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool terminal;    /* draws a bar over itself */
    double budget_s;  /* INFINITY: none */
    uint64_t rounds;  /* at most */
    double asked;     /* the precision that the job asks for; 0: none */
    double loss;      /* the most that a choice may lose; INFINITY: not known yet */
    size_t workloads; /* in all */
    size_t open;      /* whose verdicts are not as certain as asked */
    double last_s;    /* when it was last shown */
};

/* Shows how far the run has come: `round` is 0 in the warm-up, and `done_of_round` the part of it
 * that is done (0 … 1). Shows at most ten times a second on a terminal and every ten seconds
 * elsewhere. */
void progress_show(struct progress *progress, uint64_t round, double done_of_round,
                   double elapsed_s);

/* Removes the bar from the terminal. */
void progress_end(struct progress *progress);

#endif
