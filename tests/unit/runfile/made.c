#include "unit/runfile/made.h"

#include "runfile/runfile_variables.h"
#include "store/store_read.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char made_folder[64];
char made_path[128];

void made_enter(void)
{
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(made_folder, sizeof made_folder, "%s/test_runfile.XXXXXX", tmp);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(made_folder));
    snprintf(made_path, sizeof made_path, "%s/run.h5", made_folder);
}

void made_leave(int expected)
{
    int count = 0;
    DIR *open = opendir(made_folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            unlinkat(dirfd(open), entry->d_name, 0);
        }
    }
    closedir(open);
    CU_ASSERT_EQUAL(count, expected);
    CU_ASSERT_EQUAL(rmdir(made_folder), 0);
}

static const char *const ops[] = {"read", "write", NULL};
static const struct option fraction = {"wait_fraction", OPTION_FRACTION, 0, 1, NAN, NULL,
                                       "waiting"};
static const struct option memory = {"memory", OPTION_BYTES, 0, 1e12, NAN, NULL, "in all"};
static const struct option op = {"op", OPTION_CHOICE, 0, 1, 0, ops, "what is done"};
static const struct option tasks = {"tasks", OPTION_COUNT, 1, 1e9, NAN, NULL, "how many"};
static const struct kernel primes = {.name = "primes"};
static const struct engine timer = {.name = "timer"};

static const int64_t made_cpus[] = {0, 4};

static const struct runfile_fact facts[] = {{"command", "cual run job.yaml"}, {"seed", "1"}};
static const struct runfile_fact machine_facts[] = {{RUNFILE_MACHINE_LINE, "a machine of 2 cores"}};

static void make_workloads(struct made *run)
{
    static const char *const storages[MADE_WORKLOADS] = {NULL, "", "ext4 on /dev/\xff"};
    const char *names[MADE_WORKLOADS] = {"plain", "mixed[wait_fraction=0.5]",
                                         "mixed[wait_fraction=0.9]"};
    for (size_t w = 0; w < MADE_WORKLOADS; w++) {
        struct workload *workload = &run->workload[w];
        snprintf(workload->name, sizeof workload->name, "%s", names[w]);
        workload->kernel = &primes;
        workload->engine = &timer;
        workload->spec.tasks = 256;
        workload->spec.work = 1000 + w;
        workload->spec.lock = w == 1;
        run->measured[w] =
            (struct runfile_workload){.compute_s = 1e-3,
                                      .wait_s = w == 0 ? NAN : 2e-3,
                                      .bytes = 4096,
                                      .huge_pages = w == 1 ? 0.75 : NAN,
                                      .checksum = UINT64_MAX - w,
                                      .storage = storages[w],
                                      .cores_worth = w == 0 ? NULL : run->worth,
                                      .calibration_disturbed = w == 2 ? run->disturbed : NULL,
                                      .core_speed = w == 2 ? run->speed : NULL};
    }
    for (size_t w = 1; w < MADE_WORKLOADS; w++) {
        struct workload *workload = &run->workload[w];
        workload->family_count = 4;
        workload->family[0] = (struct job_family_value){&fraction, w == 1 ? 0.5 : 0.9};
        workload->family[1] = (struct job_family_value){&memory, 1024.0 * (double)w};
        workload->family[2] = (struct job_family_value){&op, w == 1 ? 0 : 1};
        workload->family[3] = (struct job_family_value){&tasks, 256};
    }
}

void made_run(struct made *run)
{
    size_t feasible = 0;
    *run = (struct made){.worth = {1, 1.5}, .disturbed = {0, 1}, .speed = {1, 0.5}};
    make_workloads(run);
    run->job = (struct job){.file = "job.yaml",
                            .axes = {[JOB_AXIS_CORES] = {2, {1, 2}},
                                     [JOB_AXIS_RANKS] = {2, {1, 2}},
                                     [JOB_AXIS_THREADS] = {2, {1, 16}},
                                     [JOB_AXIS_DEPTH] = {3, {1, 16, 256}}},
                            .workload_count = MADE_WORKLOADS,
                            .workloads = run->workload};
    for (size_t cell = 0; cell < MADE_CELLS; cell++) {
        run->status[cell] = cell % 5 == 4 ? CELL_INFEASIBLE : CELL_DONE;
        feasible += run->status[cell] == CELL_DONE;
    }
    run->plan = (struct plan){
        .job = &run->job, .cells = MADE_CELLS, .status = run->status, .feasible = feasible};
    CU_ASSERT_EQUAL_FATAL(samples_create(&run->samples, MADE_CELLS, MADE_ROUNDS, MADE_RANKS), 0);
    run->content = (struct runfile_content){.plan = &run->plan,
                                            .workload = run->measured,
                                            .samples = &run->samples,
                                            .fact_count = 2,
                                            .machine_fact_count = 1,
                                            .facts = facts,
                                            .machine_facts = machine_facts,
                                            .cores = 2,
                                            .cpu = made_cpus};
}

double made_value(int v, size_t cell, size_t round)
{
    return (double)(1 + v) * 1e6 + (double)cell * 1e3 + (double)round;
}

