#include "run/lead.h"

#include "answer/answer.h"
#include "answer/race.h"
#include "launch/launch.h"
#include "run/lead_calibration.h"
#include "run/lead_file.h"
#include "run/lead_machine.h"
#include "run/lead_past.h"
#include "run/lead_say.h"
#include "sweep/budget.h"
#include "sweep/sweep_files.h"
#include "sweep/sweep_prepare.h"
#include "system/interrupt.h"
#include "terminal/note.h"
#include "terminal/progress.h"
#include "terminal/show_answer.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_LEFT_LEAST_S 15.0 /* for the end of a run, before a batch system ends it */

/* A run while rank 0 leads it. */
struct lead {
    const struct lead_given *given;
    struct lead_machine machine;
    struct lead_file file;
    struct lead_past past;
    struct samples samples;
    struct question question;
    struct progress progress;
    bool complete;         /* measured to its end */
    uint64_t round;        /* under way */
    uint64_t rounds;       /* kept so far … */
    uint64_t whole_rounds; /* … and how many of them are whole */
    size_t cut_off;        /* visits that the budget has cut off the last one */
    struct race race;      /* what the next round visits */
    struct lead_calibration calibration;
};

static void describe_question(struct lead *lead)
{
    const struct job *job = &lead->given->study->job;
    const struct job_axis_values *axes = job->axes;
    lead->question = (struct question){
        .workloads = job->workload_count,
        .workload = sweep_question_workloads(lead->given->sweep),
        .cores = axes[JOB_AXIS_CORES].count,
        .ranks = axes[JOB_AXIS_RANKS].count,
        .threads = axes[JOB_AXIS_THREADS].count,
        .depths = axes[JOB_AXIS_DEPTH].count,
        .cores_axis = axes[JOB_AXIS_CORES].value,
        .ranks_axis = axes[JOB_AXIS_RANKS].value,
        .threads_axis = axes[JOB_AXIS_THREADS].value,
        .depth_axis = axes[JOB_AXIS_DEPTH].value,
        .status = lead->given->study->plan.status,
        .caches = job->caches,
        .samples = lead->past.resumes ? &lead->past.resume.judged : &lead->samples,
        .start_s = sweep_start_s(lead->given->sweep),
        .precision = job->precision,
        .node_cores = sweep_node_cores(lead->given->sweep)->count,
        .core = sweep_node_cores(lead->given->sweep)->core,
    };
}

/* Memory for the samples, and the run file at its full size. */
static int begin_file(struct lead *lead, struct error *error)
{
    const struct study *study = lead->given->study;
    if (samples_create(&lead->samples, study->plan.cells, study->job.rounds,
                       (size_t)comm_size(lead->given->comm)) != 0) {
        return error_set(error, STATUS_ENVIRONMENT,
                         "no memory for %zu cells × %llu rounds of samples; ask for fewer --rounds",
                         study->plan.cells, (unsigned long long)study->job.rounds);
    }
    lead_file_describe(&lead->file, &lead->machine, &lead->samples);
    return lead_file_begin(&lead->file, error);
}

static double spent_s(const struct lead *lead)
{
    return sweep_times(lead->given->sweep).spent_s;
}

/* Called between cells. Acknowledges samples that have waited for long, and ends the run when the
 * batch system is about to end the job. */
static int report_progress(void *context, const struct sweep_progress *now, struct error *error)
{
    struct lead *lead = context;
    progress_show(&lead->progress, lead->round, (double)now->done / (double)now->of, spent_s(lead));
    double left_s = batch_left_s(&lead->machine.batch);
    if (left_s < BATCH_LEFT_LEAST_S) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted: job %s of Slurm has %.0f s left",
                         lead->machine.batch.job, fmax(0, left_s));
    }
    return lead->round > 0 && lead_file_is_late(&lead->file, now->elapsed_s)
               ? lead_file_keep_safe(&lead->file, (size_t)lead->rounds - 1, error)
               : 0;
}

/* Decides what the next round visits. Without memory for it the race goes on as it was. */
static void look_at_race(struct lead *lead)
{
    if (race_looks(lead->rounds)) {
        race_look(&lead->race, &lead->question, lead->rounds);
    }
    lead->progress.rows = lead->race.rows;
    lead->progress.settled = lead->race.rows > 0 ? lead->race.rows - lead->race.open : 0;
}

static void look_after(void *context, size_t rounds)
{
    struct lead *lead = context;
    lead->rounds = rounds;
    look_at_race(lead);
}

