#include "terminal/table.h"

#include "answer/interval_text.h"
#include "system/error.h"
#include "terminal/prose.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TABLE_COLUMNS 120
#define TEXT_BYTES 512

enum column {
    NAME,
    CORES,
    TASK,
    ALL,
    THREADS,
    PROCESSES,
    ASYNC,
    MIX,
    USE,
    REACHED,
    LIMIT,
    COLUMNS
};

struct column_style {
    const char *title;
    size_t gap; /* before it */
    bool right;
};

static const struct column_style styles[COLUMNS] = {
    [NAME] = {"workload", 0, false},  [CORES] = {"cores", 1, true},
    [TASK] = {"a task", 1, true},     [ALL] = {"in all", 1, true},
    [THREADS] = {"threads", 2, true}, [PROCESSES] = {"processes", 1, true},
    [ASYNC] = {"async", 1, true},     [MIX] = {"mix", 1, true},
    [USE] = {"use R×T×D", 2, false},  [REACHED] = {"bound", 1, true},
    [LIMIT] = {"limit", 2, false},
};

/* What to give up first when the lines get too long. */
static const struct shrinking {
    enum column column;
    size_t least;
} shrinkings[] = {
    {LIMIT, 22},     {NAME, 16},  {LIMIT, 16}, {USE, 16},      {NAME, 10},
    {PROCESSES, 12}, {ASYNC, 12}, {MIX, 12},   {THREADS, 12},  {LIMIT, 8},
    {USE, 8},        {TASK, 8},   {ALL, 8},    {PROCESSES, 9}, {THREADS, 9},
};

/* Columns of the terminal. A ratio has its point in the same column in all lines. */
struct layout {
    size_t width[COLUMNS];
    size_t before_point[COLUMNS], after_point[COLUMNS];
    size_t airy;     /* 1 when gaps may be wider */
    bool full_names; /* "threads+async" instead of "mix" in the choice */
    bool colour;
};

/* A line's texts; ratios in two pieces. */
struct line {
    char text[COLUMNS][TEXT_BYTES];
    char half[COLUMNS][WORDS_BYTES]; /* "±0.3", or empty */
    enum column chosen;              /* the column of the choice; COLUMNS when there is none */
};

/* A workload's name in its parts: "mixed[wait_fraction=0.9]" is "mixed", "wait_fraction", "0.9". */
struct name {
    char base[TEXT_BYTES], keys[TEXT_BYTES], values[TEXT_BYTES];
};

/* One "key=value" of the list in brackets. */
static void add_family_value(const char *item, size_t bytes, struct words *keys,
                             struct words *values)
{
    const char *equals = memchr(item, '=', bytes);
    size_t key_bytes = equals ? (size_t)(equals - item) : 0;
    const char *value = equals ? equals + 1 : item;
    words_add(keys, "%s%.*s", keys->used ? ", " : "", (int)key_bytes, item);
    words_add(values, "%s%.*s", values->used ? ", " : "", (int)(item + bytes - value), value);
}

static struct name split_name(const char *text)
{
    struct name name = {0};
    struct words keys = {name.keys, sizeof name.keys, 0};
    struct words values = {name.values, sizeof name.values, 0};
    error_escape(text, name.base, sizeof name.base);
    char *bracket = strchr(name.base, '[');
    size_t bytes = strlen(name.base);
    if (!bracket || name.base[bytes - 1] != ']') {
        return name;
    }
    name.base[bytes - 1] = '\0';
    *bracket = '\0';
    for (const char *item = bracket + 1;;) {
        size_t item_bytes = strcspn(item, ",");
        add_family_value(item, item_bytes, &keys, &values);
        if (item[item_bytes] == '\0') {
            return name;
        }
        item += item_bytes + 1;
        item += strspn(item, " ");
    }
}

static bool is_in_family(const struct name *name)
{
    return name->values[0] != '\0';
}

static bool is_same_family(const struct name *a, const struct name *b)
{
    return strcmp(a->base, b->base) == 0 && strcmp(a->keys, b->keys) == 0;
}

static enum column column_of(const struct verdict *verdict)
{
    if (verdict->choice.ranks == 0) {
        return COLUMNS;
    }
    switch (point_model(verdict->choice)) {
    case MODEL_SERIAL:
        return ALL;
    case MODEL_THREADS:
        return THREADS;
    case MODEL_PROCESSES:
        return PROCESSES;
    case MODEL_ASYNC:
        return ASYNC;
    default:
        return MIX;
    }
}

