#include "run/lead.h"

#include "answer/impossible.h"
#include "commands/show.h"
#include "launch/child.h"
#include "launch/go_on.h"
#include "launch/launch.h"
#include "machine/batch.h"
#include "machine/cgroup.h"
#include "run/provenance.h"
#include "run/resume.h"
#include "sweep/sweep_files.h"
#include "sweep/sweep_nodes.h"
#include "sweep/sweep_prepare.h"
#include "system/interrupt.h"
#include "terminal/claims_table.h"
#include "terminal/progress.h"
#include "terminal/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define UNSAFE_MOST_S 2.0       /* from a sample to its acknowledgement, and the cell at hand */
#define WRITING_SHARE 0.01      /* of the run */
#define BATCH_LEFT_LEAST_S 15.0 /* for the end of a run, before a batch system ends it */

enum { ROUNDS_LEAST = 6 };

bool lead_goes_on(const struct study *study, const char *output)
{
    struct stat found;
    return arguments_value(&study->arguments, "--resume") && lstat(output, &found) == 0;
}

/* What rank 0 holds while it leads a run. */
struct lead {
    struct study *study;
    struct sweep *sweep;
    struct comm *comm;
    struct guard *guard;
    struct way_out *out;
    char **argv;
    const struct nodes *nodes;
    const char *output;
    int force;
    bool resumes; /* goes on with the run in the file */
    struct resume resume;
    struct resume_differences differences;
    char machine[NODES_TEXT_BYTES + 200];
    struct checkup checkup;
    struct samples samples;
    struct lock *lock; /* on the output */
    struct runfile *file;
    struct runfile_content content;
    struct question question;
    struct provenance provenance;
    struct progress progress;
    bool complete;   /* measured to its end */
    uint64_t round;  /* under way */
    uint64_t rounds; /* kept so far, and how many of them are whole */
    uint64_t whole_rounds;
    struct batch batch;
    double safe_s;    /* when samples were last acknowledged, since the run began … */
    double writing_s; /* … and what that has taken so far */
    bool *active;     /* by workload: its verdicts are not certain yet */
};

/* How many cells cannot be carried out, and the most frequent reason. */
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
        fprintf(stderr,
                "note: %zu cells cannot be carried out here (%s); cual plan %s lists them\n", count,
                plan_reason(plan, last, why, sizeof why), plan->job->file);
    }
}

static void note_surroundings(const struct lead *lead)
{
    for (size_t f = 0; f < lead->checkup.count; f++) {
        const struct checkup_finding *finding = &lead->checkup.finding[f];
        if (finding->note && finding->state == FINDING_WARNING) {
            fprintf(stderr, "note: %s; %s\n", finding->value, finding->advice);
        }
    }
    if (!nodes_are_alike(lead->nodes)) {
        fprintf(stderr,
                "note: the nodes have different processors; what cores are worth is measured on "
                "%s and taken for all\n",
                lead->nodes->host[0]);
    }
    note_infeasible(&lead->study->plan);
}

static void describe_question(struct lead *lead)
{
    const struct job *job = &lead->study->job;
    const struct axis_values *axes = job->axes;
    lead->question = (struct question){
        .workloads = job->workload_count,
        .workload = sweep_question_workloads(lead->sweep),
        .cores = axes[AXIS_CORES].count,
        .ranks = axes[AXIS_RANKS].count,
        .threads = axes[AXIS_THREADS].count,
        .depths = axes[AXIS_DEPTH].count,
        .cores_axis = axes[AXIS_CORES].value,
        .ranks_axis = axes[AXIS_RANKS].value,
        .threads_axis = axes[AXIS_THREADS].value,
        .depth_axis = axes[AXIS_DEPTH].value,
        .status = lead->study->plan.status,
        .samples = lead->resumes ? &lead->resume.judged : &lead->samples,
        .start_s = sweep_start_s(lead->sweep),
        .precision = job->precision,
    };
}

