#include "answer/contest.h"

#include "answer/sure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPREAD_LEAST 0.002 /* of a round: what no clock and no core undercuts for long */
/* Of times, which have a tail: stats_spread knows as much as 0.45 n normal values do, and a median
 * absolute deviation as 0.37 n. */
#define OWN_FREEDOM 0.45
#define MEDIAN_FREEDOM 0.37
#define POOLED_FREEDOM 6.0   /* how much the pooled spread counts beside a candidate's own */
#define POOLED_PARTS 4.0     /* how much the pooled variance between parts does */
#define CENTRE_VARIANCE 1.1  /* of the centre of n values, in s²/n: π/3, and some for the tails */
#define MEDIAN_VARIANCE 1.57 /* the same of a median */
enum { PARTS_MOST = 8, PART_LEAST = 2, POLISHINGS = 2 };

static const struct point serial_point = {1, 1, 1, 1};

/* The logarithms of all entries by round, and room to sort. */
struct table {
    size_t entries, rounds;
    double *value;     /* by entry and round; NAN: no valid sample */
    double *effect;    /* by round: what it did to all entries */
    double *level;     /* by entry: its median */
    double *deviation; /* by entry: its own standard deviation of a round */
    double *beyond;    /* by entry: variance between its parts beyond that; NAN: one part */
    double *usual;     /* the same by the median of what chance makes of a variance */
    double *sorted;    /* as many as there are values */
    size_t *together;  /* by round: entries that have a value */
    double closeness;  /* how much too close values lie to an effect that is found from them */
};

static double *row_of(const struct table *table, size_t entry)
{
    return &table->value[entry * table->rounds];
}

static void table_free(struct table *table)
{
    free(table->value);
    free(table->effect);
    free(table->level);
    free(table->deviation);
    free(table->beyond);
    free(table->usual);
    free(table->sorted);
    free(table->together);
}

static int table_create(struct table *table, size_t entries, size_t rounds)
{
    *table = (struct table){
        .entries = entries,
        .rounds = rounds,
        .value = calloc(entries * rounds + 1, sizeof(double)),
        .effect = calloc(rounds + 1, sizeof(double)),
        .level = calloc(entries + 1, sizeof(double)),
        .deviation = calloc(entries + 1, sizeof(double)),
        .beyond = calloc(entries + 1, sizeof(double)),
        .usual = calloc(entries + 1, sizeof(double)),
        .sorted = calloc(entries * rounds + 1, sizeof(double)),
        .together = calloc(rounds + 1, sizeof(size_t)),
    };
    if (!table->value || !table->effect || !table->level || !table->deviation || !table->beyond ||
        !table->usual || !table->sorted || !table->together) {
        table_free(table);
        return -ENOMEM;
    }
    return 0;
}

/* The median of n values, which are sorted then. */
static double median_of(double *values, size_t n)
{
    stats_sort(values, n);
    return n > 0 ? (values[(n - 1) / 2] + values[n / 2]) / 2 : NAN;
}

/* What is left of an entry's values when the effects of the rounds are taken off. Returns how many
 * there are. */
static size_t left_of(const struct table *table, size_t entry, double *left)
{
    const double *value = row_of(table, entry);
    size_t n = 0;
    for (size_t r = 0; r < table->rounds; r++) {
        if (!isnan(value[r])) {
            left[n++] = value[r] - table->effect[r];
        }
    }
    return n;
}

static size_t entries_in(const struct table *table, size_t round, double *values)
{
    size_t n = 0;
    for (size_t e = 0; e < table->entries; e++) {
        double value = row_of(table, e)[round];
        if (!isnan(value)) {
            values[n++] = value - table->level[e];
        }
    }
    return n;
}

/* Leaves out what an entry has in rounds that it had to itself: nothing is known of such a round.
 * But where there is hardly anything else, that counts. */
