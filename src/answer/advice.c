#include "answer/advice.h"

#include "answer/interval_text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLAIM_ORDER = 12 }; /* "async is reproducible" */

#define CLEARLY 1.02 /* times as fast: as VERDICT_TIE_RATIO */

enum kind {
    KIND_COMPUTING,
    KIND_LOCKED,
    KIND_BANDWIDTH,
    KIND_LATENCY,
    KIND_WAITING,
    KIND_FILES,
    KIND_MESSAGES,
    KIND_LIST,
    KINDS,
    KIND_NONE /* nothing to advise: no work, or wrong results by design */
};

static const struct {
    enum advice_branch branch;
    const char *name;
} kinds[KINDS] = {
    [KIND_COMPUTING] = {ADVICE_COMPUTES, "computing"},
    [KIND_LOCKED] = {ADVICE_COMPUTES, "under one lock"},
    [KIND_BANDWIDTH] = {ADVICE_COMPUTES, "bandwidth"},
    [KIND_LATENCY] = {ADVICE_COMPUTES, "latency"},
    [KIND_WAITING] = {ADVICE_WAITS, "for speed"},
    [KIND_FILES] = {ADVICE_WAITS, "files"},
    [KIND_MESSAGES] = {ADVICE_WAITS, "messages"},
    [KIND_LIST] = {ADVICE_SHARES, "one list"},
};

/* A workload in the tree. */
struct leaf {
    enum kind kind;
    const char *name;
    const struct verdict *row;  /* that counts */
    const struct verdict *one;  /* on one core; may be the same, or NULL */
    const struct verdict *most; /* on the most cores; may be the same */
    char use[ADVICE_USE_BYTES];
};

/* The leaves, and the lines that they are put into. Those of a kind stand together. */
struct tree {
    struct leaf *leaf;
    size_t leaves;
    size_t *line; /* by leaf: the first leaf with the same use, whose line it is */
};

static bool waits(const struct question_workload *workload)
{
    return workload->engine.has_waits && workload->waits > 0 && workload->wait_fraction != 0;
}

static enum kind kind_that_waits(const struct question_workload *workload)
{
    bool has_files = workload->storage != NULL;
    return has_files ? KIND_FILES : workload->wait_bytes > 0 ? KIND_MESSAGES : KIND_WAITING;
}

static enum kind kind_of(const struct question_workload *workload)
{
    const struct question_kernel *kernel = &workload->kernel;
    if (kernel->guard != KERNEL_GUARD_ABSENT) {
        return kernel->guard == KERNEL_GUARD_NONE ? KIND_NONE : KIND_LIST;
    }
    if (waits(workload)) {
        return kind_that_waits(workload);
    }
    if (!kernel->computes) {
        return KIND_NONE;
    }
    return workload->lock                            ? KIND_LOCKED
           : kernel->bound == KERNEL_BOUND_BANDWIDTH ? KIND_BANDWIDTH
           : kernel->bound == KERNEL_BOUND_LATENCY   ? KIND_LATENCY
                                                     : KIND_COMPUTING;
}

/* "a thread per core", "16 threads". */
static void say_workers(struct words *words, int count, int cores, const char *one)
{
    if (count == cores && cores > 1) {
        words_add(words, "a %s per core", one);
    } else if (count == 1) {
        words_add(words, "one %s", one);
    } else {
        words_add(words, "%d %s%s", count, one, one[strlen(one) - 1] == 's' ? "es" : "s");
    }
}

/* The model of a point in words of everyday. */
static void say_use(struct point point, char use[ADVICE_USE_BYTES])
{
    struct words words = {use, ADVICE_USE_BYTES, 0};
    if (point_concurrency(point) == 1) {
        words_add(&words, "serial, on one core");
        return;
    }
    if (point.depth > 1) {
        words_add(&words, "async in ");
    }
    if (point.ranks > 1 && point.threads > 1) {
        words_add(&words, "%d processes × %d threads", point.ranks, point.threads);
    } else if (point.ranks > 1) {
        say_workers(&words, point.ranks, point.cores, "process");
    } else {
        say_workers(&words, point.threads, point.cores, "thread");
    }
}

static bool is_advised(const struct verdict *verdict)
{
    return verdict->choice.ranks > 0 && verdict->points > 1;
}

