#include "simulated/studies/residuals.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256 };

/* A line of the table. */
struct line {
    int run, cores;
    char workload[64];
    double start_s, log;
};

static void *grown(void *array, size_t count, size_t bytes)
{
    /* at 64, 128, 256 … */
    bool full = count == 0 || (count >= 64 && (count & (count - 1)) == 0);
    return full ? realloc(array, (count < 64 ? 64 : 2 * count) * bytes) : array;
}

static struct residuals_kind *kind_of(struct residuals *residuals, const struct line *line)
{
    for (size_t k = 0; k < residuals->kinds; k++) {
        struct residuals_kind *kind = &residuals->kind[k];
        if (kind->cores == line->cores && strcmp(kind->workload, line->workload) == 0) {
            return kind;
        }
    }
    struct residuals_kind *kinds = grown(residuals->kind, residuals->kinds, sizeof *kinds);
    if (!kinds) {
        return NULL;
    }
    residuals->kind = kinds;
    struct residuals_kind *kind = &kinds[residuals->kinds++];
    *kind = (struct residuals_kind){.cores = line->cores};
    memcpy(kind->workload, line->workload, sizeof kind->workload);
    return kind;
}

static int append(double **values, size_t count, double value)
{
    double *more = grown(*values, count, sizeof *more);
    if (!more) {
        return -ENOMEM;
    }
    more[count] = value;
    *values = more;
    return 0;
}

/* `offset_s` is where the run begins among all. */
static int add(struct residuals *residuals, const struct line *line, double offset_s)
{
    struct residuals_kind *kind = kind_of(residuals, line);
    if (!kind || append(&kind->log, kind->count, line->log) != 0 ||
        append(&residuals->log, residuals->count, line->log) != 0 ||
        append(&residuals->start_s, residuals->count, offset_s + line->start_s) != 0) {
        return -ENOMEM;
    }
    kind->count++;
    residuals->count++;
    return 0;
}

static int read_lines(struct residuals *residuals, FILE *file)
{
    char text[LINE_BYTES];
    struct line line = {.run = -1};
    double offset_s = 0;
    int failed = fgets(text, sizeof text, file) ? 0 : -EINVAL; /* the names of the columns */
    while (!failed && fgets(text, sizeof text, file)) {
        int run = line.run;
        if (sscanf(text, "%d,%63[^,],%d,%lf,%lf", &line.run, line.workload, &line.cores,
                   &line.start_s, &line.log) != 5) {
            return -EINVAL;
        }
        if (line.run != run) {
            offset_s = residuals_span_s(residuals) - line.start_s;
        }
        failed = add(residuals, &line, offset_s);
    }
    return failed ? failed : residuals->count > 0 ? 0 : -EINVAL;
}

int residuals_read(struct residuals *residuals, const char *path)
{
    *residuals = (struct residuals){0};
    FILE *file = fopen(path, "r");
    if (!file) {
        return -errno;
    }
    int failed = read_lines(residuals, file);
    fclose(file);
    return failed;
}

void residuals_free(struct residuals *residuals)
{
    for (size_t k = 0; k < residuals->kinds; k++) {
        free(residuals->kind[k].log);
    }
    free(residuals->kind);
    free(residuals->log);
    free(residuals->start_s);
    *residuals = (struct residuals){0};
}

const struct residuals_kind *residuals_of(const struct residuals *residuals, const char *workload,
                                          int cores)
{
    for (size_t k = 0; k < residuals->kinds; k++) {
        const struct residuals_kind *kind = &residuals->kind[k];
        if (kind->cores == cores && strcmp(kind->workload, workload) == 0) {
            return kind;
        }
    }
    return NULL;
}

size_t residuals_at(const struct residuals *residuals, double start_s)
{
    size_t low = 0, high = residuals->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (residuals->start_s[middle] < start_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < residuals->count ? low : 0;
}

double residuals_span_s(const struct residuals *residuals)
{
    return residuals->count > 0 ? residuals->start_s[residuals->count - 1] : 0;
}
