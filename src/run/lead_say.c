#include "run/lead_say.h"

#include "launch/launch.h"
#include "launch/resume_command.h"
#include "sweep/budget.h"
#include "terminal/answer_text.h"
#include "terminal/note.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes how many cells are infeasible, and the last of them with its reason. */
static void note_infeasible(const struct plan *plan)
{
    size_t count = 0, last = 0;
    for (size_t cell = 0; cell < plan->cells; cell++) {
        struct point point = plan_cell(plan, cell).point;
        if (plan->status[cell] == CELL_INFEASIBLE && point.cores <= point_workers(point)) {
            count++;
            last = cell;
        }
    }
    if (count > 0) {
        char why[512], where[POINT_TEXT_BYTES];
        struct cell cell = plan_cell(plan, last);
        note_print("%zu cell%s infeasible (%s at %s: %s); cual plan %s lists %s", count,
                   count == 1 ? " is" : "s are", cell.workload->name, point_text(cell.point, where),
                   plan_reason(plan, last, why, sizeof why), plan->job->file,
                   count == 1 ? "it" : "them");
    }
}

/* Without a budget nothing ends a run of long rounds but its user. */
static void note_long_rounds(const struct plan *plan)
{
    const double long_s = 60;
    char round[WORDS_BYTES];
    struct budget_need need = budget_need(plan);
    if (isinf(plan->job->budget_s) && need.round_s > long_s) {
        note_print("a round takes at least %s, and the job has no budget",
                   words_duration(need.round_s, round));
    }
}

/* Notes what dead runs had left on the nodes. */
static void note_cleared(const struct nodes *nodes)
{
    for (int m = 0; m < nodes->count; m++) {
        const char *host = nodes->count > 1 ? nodes->host[m] : "";
        if (nodes->node[m].cleared[0]) {
            fprintf(stderr, "note: %s%s%s.\n", host, *host ? ": " : "", nodes->node[m].cleared);
        }
    }
}

void lead_say_notes(const struct lead_given *given, const struct lead_machine *machine)
{
    for (size_t f = 0; f < machine->checkup.count; f++) {
        const struct checkup_finding *finding = &machine->checkup.finding[f];
        if (finding->note && finding->state == FINDING_WARNING) {
            note_print("%s; %s", finding->value, finding->advice);
        }
    }
    if (!nodes_are_alike(given->nodes)) {
        note_print(
            "the nodes have different processors; what cores are worth is measured on %s and "
            "assumed for all nodes",
            given->nodes->host[0]);
    }
    note_cleared(given->nodes);
    note_infeasible(&given->study->plan);
    note_long_rounds(&given->study->plan);
}

/* "131 of 1310 samples excluded: crowded 120, shallow 11". A sample may have several flags. */
static void add_excluded(const struct samples *samples, struct words *words)
{
    size_t measured = 0, kept_out = 0, by[SAMPLE_FLAG_COUNT] = {0};
    for (size_t at = 0; at < samples->cells * samples->rounds; at++) {
        if (!isnan(samples->value[SAMPLE_TIME][at])) {
            unsigned flags = (unsigned)samples->value[SAMPLE_FLAGS][at];
            measured++;
            kept_out += flags != 0;
            for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
                by[bit] += flags >> bit & 1;
            }
        }
    }
    words_add(words, "%zu of %zu samples excluded", kept_out, measured);
    const char *separator = ":";
    for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        if (by[bit] > 0) {
            words_add(words, "%s %s %zu", separator, sample_flag_names[bit], by[bit]);
            separator = ",";
        }
    }
}

const char *lead_summary(const struct lead_file *file, uint64_t rounds,
                         char text[LEAD_SUMMARY_BYTES])
{
    const struct lead_given *given = file->given;
    const char *job = given->study->job.file, *slash = strrchr(job, '/');
    struct words words = {text, LEAD_SUMMARY_BYTES, 0};
    char name[80], time[WORDS_BYTES];
    error_escape(slash ? slash + 1 : job, name, sizeof name);
    char *dot = strrchr(name, '.');
    if (dot) {
        *dot = '\0';
    }
    words_add(&words, "%s · %llu round%s of %zu cells in %s · ", name, (unsigned long long)rounds,
              rounds == 1 ? "" : "s", given->study->plan.feasible,
              words_duration(sweep_times(given->sweep).elapsed_s, time));
    add_excluded(file->content.samples, &words);
    return text;
}