void made_measure(struct made *run, size_t round)
{
    struct samples *samples = &run->samples;
    for (size_t cell = 0; cell < MADE_CELLS; cell++) {
        size_t at = cell * MADE_ROUNDS + round;
        for (int v = 0; run->status[cell] == CELL_DONE && v < SAMPLE_VARIABLES; v++) {
            samples->value[v][at] = made_value(v, cell, round);
        }
        for (size_t rank = 0; run->status[cell] == CELL_DONE && rank < MADE_RANKS; rank++) {
            samples->per_rank[at * MADE_RANKS + rank] =
                made_value(20, cell, round) + (double)rank / 2;
        }
    }
}

struct runfile *made_create(struct made *run, bool force, int expected)
{
    struct error error = {0};
    struct runfile *file = runfile_create(made_path, force, &run->content, &error);
    CU_ASSERT_EQUAL(error.status, expected);
    CU_ASSERT((file != NULL) == (expected == 0));
    return file;
}

struct runfile *made_reopen(struct error *error)
{
    struct runfile *file = runfile_take(made_path, error);
    if (file && runfile_reopen(file, error) != 0) {
        runfile_free(file);
        return NULL;
    }
    return file;
}

void made_write(struct made *run, struct runfile *file, size_t rounds)
{
    for (size_t round = 0; round < rounds; round++) {
        struct error error = {0};
        made_measure(run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run->content, round, &error), 0);
    }
}

bool made_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Values of one variable that are not as made; in rounds from `rounds` on nothing may stand. */
static size_t wrong_values(struct store *store, int v, const struct made *run, size_t rounds)
{
    char object[64];
    size_t wrong = 0;
    double *values = malloc(MADE_CELLS * MADE_ROUNDS * sizeof *values);
    snprintf(object, sizeof object, "/%s", runfile_sample_variable((enum sample_variable)v)->name);
    store_read(store, object, STORE_FLOAT64, MADE_CELLS * MADE_ROUNDS, values);
    double none = v == SAMPLE_FLAGS ? 0 : v == SAMPLE_ORDER ? -1 : NAN;
    for (size_t i = 0; i < MADE_CELLS * MADE_ROUNDS; i++) {
        bool there = i % MADE_ROUNDS < rounds && run->status[i / MADE_ROUNDS] == CELL_DONE;
        double expected = there ? made_value(v, i / MADE_ROUNDS, i % MADE_ROUNDS) : none;
        wrong += !made_same(values[i], expected);
    }
    free(values);
    return wrong;
}

void made_check(const struct made *run, size_t rounds)
{
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        CU_ASSERT_EQUAL(wrong_values(store, v, run, rounds), 0);
    }
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
}