/* The row that counts among those of a workload. */
static struct leaf leaf_of(const struct question *question, size_t workload,
                           const struct verdict *verdicts, size_t count)
{
    const struct question_workload *asked = &question->workload[workload];
    struct leaf leaf = {.kind = kind_of(asked), .name = asked->name};
    for (size_t i = 0; i < count; i++) {
        const struct verdict *verdict = &verdicts[i];
        if (verdict->workload == workload && is_advised(verdict)) {
            leaf.most = !leaf.most || verdict->cores > leaf.most->cores ? verdict : leaf.most;
            leaf.one = verdict->cores == 1 ? verdict : leaf.one;
        }
    }
    bool is_enough =
        leaf.one && leaf.most->choice_speed_up.median < CLEARLY * leaf.one->choice_speed_up.median;
    leaf.row = is_enough ? leaf.one : leaf.most;
    if (leaf.row) {
        say_use(leaf.row->choice, leaf.use);
    }
    return leaf;
}

static bool is_of_line(const struct tree *tree, size_t leaf, size_t line)
{
    return tree->line[leaf] == line;
}

static size_t line_leaves(const struct tree *tree, size_t line)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->leaves; i++) {
        count += is_of_line(tree, i, line);
    }
    return count;
}

static size_t lines_of(const struct tree *tree)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->leaves; i++) {
        count += is_of_line(tree, i, i);
    }
    return count;
}

/* Puts the leaves of the kinds in their order, and each into the line of the first with its use. */
static void sort_into_lines(const struct question *question, const struct verdict *verdicts,
                            size_t count, struct tree *tree)
{
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t w = 0; w < question->workloads; w++) {
            if ((int)kind_of(&question->workload[w]) != kind) {
                continue;
            }
            struct leaf leaf = leaf_of(question, w, verdicts, count);
            if (!leaf.row) {
                continue;
            }
            size_t line = 0, own = tree->leaves++;
            tree->leaf[own] = leaf;
            while (line < own && (tree->leaf[line].kind != leaf.kind ||
                                  strcmp(tree->leaf[line].use, leaf.use) != 0)) {
                line++;
            }
            tree->line[own] = line;
        }
    }
}

/* The line with the fewest leaves among those that are not the only one of their kind; `leaves`
 * when there is none. The greatest of the same kind is left in `into`. */
static size_t least_line(const struct tree *tree, size_t *into)
{
    size_t least = tree->leaves, fewest = 0, greatest = 0;
    for (size_t i = 0; i < tree->leaves; i++) {
        for (size_t j = 0; j < tree->leaves && is_of_line(tree, i, i); j++) {
            if (j == i || !is_of_line(tree, j, j) || tree->leaf[i].kind != tree->leaf[j].kind) {
                continue;
            }
            size_t own = line_leaves(tree, i), other = line_leaves(tree, j);
            bool less = least == tree->leaves || own < fewest;
            if (own <= other && (less || (least == i && other > greatest))) {
                least = i;
                *into = j;
                fewest = own;
                greatest = other;
            }
        }
    }
    return least;
}

static void join_lines(struct tree *tree, size_t most)
{
    size_t into = 0;
    while (lines_of(tree) > most) {
        size_t least = least_line(tree, &into);
        if (least == tree->leaves) {
            return;
        }
        for (size_t i = 0; i < tree->leaves; i++) {
            tree->line[i] = tree->line[i] == least ? into : tree->line[i];
        }
    }
}

static bool is_same_family(const char *a, const char *b)
{
    size_t bytes = strcspn(a, "[");
    return strcspn(b, "[") == bytes && strncmp(a, b, bytes) == 0;
}

/* Whether other lines have members of the leaf's family, too. */
static bool is_parted(const struct tree *tree, size_t leaf)
{
    size_t i = 0;
    while (i < tree->leaves && (tree->line[i] == tree->line[leaf] ||
                                !is_same_family(tree->leaf[i].name, tree->leaf[leaf].name))) {
        i++;
    }
    return i < tree->leaves;
}

/* "mixed" of "mixed[wait_fraction=0.9]", once for all of its family; "mixed 0.9" where other lines
 * have others of it. */
static void add_name(const struct tree *tree, size_t leaf, const char *before, struct words *words)
{
    const char *name = tree->leaf[leaf].name;
    size_t bytes = strcspn(name, "[");
    const char *value = strchr(name, '=');
    bool parted = value && is_parted(tree, leaf);
    if (parted) {
        words_add(words, "%s %.*s %.*s", before ? "," : "", (int)bytes, name,
                  (int)strcspn(value + 1, ",]"), value + 1);
    } else if (!before || !is_same_family(before, name)) {
        words_add(words, "%s %.*s", before ? "," : "", (int)bytes, name);
    }
}