/* What was found out on the way, as facts of the machine. */
static void add_facts(struct lead *lead)
{
    const struct known *known = sweep_known(lead->sweep);
    char start[32];
    snprintf(start, sizeof start, "%.2f s", sweep_start_s(lead->sweep));
    provenance_add_machine(&lead->provenance, "rank_start",
                           isnan(sweep_start_s(lead->sweep)) ? "unknown" : start);
    if (lead->nodes->count > 1) {
        char clocks[32];
        snprintf(clocks, sizeof clocks, "%.3g s", sweep_clock_error_s(lead->sweep));
        provenance_add_machine(&lead->provenance, "clocks_within", clocks);
    }
    provenance_add_machine(&lead->provenance, "known_waiting", known->waiting);
    provenance_add_machine(&lead->provenance, "known_computing", known->computing);
}

static void collect_facts(struct lead *lead)
{
    const struct study *study = lead->study;
    provenance_collect(&lead->provenance, lead->argv, &study->job, study->topo, lead->nodes,
                       comm_size(lead->comm), lead->machine, &lead->checkup);
}

/* What stands in the file of a run that begins now. */
static void describe_content(struct lead *lead)
{
    const struct study *study = lead->study;
    lead->content = (struct runfile_content){
        .plan = &study->plan,
        .workload = sweep_workloads(lead->sweep),
        .samples = &lead->samples,
        .fact_count = lead->provenance.count,
        .facts = lead->provenance.fact,
        .machine_fact_count = lead->provenance.machine_count,
        .machine_facts = lead->provenance.machine_fact,
    };
}

/* Memory for the samples, and the run file at its full size. */
static int begin_file(struct lead *lead, struct error *error)
{
    struct study *study = lead->study;
    if (samples_create(&lead->samples, study->plan.cells, study->job.rounds,
                       (size_t)comm_size(lead->comm)) != 0) {
        return error_set(error, STATUS_ENVIRONMENT,
                         "no memory for %zu cells × %llu rounds of samples; fewer --rounds",
                         study->plan.cells, (unsigned long long)study->job.rounds);
    }
    collect_facts(lead);
    add_facts(lead);
    describe_content(lead);
    guard_hold(lead->guard);
    lead->file = runfile_create(lead->output, lead->force, &lead->content, error);
    guard_let_go(lead->guard);
    return lead->file ? 0 : error->status;
}

/* The file is opened and told that the run goes on when there is something to write. */
static int reopen_file(struct lead *lead, struct error *error)
{
    char now[PROVENANCE_NOW_BYTES], line[2 * RESUME_TEXT_BYTES];
    const struct resume_differences *differences = &lead->differences;
    snprintf(line, sizeof line, "%s from round %llu%s%s", provenance_now(now),
             (unsigned long long)lead->whole_rounds + 1, differences->allowed[0] ? "; " : "",
             differences->allowed);
    guard_hold(lead->guard);
    int status = runfile_note_resumed(lead->output, line, error);
    lead->file = status ? NULL : runfile_reopen(lead->output, error);
    guard_let_go(lead->guard);
    return lead->file ? 0 : error->status;
}

/* What was measured so far is acknowledged. */
static int keep_safe(struct lead *lead, struct error *error)
{
    double start_s = sweep_times(lead->sweep).elapsed_s;
    guard_hold(lead->guard);
    int status = runfile_write_round(lead->file, &lead->content, (size_t)lead->rounds - 1, error);
    guard_let_go(lead->guard);
    lead->safe_s = sweep_times(lead->sweep).elapsed_s;
    lead->writing_s += lead->safe_s - start_s;
    return status;
}

/* Between cells: nothing measured stays unsafe for long, and when the batch system is about to end
 * the job, the run ends before by itself. */
static int report_progress(void *context, const struct sweep_progress *now, struct error *error)
{
    struct lead *lead = context;
    progress_show(&lead->progress, lead->round, (double)now->done / (double)now->of,
                  now->elapsed_s);
    double left_s = batch_left_s(&lead->batch);
    if (left_s < BATCH_LEFT_LEAST_S) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted: job %s of Slurm has %.0f s left",
                         lead->batch.job, fmax(0, left_s));
    }
    return lead->round > 0 && now->elapsed_s - lead->safe_s >= UNSAFE_MOST_S
               ? keep_safe(lead, error)
               : 0;
}

/* A round's end is acknowledged at once, unless that would take more than its share of a run of
 * very short rounds: then several are, together, as late as samples within a round. */
static bool is_due(const struct lead *lead)
{
    double now_s = sweep_times(lead->sweep).elapsed_s;
    return lead->writing_s <= WRITING_SHARE * now_s || now_s - lead->safe_s >= UNSAFE_MOST_S;
}