/* Calibrates, or takes over the calibration of the run that is resumed. */
static int prepare(struct lead *lead, struct error *error)
{
    struct resume *resume = &lead->past.resume;
    if (lead_past_take_work(&lead->past, lead->given->study, error) != 0) {
        return error->status;
    }
    if (lead->past.resumes) {
        sweep_resume(lead->given->sweep,
                     &(struct sweep_earlier){&resume->work, resume->past.elapsed_s});
    }
    if (sweep_prepare(lead->given->sweep, error) != 0) {
        return error->status;
    }
    if (sweep_known(lead->given->sweep)->note[0]) {
        const char *note = sweep_known(lead->given->sweep)->note;
        note_print("%s", note);
    }
    describe_question(lead);
    if (race_create(&lead->race, &lead->question) != 0) {
        return error_no_memory(error, "the race");
    }
    if (lead->past.resumes) {
        if (resume_check_sums(resume, lead->file.path, sweep_workloads(lead->given->sweep),
                              error) != 0) {
            return error->status;
        }
        lead->whole_rounds = resume_find_start(resume, &lead->given->study->plan, &lead->samples,
                                               &lead->race, look_after, lead);
        return 0;
    }
    look_at_race(lead);
    return begin_file(lead, error);
}

/* A round that was begun is finished when the run is resumed, whatever the budget. */
static bool is_begun(const struct lead *lead)
{
    return lead->rounds < lead->past.resume.past.rounds;
}

/* Whether there is another round. */
static bool continues(const struct lead *lead)
{
    const struct job *job = &lead->given->study->job;
    double round_s = sweep_round_s(lead->given->sweep, lead->race.visit);
    return lead->rounds < job->rounds && lead->race.open > 0 && lead->cut_off == 0 &&
           (lead->rounds == 0 || is_begun(lead) ||
            budget_has_room(job->budget_s, spent_s(lead), round_s));
}

/* Where the budget is nearly too short, the warm-up leaves the half of it to the first round. */
static int warm_up(struct lead *lead, struct error *error)
{
    double budget_s = lead->given->study->job.budget_s;
    lead->round = PLAN_WARM_UP;
    const struct sweep_round round = {
        .number = PLAN_WARM_UP,
        .end_s = is_begun(lead) ? INFINITY : (spent_s(lead) + budget_s) / 2,
        .report = report_progress,
        .context = lead,
    };
    return sweep_round(lead->given->sweep, &round, &lead->samples, error);
}

/* The alarm, in the middle of a cell, has cut a round of a run that has samples already. */
static bool is_cut_by_alarm(const struct lead *lead, int status)
{
    const struct plan *plan = &lead->given->study->plan;
    return status == STATUS_INTERRUPTED && interrupt_was_alarm() &&
           memchr(plan->status, CELL_DONE, plan->cells);
}

static int measure_round(struct lead *lead, struct error *error)
{
    const struct sweep_round round = {
        .number = lead->rounds + 1,
        .visit = lead->race.visit,
        .end_s = is_begun(lead) ? INFINITY : lead->given->study->job.budget_s,
        .cut_off = &lead->cut_off,
        .report = report_progress,
        .context = lead,
    };
    lead->round = ++lead->rounds;
    int status = sweep_round(lead->given->sweep, &round, &lead->samples, error);
    if (is_cut_by_alarm(lead, status)) {
        *error = (struct error){0};
        status = 0;
    }
    if (lead->past.resumes) {
        resume_show_round(&lead->past.resume, &lead->samples, (size_t)lead->round - 1);
    }
    lead->whole_rounds += status == 0 && lead->cut_off == 0;
    look_at_race(lead);
    bool last = status != 0 || !continues(lead);
    struct error storage = {0};
    if ((last || lead_file_is_due(&lead->file)) &&
        lead_file_keep_safe(&lead->file, (size_t)lead->rounds - 1, &storage) != 0) {
        *error = status ? *error : storage;
        status = error->status;
    }
    return status;
}

/* What hangs on in one cell, or before the first, ends soon after the budget, too. */
static void set_alarm(const struct lead *lead)
{
    const double part = 0.6; /* of what a run may take beyond its budget; the rest is for its end */
    double budget_s = lead->given->study->job.budget_s;
    if (isfinite(budget_s) && !lead->past.resumes) {
        interrupt_after(fmax(0, budget_s + part * budget_over_s(budget_s) - spent_s(lead)));
    }
}

/* Says of an end that the alarm brought that it did. */
static int name_alarm(const struct lead *lead, struct error *error)
{
    char budget[WORDS_BYTES];
    words_duration(lead->given->study->job.budget_s, budget);
    if (error->status != STATUS_INTERRUPTED || !interrupt_was_alarm()) {
        return error->status;
    }
    *error = (struct error){0};
    return error_set(
        error, lead->file.file ? STATUS_INTERRUPTED : STATUS_USAGE,
        "%s: budget: %s is too short: it was over before a cell was measured; choose a "
        "longer --budget, or fewer or shorter tasks",
        lead->given->study->job.file, budget);
}

/* Measures rounds until the budget, the precision or the number of rounds is reached, and writes
 * what was measured after each. */
static int measure(struct lead *lead, struct error *error)
{
    int status = continues(lead) ? warm_up(lead, error) : 0;
    if (!status && lead->past.resumes) {
        status = lead_file_reopen(&lead->file, lead->whole_rounds + 1,
                                  lead->past.differences.allowed, error);
    }
    while (!status && continues(lead)) {
        status = measure_round(lead, error);
        status = status || !continues(lead)
                     ? status
                     : lead_calibrate_again(&lead->calibration, lead->given->sweep, &lead->question,
                                            lead->rounds, error);
    }
    lead->complete = !status;
    if (!status && sweep_failure(lead->given->sweep)->status) {
        *error = *sweep_failure(lead->given->sweep);
        status = error->status;
    }
    return status;
}