static void widen(struct advice_line *line, struct interval speed_up)
{
    if (!isnan(speed_up.median)) {
        line->least = speed_up.median < line->least.median || isnan(line->least.median)
                          ? speed_up
                          : line->least;
        line->most =
            speed_up.median > line->most.median || isnan(line->most.median) ? speed_up : line->most;
    }
}

static struct advice_line empty_line(enum advice_branch branch)
{
    const struct interval unknown = {NAN, NAN, NAN, 0};
    return (struct advice_line){.branch = (int)branch, .least = unknown, .most = unknown};
}

/* The number alone. */
static const char *number_text(struct interval interval, char text[WORDS_BYTES])
{
    interval_text(interval, text);
    text[strcspn(text, " ")] = '\0';
    return text;
}

const char *advice_gain(const struct advice_line *line, char text[ADVICE_GAIN_BYTES])
{
    char least[WORDS_BYTES], most[WORDS_BYTES];
    number_text(line->least, least);
    number_text(line->most, most);
    bool same = strcmp(least, most) == 0;
    snprintf(text, ADVICE_GAIN_BYTES, "%s%s%s×", least, same ? "" : "–", same ? "" : most);
    return isnan(line->least.median) ? strcpy(text, "") : text;
}

/* What more cores would do to work that stays on one: "2 cores: 0.31–0.42×". */
static void say_more_cores(const struct tree *tree, size_t line, struct words *note)
{
    char text[ADVICE_GAIN_BYTES];
    struct advice_line range = empty_line(ADVICE_COMPUTES);
    const struct leaf *first = &tree->leaf[line];
    for (size_t i = 0; i < tree->leaves; i++) {
        if (is_of_line(tree, i, line)) {
            widen(&range, tree->leaf[i].most->choice_speed_up);
        }
    }
    if (first->row != first->most) {
        words_add(note, "%d cores: %s", first->most->cores, advice_gain(&range, text));
    }
}

/* What one core reaches: "1 core: async 2.1–10.8×". */
static void say_one_core(const struct tree *tree, size_t line, struct words *note)
{
    const char *name = NULL;
    struct advice_line range = empty_line(ADVICE_COMPUTES);
    for (size_t i = 0; i < tree->leaves; i++) {
        const struct leaf *leaf = &tree->leaf[i];
        if (!is_of_line(tree, i, line) || !leaf->one || leaf->one == leaf->row) {
            continue;
        }
        const char *model = model_name(point_model(leaf->one->choice));
        name = !name || strcmp(name, model) == 0 ? model : "";
        widen(&range, leaf->one->choice_speed_up);
    }
    if (name && name[0]) {
        char text[ADVICE_GAIN_BYTES];
        bool serial = strcmp(name, model_name(MODEL_SERIAL)) == 0;
        advice_gain(&range, text);
        words_add(note, "1 core: %s", serial ? "nothing helps" : name);
        words_add(note, "%s%s", serial || !text[0] ? "" : " ", serial ? "" : text);
    }
}

static void say_note(const struct tree *tree, size_t line, struct advice_line *told)
{
    struct words note = {told->note, sizeof told->note, 0};
    const struct leaf *first = &tree->leaf[line];
    size_t others = 0;
    for (size_t i = 0; i < tree->leaves; i++) {
        others += is_of_line(tree, i, line) && strcmp(tree->leaf[i].use, first->use) != 0;
    }
    if (others > 0) {
        words_add(&note, "%zu of %zu, see --why", told->workloads - others, told->workloads);
        return;
    }
    const char *limit = first->row->limit;
    if (strcmp(first->row->bound, "memory") == 0) {
        words_add(&note, "%s", limit + (strncmp(limit, "the ", 4) == 0 ? 4 : 0));
        return;
    }
    say_one_core(tree, line, &note);
    say_more_cores(tree, line, &note);
}

static struct advice_line tell_line(const struct tree *tree, size_t line)
{
    const struct leaf *first = &tree->leaf[line];
    struct advice_line told = empty_line(kinds[first->kind].branch);
    struct words what = {told.what, sizeof told.what, 0};
    const char *before = NULL;
    words_add(&what, "%s:", kinds[first->kind].name);
    for (size_t i = 0; i < tree->leaves; i++) {
        if (is_of_line(tree, i, line)) {
            add_name(tree, i, before, &what);
            before = tree->leaf[i].name;
            widen(&told, tree->leaf[i].row->choice_speed_up);
            told.workloads++;
        }
    }
    strcpy(told.use, first->use);
    strcpy(told.model, model_name(point_model(first->row->choice)));
    told.cores = first->row->cores;
    say_note(tree, line, &told);
    return told;
}

/* -- lines that stand in the tree whatever the job -- */

