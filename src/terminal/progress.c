#include "terminal/progress.h"

#include "text/words.h"

#include <math.h>

enum { BAR = 24, TEXT_BYTES = 160 };

/* How long the rounds that are left take, if each takes as long as those so far; NAN: not known. A
 * run that is resumed begins with a later round than the first. */
static double rounds_left_s(struct progress *progress, uint64_t round, double done_of_round,
                            double spent_s)
{
    double done = (double)round + done_of_round;
    if (!progress->counts || round > progress->round + 1) {
        progress->counts = true;
        progress->since_s = spent_s;
        progress->since_rounds = done;
    }
    progress->round = round;
    double counted = done - progress->since_rounds;
    double left = (double)progress->rounds + 1 - done; /* with the warm-up, which is round 0 */
    return counted > 0 ? left * (spent_s - progress->since_s) / counted : NAN;
}

/* "11 of 16 rows settled"; where no precision is asked for, how many rounds are done. */
static void describe_settled(const struct progress *progress, uint64_t round, struct words *text)
{
    if (round == 0) {
        words_add(text, "warm-up");
    } else if (progress->asked <= 0) {
        words_add(text, "round %llu of %s%llu", (unsigned long long)round,
                  isfinite(progress->budget_s) ? "at most " : "",
                  (unsigned long long)progress->rounds);
    } else if (progress->rows == 0) {
        words_add(text, "no row settled yet");
    } else {
        words_add(text, "%zu of %zu row%s settled", progress->settled, progress->rows,
                  progress->rows == 1 ? "" : "s");
    }
}

/* ", about 20 s left", in whole units; a run that asks for a precision may end sooner. */
static void describe_left(const struct progress *progress, double left_s, struct words *text)
{
    static const struct {
        double seconds, most;
        const char *name;
    } units[] = {{1, 100, "s"}, {60, 100, "min"}, {3600, INFINITY, "h"}};
    size_t u = 0;
    if (isnan(left_s)) {
        return;
    }
    while (left_s / units[u].seconds > units[u].most) {
        u++;
    }
    words_add(text, ", %s %.0f %s left", progress->asked > 0 ? "at most" : "about",
              fmax(1, ceil(left_s / units[u].seconds)), units[u].name);
}

static void draw_bar(const struct progress *progress, double share)
{
    char bar[BAR + 1] = "";
    for (int i = 0; i < BAR; i++) {
        bar[i] = i < (int)(share * BAR) ? '#' : '.';
    }
    fprintf(progress->out, "\r[%s] ", bar);
}

void progress_show(struct progress *progress, uint64_t round, double done_of_round, double spent_s)
{
    double left_s = fmin(rounds_left_s(progress, round, done_of_round, spent_s),
                         isfinite(progress->budget_s) ? progress->budget_s - spent_s : NAN);
    if (spent_s - progress->last_s < (progress->terminal ? 0.1 : 10)) {
        return;
    }
    progress->last_s = spent_s;
    char text[TEXT_BYTES] = "";
    struct words words = {text, sizeof text, 0};
    describe_settled(progress, round, &words);
    describe_left(progress, left_s, &words);
    if (progress->terminal) {
        draw_bar(progress, isnan(left_s) ? 0 : spent_s / (spent_s + fmax(0, left_s)));
    }
    fprintf(progress->out, "%s%s", text, progress->terminal ? "\033[K" : "\n");
    fflush(progress->out);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal) {
        fprintf(progress->out, "\r\033[K");
        fflush(progress->out);
    }
}