static void fill_ratio(struct line *line, enum column column, const struct verdict_best *best)
{
    char text[WORDS_BYTES];
    if (best->point.ranks == 0) {
        strcpy(line->text[column], "–");
        return;
    }
    interval_text(best->speed_up, text);
    char *space = strchr(text, ' ');
    if (space) {
        *space = '\0';
        strcpy(line->half[column], space + 1);
    }
    strcpy(line->text[column], text);
}

static void fill_choice(struct line *line, const struct verdict *verdict, bool full_names)
{
    struct point choice = verdict->choice;
    enum column column = column_of(verdict);
    const char *name = column == MIX && !full_names ? "mix" : model_name(point_model(choice));
    if (column == COLUMNS) {
        strcpy(line->text[USE], "–");
    } else if (column == ALL) {
        strcpy(line->text[USE], name);
    } else {
        snprintf(line->text[USE], TEXT_BYTES, "%s %d×%d×%d", name, choice.ranks, choice.threads,
                 choice.depth);
    }
}

/* How much it reached of the lowest of its bounds; all of it, where only the noise of the samples
 * makes it more. */
static void fill_reached(struct line *line, const struct verdict *verdict)
{
    double most = INFINITY;
    for (int b = 0; b < BOUND_COUNT; b++) {
        most = fmin(most, verdict->bound_tasks_per_s[b]);
    }
    double percent = 100 * verdict->tasks_per_s / most;
    const struct interval *speed_up = &verdict->choice_speed_up;
    bool is_more = percent * speed_up->low / speed_up->median > 100;
    percent = percent > 100 && !is_more ? 100 : percent;
    if (verdict->choice.ranks > 0 && percent > 0 && percent < 1e6) {
        snprintf(line->text[REACHED], TEXT_BYTES, "%.*f %%", percent < 9.5, percent);
    } else {
        strcpy(line->text[REACHED], "–");
    }
}

/* `first`: the first line of the workload, the only one that repeats nothing. */
static void fill_line(struct line *line, const struct table_row *row, bool first, bool full_names)
{
    const struct verdict *verdict = &row->verdict;
    char time[WORDS_BYTES], limit[TEXT_BYTES];
    memset(line, 0, sizeof *line);
    if (first) {
        struct name name = split_name(row->workload);
        snprintf(line->text[NAME], TEXT_BYTES, "%s%.500s", is_in_family(&name) ? "  " : "",
                 is_in_family(&name) ? name.values : name.base);
        strcpy(line->text[TASK],
               isnan(verdict->serial_task_s) ? "–" : words_time(verdict->serial_task_s, time));
        strcpy(line->text[ALL],
               isnan(verdict->serial_s) ? "–" : words_time(verdict->serial_s, time));
    }
    snprintf(line->text[CORES], TEXT_BYTES, "%d", verdict->cores);
    fill_ratio(line, THREADS, &verdict->best[GROUP_THREADS]);
    fill_ratio(line, PROCESSES, &verdict->best[GROUP_PROCESSES]);
    fill_ratio(line, ASYNC, &verdict->best[GROUP_ASYNC]);
    fill_ratio(line, MIX, &verdict->best[GROUP_MIX]);
    fill_choice(line, verdict, full_names);
    fill_reached(line, verdict);
    error_escape(verdict->limit, limit, sizeof limit);
    strcpy(line->text[LIMIT], strncmp(limit, "the ", 4) == 0 ? limit + 4 : limit);
    line->chosen = column_of(verdict);
}

static bool is_first(const struct table_row *rows, size_t i)
{
    return i == 0 || strcmp(rows[i].workload, rows[i - 1].workload) != 0;
}

static bool is_ratio(enum column column)
{
    return column >= THREADS && column <= MIX;
}

static void widen(size_t *width, size_t columns)
{
    *width = columns > *width ? columns : *width;
}

/* With the point itself. */
static size_t columns_after_point(const char *number)
{
    const char *point = strchr(number, '.');
    return point ? words_columns(point) : 0;
}