void made_check_read(const struct made *run, size_t rounds, size_t missing,
                     struct runfile_past *past)
{
    struct samples read;
    struct error error = {0};
    size_t there = 0, wrong = 0, expected = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, MADE_CELLS, MADE_ROUNDS, MADE_RANKS), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(made_path, &read, past, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
    for (size_t at = 0; at < MADE_CELLS * MADE_ROUNDS; at++) {
        bool made = at % MADE_ROUNDS < rounds && run->status[at / MADE_ROUNDS] == CELL_DONE;
        bool is = !isnan(read.value[SAMPLE_TIME][at]);
        expected += made;
        there += is;
        for (int v = 0; v < SAMPLE_VARIABLES; v++) {
            double value = is ? made_value(v, at / MADE_ROUNDS, at % MADE_ROUNDS) : NAN;
            wrong += !made_same(read.value[v][at], value);
        }
        for (size_t rank = 0; rank < MADE_RANKS; rank++) {
            double value = made_value(20, at / MADE_ROUNDS, at % MADE_ROUNDS) + (double)rank / 2;
            wrong += !made_same(read.per_rank[at * MADE_RANKS + rank], is ? value : NAN);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(there, expected - missing);
    CU_ASSERT_EQUAL(past->samples, there);
    CU_ASSERT_EQUAL(past->damaged, missing);
    samples_free(&read);
}

struct verdict made_verdict(size_t workload, int cores)
{
    struct verdict verdict = {.workload = workload,
                              .cores = cores,
                              .serial_s = 0.256,
                              .serial_task_s = 0.001,
                              .choice = {1, 16, 1, cores},
                              .choice_speed_up = {15.5, 15.25, NAN, 12},
                              .choice_s = 0.0165,
                              .ties = 2,
                              .undecided = 1,
                              .loss = 0.03,
                              .half_width = INFINITY,
                              .certain = cores == 2,
                              .points = 26,
                              .rounds = 9,
                              .tasks_per_s = 15515.2,
                              .bound_tasks_per_s = {16000, 15000, INFINITY, INFINITY, 15500},
                              .bound = "depth",
                              .limit = "the cores: 1.98 of 2",
                              .reason = "16×1 → all 256 tasks wait at once."};
    for (int group = 0; group < GROUP_COUNT; group++) {
        verdict.best[group].point = (struct point){group, 2, 3, cores};
        verdict.best[group].speed_up = (struct interval){1.0 + group, 0.5, 1.5, (size_t)group};
    }
    return verdict;
}

static bool same_point(struct point a, struct point b)
{
    return a.ranks == b.ranks && a.threads == b.threads && a.depth == b.depth && a.cores == b.cores;
}

static bool same_interval(struct interval a, struct interval b)
{
    return made_same(a.median, b.median) && made_same(a.low, b.low) && made_same(a.high, b.high) &&
           a.n == b.n;
}

bool made_same_verdict(const struct verdict *a, const struct verdict *b)
{
    bool same =
        a->workload == b->workload && a->cores == b->cores && made_same(a->serial_s, b->serial_s) &&
        made_same(a->serial_task_s, b->serial_task_s) && same_point(a->choice, b->choice) &&
        same_interval(a->choice_speed_up, b->choice_speed_up) &&
        made_same(a->choice_s, b->choice_s) && a->ties == b->ties && a->undecided == b->undecided &&
        made_same(a->half_width, b->half_width) && made_same(a->loss, b->loss) &&
        a->certain == b->certain && a->points == b->points && a->rounds == b->rounds &&
        made_same(a->tasks_per_s, b->tasks_per_s) && strcmp(a->bound, b->bound) == 0 &&
        strcmp(a->limit, b->limit) == 0 && strcmp(a->reason, b->reason) == 0;
    for (int group = 0; group < GROUP_COUNT; group++) {
        same = same && same_point(a->best[group].point, b->best[group].point) &&
               same_interval(a->best[group].speed_up, b->best[group].speed_up);
    }
    for (int bound = 0; bound < BOUND_COUNT; bound++) {
        same = same && made_same(a->bound_tasks_per_s[bound], b->bound_tasks_per_s[bound]);
    }
    return same;
}

void made_findings(struct finding findings[MADE_FINDINGS])
{
    CU_ASSERT_FATAL(claims_count() <= MADE_FINDINGS);
    memset(findings, 0, MADE_FINDINGS * sizeof *findings);
    for (int i = 0; i < (int)claims_count(); i++) {
        findings[i] = (struct finding){.number = i + 1, .effect = {NAN, NAN, NAN, 0}};
        findings[i].threshold = NAN;
    }
    findings[2].outcome = CLAIM_HOLDS;
    findings[2].effect = (struct interval){1.5, 1.25, 1.75, 9};
    findings[2].threshold = 1.05;
    findings[4].outcome = CLAIM_FAILS;
    findings[15].outcome = CLAIM_UNDECIDED;
    memset(findings[4].reason, 'r', sizeof findings[4].reason - 1);
    strcpy(findings[2].reason, "flops \xc2\xb1 2");
}

const struct advice made_advice = {
    .line = {{.branch = ADVICE_WAITS,
              .what = "for speed: wait",
              .use = "async in one thread",
              .model = "async",
              .cores = 1,
              .workloads = 2,
              .least = {2.5, 2.25, 2.75, 0},
              .most = {16, 15.5, 16.5, 0},
              .note = "order repeats: yes (claim 12)"},
             {.branch = ADVICE_SHARES,
              .what = "one list: not measured",
              .least = {NAN, NAN, NAN, 0},
              .most = {NAN, NAN, NAN, 0}}},
    .count = 2,
};

void made_finish(struct made *run, const struct verdict *verdicts, size_t count)
{
    made_run(run);
    struct runfile *file = made_create(run, 1, 0);
    made_write(run, file, 3);
    struct error error = {0};
    struct finding findings[MADE_FINDINGS];
    made_findings(findings);
    const struct runfile_result result = {verdicts, count, findings,     "too fast",
                                          true,     NULL,  &made_advice, MADE_SUMMARY};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
    runfile_free(file);
}

bool made_same_finding(const struct runfile_claim *read, const struct finding *told)
{
    return read->finding.number == told->number &&
           strcmp(read->outcome, claims_outcome_text(told->outcome)) == 0 &&
           strcmp(read->text, claims_find(told->number)->text) == 0 &&
           strcmp(read->rule, claims_find(told->number)->rule) == 0 &&
           strcmp(read->finding.reason, told->reason) == 0 &&
           same_interval(read->finding.effect, told->effect) &&
           made_same(read->finding.threshold, told->threshold);
}

int made_read_samples(void *context)
{
    (void)context;
    struct error error = {0};
    struct samples samples;
    struct runfile_past past;
    samples_create(&samples, MADE_CELLS, MADE_ROUNDS, MADE_RANKS);
    int status = runfile_read_samples(made_path, &samples, &past, &error);
    for (size_t at = 0; status == 0 && at < MADE_CELLS * MADE_ROUNDS; at++) {
        for (int v = 0; v < SAMPLE_VARIABLES; v++) {
            double value = samples.value[v][at];
            if (!isnan(value) && value != made_value(v, at / MADE_ROUNDS, at % MADE_ROUNDS)) {
                return MADE_DIFFERENT;
            }
        }
    }
    size_t expected = 3 * (MADE_CELLS - MADE_CELLS / 5);
    if (status == 0 && past.samples + past.damaged < expected) {
        return MADE_DIFFERENT;
    }
    samples_free(&samples);
    return status;
}
