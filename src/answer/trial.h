/* The trial of a claim: its rule gathers comparisons, which become an outcome and a reason. */
#ifndef CUAL_ANSWER_TRIAL_H
#define CUAL_ANSWER_TRIAL_H

#include "answer/candidate.h"
#include "answer/claim.h"
#include "text/words.h"

#define TRIAL_LABEL_BYTES 320 /* a workload's name, two points and some words */
#define TRIAL_MEMBER_CELLS 4
#define TRIAL_SCRATCH ((size_t)3)

/* On which side of its threshold the effect must lie for the claim to hold. */
enum trial_side { TRIAL_AT_MOST, TRIAL_AT_LEAST };

/* Which of the members of a comparison count. */
enum trial_combine {
    TRIAL_FIRST, /* the first; the next one counts where a cell of the first is left out */
    TRIAL_MEDIAN /* the median over all of them, round by round */
};

/* What a comparison of a claim asks for. */
struct trial_rule {
    int part; /* of the claim: an index of its parts, 0 when it is whole */
    enum trial_side side;
    double threshold;
    enum trial_combine combine;
};

/* An effect, above / below by round, NAN where there is no valid sample, and the cells that it was
 * measured in. */
struct trial_member {
    const struct candidate *cell[TRIAL_MEMBER_CELLS];
    size_t cells;
    double *above, *below;
    double threshold; /* the rule's, unless the members have thresholds of their own */
};

/* The effect of its members, held against a threshold. It supports a claim when its 95 % interval
 * lies on the side that the rule asks for; it contradicts it when the interval at 5 % over all
 * comparisons together lies on the other. (A claim holds only if every comparison supports it,
 * which needs no allowance for their number: Berger, Technometrics 24, 1982; but one is enough to
 * refute it.) A fact is what a rule has found without an interval, with its outcome. */
struct trial_comparison {
    char label[TRIAL_LABEL_BYTES];
    bool is_fact; /* it has no members, and of its rule only the part counts */
    struct trial_rule rule;
    size_t count, room;
    struct trial_member *members;
    size_t cell_least, cell_most; /* of their cells, by number */
    enum claim_outcome outcome;
    struct interval effect;
    double threshold; /* of the first member */
};

struct trial {
    const struct claim *claim;
    const struct question *question;
    const struct candidates *candidates; /* by workload */
    size_t rounds;                       /* up to the last one in which anything was measured */
    size_t count, room;
    struct trial_comparison *comparisons;
    double *scratch; /* TRIAL_SCRATCH doubles per round, for functions that get the trial */
    double *ratios;  /* a double for each member of the comparison that has the most … */
    size_t ratios_room;
    bool no_memory;   /* a comparison is missing: there is no outcome */
    bool lacks_cores; /* the claim needs several cores, and only one was measured */
    struct finding *finding;
    struct words reason; /* the finding's; a rule may append to it after it has concluded */
};

/* Frees what the trial gathered. 0; -ENOMEM leaves the finding without an outcome. */
int trial_finish(struct trial *trial);

/* Adds a comparison without members, for the caller to add them before the next comparison. NULL
 * when there is no memory. */
struct trial_comparison *trial_add(struct trial *trial, const struct trial_rule *rule,
                                   const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds a member that was measured in two cells, whose values are all NAN, for the caller to fill
 * in. NULL when there is no memory, or no comparison. */
struct trial_member *trial_member(struct trial *trial, struct trial_comparison *comparison,
                                  const struct candidate *cell, const struct candidate *other);

/* The member that was added last was measured in this cell, too. */
void trial_also(struct trial_comparison *comparison, const struct candidate *cell);

/* Adds a member: the time per task in the cell `above` over that in the cell `below`. */
void trial_times(struct trial *trial, struct trial_comparison *comparison,
                 const struct candidate *above, const struct candidate *below);

/* The member that was added last has a threshold of its own. */
void trial_set_threshold(struct trial_comparison *comparison, double threshold);

/* Adds a fact with its outcome; `part` as in a rule. */
void trial_fact(struct trial *trial, int part, enum claim_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A variable of a cell by round, NAN where there is no valid sample, and its median. */
void trial_values(const struct trial *trial, const struct candidate *cell,
                  enum sample_variable variable, double *values);
double trial_median(const struct trial *trial, const struct candidate *cell,
                    enum sample_variable variable);

/* By round: a variable of `cell` minus the same of `other`. Overwrites the trial's scratch. */
void trial_beyond(const struct trial *trial, const struct candidate *cell,
                  const struct candidate *other, enum sample_variable variable, double *values);

#endif