static void leave_out_alone(struct table *table, size_t entry)
{
    double *value = row_of(table, entry);
    size_t beside = 0;
    for (size_t r = 0; r < table->rounds; r++) {
        beside += !isnan(value[r]) && table->together[r] > 1;
    }
    for (size_t r = 0; r < table->rounds && beside >= SURE_ROUNDS_LEAST; r++) {
        if (!isnan(value[r]) && table->together[r] == 1) {
            value[r] = NAN;
            table->together[r] = 0;
        }
    }
}

static void count_together(struct table *table)
{
    for (size_t r = 0; r < table->rounds; r++) {
        table->together[r] = entries_in(table, r, table->sorted);
    }
    for (size_t e = 0; e < table->entries && table->entries > 1; e++) {
        leave_out_alone(table, e);
    }
    size_t values = 0, rounds = 0;
    for (size_t r = 0; r < table->rounds; r++) {
        values += table->together[r];
        rounds += table->together[r] > 0;
    }
    double mean = rounds > 0 ? (double)values / (double)rounds : 1;
    table->closeness = mean > 1.5 ? sqrt(mean / (mean - 1)) : 1;
}

/* Median polish (Tukey, Exploratory Data Analysis, 1977): levels of entries and effects of rounds.
 */
static void polish(struct table *table)
{
    for (int turn = 0; turn < POLISHINGS; turn++) {
        for (size_t e = 0; e < table->entries; e++) {
            table->level[e] = median_of(table->sorted, left_of(table, e, table->sorted));
        }
        for (size_t r = 0; r < table->rounds; r++) {
            size_t n = entries_in(table, r, table->sorted);
            table->effect[r] = n > 1 ? median_of(table->sorted, n) : 0;
        }
    }
}

/* The pooled standard deviation of a round, and that of each entry. */
static double find_spread(struct table *table, const struct contest_entry *entry)
{
    const double normal = 1.4826; /* median absolute deviation to standard deviation */
    size_t all = 0;
    for (size_t e = 0; e < table->entries; e++) {
        double *own = &table->sorted[all];
        size_t n = left_of(table, e, own);
        double centre = entry[e].centre, spread = stats_spread(own, n);
        for (size_t i = 0; i < n; i++) {
            own[i] = fabs(own[i] - centre);
        }
        table->deviation[e] = NAN;
        if (n > 1) {
            double size = (double)n;
            spread = isnan(spread) ? normal * median_of(own, n) * size / (size - 0.8) : spread;
            table->deviation[e] = spread * table->closeness;
            for (size_t i = 0; i < n; i++) {
                own[i] *= sqrt(size / (size - 1));
            }
            all += n;
        }
    }
    double spread = all > 0 ? normal * median_of(table->sorted, all) * table->closeness : NAN;
    return spread < SPREAD_LEAST ? SPREAD_LEAST : spread;
}

/* An entry's values in equal parts by time. */
struct parts {
    size_t count, each;
    double variance; /* between their medians; NAN with less than two */
};

static size_t parts_of(size_t n)
{
    size_t parts = n / PART_LEAST;
    return parts > PARTS_MOST ? PARTS_MOST : parts > 0 ? parts : 1;
}

static struct parts find_parts(const struct table *table, size_t e)
{
    double *left = table->sorted, median[PARTS_MOST], mean = 0, sum = 0;
    size_t n = left_of(table, e, left), count = parts_of(n);
    for (size_t p = 0; p < count; p++) {
        size_t first = n * p / count, end = n * (p + 1) / count;
        median[p] = median_of(&left[first], end - first);
        mean += median[p] / (double)count;
    }
    for (size_t p = 0; p < count; p++) {
        sum += (median[p] - mean) * (median[p] - mean);
    }
    return (struct parts){count, n / count, count > 1 ? sum / (double)(count - 1) : NAN};
}

/* The median of a variance with so many degrees of freedom, over its mean (Wilson and Hilferty,
 * Proc. Natl. Acad. Sci. 17, 1931). */
static double median_over_mean(double freedom)
{
    return pow(1 - 2 / (9 * freedom), 3);
}