static void widen_for(struct layout *layout, const struct line *line)
{
    for (enum column c = 0; c < COLUMNS; c++) {
        size_t mark = !layout->colour && (line->chosen == c || c == ALL);
        if (is_ratio(c)) {
            size_t after = columns_after_point(line->text[c]);
            size_t before = words_columns(line->text[c]) - after;
            widen(&layout->before_point[c], before);
            widen(&layout->after_point[c], after + words_columns(line->half[c]) + mark);
            widen(&layout->width[c], layout->before_point[c] + layout->after_point[c]);
        } else {
            widen(&layout->width[c], words_columns(line->text[c]) + mark);
        }
    }
}

static size_t gap_before(const struct layout *layout, enum column column)
{
    return styles[column].gap + (column == NAME ? 0 : layout->airy);
}

static size_t line_columns(const struct layout *layout)
{
    size_t columns = 0;
    for (enum column c = 0; c < COLUMNS; c++) {
        columns += gap_before(layout, c) + layout->width[c];
    }
    return columns;
}

static struct layout layout_of(const struct table_row *rows, size_t count, bool full_names,
                               bool colour)
{
    struct layout layout = {.full_names = full_names, .colour = colour};
    struct line line;
    for (enum column c = 0; c < COLUMNS; c++) {
        layout.width[c] = words_columns(styles[c].title);
    }
    for (size_t i = 0; i < count; i++) {
        fill_line(&line, &rows[i], is_first(rows, i), full_names);
        widen_for(&layout, &line);
    }
    return layout;
}

static struct layout layout_that_fits(const struct table_row *rows, size_t count, bool colour)
{
    struct layout layout = layout_of(rows, count, true, colour);
    if (line_columns(&layout) > TABLE_COLUMNS) {
        layout = layout_of(rows, count, false, colour);
    }
    for (size_t i = 0; i < sizeof shrinkings / sizeof shrinkings[0]; i++) {
        size_t columns = line_columns(&layout);
        size_t *width = &layout.width[shrinkings[i].column];
        if (columns > TABLE_COLUMNS && *width > shrinkings[i].least) {
            size_t spare = *width - shrinkings[i].least, over = columns - TABLE_COLUMNS;
            *width -= spare < over ? spare : over;
        }
    }
    layout.airy = line_columns(&layout) + COLUMNS - 1 <= TABLE_COLUMNS;
    return layout;
}

/* The two pieces of a ratio with the point in its place, as one text. */
static void join_ratio(const struct layout *layout, const struct line *line, enum column column,
                       char text[TEXT_BYTES])
{
    const char *value = line->text[column];
    size_t before = words_columns(value) - columns_after_point(value);
    size_t block = layout->before_point[column] + layout->after_point[column];
    size_t left = layout->width[column] > block ? layout->width[column] - block : 0;
    left += layout->before_point[column] - before;
    snprintf(text, TEXT_BYTES, "%*s%.100s%.100s", (int)left, "", value, line->half[column]);
}

static void put_line(FILE *out, const struct layout *layout, const struct line *line)
{
    for (enum column c = 0; c < COLUMNS; c++) {
        char text[TEXT_BYTES];
        bool chosen = line->chosen == c && line->text[c][0];
        bool green = layout->colour && (chosen || (c == USE && line->chosen != COLUMNS));
        if (is_ratio(c)) {
            join_ratio(layout, line, c, text);
        } else {
            snprintf(text, sizeof text, "%.*s", TEXT_BYTES - 2, line->text[c]);
        }
        if (!layout->colour && (chosen || c == ALL)) {
            strcat(text, chosen ? "*" : " ");
        }
        prose_spaces(out, gap_before(layout, c));
        fputs(green ? PROSE_CHOSEN : "", out);
        prose_text(out, text, layout->width[c], styles[c].right && !is_ratio(c), c == COLUMNS - 1);
        fputs(green ? PROSE_PLAIN : "", out);
    }
    fputc('\n', out);
}

/* A title over the columns from first to last, the shorter one where it has to be. */
static void put_span(FILE *out, const struct layout *layout, const char *title, const char *shorter,
                     enum column first, enum column last)
{
    size_t width = 0;
    for (enum column c = first; c <= last; c++) {
        width += layout->width[c] + (c == first ? 0 : gap_before(layout, c));
    }
    prose_spaces(out, gap_before(layout, first));
    prose_text(out, words_columns(title) <= width ? title : shorter, width, true, false);
}

