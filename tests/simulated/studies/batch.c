#include "simulated/studies/batch.h"

#include "answer/stats.h"
#include "simulated/studies/draw.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is kept of a study beside its rows. */
struct ended {
    double rounds, seconds;
    struct error error;
};

/* All studies of a batch, in memory that processes share. */
struct batch {
    const struct batch_given *given;
    size_t rows;             /* of a study, those included that have no verdict */
    struct ended *ended;     /* by study */
    struct outcome_row *row; /* [study × rows + row] */
};

/* -- carrying out -- */

static int carry_out(struct batch *batch, size_t number, struct error *error)
{
    const struct batch_given *given = batch->given;
    struct outcome_row *row = &batch->row[number * batch->rows];
    struct ended *ended = &batch->ended[number];
    struct simulation study;
    for (size_t r = 0; r < batch->rows; r++) {
        row[r] = OUTCOME_NONE;
    }
    uint64_t seed = task_mix(given->seed) + number;
    int failed = simulation_create(&study, &given->study, seed, error);
    while (!failed && simulation_continues(&study)) {
        simulation_round(&study);
        if (outcome_look(row, &study, !simulation_continues(&study)) != 0) {
            failed = error_no_memory(error, "a verdict");
        }
    }
    ended->rounds = (double)study.rounds;
    ended->seconds = study.now_s;
    simulation_free(&study);
    return failed;
}

/* Every so many of the studies, from the `first` on. */
static void carry_out_part(struct batch *batch, size_t first)
{
    size_t step = (size_t)batch->given->processes;
    for (size_t i = first; i < batch->given->studies; i += step) {
        carry_out(batch, i, &batch->ended[i].error);
    }
}

static int share_out(struct batch *batch, struct error *error)
{
    int processes = batch->given->processes, status = 0;
    for (int p = 1; p < processes; p++) {
        pid_t child = fork();
        if (child == 0) {
            carry_out_part(batch, (size_t)p);
            _exit(0);
        }
        if (child < 0) {
            error_set(error, STATUS_ENVIRONMENT, "no process for a part of the studies: %s",
                      strerror(errno));
        }
    }
    carry_out_part(batch, 0);
    while (processes > 1 && wait(&status) > 0) {
        if (status != 0) {
            error_set(error, STATUS_ENVIRONMENT, "a part of the studies ended with %d", status);
        }
    }
    for (size_t i = 0; i < batch->given->studies && !error->status; i++) {
        *error = batch->ended[i].error;
    }
    return error->status;
}

/* -- figures -- */

struct counts {
    size_t rows, lost_2, lost_5, complicated;
    size_t wrong_rows, wrong_studies, slower_rows, lost_rows, missed_rows;
    size_t named, covered, shown, shown_covered, bounded, certain;
};

static void count_row(struct counts *counts, const struct outcome_row *row)
{
    counts->rows++;
    counts->lost_2 += row->loss > 0.02 + OUTCOME_ROUNDING;
    counts->lost_5 += row->loss > 0.05 + OUTCOME_ROUNDING;
    counts->complicated += row->complicated;
    counts->wrong_rows += row->ever_slower || row->ever_faster;
    counts->slower_rows += row->ever_slower;
    counts->lost_rows += row->ever_lost;
    counts->missed_rows += row->ever_missed;
    counts->named += row->named;
    counts->covered += row->covered;
    counts->shown += row->shown;
    counts->shown_covered += row->shown_covered;
    counts->bounded += row->loss <= row->said_loss + OUTCOME_ROUNDING;
    counts->certain += row->certain;
}

static struct counts count(const struct batch *batch)
{
    struct counts counts = {0};
    for (size_t i = 0; i < batch->given->studies; i++) {
        bool wrong = false;
        for (size_t r = 0; r < batch->rows; r++) {
            const struct outcome_row *row = &batch->row[i * batch->rows + r];
            if (row->judged) {
                count_row(&counts, row);
                wrong |= row->ever_slower || row->ever_faster;
            }
        }
        counts.wrong_studies += wrong;
    }
    return counts;
}

static double share(size_t some, size_t all)
{
    return all > 0 ? (double)some / (double)all : NAN;
}

/* Of numbers that are there; of two in the middle the greater, as they may be infinite. `bytes` lie
 * between one and the next; sorts those of them that it moves to `scratch`. */
static double median_of(const void *first, size_t bytes, size_t count, double *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)first + i * bytes, sizeof value);
        if (!isnan(value)) {
            scratch[kept++] = value;
        }
    }
    stats_sort(scratch, kept);
    return kept > 0 ? scratch[kept / 2] : NAN;
}

static struct figures figures_of(const struct batch *batch, double *scratch)
{
    size_t studies = batch->given->studies, rows = studies * batch->rows;
    const size_t of_row = sizeof *batch->row, of_study = sizeof *batch->ended;
    struct counts counts = count(batch);
    return (struct figures){
        .studies = studies,
        .rows = counts.rows,
        .lost_2 = share(counts.lost_2, counts.rows),
        .lost_5 = share(counts.lost_5, counts.rows),
        .complicated = share(counts.complicated, counts.rows),
        .wrong_studies = share(counts.wrong_studies, studies),
        .wrong_rows = share(counts.wrong_rows, counts.rows),
        .slower_rows = share(counts.slower_rows, counts.rows),
        .lost_rows = share(counts.lost_rows, counts.rows),
        .missed_rows = share(counts.missed_rows, counts.rows),
        .covered = share(counts.covered, counts.named),
        .shown_covered = share(counts.shown_covered, counts.shown),
        .bounded = share(counts.bounded, counts.rows),
        .half_width = median_of(&batch->row->half_width, of_row, rows, scratch),
        .said_loss = median_of(&batch->row->said_loss, of_row, rows, scratch),
        .certain = share(counts.certain, counts.rows),
        .certain_s = median_of(&batch->row->certain_s, of_row, rows, scratch),
        .certain_rounds = median_of(&batch->row->certain_rounds, of_row, rows, scratch),
        .rounds = median_of(&batch->ended->rounds, of_study, studies, scratch),
        .seconds = median_of(&batch->ended->seconds, of_study, studies, scratch),
    };
}

/* -- all of it -- */

/* A study of the batch says how many rows each has. 0 or the status. */
static int count_rows(struct batch *batch, struct error *error)
{
    struct simulation study;
    int status = simulation_create(&study, &batch->given->study, 0, error);
    batch->rows = status ? 0 : study.question.workloads * study.question.cores;
    simulation_free(&study);
    return status;
}

int batch_run(const struct batch_given *given, struct figures *figures, struct error *error)
{
    struct batch batch = {.given = given};
    if (count_rows(&batch, error) != 0) {
        return error->status;
    }
    size_t rows = given->studies * batch.rows, ended_bytes = given->studies * sizeof *batch.ended;
    size_t bytes = ended_bytes + rows * sizeof *batch.row;
    char *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double *scratch = calloc(rows + given->studies, sizeof *scratch);
    if (shared == MAP_FAILED || !scratch) {
        error_no_memory(error, "a batch of studies");
    } else {
        batch.ended = (struct ended *)shared;
        batch.row = (struct outcome_row *)(shared + ended_bytes);
        if (share_out(&batch, error) == 0) {
            *figures = figures_of(&batch, scratch);
        }
    }
    if (shared != MAP_FAILED) {
        munmap(shared, bytes);
    }
    free(scratch);
    return error->status;
}
