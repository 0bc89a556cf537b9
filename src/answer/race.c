#include "answer/race.h"

#include "answer/contest.h"
#include "answer/sure.h"
#include "answer/verdict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Claims compare all cells: in the first rounds every cell is visited, and in a few more those
 * whose samples were not all valid. */
enum { WHOLE_ROUNDS = STATS_ROUNDS_LEAST, SPARE_ROUNDS = 3 };

enum {
    RARELY = 8,         /* the others come along in every so many rounds */
    BASELINE_RARELY = 3 /* serial, for the speed-ups of the others */
};

static const struct point serial_point = {1, 1, 1, 1};

int race_create(struct race *race, const struct question *question)
{
    size_t cells = question->workloads * question->cores * question_cells_per_cores(question);
    *race = (struct race){
        .visit = malloc(cells + 1),
        .open = question->workloads * question->cores,
        .loss = INFINITY,
    };
    if (!race->visit) {
        return -ENOMEM;
    }
    memset(race->visit, true, cells);
    return 0;
}

void race_free(struct race *race)
{
    free(race->visit);
    *race = (struct race){0};
}

bool race_looks(size_t rounds)
{
    size_t step = 1;
    while (rounds / step > 64) {
        step *= 2;
    }
    return rounds % step == 0;
}

/* One row, while it is looked at. */
struct row {
    const struct candidates *candidates;
    struct contest contest;
    size_t rounds; /* so far */
    size_t first;  /* cell */
    bool *visit;
};

static const struct contest_entry *entry_of(const struct contest *contest, size_t cell)
{
    for (size_t e = 0; e < contest->count; e++) {
        if (contest->entry[e].candidate->cell == cell) {
            return &contest->entry[e];
        }
    }
    return NULL;
}

/* The cells of an open row: the choice and those to which it may lose more than is asked, and the
 * others in some rounds. */
static void enter_row(const struct row *row, const struct contest_entry *fastest,
                      const struct contest_entry *choice)
{
    const struct question *question = row->candidates->question;
    for (size_t i = 0; i < question_cells_per_cores(question); i++) {
        const struct contest_entry *entry = entry_of(&row->contest, row->first + i);
        bool is_rival =
            entry && (entry == fastest || entry == choice ||
                      verdict_loss_to(&row->contest, choice, entry) > question->precision);
        row->visit[row->first + i] |= is_rival || row->rounds % RARELY == 0;
    }
}

/* Looks at a row; sets *loss. Returns whether it is open. */
static bool look_at_row(const struct row *row, double *loss)
{
    const struct question *question = row->candidates->question;
    const struct contest_entry *fastest = verdict_fastest(&row->contest);
    if (!fastest) { /* nothing valid yet: nothing can be left out */
        memset(&row->visit[row->first], true, question_cells_per_cores(question));
        *loss = INFINITY;
        return true;
    }
    const struct contest_entry *choice = verdict_choice(&row->contest, fastest);
    *loss = verdict_loss(&row->contest, choice);
    bool is_open = !verdict_is_certain(&row->contest, choice, question->precision);
    if (is_open) {
        enter_row(row, fastest, choice);
    }
    if (is_open && *loss <= question->precision && row->contest.serial) {
        row->visit[row->contest.serial->candidate->cell] =
            true; /* only the speed-up is not known */
    }
    return is_open;
}

static bool has_cells(const struct question *question, size_t first)
{
    return memchr(&question->status[first], CELL_DONE, question_cells_per_cores(question));
}

/* The cells that lack valid samples, for a few rounds: whether their rows are open or not. */
static void enter_spoilt(struct race *race, const struct candidates *candidates, size_t rounds)
{
    for (const struct candidate *one = candidates_next(candidates, NULL); one;
         one = candidates_next(candidates, one)) {
        race->visit[one->cell] |=
            one->valid < STATS_ROUNDS_LEAST && rounds < WHOLE_ROUNDS + SPARE_ROUNDS;
    }
}

/* Looks at the rows of a workload. 0 or -ENOMEM. */
static int look_at(struct race *race, const struct candidates *candidates, size_t rounds)
{
    const struct question *question = candidates->question;
    size_t w = candidates->workload;
    bool is_open = false;
    for (size_t c = 0; c < question->cores; c++) {
        struct row row = {.candidates = candidates,
                          .rounds = rounds,
                          .first = question_first_cell(question, w, c),
                          .visit = race->visit};
        double loss;
        if (!has_cells(question, row.first)) {
            continue;
        }
        if (contest_create(&row.contest, candidates, question->cores_axis[c]) != 0) {
            return -ENOMEM;
        }
        race->rows++;
        if (look_at_row(&row, &loss)) {
            is_open = true;
            race->open++;
            race->loss = fmax(race->loss, loss);
        }
        contest_free(&row.contest);
    }
    size_t serial = question_cell(question, w, serial_point);
    if (is_open && serial != QUESTION_NO_CELL) {
        race->visit[serial] |= rounds % BASELINE_RARELY == 0;
    }
    enter_spoilt(race, candidates, rounds);
    return 0;
}

int race_look(struct race *race, const struct question *question, size_t rounds)
{
    size_t cells = question->workloads * question->cores * question_cells_per_cores(question);
    struct race next;
    if (rounds < WHOLE_ROUNDS || question->precision <= 0) {
        return 0;
    }
    if (race_create(&next, question) != 0) {
        return -ENOMEM;
    }
    memset(next.visit, false, cells);
    next.open = 0;
    next.loss = 0;
    for (size_t w = 0; w < question->workloads; w++) {
        struct candidates candidates;
        int failed = 0;
        if (question->workload[w].failure) {
            continue; /* more rounds are no help */
        }
        failed = candidates_create(&candidates, question, w);
        if (!failed) {
            failed = look_at(&next, &candidates, rounds);
            candidates_free(&candidates);
        }
        if (failed) {
            race_free(&next);
            return failed;
        }
    }
    race_free(race);
    *race = next;
    return 0;
}