static void put_head(FILE *out, const struct layout *layout)
{
    fputs(layout->colour ? PROSE_BOLD : "", out);
    put_span(out, layout, "", "", NAME, CORES);
    put_span(out, layout, "serial", "", TASK, ALL);
    put_span(out, layout, "times as fast as serial, best of each kind", "times as fast as serial",
             THREADS, MIX);
    fputs(layout->colour ? PROSE_PLAIN "\n" PROSE_BOLD : "\n", out);
    for (enum column c = 0; c < COLUMNS; c++) {
        prose_spaces(out, gap_before(layout, c));
        prose_text(out, styles[c].title, layout->width[c], styles[c].right, c == COLUMNS - 1);
    }
    fputs(layout->colour ? PROSE_PLAIN "\n" : "\n", out);
}

/* The line above a family, when row i is its first. */
static void put_family(FILE *out, const struct table_row *rows, size_t i)
{
    struct name name = split_name(rows[i].workload);
    struct name before = i > 0 ? split_name(rows[i - 1].workload) : (struct name){0};
    if (is_in_family(&name) && !(is_in_family(&before) && is_same_family(&before, &name))) {
        char text[2 * TEXT_BYTES];
        struct words title = {text, sizeof text, 0};
        words_add(&title, name.keys[0] ? "%s by %s:" : "%s%s:", name.base, name.keys);
        prose_text(out, text, TABLE_COLUMNS, false, true);
        fputc('\n', out);
    }
}

/* Rows from the first on that have no choice, all for the reason of the first; at least 1. What
 * made a workload fail would else be told as often as there are numbers of cores. */
static size_t rows_of_reason(const struct table_row *rows, size_t count)
{
    size_t same = 1;
    while (same < count && rows[0].verdict.choice.ranks == 0 &&
           rows[same].verdict.choice.ranks == 0 &&
           strcmp(rows[same].workload, rows[0].workload) == 0 &&
           strcmp(rows[same].verdict.reason, rows[0].verdict.reason) == 0) {
        same++;
    }
    return same;
}

/* Cuts sentences off the end of a text until it fits. */
static void cut_to_lines(char *text, size_t lines)
{
    while (lines > 0 && prose_lines(text) > lines) {
        size_t end = strlen(text);
        do {
            end--;
        } while (end > 1 && !(text[end - 1] == '.' && text[end] == ' '));
        if (end <= 1) {
            return;
        }
        text[end] = '\0';
    }
}

/* `count` rows of one workload, told in one sentence. */
static void put_reason(FILE *out, const struct table_row *row, size_t count, size_t lines,
                       bool colour)
{
    char name[TEXT_BYTES], reason[2 * VERDICT_REASON_BYTES];
    char text[TEXT_BYTES + 2 * VERDICT_REASON_BYTES + 32];
    struct words words = {text, sizeof text, 0};
    error_escape(row->workload, name, sizeof name);
    error_escape(row->verdict.reason, reason, sizeof reason);
    words_add(&words, "%s, %d", name, row->verdict.cores);
    for (size_t i = 1; i < count; i++) {
        words_add(&words, "%s %d", i + 1 < count ? "," : " and", row[i].verdict.cores);
    }
    words_add(&words, " core%s:", row[count - 1].verdict.cores == 1 ? "" : "s");
    size_t head_bytes = words.used;
    words_add(&words, " %s", reason);
    cut_to_lines(text, lines);
    prose_wrapped(out, text, head_bytes, colour);
}

int table_print(FILE *out, const struct table_row *rows, size_t count, size_t lines, bool colour)
{
    struct layout layout = layout_that_fits(rows, count, colour);
    put_head(out, &layout);
    for (size_t i = 0; i < count; i++) {
        struct line line;
        fill_line(&line, &rows[i], is_first(rows, i), layout.full_names);
        put_family(out, rows, i);
        put_line(out, &layout, &line);
    }
    fprintf(out,
            "R×T×D: ranks × threads × depth; ±: half of the 95 %% interval (?: none); "
            "%s: what to use; bound: share reached\n\n",
            colour ? PROSE_CHOSEN "green" PROSE_PLAIN : "*");
    for (size_t i = 0, same; i < count; i += same) {
        same = rows_of_reason(&rows[i], count - i);
        put_reason(out, &rows[i], same, lines, colour);
    }
    return ferror(out) ? -EIO : 0;
}
