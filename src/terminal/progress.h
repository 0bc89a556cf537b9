/* Progress of a run: a bar on a terminal, a plain line now and then elsewhere. */
#ifndef CUAL_TERMINAL_PROGRESS_H
#define CUAL_TERMINAL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *out;
    bool terminal;   /* draws a bar over itself */
    double budget_s; /* INFINITY: none */
    uint64_t rounds; /* at most */
    double asked;    /* the precision that the job asks for; 0: none */
    size_t rows;     /* in all; 0: nobody has looked at them yet */
    size_t settled;  /* whose verdicts are as certain as asked */
    double last_s;   /* when it was last shown */
    /* From where on the time of a round is counted: when, and how many rounds were done then. */
    bool counts;
    double since_s, since_rounds;
    uint64_t round; /* that was shown last */
};

/* Shows what is settled and how much time is left: `round` is 0 in the warm-up, `done_of_round` the
 * part of it that is done (0 … 1), and `spent_s` how much of the budget is spent. Shows at most ten
 * times a second on a terminal and every ten seconds elsewhere. */
void progress_show(struct progress *progress, uint64_t round, double done_of_round, double spent_s);

/* Removes the bar from the terminal. */
void progress_end(struct progress *progress);

#endif