/* Writes the answer into the file and prints it. */
static int tell_answer(struct lead *lead, const struct answer *answer, struct error *error)
{
    const char *impossible = answer->impossible[0] ? answer->impossible : NULL;
    struct error storage = {0};
    char summary[LEAD_SUMMARY_BYTES];
    const struct runfile_result result = {
        .advice = &answer->advice,
        .summary = lead_summary(&lead->file, lead->rounds, summary),
        .verdicts = answer->verdicts,
        .count = answer->count,
        .findings = answer->findings,
        .not_believed = impossible,
        .complete = lead->complete,
        .calibrated = lead->calibration.changed ? &lead->file.content : NULL,
    };
    int status = lead_file_finish(&lead->file, &result, &storage);
    if (lead_say_answer(&lead->file, &lead->machine, answer, summary) != 0) {
        error_set(&storage, STATUS_STORAGE, "the answer cannot be written: %s", strerror(errno));
    }
    if (impossible) {
        status = error_set(error, STATUS_WRONG, "not credible: %s", impossible);
    } else if (storage.status) {
        *error = storage;
        status = storage.status;
    }
    return status;
}

static int conclude(struct lead *lead, struct error *error)
{
    struct answer answer;
    if (answer_create(&answer, &lead->question) != 0) {
        return error_no_memory(error, "the answer");
    }
    int status = tell_answer(lead, &answer, error);
    answer_free(&answer);
    return status;
}

/* Measures, and prints the answer. */
static int execute(struct lead *lead, struct error *error)
{
    char machine[ERROR_ESCAPED(sizeof lead->machine.line)];
    if (!answer_parts_of(&lead->given->study->arguments).json) {
        printf("%s\n", error_escape(lead->machine.line, machine, sizeof machine));
        fflush(stdout);
    }
    lead_say_notes(lead->given, &lead->machine);
    set_alarm(lead);
    int status = prepare(lead, error);
    status = status ? status : measure(lead, error);
    interrupt_after(INFINITY);
    status = status ? name_alarm(lead, error) : 0;
    progress_end(&lead->progress);
    if (lead->file.file && lead->rounds > 0 && status != STATUS_WRONG) {
        struct error ending = {0};
        int concluded = conclude(lead, &ending);
        if (concluded && !status) {
            *error = ending;
            status = concluded;
        }
        fflush(stdout);
    }
    if (lead->file.file) {
        lead_say_summary(&lead->file, lead->rounds);
        lead_say_cut(lead->given, lead->rounds, lead->cut_off);
    }
    if (status == STATUS_INTERRUPTED) {
        guard_hold(lead->given->guard);
        lead->given->out->output = NULL; /* it is said here */
        guard_let_go(lead->given->guard);
        lead_say_how_to_resume(&lead->file, lead->file.file || lead->past.resumes,
                               lead->whole_rounds);
    }
    return status;
}

/* Begins a run, or resumes it. Of a run that is complete the answer is printed again. */
static int begin_or_resume(struct lead *lead, struct error *error)
{
    if (!lead->past.resumes && runfile_check_path(lead->file.path, lead->file.forced, error) != 0) {
        return error->status;
    }
    if (lead_file_lock(&lead->file, error) != 0 ||
        sweep_check_output(lead->given->sweep, lead->file.path, error) != 0) {
        return error->status;
    }
    if (!lead->past.resumes) {
        return execute(lead, error);
    }
    if (lead_file_take(&lead->file, error) != 0 ||
        lead_past_read(&lead->past, &lead->file, &lead->machine, &lead->samples, error) != 0) {
        return error->status;
    }
    uint64_t begun = lead->past.resume.past.rounds;
    lead->whole_rounds = begun - (begun > 0); /* at least */
    return lead->past.resume.past.complete && !lead->past.differences.allowed[0]
               ? show_answer(lead->file.path, answer_parts_of(&lead->given->study->arguments),
                             launch_wants_colour())
               : execute(lead, error);
}

int lead_run(const struct lead_given *given, struct error *error)
{
    const struct study *study = given->study;
    const struct job *job = &study->job;
    struct lead lead = {
        .given = given,
        .file = {.given = given,
                 .path = given->out->output,
                 .forced = arguments_value(&study->arguments, "--force") != NULL},
        .past = {.resumes = lead_past_is_wanted(study, given->out->output)},
        .progress = {.out = stderr,
                     .terminal = launch_is_terminal(2),
                     .budget_s = job->budget_s,
                     .rounds = job->rounds,
                     .asked = job->precision},
    };
    lead_machine_look(&lead.machine, given);
    int status = begin_or_resume(&lead, error);
    race_free(&lead.race);
    lead_file_close(&lead.file);
    lead_past_free(&lead.past);
    samples_free(&lead.samples);
    return status;
}
