#include "terminal/glance.h"

#include "terminal/prose.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Columns of the terminal. */
enum { LINE = 100, GAP = 2, WHAT_MOST = 28, USE_MOST = 34, GAIN_MOST = 14, BRANCH = 8 };

static const struct {
    const char
        *question; /* printed before the first line of the branch; NULL: that of the one before */
    const char *first, *more;
} branches[ADVICE_BRANCHES] = {
    [ADVICE_COMPUTES] = {"Does your work wait?", "├─ no   ", "│       "},
    [ADVICE_WAITS] = {NULL, "└─ yes  ", "        "},
    [ADVICE_SHARES] = {"Do all workers share one list?", "└─ yes  ", "        "},
};

struct widths {
    size_t what, use, gain;
};

static void widen(size_t *width, const char *text, size_t most)
{
    size_t columns = words_columns(text);
    columns = columns < most ? columns : most;
    *width = columns > *width ? columns : *width;
}

static struct widths widths_of(const struct advice *advice)
{
    struct widths widths = {0};
    for (size_t i = 0; i < advice->count; i++) {
        const struct advice_line *line = &advice->line[i];
        char gain[ADVICE_GAIN_BYTES];
        if (line->use[0]) {
            widen(&widths.what, line->what, WHAT_MOST);
            widen(&widths.use, line->use, USE_MOST);
            widen(&widths.gain, advice_gain(line, gain), GAIN_MOST);
        }
    }
    return widths;
}

static void put_line(FILE *out, const struct advice_line *line, struct widths widths, bool colour)
{
    char gain[ADVICE_GAIN_BYTES];
    if (!line->use[0]) {
        prose_text(out, line->what, LINE - BRANCH, false, true);
        fputc('\n', out);
        return;
    }
    size_t used = BRANCH + widths.what + GAP + widths.use + GAP + widths.gain + GAP;
    prose_text(out, line->what, widths.what, false, false);
    prose_spaces(out, GAP);
    advice_gain(line, gain);
    bool is_last = !gain[0] && !line->note[0];
    fputs(colour ? PROSE_CHOSEN : "", out);
    prose_text(out, line->use, widths.use, false, is_last);
    fputs(colour ? PROSE_PLAIN : "", out);
    if (!is_last) {
        prose_spaces(out, GAP);
        prose_text(out, gain, widths.gain, true, false);
    }
    if (line->note[0]) {
        prose_spaces(out, GAP);
        prose_text(out, line->note, LINE - used, false, true);
    }
    fputc('\n', out);
}

static void put_tree(FILE *out, const struct advice *advice, bool colour)
{
    struct widths widths = widths_of(advice);
    int before = ADVICE_BRANCHES;
    for (size_t i = 0; i < advice->count; i++) {
        int branch = advice->line[i].branch;
        const char *question = branches[branch].question;
        if (branch != before && question) {
            fprintf(out, "%s%s%s\n", colour ? PROSE_BOLD : "", question, colour ? PROSE_PLAIN : "");
        }
        fputs(branch != before ? branches[branch].first : branches[branch].more, out);
        put_line(out, &advice->line[i], widths, colour);
        before = branch;
    }
}

/* The loss is rounded up: it is a bound. */
static void put_sure(FILE *out, const struct advice *advice)
{
    size_t sure = advice->rows - advice->unsure;
    const char *plural = advice->rows == 1 ? "" : "s";
    if (advice->rows == 0) {
        fputs("Nothing was compared: no workload has two points with valid samples.\n", out);
    } else if (sure == 0) {
        fputs("Not sure yet: more rounds are needed to say what is lost by following this.\n", out);
    } else if (advice->unsure > 0) {
        fprintf(
            out,
            "Sure (95 %%): this is at most %.0f %% slower than the best in %zu of %zu row%s; the "
            "others need more rounds.\n",
            100 * VERDICT_LOSS, sure, advice->rows, plural);
    } else {
        fprintf(
            out,
            "Sure (95 %%): this is at most %.1f %% slower than the best, in each of %zu row%s.\n",
            ceil(1000 * advice->loss - 1e-9) / 10, advice->rows, plural);
    }
}

int glance_print(FILE *out, const struct advice *advice, const char *summary, const char *path,
                 bool colour)
{
    fprintf(out, "%s\n\n", summary);
    put_tree(out, advice, colour);
    put_sure(out, advice);
    fprintf(out, "Why: cual show %s --why   claims: --claims   all: --all   page: cual report %s\n",
            path, path);
    return ferror(out) ? -EIO : 0;
}