/* By how much the medians of each entry's parts vary beyond what the spread of rounds makes of it:
 * layouts, moods of a host, drift. Returns the square root of the median over the entries. */
static double find_between(struct table *table)
{
    size_t count = 0;
    for (size_t e = 0; e < table->entries; e++) {
        struct parts parts = find_parts(table, e);
        double own = table->deviation[e] / table->closeness, close2 = pow(table->closeness, 2);
        double known = MEDIAN_VARIANCE * own * own / (double)parts.each;
        double usual = parts.variance / median_over_mean((double)parts.count - 1);
        table->beyond[e] = (parts.variance - known) * close2;
        table->usual[e] = (usual - known) * close2;
    }
    for (size_t e = 0; e < table->entries; e++) {
        if (!isnan(table->beyond[e])) {
            table->sorted[count++] = table->usual[e];
        }
    }
    double median = median_of(table->sorted, count);
    return median > 0 ? sqrt(median) : 0;
}

/* Degrees of freedom of the variance between an entry's own parts. */
static double parts_freedom(const struct contest_entry *entry)
{
    return (double)parts_of(entry->rounds) - 1;
}

/* That variance: its own, and the one of all. */
static double between_of(const struct table *table, const struct contest *contest, size_t e)
{
    double pooled = contest->between * contest->between;
    double known = parts_freedom(&contest->entry[e]), own = table->beyond[e];
    return isnan(own) ? pooled
                      : fmax(0, (POOLED_PARTS * pooled + known * own) / (POOLED_PARTS + known));
}

/* Degrees of freedom of an entry's own deviation. */
static double own_freedom(const struct contest_entry *entry)
{
    double known = entry->rounds > STATS_PAIRS_MOST ? MEDIAN_FREEDOM : OWN_FREEDOM;
    return known * ((double)entry->rounds - 1);
}

static void find_centres(const struct table *table, struct contest_entry *entry)
{
    for (size_t e = 0; e < table->entries; e++) {
        entry[e].rounds = left_of(table, e, table->sorted);
        entry[e].centre = stats_centre(table->sorted, entry[e].rounds);
    }
}

/* Of each centre, from its own spread and the pooled one (Smyth, Stat. Appl. Genet. Mol. Biol. 3,
 * 2004). */
static void find_variances(const struct table *table, struct contest *contest)
{
    double lent = contest->freedom, pooled = contest->spread * contest->spread;
    for (size_t e = 0; e < table->entries; e++) {
        struct contest_entry *entry = &contest->entry[e];
        double n = (double)entry->rounds, own = table->deviation[e];
        entry->freedom = own_freedom(entry);
        own = isnan(own) ? 0 : own * own * entry->freedom;
        double variance = (lent * pooled + own) / (lent + (n > 1 ? entry->freedom : 0));
        double of_centre = entry->rounds > STATS_PAIRS_MOST ? MEDIAN_VARIANCE : CENTRE_VARIANCE;
        entry->between = between_of(table, contest, e) / (double)parts_of(entry->rounds);
        entry->variance = of_centre * variance / n + entry->between;
    }
}

static void find_freedom(struct contest *contest)
{
    double sum = 0;
    for (size_t e = 0; e < contest->count; e++) {
        sum += own_freedom(&contest->entry[e]);
    }
    contest->freedom = fmin(POOLED_FREEDOM, fmax(sum, 1));
}

static void fill(struct table *table, const struct contest *contest)
{
    for (size_t e = 0; e < table->entries; e++) {
        const double *task_s = contest->entry[e].candidate->task_s;
        for (size_t r = 0; r < table->rounds; r++) {
            row_of(table, e)[r] = log(task_s[r]); /* NAN stays NAN */
        }
    }
}