static const char *order_words(enum claim_outcome outcome)
{
    return outcome == CLAIM_HOLDS   ? "order repeats (claim 12)"
           : outcome == CLAIM_FAILS ? "order varies (claim 12)"
                                    : "order: see claim 12";
}

/* Async on one thread, which leaves everything to one thread's control. */
static bool tell_control(const struct tree *tree, const struct finding *findings,
                         struct advice_line *told)
{
    *told = empty_line(ADVICE_WAITS);
    struct words what = {told->what, sizeof told->what, 0};
    const char *before = NULL;
    words_add(&what, "for control:");
    for (size_t i = 0; i < tree->leaves; i++) {
        const struct leaf *leaf = &tree->leaf[i];
        const struct verdict_best *async = leaf->one ? &leaf->one->best[GROUP_ASYNC] : NULL;
        if (leaf->kind == KIND_WAITING && async && async->point.ranks > 0) {
            add_name(tree, i, before, &what);
            before = leaf->name;
            widen(told, async->speed_up);
            told->workloads++;
        }
    }
    strcpy(told->use, "async in one thread");
    strcpy(told->model, model_name(MODEL_ASYNC));
    told->cores = 1;
    strcpy(told->note, order_words(findings[CLAIM_ORDER - 1].outcome));
    return told->workloads > 0;
}

static bool has_branch(const struct question *question, enum advice_branch branch)
{
    size_t w = 0;
    while (w < question->workloads && (kind_of(&question->workload[w]) == KIND_NONE ||
                                       kinds[kind_of(&question->workload[w])].branch != branch)) {
        w++;
    }
    return w < question->workloads;
}

static struct advice_line tell_missing(const struct question *question, enum advice_branch branch)
{
    static const struct {
        const char *name, *job;
    } words[ADVICE_BRANCHES] = {
        [ADVICE_COMPUTES] = {"computing", "quick"},
        [ADVICE_WAITS] = {"waiting", "quick"},
        [ADVICE_SHARES] = {"one list", "question"},
    };
    struct advice_line told = empty_line(branch);
    struct words what = {told.what, sizeof told.what, 0};
    if (has_branch(question, branch)) {
        words_add(&what, "%s: no workload has two points with valid samples", words[branch].name);
    } else {
        words_add(&what, "%s: not measured; the job %s has it", words[branch].name,
                  words[branch].job);
    }
    return told;
}

static void add_branch(const struct question *question, const struct tree *tree,
                       enum advice_branch branch, const struct finding *findings,
                       struct advice *advice)
{
    size_t before = advice->count;
    for (size_t i = 0; i < tree->leaves && advice->count < ADVICE_LINES; i++) {
        if (is_of_line(tree, i, i) && kinds[tree->leaf[i].kind].branch == branch) {
            advice->line[advice->count++] = tell_line(tree, i);
        }
    }
    if (branch == ADVICE_WAITS && advice->count < ADVICE_LINES) {
        advice->count += tell_control(tree, findings, &advice->line[advice->count]);
    }
    if (advice->count == before && advice->count < ADVICE_LINES) {
        advice->line[advice->count++] = tell_missing(question, branch);
    }
}

void advice_sum_up(const struct verdict *verdicts, size_t count, struct advice *advice)
{
    advice->loss = NAN;
    advice->rows = advice->unsure = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_advised(&verdicts[i])) {
            bool known = isfinite(verdicts[i].loss);
            advice->rows++;
            advice->unsure += !(verdicts[i].loss <= VERDICT_LOSS);
            advice->loss = known ? fmax(advice->loss, verdicts[i].loss) : advice->loss;
        }
    }
}

int advice_find(const struct question *question, const struct verdict *verdicts, size_t count,
                const struct finding *findings, struct advice *advice)
{
    /* Of the lines, one is for control and one for what may be missing. */
    enum { LINES_OF_LEAVES = ADVICE_LINES - 2 };
    struct tree tree = {
        .leaf = calloc(question->workloads + 1, sizeof *tree.leaf),
        .line = calloc(question->workloads + 1, sizeof *tree.line),
    };
    *advice = (struct advice){0};
    bool enough = tree.leaf && tree.line;
    if (enough) {
        sort_into_lines(question, verdicts, count, &tree);
        join_lines(&tree, LINES_OF_LEAVES);
        for (int branch = 0; branch < ADVICE_BRANCHES; branch++) {
            add_branch(question, &tree, (enum advice_branch)branch, findings, advice);
        }
        advice_sum_up(verdicts, count, advice);
    }
    free(tree.leaf);
    free(tree.line);
    return enough ? 0 : -ENOMEM;
}
