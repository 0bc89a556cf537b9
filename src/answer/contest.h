/* A contest: the candidates of a workload at one C, and serial, compared by the logarithms of their
 * times per task. What a round did to all of them alike is taken off; what is left of a candidate
 * has a centre, and the variance of that centre knows the spread of rounds, pooled over the
 * candidates where their own are few, and what moves from one part of the run to the next. */
#ifndef CUAL_ANSWER_CONTEST_H
#define CUAL_ANSWER_CONTEST_H

#include "answer/candidate.h"
#include "answer/stats.h"

struct contest_entry {
    const struct candidate *candidate;
    size_t rounds;   /* that its estimate rests on */
    double centre;   /* of the logarithm of its time per task in s */
    double variance; /* of the centre */
    double between;  /* the part of it that is found between the parts of the run */
    double freedom;  /* degrees of freedom of the other part, beside contest.freedom */
};

struct contest {
    int cores;
    size_t count;
    struct contest_entry
        *entry; /* in the order of the candidates; serial first if it is of 1 core */
    const struct contest_entry *serial; /* NULL: it has no valid sample */
    double spread;                      /* pooled standard deviation of a round; NAN: not known */
    double between; /* standard deviation between the parts of the run, pooled */
    double freedom; /* that the pooled spread lends to each estimate */
};

/* Compares the candidates at `cores` that have valid samples. 0 or -ENOMEM, after which there is
 * nothing to free. */
int contest_create(struct contest *contest, const struct candidates *candidates, int cores);
void contest_free(struct contest *contest);

/* True for those that stand at the contest's C: serial may be a guest. */
bool contest_has(const struct contest *contest, const struct contest_entry *entry);

/* The logarithm of the time of `a` over that of `b`, and its standard deviation; INFINITY where
 * that is not known. */
double contest_gap(const struct contest_entry *a, const struct contest_entry *b);
double contest_deviation(const struct contest *contest, const struct contest_entry *a,
                         const struct contest_entry *b);

/* How far the gap may be off, on one side, with a probability of `level` at any of the looks at a
 * run: INFINITY with fewer than SURE_ROUNDS_LEAST rounds. */
double contest_margin(const struct contest *contest, const struct contest_entry *a,
                      const struct contest_entry *b, double level);

/* The same of an entry that is seldom valid beside one that is not, with a level so much lower that
 * few rounds do not matter. What is far slower need not be measured well. */
double contest_margin_beside(const struct contest *contest, const struct contest_entry *a,
                             const struct contest_entry *rare, double level);

/* The time of `a` over that of `b`, with an interval that misses the truth with a probability of
 * `level` at any of the looks. */
struct interval contest_ratio(const struct contest *contest, const struct contest_entry *a,
                              const struct contest_entry *b, double level);

#endif