void lead_say_summary(const struct lead_file *file, uint64_t rounds)
{
    const struct lead_given *given = file->given;
    struct sweep_times times = sweep_times(given->sweep);
    double part_s = times.elapsed_s - times.earlier_s;
    double calibration_s = times.prepare_s + times.calibrate_s;
    double swept_s = part_s - calibration_s - times.warm_up_s;
    char shown[300];
    fprintf(stderr,
            "%llu round%s of %zu cells in %.1f s (calibration %.1f s, warm-up %.1f s, %.0f %% of "
            "the rest outside samples); the samples are in %s.\n",
            (unsigned long long)rounds, rounds == 1 ? "" : "s", given->study->plan.feasible,
            times.elapsed_s, calibration_s, times.warm_up_s,
            rounds ? 100 * (1 - times.samples_s / swept_s) : 0.0,
            error_escape(lead_file_path(file), shown, sizeof shown));
}

/* The workloads of cells that have no sample: "triad 3 of 12, chase 12 of 12 and 2 more workloads".
 */
static void list_unmeasured(const struct plan *plan, struct words *words)
{
    const size_t named_most = 4;
    size_t named = 0;
    for (size_t i = 0; i < plan->feasible;) {
        const struct cell *first = &plan->feasible_cell[i];
        size_t cells = 0, missing = 0;
        for (; i < plan->feasible && plan->feasible_cell[i].workload == first->workload; i++) {
            cells++;
            missing += plan->status[plan->feasible_cell[i].number] == CELL_EMPTY;
        }
        if (missing > 0 && named++ < named_most) {
            words_add(words, "%s%s %zu of %zu", named > 1 ? ", " : "", first->workload->name,
                      missing, cells);
        }
    }
    if (named > named_most) {
        words_add(words, " and %zu more workloads", named - named_most);
    }
}

void lead_say_cut(const struct lead_given *given, uint64_t rounds, size_t cut_off)
{
    char text[512] = "", budget[WORDS_BYTES], least[BUDGET_TEXT_BYTES];
    struct words words = {text, sizeof text, 0};
    struct sweep_times times = sweep_times(given->sweep);
    words_duration(given->study->job.budget_s, budget);
    if (cut_off > 0 && rounds > 1) {
        note_print("the budget of %s has cut %zu cells off round %llu", budget, cut_off,
                   (unsigned long long)rounds);
    } else if (cut_off > 0) {
        list_unmeasured(&given->study->plan, &words);
        double before_s = times.spent_s - times.elapsed_s + times.prepare_s;
        double least_s = before_s + 2 * sweep_round_s(given->sweep, NULL);
        note_print("the budget of %s has cut %zu cells off the first round, so that cells without "
                   "a sample are: %s. A round of all cells takes --budget %s at least",
                   budget, cut_off, text, budget_text(least_s, least));
    }
}

/* "12 rounds are safe in out.h5; resume with: cual run JOB -o out.h5 --resume" */
void lead_say_how_to_resume(const struct lead_file *file, bool is_begun, uint64_t whole_rounds)
{
    const struct lead_given *given = file->given;
    char safe[80];
    snprintf(safe, sizeof safe, "%llu round%s safe", (unsigned long long)whole_rounds,
             whole_rounds == 1 ? " is" : "s are");
    char *text = resume_command_text(is_begun ? safe : NULL, given->argv, file->path,
                                     arguments_value(&given->study->arguments, "--output") != NULL);
    if (text) {
        fprintf(stderr, "%s\n", text);
    }
    free(text);
}

static void fill_rows(const struct job *job, const struct answer *answer, struct table_row *rows)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct verdict *verdict = &answer->verdicts[i];
        rows[i] = (struct table_row){job->workloads[verdict->workload].name, *verdict};
    }
}

static void fill_claims(const struct finding *findings, struct claim_row *rows)
{
    for (size_t i = 0; i < claims_count(); i++) {
        rows[i] = (struct claim_row){findings[i].number, claims_outcome_text(findings[i].outcome),
                                     claims_find(findings[i].number)->text, findings[i].reason};
    }
}

int lead_say_answer(const struct lead_file *file, const struct lead_machine *machine,
                    const struct answer *answer, const char *summary)
{
    const struct study *study = file->given->study;
    char path[300], line[ERROR_ESCAPED(sizeof machine->line)];
    struct table_row *rows = calloc(answer->count + 1, sizeof *rows);
    struct claim_row *claims = calloc(claims_count(), sizeof *claims);
    const struct answer_text text = {
        .advice = &answer->advice,
        .summary = summary,
        .machine = error_escape(machine->line, line, sizeof line),
        .path = error_escape(lead_file_path(file), path, sizeof path),
        .rows = rows,
        .row_count = answer->count,
        .claims = claims,
        .claim_count = claims_count(),
    };
    int failed = -ENOMEM;
    if (rows && claims) {
        fill_rows(&study->job, answer, rows);
        fill_claims(answer->findings, claims);
        failed = answer_print(&text, answer_parts_of(&study->arguments), launch_wants_colour());
    }
    free(rows);
    free(claims);
    return failed;
}