/* A workload whose verdicts are all certain is not visited any more; those of the others become
 * certain sooner. */
static void judge_workloads(struct lead *lead)
{
    const struct job *job = &lead->study->job;
    struct progress *progress = &lead->progress;
    progress->open = 0;
    progress->precision = 0;
    for (size_t w = 0; w < job->workload_count; w++) {
        if (lead->active[w] && lead->rounds >= ROUNDS_LEAST) {
            struct certainty found = verdict_certainty(&lead->question, w);
            lead->active[w] = !found.certain || job->precision == 0;
            progress->precision = fmax(progress->precision, lead->active[w] ? found.half_width : 0);
        }
        progress->open += lead->active[w];
    }
    if (lead->rounds < ROUNDS_LEAST) {
        progress->precision = INFINITY;
    }
}

static void judge_after(void *context, size_t rounds)
{
    struct lead *lead = context;
    lead->rounds = rounds;
    judge_workloads(lead);
}

/* Reading in a process of its own first, which a damaged file may crash or blow up; only what it
 * says of it is taken over. */
struct rehearsal {
    struct lead *lead;
    struct error *said; /* shared memory */
};

static int rehearse(struct lead *lead, const char *path, int (*reads)(void *context),
                    struct error *error)
{
    struct rehearsal rehearsal = {
        lead, mmap(NULL, sizeof *error, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    if (rehearsal.said == MAP_FAILED) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory to read a run file");
    }
    if (child_read(reads, &rehearsal, path, error) == 0 && rehearsal.said->status) {
        *error = *rehearsal.said;
    }
    munmap(rehearsal.said, sizeof *error);
    return error->status;
}

static const char *work_of(const struct lead *lead)
{
    return arguments_value(&lead->study->arguments, "--work-of");
}

static int rehearse_work(void *context)
{
    struct rehearsal *rehearsal = context;
    struct study *study = rehearsal->lead->study;
    resume_take_work(work_of(rehearsal->lead), &study->job, study->limits.cores, rehearsal->said);
    return 0;
}

/* What another run has fixed of the work; a run that goes on has its own. */
static int take_work(struct lead *lead, struct error *error)
{
    const char *path = work_of(lead);
    struct study *study = lead->study;
    return !path || lead->resumes ||
                   (rehearse(lead, path, rehearse_work, error) == 0 &&
                    resume_take_work(path, &study->job, study->limits.cores, error) == 0)
               ? 0
               : error->status;
}

/* Calibration, or what an earlier part of the run kept of it. */
static int prepare(struct lead *lead, struct error *error)
{
    struct resume *resume = &lead->resume;
    if (take_work(lead, error) != 0) {
        return error->status;
    }
    if (lead->resumes) {
        sweep_go_on(lead->sweep,
                    &(struct sweep_earlier){resume->work.workload, resume->past.elapsed_s});
    }
    if (sweep_prepare(lead->sweep, error) != 0) {
        return error->status;
    }
    if (sweep_known(lead->sweep)->note[0]) {
        fprintf(stderr, "note: %s\n", sweep_known(lead->sweep)->note);
    }
    describe_question(lead);
    if (lead->resumes) {
        if (resume_check_sums(resume, lead->output, sweep_workloads(lead->sweep), error) != 0) {
            return error->status;
        }
        lead->whole_rounds = resume_place(resume, &lead->study->plan, &lead->samples, lead->active,
                                          judge_after, lead);
        return 0;
    }
    for (size_t w = 0; w < lead->study->job.workload_count; w++) {
        lead->active[w] = true;
    }
    judge_workloads(lead);
    return begin_file(lead, error);
}

/* A round that was begun is ended, whatever the budget. */
static bool goes_on(const struct lead *lead)
{
    const struct job *job = &lead->study->job;
    double end_s = sweep_times(lead->sweep).elapsed_s + sweep_round_s(lead->sweep, lead->active);
    bool begun = lead->rounds < lead->resume.past.rounds;
    return lead->rounds < job->rounds && lead->progress.open > 0 &&
           (lead->rounds == 0 || begun || end_s <= job->budget_s);
}

static int warm_up(struct lead *lead, struct error *error)
{
    lead->round = PLAN_WARM_UP;
    const struct sweep_round round = {
        .number = PLAN_WARM_UP, .report = report_progress, .context = lead};
    return sweep_round(lead->sweep, &round, &lead->samples, error);
}

static int measure_round(struct lead *lead, struct error *error)
{
    lead->round = ++lead->rounds;
    const struct sweep_round round = {lead->round, lead->active, report_progress, lead};
    int status = sweep_round(lead->sweep, &round, &lead->samples, error);
    if (lead->resumes) {
        resume_show_round(&lead->resume, &lead->samples, (size_t)lead->round - 1);
    }
    lead->whole_rounds += status == 0;
    judge_workloads(lead);
    bool last = status != 0 || !goes_on(lead);
    struct error storage = {0};
    if ((last || is_due(lead)) && keep_safe(lead, &storage) != 0) {
        *error = status ? *error : storage;
        status = error->status;
    }
    return status;
}

/* Rounds until budget, precision or number is reached; what was measured is written after each. */
static int measure(struct lead *lead, struct error *error)
{
    int status = goes_on(lead) ? warm_up(lead, error) : 0;
    if (!status && lead->resumes) {
        status = reopen_file(lead, error);
    }
    while (!status && goes_on(lead)) {
        status = measure_round(lead, error);
    }
    lead->complete = !status;
    if (!status && sweep_failure(lead->sweep)->status) {
        *error = *sweep_failure(lead->sweep);
        status = error->status;
    }
    return status;
}

/* "131 of 1310 samples do not vote: crowded 120, shallow 11"; one may have several flags. */
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
    fprintf(stderr, "%zu of %zu samples do not vote", kept_out, measured);
    const char *separator = ":";
    for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        if (by[bit] > 0) {
            fprintf(stderr, "%s %s %zu", separator, sample_flag_names[bit], by[bit]);
            separator = ",";
        }
    }
    fprintf(stderr, "\n");
}