static void enter(struct contest *contest, const struct candidates *candidates)
{
    const struct candidate *serial = candidates_find(candidates, serial_point);
    for (const struct candidate *one = candidates_next(candidates, NULL); one;
         one = candidates_next(candidates, one)) {
        if (one->valid > 0 && (one->point.cores == contest->cores || one == serial)) {
            struct contest_entry *entry = &contest->entry[contest->count++];
            *entry = (struct contest_entry){.candidate = one};
            contest->serial = one == serial ? entry : contest->serial;
        }
    }
}

int contest_create(struct contest *contest, const struct candidates *candidates, int cores)
{
    struct table table;
    *contest = (struct contest){
        .cores = cores,
        .entry = calloc(candidates->count + 1, sizeof *contest->entry),
    };
    if (contest->entry) {
        enter(contest, candidates);
    }
    if (!contest->entry ||
        table_create(&table, contest->count, candidates->question->samples->rounds) != 0) {
        contest_free(contest);
        return -ENOMEM;
    }
    fill(&table, contest);
    count_together(&table);
    polish(&table);
    find_centres(&table, contest->entry);
    contest->spread = find_spread(&table, contest->entry);
    contest->between = find_between(&table);
    find_freedom(contest);
    find_variances(&table, contest);
    table_free(&table);
    return 0;
}

void contest_free(struct contest *contest)
{
    free(contest->entry);
    *contest = (struct contest){0};
}

bool contest_has(const struct contest *contest, const struct contest_entry *entry)
{
    return entry->candidate->point.cores == contest->cores;
}

double contest_gap(const struct contest_entry *a, const struct contest_entry *b)
{
    return a->centre - b->centre;
}

double contest_deviation(const struct contest *contest, const struct contest_entry *a,
                         const struct contest_entry *b)
{
    (void)contest;
    double deviation = sqrt(a->variance + b->variance);
    return isnan(deviation) ? INFINITY : deviation;
}

/* Of the variance of a gap, which is a sum of two estimates: of the spread of rounds, and between
 * the parts of the run (Satterthwaite, Biometrics Bulletin 2, 1946). */
static double freedom_of(const struct contest *contest, const struct contest_entry *a,
                         const struct contest_entry *b)
{
    double all = a->variance + b->variance, between = a->between + b->between;
    double of_rounds = contest->freedom + a->freedom + b->freedom;
    double of_parts = POOLED_PARTS + parts_freedom(a) + parts_freedom(b);
    return all * all / (pow(all - between, 2) / of_rounds + between * between / of_parts);
}

double contest_margin(const struct contest *contest, const struct contest_entry *a,
                      const struct contest_entry *b, double level)
{
    size_t n = a->rounds < b->rounds ? a->rounds : b->rounds;
    if (a == b) {
        return 0;
    }
    return n < SURE_ROUNDS_LEAST ? INFINITY
                                 : contest_deviation(contest, a, b) *
                                       sure_boundary_estimated(level, n, freedom_of(contest, a, b));
}

double contest_margin_beside(const struct contest *contest, const struct contest_entry *a,
                             const struct contest_entry *rare, double level)
{
    const double rarer = 16; /* an error at looks before SURE_ROUNDS_LEAST, which no level knows */
    bool is_early = a->rounds >= SURE_ROUNDS_LEAST && rare->rounds < SURE_ROUNDS_LEAST;
    if (!is_early) {
        return contest_margin(contest, a, rare, level);
    }
    return contest_deviation(contest, a, rare) *
           sure_boundary_estimated(level / rarer, a->rounds, freedom_of(contest, a, rare));
}

struct interval contest_ratio(const struct contest *contest, const struct contest_entry *a,
                              const struct contest_entry *b, double level)
{
    double gap = contest_gap(a, b), margin = contest_margin(contest, a, b, level / 2);
    size_t n = a->rounds < b->rounds ? a->rounds : b->rounds;
    return (struct interval){
        .median = exp(gap),
        .low = isinf(margin) ? NAN : exp(gap - margin),
        .high = isinf(margin) ? NAN : exp(gap + margin),
        .n = n,
    };
}
