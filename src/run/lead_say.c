#include "run/lead_say.h"

#include "launch/launch.h"
#include "launch/resume_command.h"
#include "terminal/claims_table.h"
#include "terminal/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Notes how many cells are infeasible, and the reason of the last of them. */
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
        char why[512];
        fprintf(stderr, "note: %zu cells are infeasible (%s); cual plan %s lists them.\n", count,
                plan_reason(plan, last, why, sizeof why), plan->job->file);
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
            fprintf(stderr, "note: %s; %s.\n", finding->value, finding->advice);
        }
    }
    if (!nodes_are_alike(given->nodes)) {
        fprintf(stderr,
                "note: the nodes have different processors; what cores are worth is measured on "
                "%s and assumed for all nodes.\n",
                given->nodes->host[0]);
    }
    note_cleared(given->nodes);
    note_infeasible(&given->study->plan);
}

/* "131 of 1310 samples are excluded: crowded 120, shallow 11." A sample may have several
 * flags. */
static void summarize_flags(const struct samples *samples)
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
    if (kept_out == 0) {
        return;
    }
    fprintf(stderr, "%zu of %zu samples are excluded", kept_out, measured);
    const char *separator = ":";
    for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        if (by[bit] > 0) {
            fprintf(stderr, "%s %s %zu", separator, sample_flag_names[bit], by[bit]);
            separator = ",";
        }
    }
    fprintf(stderr, ".\n");
}

void lead_say_summary(const struct lead_file *file, uint64_t rounds)
{
    const struct lead_given *given = file->given;
    struct sweep_times times = sweep_times(given->sweep);
    double part_s = times.elapsed_s - times.earlier_s;
    double swept_s = part_s - times.prepare_s - times.warm_up_s;
    char shown[300];
    fprintf(stderr,
            "%llu round%s of %zu cells in %.1f s (calibration %.1f s, warm-up %.1f s, %.0f %% of "
            "the rest outside samples); the samples are in %s.\n",
            (unsigned long long)rounds, rounds == 1 ? "" : "s", given->study->plan.feasible,
            times.elapsed_s, times.prepare_s, times.warm_up_s,
            rounds ? 100 * (1 - times.samples_s / swept_s) : 0.0,
            error_escape(lead_file_path(file), shown, sizeof shown));
    summarize_flags(file->content.samples);
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

int lead_say_verdicts(const struct job *job, const struct verdict *verdicts, size_t count)
{
    struct table_row *rows = calloc(count + 1, sizeof *rows);
    if (!rows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct table_row){job->workloads[verdicts[i].workload].name, verdicts[i]};
    }
    int failed = table_print(stdout, rows, count, launch_wants_colour());
    free(rows);
    return failed;
}

int lead_say_claims(const struct finding *findings)
{
    struct claim_row *rows = calloc(claims_count(), sizeof *rows);
    if (!rows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < claims_count(); i++) {
        rows[i] = (struct claim_row){findings[i].number, claims_outcome_text(findings[i].outcome),
                                     claims_find(findings[i].number)->text, findings[i].reason};
    }
    int failed = claims_print(stdout, rows, claims_count(), launch_wants_colour());
    free(rows);
    return failed;
}