static void summarize(const struct lead *lead)
{
    struct sweep_times times = sweep_times(lead->sweep);
    double part_s = times.elapsed_s - times.earlier_s;
    double swept_s = part_s - times.prepare_s - times.warm_up_s;
    char shown[300];
    fprintf(stderr,
            "%llu round%s of %zu cells in %.1f s (calibration %.1f s, warm-up %.1f s, %.0f %% of "
            "the rest outside samples); samples in %s\n",
            (unsigned long long)lead->rounds, lead->rounds == 1 ? "" : "s",
            lead->study->plan.feasible, times.elapsed_s, times.prepare_s, times.warm_up_s,
            lead->rounds ? 100 * (1 - times.samples_s / swept_s) : 0.0,
            error_escape(lead->output, shown, sizeof shown));
    summarize_flags(&lead->samples);
}

/* "12 rounds are safe in out.h5; go on with: cual run JOB -o out.h5 --resume" */
static void say_how_to_go_on(const struct lead *lead)
{
    char safe[80];
    snprintf(safe, sizeof safe, "%llu round%s safe", (unsigned long long)lead->whole_rounds,
             lead->whole_rounds == 1 ? " is" : "s are");
    char *text = go_on_text(lead->file || lead->resumes ? safe : NULL, lead->argv, lead->output,
                            arguments_value(&lead->study->arguments, "--output") != NULL);
    if (text) {
        fprintf(stderr, "%s\n", text);
    }
    free(text);
}

static bool is_colourful(void)
{
    return launch_is_terminal(1) && !getenv("NO_COLOR");
}

static int print_table(const struct lead *lead, const struct verdict *verdicts, size_t count)
{
    struct table_row *rows = calloc(count + 1, sizeof *rows);
    if (!rows) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i] =
            (struct table_row){lead->study->job.workloads[verdicts[i].workload].name, verdicts[i]};
    }
    int failed = table_print(stdout, rows, count, is_colourful());
    free(rows);
    return failed;
}

static int print_claims(const struct finding findings[CLAIMS])
{
    struct claim_row rows[CLAIMS];
    size_t count = 0;
    for (int i = 0; i < CLAIMS; i++) {
        if (findings[i].outcome != CLAIM_NOT_TRIED) {
            rows[count++] =
                (struct claim_row){findings[i].number, claim_outcome_text(findings[i].outcome),
                                   claims[i].text, findings[i].reason};
        }
    }
    return claims_print(stdout, rows, count, is_colourful());
}

