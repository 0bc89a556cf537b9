#include "terminal/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BAR = 24 };

/* "3 of 10 workloads open, at most 4.1 % slower than the best (asked: 3 %)"; empty before anything
 * can be told. */
static void describe_certainty(const struct progress *progress, uint64_t round, char *text,
                               size_t bytes)
{
    char loss[64] = "";
    if (isfinite(progress->loss)) {
        snprintf(loss, sizeof loss, ", at most %.1f %% slower than the best", 100 * progress->loss);
    }
    if (progress->asked > 0 && round > 0) {
        snprintf(text, bytes, "  %zu of %zu workload%s open%s (asked: %.3g %%)", progress->open,
                 progress->workloads, progress->workloads == 1 ? "" : "s", loss,
                 100 * progress->asked);
    }
}

static void describe(const struct progress *progress, uint64_t round, double elapsed_s, char *text,
                     size_t bytes)
{
    char name[48], budget[48] = "", certainty[128] = "";
    if (round == 0) {
        snprintf(name, sizeof name, "warm-up");
    } else {
        snprintf(name, sizeof name, "round %llu", (unsigned long long)round);
    }
    if (isfinite(progress->budget_s)) {
        snprintf(budget, sizeof budget, " of %.0f s", progress->budget_s);
    } else {
        snprintf(budget, sizeof budget, " s, at most %llu rounds",
                 (unsigned long long)progress->rounds);
    }
    describe_certainty(progress, round, certainty, sizeof certainty);
    snprintf(text, bytes, "%-8s  %3.0f%s%s", name, elapsed_s, budget, certainty);
}

/* Of the budget, or of the rounds when there is none. */
static double share_done(const struct progress *progress, uint64_t round, double done_of_round,
                         double elapsed_s)
{
    double share = isfinite(progress->budget_s)
                       ? elapsed_s / progress->budget_s
                       : ((double)round + done_of_round) / ((double)progress->rounds + 1);
    return fmax(0, fmin(1, share));
}

void progress_show(struct progress *progress, uint64_t round, double done_of_round,
                   double elapsed_s)
{
    if (elapsed_s - progress->last_s < (progress->terminal ? 0.1 : 10)) {
        return;
    }
    progress->last_s = elapsed_s;
    char text[256];
    describe(progress, round, elapsed_s, text, sizeof text);
    if (!progress->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    double share = share_done(progress, round, done_of_round, elapsed_s);
    int full = (int)(share * BAR);
    char bar[BAR * 3 + 1] = "";
    for (int i = 0; i < BAR; i++) {
        strcat(bar, i < full ? "█" : "░");
    }
    double left_s = share > 0 ? elapsed_s / share - elapsed_s : 0;
    fprintf(stderr, "\r%s %s  %.0f s left\033[K", bar, text, left_s);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