/* What the samples say. */
struct answer {
    struct verdict *verdicts;
    long count;
    struct finding findings[CLAIMS];
};

static int find_answer(const struct question *question, struct answer *answer)
{
    answer->verdicts = calloc(question->workloads * question->cores, sizeof *answer->verdicts);
    answer->count = answer->verdicts ? verdict_find(question, answer->verdicts) : -ENOMEM;
    return answer->count < 0 ? -ENOMEM : claims_find(question, answer->findings);
}

/* The answer goes into the file and onto the terminal. */
static int tell_answer(struct lead *lead, const struct answer *answer, struct error *error)
{
    char text[512];
    const char *impossible = impossible_find(&lead->question, text, sizeof text);
    struct error storage = {0};
    size_t count = (size_t)answer->count;
    const struct runfile_result result = {
        .verdicts = answer->verdicts,
        .count = count,
        .findings = answer->findings,
        .not_believed = impossible,
        .complete = lead->complete,
    };
    guard_hold(lead->guard);
    int status = runfile_finish(lead->file, &result, &storage);
    guard_let_go(lead->guard);
    if (print_table(lead, answer->verdicts, count) != 0 || print_claims(answer->findings) != 0) {
        error_set(&storage, STATUS_STORAGE, "the table cannot be written: %s", strerror(errno));
    }
    if (impossible) {
        status = error_set(error, STATUS_WRONG, "not to be believed: %s", impossible);
    } else if (storage.status) {
        *error = storage;
        status = storage.status;
    }
    return status;
}

static int conclude(struct lead *lead, struct error *error)
{
    struct answer *answer = calloc(1, sizeof *answer);
    int status = answer && find_answer(&lead->question, answer) == 0
                     ? tell_answer(lead, answer, error)
                     : error_no_memory(error, "the answer");
    free(answer ? answer->verdicts : NULL);
    free(answer);
    return status;
}

/* The output is this run's alone from here on. */
static int lock_output(struct lead *lead, struct error *error)
{
    char stale[LOCK_OWNER_BYTES];
    lead->lock = lock_take(lead->output, lead->study->arguments.operand, stale, error);
    if (lead->lock && stale[0]) {
        fprintf(stderr, "note: the lock of %s, was left behind and is taken over\n", stale);
    }
    guard_hold(lead->guard);
    lead->out->lock = lead->lock;
    guard_let_go(lead->guard);
    return lead->lock ? 0 : error->status;
}

static void unlock_output(struct lead *lead)
{
    guard_hold(lead->guard);
    lead->out->lock = NULL;
    guard_let_go(lead->guard);
    lock_release(lead->lock);
}

static int rehearse_past(void *context)
{
    struct rehearsal *rehearsal = context;
    struct lead *lead = rehearsal->lead;
    resume_read(&lead->resume, lead->output, &lead->study->job, &lead->study->plan,
                rehearsal->said);
    return 0;
}

/* What is not as it was ends the run, or is noted when the user wants to go on. */
static int accept_differences(const struct lead *lead, struct error *error)
{
    char shown[300];
    const struct resume_differences *found = &lead->differences;
    error_escape(lead->output, shown, sizeof shown);
    if (found->fixed[0]) {
        return error_set(error, STATUS_USAGE,
                         "%s: the run in it cannot go on as something else: %s%s%s; for a new run, "
                         "name another file",
                         shown, found->fixed, found->allowed[0] ? "; " : "", found->allowed);
    }
    if (found->allowed[0] && !lead->force) {
        return error_set(error, STATUS_USAGE,
                         "%s: the run in it was another: %s; --resume --force goes on all the same",
                         shown, found->allowed);
    }
    if (found->allowed[0]) {
        fprintf(stderr, "note: goes on although it was another: %s\n", found->allowed);
    }
    return 0;
}

/* Reads what there is to go on with; it is taken over only when all of it fits. */
static int read_past(struct lead *lead, struct error *error)
{
    struct study *study = lead->study;
    char shown[300];
    if (rehearse(lead, lead->output, rehearse_past, error) != 0 ||
        resume_read(&lead->resume, lead->output, &study->job, &study->plan, error) != 0) {
        return error->status;
    }
    collect_facts(lead);
    describe_content(lead);
    if (resume_compare(&lead->resume, lead->output, &study->job, &lead->content, &lead->differences,
                       error) != 0 ||
        accept_differences(lead, error) != 0) {
        return error->status;
    }
    lead->samples = lead->resume.samples;
    lead->resume.samples = (struct samples){0};
    lead->whole_rounds = lead->resume.past.rounds - (lead->resume.past.rounds > 0); /* at least */
    if (lead->resume.past.damaged > 0) {
        fprintf(stderr, "note: %zu samples in %s are damaged and left out\n",
                lead->resume.past.damaged, error_escape(lead->output, shown, sizeof shown));
    }
    return 0;
}

/* Measures, and says what came out. */
static int carry_out(struct lead *lead, struct error *error)
{
    printf("%s\n", lead->machine);
    fflush(stdout);
    note_surroundings(lead);
    int status = prepare(lead, error);
    status = status ? status : measure(lead, error);
    progress_end(&lead->progress);
    if (lead->file && lead->rounds > 0 && status != STATUS_WRONG) {
        printf("\n");
        struct error ending = {0};
        int concluded = conclude(lead, &ending);
        if (concluded && !status) {
            *error = ending;
            status = concluded;
        }
        fflush(stdout);
    }
    if (lead->file) {
        summarize(lead);
    }
    if (status == STATUS_INTERRUPTED) {
        guard_hold(lead->guard);
        lead->out->output = NULL; /* it is said here */
        guard_let_go(lead->guard);
        say_how_to_go_on(lead);
    }
    return status;
}

/* A run that has come to its end is shown again. */
static int begin_or_go_on(struct lead *lead, struct error *error)
{
    char hardware[NODES_TEXT_BYTES];
    provenance_machine(nodes_hardware(lead->nodes, hardware), lead->machine, sizeof lead->machine);
    if (!lead->resumes && runfile_check_path(lead->output, lead->force, error) != 0) {
        return error->status;
    }
    if (lock_output(lead, error) != 0 ||
        sweep_check_output(lead->sweep, lead->output, error) != 0) {
        return error->status;
    }
    if (!lead->resumes) {
        return carry_out(lead, error);
    }
    if (read_past(lead, error) != 0) {
        return error->status;
    }
    return lead->resume.past.complete && !lead->differences.allowed[0]
               ? show_answer(lead->output, is_colourful())
               : carry_out(lead, error);
}

/* Before the clock of the run starts. */
static void look_around(struct lead *lead, const struct lead_given *given)
{
    const struct study *study = given->study;
    const struct checkup_input input = {
        .root = "",
        .topo = study->topo,
        .allowed = *given->allowed,
        .quota = cgroup_quota(""),
        .cores_used = study_cores(study->topo),
        .ranks = launch_is_own() ? 0 : comm_node_size(given->comm, 0),
        .bound = launch_is_bound(),
        .overruled = launch_overruled(),
        .batch = &lead->batch,
        .scratch = study->job.scratch,
    };
    checkup_run(&lead->checkup, &input, CHECKUP_QUICK, NULL, NULL);
}

int lead_run(const struct lead_given *given, struct error *error)
{
    struct study *study = given->study;
    struct lead lead = {
        .study = study,
        .sweep = given->sweep,
        .comm = given->comm,
        .guard = given->guard,
        .out = given->out,
        .argv = given->argv,
        .nodes = given->nodes,
        .output = given->out->output,
        .resumes = lead_goes_on(study, given->out->output),
        .force = arguments_value(&study->arguments, "--force") != NULL,
        .progress = {.terminal = launch_is_terminal(2),
                     .budget_s = study->job.budget_s,
                     .rounds = study->job.rounds,
                     .workloads = study->job.workload_count,
                     .asked = study->job.precision,
                     .precision = INFINITY},
        .active = calloc(study->job.workload_count, sizeof *lead.active),
    };
    batch_read(&lead.batch);
    look_around(&lead, given);
    int status = lead.active ? begin_or_go_on(&lead, error) : error_no_memory(error, "the run");
    free(lead.active);
    runfile_free(lead.file);
    unlock_output(&lead);
    provenance_free(&lead.provenance);
    resume_free(&lead.resume);
    samples_free(&lead.samples);
    return status;
}
