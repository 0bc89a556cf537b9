#include "launch/child.h"
#include "runfile/integrity.h"
#include "runfile/runfile.h"
#include "store/store_file.h"
#include "store/store_patch.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "system/clock.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKLOADS = 3, CELLS = WORKLOADS * 2 * 2 * 2 * 3, ROUNDS = 7, RANKS = 2, KILLS = 20 };

static char folder[64];
static char path[128];

static void enter(void)
{
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/test_runfile.XXXXXX", tmp);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/run.h5", folder);
}

/* Removes the folder; no more than `expected` files may be left in it. */
static void leave(int expected)
{
    int count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            unlinkat(dirfd(open), entry->d_name, 0);
        }
    }
    closedir(open);
    CU_ASSERT_EQUAL(count, expected);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/* -- a run made by hand: three workloads, two of them a family -- */

static const char *const ops[] = {"read", "write", NULL};
static const struct option fraction = {"wait_fraction", OPTION_FRACTION, 0, 1, NAN, NULL,
                                       "waiting"};
static const struct option memory = {"memory", OPTION_BYTES, 0, 1e12, NAN, NULL, "in all"};
static const struct option op = {"op", OPTION_CHOICE, 0, 1, 0, ops, "what is done"};
static const struct option tasks = {"tasks", OPTION_COUNT, 1, 1e9, NAN, NULL, "how many"};
static const struct kernel primes = {.name = "primes"};
static const struct engine timer = {.name = "timer"};

struct run {
    struct workload workload[WORKLOADS];
    struct job job;
    unsigned char status[CELLS];
    struct plan plan;
    struct runfile_workload measured[WORKLOADS];
    double worth[2];
    struct samples samples;
    struct runfile_content content;
};

static const struct runfile_fact facts[] = {{"command", "cual run job.yaml"}, {"seed", "1"}};
static const struct runfile_fact machine_facts[] = {{RUNFILE_MACHINE_LINE, "a machine of 2 cores"}};

static void make_workloads(struct run *run)
{
    static const char *const storages[WORKLOADS] = {NULL, "", "ext4 on /dev/\xff"};
    const char *names[WORKLOADS] = {"plain", "mixed[wait_fraction=0.5]",
                                    "mixed[wait_fraction=0.9]"};
    for (size_t w = 0; w < WORKLOADS; w++) {
        struct workload *workload = &run->workload[w];
        snprintf(workload->name, sizeof workload->name, "%s", names[w]);
        workload->kernel = &primes;
        workload->engine = &timer;
        workload->spec.tasks = 256;
        workload->spec.work = 1000 + w;
        workload->spec.lock = w == 1;
        run->measured[w] = (struct runfile_workload){.compute_s = 1e-3,
                                                     .wait_s = w == 0 ? NAN : 2e-3,
                                                     .bytes = 4096,
                                                     .checksum = UINT64_MAX - w,
                                                     .storage = storages[w],
                                                     .cores_worth = w == 0 ? NULL : run->worth,
                                                     .calibration_disturbed = w == 2};
    }
    for (size_t w = 1; w < WORKLOADS; w++) {
        struct workload *workload = &run->workload[w];
        workload->family_count = 4;
        workload->family[0] = (struct family_value){&fraction, w == 1 ? 0.5 : 0.9};
        workload->family[1] = (struct family_value){&memory, 1024.0 * (double)w};
        workload->family[2] = (struct family_value){&op, w == 1 ? 0 : 1};
        workload->family[3] = (struct family_value){&tasks, 256};
    }
}

static void make_run(struct run *run)
{
    *run = (struct run){.worth = {1, 1.5}};
    make_workloads(run);
    run->job = (struct job){.file = "job.yaml",
                            .axes = {[AXIS_CORES] = {2, {1, 2}},
                                     [AXIS_RANKS] = {2, {1, 2}},
                                     [AXIS_THREADS] = {2, {1, 16}},
                                     [AXIS_DEPTH] = {3, {1, 16, 256}}},
                            .workload_count = WORKLOADS,
                            .workloads = run->workload};
    for (size_t cell = 0; cell < CELLS; cell++) {
        run->status[cell] = cell % 5 == 4 ? CELL_INFEASIBLE : CELL_DONE;
    }
    run->plan = (struct plan){.job = &run->job, .cells = CELLS, .status = run->status};
    CU_ASSERT_EQUAL_FATAL(samples_create(&run->samples, CELLS, ROUNDS, RANKS), 0);
    run->content = (struct runfile_content){.plan = &run->plan,
                                            .workload = run->measured,
                                            .samples = &run->samples,
                                            .fact_count = 2,
                                            .machine_fact_count = 1,
                                            .facts = facts,
                                            .machine_facts = machine_facts};
}

/* A value that tells variable, cell and round. */
static double made_value(int v, size_t cell, size_t round)
{
    return (double)(1 + v) * 1e6 + (double)cell * 1e3 + (double)round;
}

static void measure_round(struct run *run, size_t round)
{
    struct samples *samples = &run->samples;
    for (size_t cell = 0; cell < CELLS; cell++) {
        size_t at = cell * ROUNDS + round;
        for (int v = 0; run->status[cell] == CELL_DONE && v < SAMPLE_VARIABLES; v++) {
            samples->value[v][at] = made_value(v, cell, round);
        }
        for (size_t rank = 0; run->status[cell] == CELL_DONE && rank < RANKS; rank++) {
            samples->per_rank[at * RANKS + rank] = made_value(20, cell, round) + (double)rank / 2;
        }
    }
}

static struct runfile *create(struct run *run, int force, int expected)
{
    struct error error = {0};
    struct runfile *file = runfile_create(path, force, &run->content, &error);
    CU_ASSERT_EQUAL(error.status, expected);
    CU_ASSERT((file != NULL) == (expected == 0));
    return file;
}

static void write_rounds(struct run *run, struct runfile *file, size_t rounds)
{
    for (size_t round = 0; round < rounds; round++) {
        struct error error = {0};
        measure_round(run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run->content, round, &error), 0);
    }
}

/* -- what the file holds -- */

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Values of one variable that are not as made; in rounds from `rounds` on nothing may stand. */
static size_t wrong_values(struct store *store, int v, const struct run *run, size_t rounds)
{
    char object[64];
    size_t wrong = 0;
    double *values = malloc(CELLS * ROUNDS * sizeof *values);
    snprintf(object, sizeof object, "/%s", sample_columns[v].name);
    store_read(store, object, STORE_FLOAT64, CELLS * ROUNDS, values);
    double none = v == SAMPLE_FLAGS ? 0 : v == SAMPLE_ORDER ? -1 : NAN;
    for (size_t i = 0; i < CELLS * ROUNDS; i++) {
        bool there = i % ROUNDS < rounds && run->status[i / ROUNDS] == CELL_DONE;
        double expected = there ? made_value(v, i / ROUNDS, i % ROUNDS) : none;
        wrong += !same_number(values[i], expected);
    }
    free(values);
    return wrong;
}

static void check_rounds(const struct run *run, size_t rounds)
{
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        CU_ASSERT_EQUAL(wrong_values(store, v, run, rounds), 0);
    }
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
}

static void a_new_file_holds_what_the_tasks_are_and_no_sample(void)
{
    enter();
    struct run run;
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    check_rounds(&run, 0);
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double values[WORKLOADS];
    uint64_t checksums[WORKLOADS];
    store_read(store, "/wait_fraction", STORE_FLOAT64, WORKLOADS, values);
    CU_ASSERT(isnan(values[0]) && values[1] == 0.5 && values[2] == 0.9);
    store_read(store, "/workload_memory", STORE_FLOAT64, WORKLOADS, values);
    CU_ASSERT(isnan(values[0]) && values[1] == 1024 && values[2] == 2048);
    store_read(store, "/work", STORE_FLOAT64, WORKLOADS, values);
    CU_ASSERT(values[0] == 1000 && values[2] == 1002);
    store_read(store, "/checksum", STORE_UINT64, WORKLOADS, checksums);
    CU_ASSERT(checksums[0] == UINT64_MAX && checksums[2] == UINT64_MAX - 2);
    double worth[WORKLOADS * 2];
    store_read(store, "/machine/cores_worth", STORE_FLOAT64, WORKLOADS * 2, worth);
    CU_ASSERT(isnan(worth[0]) && worth[2] == 1 && worth[5] == 1.5);
    store_read(store, "/machine/calibration_disturbed", STORE_FLOAT64, WORKLOADS, values);
    CU_ASSERT(values[0] == 0 && values[1] == 0 && values[2] == 1);
    char **words = store_read_texts(store, "/op", WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT_STRING_EQUAL(words[0], "");
    CU_ASSERT_STRING_EQUAL(words[2], "write");
    free(words);
    words = store_read_texts(store, "/storage", WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT(words[0][0] == '\0' && words[1][0] == '\0');
    CU_ASSERT_STRING_EQUAL(words[2], "ext4 on /dev/?"); /* every reader can decode it */
    free(words);
    words = store_read_texts(store, "/wait", WORKLOADS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(words);
    CU_ASSERT_STRING_EQUAL(words[2], "timer");
    free(words);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    runfile_free(file);
    samples_free(&run.samples);
    leave(1);
}

static void an_existing_run_is_kept_unless_forced(void)
{
    enter();
    struct run run;
    make_run(&run);
    struct runfile *first = create(&run, 0, 0);
    CU_ASSERT_PTR_NULL(create(&run, 0, STATUS_USAGE));
    write_rounds(&run, first, 2);
    check_rounds(&run, 2);
    struct runfile *second = create(&run, 1, 0);
    check_rounds(&run, 0);
    struct error error = {0};
    CU_ASSERT_EQUAL(runfile_write_round(first, &run.content, 0, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "took its place"));
    check_rounds(&run, 0);
    runfile_free(first);
    runfile_free(second);
    samples_free(&run.samples);
    leave(1);
}

static void rounds_written_are_read_back(void)
{
    enter();
    struct run run;
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    for (size_t rounds = 1; rounds <= ROUNDS; rounds++) {
        write_rounds(&run, file, rounds);
        check_rounds(&run, rounds);
    }
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double *times = malloc(CELLS * ROUNDS * RANKS * sizeof *times);
    store_read(store, "/per_rank/time", STORE_FLOAT64, CELLS * ROUNDS * RANKS, times);
    size_t wrong = 0;
    for (size_t i = 0; i < CELLS * ROUNDS * RANKS; i++) {
        wrong += !same_number(times[i], run.samples.per_rank[i]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    unsigned char status[CELLS];
    store_read(store, "/status", STORE_UINT8, CELLS, status);
    CU_ASSERT_EQUAL(memcmp(status, run.status, CELLS), 0);
    free(times);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    runfile_free(file);
    samples_free(&run.samples);
    leave(1);
}

/* Writes rounds until it is killed, and tells of each that was acknowledged. */
static void write_until_killed(struct run *run, int tell)
{
    struct error error = {0};
    struct runfile *file = runfile_create(path, 1, &run->content, &error);
    for (size_t round = 0; round < ROUNDS; round++) {
        measure_round(run, round);
        if (!file || runfile_write_round(file, &run->content, round, &error) != 0 ||
            write(tell, "x", 1) != 1) {
            _exit(1);
        }
    }
    for (;;) {
        pause();
    }
}

/* Rounds acknowledged by a child that is killed so long after it acknowledged the first. */
static size_t killed_after(struct run *run, useconds_t us)
{
    int pipes[2];
    char told[ROUNDS];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        write_until_killed(run, pipes[1]);
    }
    close(pipes[1]);
    CU_ASSERT_EQUAL(read(pipes[0], told, 1), 1);
    usleep(us);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    size_t rounds = 1;
    for (ssize_t more; (more = read(pipes[0], told, sizeof told)) > 0;) {
        rounds += (size_t)more;
    }
    close(pipes[0]);
    return rounds;
}

/* The acknowledged rounds alone: the one that was being written may be there in part. */
static void check_acknowledged(struct run *run, size_t rounds)
{
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double *values = malloc(CELLS * ROUNDS * sizeof *values);
    size_t wrong = 0;
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        char object[64];
        snprintf(object, sizeof object, "/%s", sample_columns[v].name);
        store_read(store, object, STORE_FLOAT64, CELLS * ROUNDS, values);
        for (size_t i = 0; i < CELLS * ROUNDS; i++) {
            bool there = i % ROUNDS < rounds && run->status[i / ROUNDS] == CELL_DONE;
            wrong += there && values[i] != made_value(v, i / ROUNDS, i % ROUNDS);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(values);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
}

static void acknowledged_rounds_survive_a_kill(void)
{
    enter();
    struct run run;
    make_run(&run);
    for (useconds_t i = 0; i < KILLS; i++) {
        size_t rounds = killed_after(&run, i * 400);
        check_acknowledged(&run, rounds);
    }
    samples_free(&run.samples);
    leave(1);
}

/* -- the verdict -- */

static struct verdict made_verdict(size_t workload, int cores)
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
                              .half_width = INFINITY,
                              .certain = cores == 2,
                              .points = 26,
                              .rounds = 9,
                              .tasks_per_s = 15515.2,
                              .bound_tasks_per_s = {16000, 15000, INFINITY, INFINITY},
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
    return same_number(a.median, b.median) && same_number(a.low, b.low) &&
           same_number(a.high, b.high) && a.n == b.n;
}

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
    bool same =
        a->workload == b->workload && a->cores == b->cores &&
        same_number(a->serial_s, b->serial_s) && same_number(a->serial_task_s, b->serial_task_s) &&
        same_point(a->choice, b->choice) && same_interval(a->choice_speed_up, b->choice_speed_up) &&
        same_number(a->choice_s, b->choice_s) && a->ties == b->ties &&
        a->undecided == b->undecided && same_number(a->half_width, b->half_width) &&
        a->certain == b->certain && a->points == b->points && a->rounds == b->rounds &&
        same_number(a->tasks_per_s, b->tasks_per_s) && strcmp(a->bound, b->bound) == 0 &&
        strcmp(a->limit, b->limit) == 0 && strcmp(a->reason, b->reason) == 0;
    for (int group = 0; group < GROUP_COUNT; group++) {
        same = same && same_point(a->best[group].point, b->best[group].point) &&
               same_interval(a->best[group].speed_up, b->best[group].speed_up);
    }
    for (int bound = 0; bound < BOUND_COUNT; bound++) {
        same = same && same_number(a->bound_tasks_per_s[bound], b->bound_tasks_per_s[bound]);
    }
    return same;
}

/* Every outcome there is; the others were not tried. */
static void make_findings(struct finding findings[CLAIMS])
{
    memset(findings, 0, CLAIMS * sizeof *findings);
    for (int i = 0; i < CLAIMS; i++) {
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

/* Makes a run of three rounds with verdicts. */
static void make_finished(struct run *run, const struct verdict *verdicts, size_t count)
{
    make_run(run);
    struct runfile *file = create(run, 1, 0);
    write_rounds(run, file, 3);
    struct error error = {0};
    struct finding findings[CLAIMS];
    make_findings(findings);
    const struct runfile_result result = {verdicts, count, findings, "too fast", true};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
    runfile_free(file);
}

static void the_answer_is_read_back_as_given(void)
{
    enter();
    struct run run;
    const struct verdict verdicts[] = {made_verdict(0, 1), made_verdict(0, 2), made_verdict(2, 2)};
    make_finished(&run, verdicts, 3);
    check_rounds(&run, 3);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.count, 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT(same_verdict(&answer.verdicts[i], &verdicts[i]));
        CU_ASSERT_STRING_EQUAL(answer.workload_names[i], run.workload[verdicts[i].workload].name);
    }
    CU_ASSERT_STRING_EQUAL(answer.machine, "a machine of 2 cores");
    CU_ASSERT_STRING_EQUAL(answer.not_believed, "too fast");
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    leave(1);
}

static bool same_finding(const struct runfile_claim *read, const struct finding *told)
{
    return read->finding.number == told->number &&
           strcmp(read->outcome, claim_outcome_text(told->outcome)) == 0 &&
           strcmp(read->text, claims[told->number - 1].text) == 0 &&
           strcmp(read->rule, claims[told->number - 1].rule) == 0 &&
           strcmp(read->finding.reason, told->reason) == 0 &&
           same_interval(read->finding.effect, told->effect) &&
           same_number(read->finding.threshold, told->threshold);
}

static void claims_that_were_tried_are_read_back(void)
{
    enter();
    struct run run;
    struct finding findings[CLAIMS];
    const struct verdict verdicts[] = {made_verdict(0, 1)};
    make_finished(&run, verdicts, 1);
    make_findings(findings);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.claim_count, 3);
    CU_ASSERT(same_finding(&answer.claims[0], &findings[2]));
    CU_ASSERT(same_finding(&answer.claims[1], &findings[4]));
    CU_ASSERT(same_finding(&answer.claims[2], &findings[15]));
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    leave(1);
}

static void a_reason_of_full_length_is_read_back(void)
{
    enter();
    struct run run;
    struct verdict verdict = made_verdict(0, 1);
    memset(verdict.reason, 'r', sizeof verdict.reason - 1);
    memset(verdict.limit, 'l', sizeof verdict.limit - 1);
    make_finished(&run, &verdict, 1);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), 0);
    CU_ASSERT_EQUAL_FATAL(answer.count, 1);
    CU_ASSERT(same_verdict(&answer.verdicts[0], &verdict));
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    leave(1);
}

static void no_verdict_at_all_is_an_answer_too(void)
{
    enter();
    struct run run;
    make_finished(&run, NULL, 0);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), 0);
    CU_ASSERT_EQUAL(answer.count, 0);
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    leave(1);
}

static void a_run_that_did_not_end_says_so(void)
{
    enter();
    struct run run;
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    write_rounds(&run, file, 2);
    struct error error = {0};
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "2 rounds"));
    runfile_free(file);
    samples_free(&run.samples);
    leave(1);
}

static int answer_status(void)
{
    struct error error = {0};
    struct runfile_answer answer;
    int status = runfile_read_answer(path, &answer, &error);
    CU_ASSERT(status == error.status);
    CU_ASSERT(status == 0 || error.text[0] != '\0');
    runfile_answer_free(&answer);
    return status;
}

static void files_of_others_are_refused(void)
{
    enter();
    CU_ASSERT_EQUAL(answer_status(), STATUS_USAGE);
    struct error error = {0};
    struct store *store = store_create(path, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_text(store, "/", "source", "something else");
    CU_ASSERT_EQUAL(store_commit(store, false, &error), 0);
    CU_ASSERT_EQUAL(answer_status(), STATUS_USAGE);
    leave(1);
}

static void truncated_files_are_errors(void)
{
    enter();
    struct run run;
    const struct verdict verdict = made_verdict(1, 2);
    struct stat whole;
    make_finished(&run, &verdict, 1);
    CU_ASSERT_EQUAL_FATAL(stat(path, &whole), 0);
    for (off_t bytes = whole.st_size - 1; bytes > 0; bytes -= 1 + bytes / 10) {
        CU_ASSERT_EQUAL(truncate(path, bytes), 0);
        int status = answer_status();
        CU_ASSERT(bytes < 512 ? status != 0 : status == STATUS_STORAGE);
    }
    samples_free(&run.samples);
    leave(1);
}

enum { DIFFERENT = 99, MUTATIONS = 200, READING_MOST_S = 3, WAITING_MOST_S = 10 };

/* Whatever is read of the file must be as it was made. */
static int read_it(void *context)
{
    (void)context;
    struct error error = {0};
    struct runfile_answer answer;
    const struct verdict verdict = made_verdict(1, 2);
    struct finding findings[CLAIMS];
    make_findings(findings);
    if (runfile_read_answer(path, &answer, &error) == 0 &&
        !(answer.count == 1 && same_verdict(answer.verdicts, &verdict) && answer.claim_count == 3 &&
          same_finding(&answer.claims[0], &findings[2]) &&
          same_finding(&answer.claims[2], &findings[15]) && answer.not_believed &&
          strcmp(answer.not_believed, "too fast") == 0 &&
          strcmp(answer.machine, "a machine of 2 cores") == 0)) {
        return DIFFERENT;
    }
    runfile_answer_free(&answer);
    return error.status;
}

static int read_samples(void *context)
{
    (void)context;
    struct error error = {0};
    struct samples samples;
    struct runfile_past past;
    samples_create(&samples, CELLS, ROUNDS, RANKS);
    int status = runfile_read_samples(path, &samples, &past, &error);
    for (size_t at = 0; status == 0 && at < CELLS * ROUNDS; at++) {
        for (int v = 0; v < SAMPLE_VARIABLES; v++) {
            double value = samples.value[v][at];
            if (!isnan(value) && value != made_value(v, at / ROUNDS, at % ROUNDS)) {
                return DIFFERENT;
            }
        }
    }
    size_t expected = 3 * (CELLS - CELLS / 5);
    if (status == 0 && past.samples + past.damaged < expected) {
        return DIFFERENT;
    }
    samples_free(&samples);
    return status;
}

/* What became of all the reading. */
struct outcomes {
    int as_made, refused, crashed, cut_off;
    double longest_s;
};

/* The library may crash over the bytes, or read them for ever (1.10.8 does over a heap of texts
 * with an object of no size), but in a process of its own: that, too, is told in order. */
static void read_mutated(int (*read_file)(void *context), uint64_t bytes, struct outcomes *outcomes)
{
    int64_t start_ns = clock_now_ns();
    int status = child_call(read_file, NULL, READING_MOST_S, child_reading_bytes(bytes));
    outcomes->longest_s = fmax(outcomes->longest_s, 1e-9 * (double)(clock_now_ns() - start_ns));
    outcomes->as_made += status == 0;
    outcomes->refused += status == STATUS_USAGE || status == STATUS_STORAGE;
    outcomes->crashed += status == -EFAULT;
    outcomes->cut_off += status == -ETIMEDOUT;
}

/* A number of the environment, for the long version. */
static int number_of(const char *name, int otherwise)
{
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

static void mutated_files_give_no_other_number(void)
{
    struct outcomes outcomes = {0};
    int mutations = number_of("MUTATIONS", MUTATIONS);
    enter();
    struct run run;
    const struct verdict verdict = made_verdict(1, 2);
    struct stat whole;
    make_finished(&run, &verdict, 1);
    CU_ASSERT_EQUAL_FATAL(stat(path, &whole), 0);
    CU_ASSERT(read_it(NULL) == 0 && read_samples(NULL) == 0);
    int descriptor = open(path, O_RDWR);
    unsigned random = (unsigned)number_of("MUTATION_SEED", 1);
    for (int i = 0; i < mutations; i++) {
        unsigned char was, now;
        random = random * 1664525u + 1013904223u;
        off_t at = (off_t)((random >> 8) % (unsigned)whole.st_size);
        random = random * 1664525u + 1013904223u;
        CU_ASSERT_EQUAL(pread(descriptor, &was, 1, at), 1);
        now = (unsigned char)(was ^ (1 + (random >> 8) % 255)); /* another one */
        CU_ASSERT_EQUAL(pwrite(descriptor, &now, 1, at), 1);
        read_mutated(i % 2 ? read_it : read_samples, (uint64_t)whole.st_size, &outcomes);
        CU_ASSERT_EQUAL(pwrite(descriptor, &was, 1, at), 1);
    }
    close(descriptor);
    int in_order = outcomes.as_made + outcomes.refused + outcomes.crashed + outcomes.cut_off;
    if (in_order != mutations || getenv("MUTATIONS")) {
        printf(
            "%d mutations: %d read as made, %d refused, %d crashed the library, %d were cut off, "
            "%d otherwise; at most %.1f s\n",
            mutations, outcomes.as_made, outcomes.refused, outcomes.crashed, outcomes.cut_off,
            mutations - in_order, outcomes.longest_s);
    }
    CU_ASSERT_EQUAL(in_order, mutations);
    CU_ASSERT(outcomes.cut_off <= 1 + mutations / 1000);
    CU_ASSERT(outcomes.longest_s < WAITING_MOST_S);
    CU_ASSERT_EQUAL(answer_status(), 0);
    samples_free(&run.samples);
    leave(1);
}

/* Workload 1 has failed with all of its cells; of workload 2 one cell says so. */
static void a_workload_has_failed_where_all_of_its_cells_have(void)
{
    enter();
    struct run run;
    struct error error = {0};
    struct runfile_work work;
    const size_t each = CELLS / WORKLOADS;
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    measure_round(&run, 0);
    for (size_t cell = each; cell < 2 * each + 1; cell++) {
        bool feasible = run.status[cell] != CELL_INFEASIBLE;
        run.status[cell] = feasible ? CELL_FAILED : CELL_INFEASIBLE;
    }
    CU_ASSERT_EQUAL(run.status[2 * each], CELL_FAILED);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 0, &error), 0);
    runfile_free(file);
    CU_ASSERT_EQUAL_FATAL(runfile_read_work(path, &run.plan, &work, &error), 0);
    CU_ASSERT(!work.failed[0] && work.failed[1] && !work.failed[2]);
    runfile_work_free(&work);
    samples_free(&run.samples);
    leave(1);
}

/* A dataset without storage may claim any size. */
static void impossible_sizes_are_damage(void)
{
    enter();
    char command[400];
    size_t shape[STORE_AXES_MAX];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import h5py; file = h5py.File(\"%s\", \"w\");"
             "file.create_dataset(\"time\", (1, 1, 1, 1, 1 << 17, 1 << 15), \"f8\")'",
             path);
    CU_ASSERT_EQUAL(system(command), 0);
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_shape(store, "/time", shape);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "impossible size"));
    leave(1);
}

/* -- going on -- */

/* Samples read that are not as made; all of `rounds` must be there but `missing`. */
static void check_read(const struct run *run, size_t rounds, size_t missing,
                       struct runfile_past *past)
{
    struct samples read;
    struct error error = {0};
    size_t there = 0, wrong = 0, expected = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, CELLS, ROUNDS, RANKS), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(path, &read, past, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
    for (size_t at = 0; at < CELLS * ROUNDS; at++) {
        bool made = at % ROUNDS < rounds && run->status[at / ROUNDS] == CELL_DONE;
        bool is = !isnan(read.value[SAMPLE_TIME][at]);
        expected += made;
        there += is;
        for (int v = 0; v < SAMPLE_VARIABLES; v++) {
            double value = is ? made_value(v, at / ROUNDS, at % ROUNDS) : NAN;
            wrong += !same_number(read.value[v][at], value);
        }
        for (size_t rank = 0; rank < RANKS; rank++) {
            double value = made_value(20, at / ROUNDS, at % ROUNDS) + (double)rank / 2;
            wrong += !same_number(read.per_rank[at * RANKS + rank], is ? value : NAN);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(there, expected - missing);
    CU_ASSERT_EQUAL(past->samples, there);
    CU_ASSERT_EQUAL(past->damaged, missing);
    samples_free(&read);
}

/* Two rounds, and of the third the first cell. */
static void check_read_partly(const struct run *run, struct runfile_past *past)
{
    struct samples read;
    struct error error = {0};
    size_t done = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, CELLS, ROUNDS, RANKS), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(path, &read, past, &error), 0);
    for (size_t cell = 0; cell < CELLS; cell++) {
        done += run->status[cell] == CELL_DONE;
    }
    CU_ASSERT(past->samples == 2 * done + 1 && past->damaged == 0);
    CU_ASSERT(!isnan(read.value[SAMPLE_CPU][2]) && isnan(read.value[SAMPLE_CPU][ROUNDS + 2]));
    samples_free(&read);
}

static void a_run_goes_on_where_it_ended(void)
{
    enter();
    struct run run;
    struct runfile_past past;
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    write_rounds(&run, file, 2);
    /* of the third round, one cell alone */
    struct error error = {0};
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        run.samples.value[v][2] = made_value(v, 0, 2);
    }
    memcpy(&run.samples.per_rank[2 * RANKS],
           (const double[]){made_value(20, 0, 2), made_value(20, 0, 2) + 0.5}, 2 * sizeof(double));
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 2, &error), 0);
    runfile_free(file);
    check_read_partly(&run, &past);
    CU_ASSERT(past.rounds == 3 && !past.complete && strlen(past.id) == 32);
    CU_ASSERT_EQUAL(past.elapsed_s,
                    made_value(SAMPLE_START, CELLS - 1, 1) + made_value(0, CELLS - 1, 1));
    file = runfile_reopen(path, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t round = 2; round < ROUNDS; round++) {
        measure_round(&run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, round, &error), 0);
    }
    check_read(&run, ROUNDS, 0, &past);
    struct finding findings[CLAIMS];
    make_findings(findings);
    const struct verdict first = made_verdict(0, 1), second = made_verdict(1, 2);
    struct runfile_result result = {&first, 1, findings, "too fast", false};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    runfile_free(file);
    check_read(&run, ROUNDS, 0, &past);
    CU_ASSERT(!past.complete);
    file = runfile_reopen(path, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    result = (struct runfile_result){&second, 1, findings, NULL, true};
    CU_ASSERT_EQUAL(runfile_finish(file, &result, &error), 0);
    runfile_free(file);
    check_read(&run, ROUNDS, 0, &past);
    CU_ASSERT(past.complete);
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), 0);
    CU_ASSERT(answer.count == 1 && same_verdict(answer.verdicts, &second));
    CU_ASSERT_PTR_NULL(answer.not_believed);
    runfile_answer_free(&answer);
    samples_free(&run.samples);
    leave(1);
}

static void what_differs_is_named(void)
{
    enter();
    struct run run;
    make_run(&run);
    runfile_free(create(&run, 0, 0));
    const struct {
        size_t cells, rounds, ranks;
        const char *says;
    } others[] = {{CELLS + 1, ROUNDS, RANKS, "72 cells, this run is of 73"},
                  {CELLS, ROUNDS - 1, RANKS, "7 rounds, this run is of 6"},
                  {CELLS, ROUNDS, 1, "2 ranks, this run is of 1"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct samples samples;
        struct runfile_past past;
        struct error error = {0};
        CU_ASSERT_EQUAL_FATAL(
            samples_create(&samples, others[i].cells, others[i].rounds, others[i].ranks), 0);
        CU_ASSERT_EQUAL(runfile_read_samples(path, &samples, &past, &error), STATUS_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, others[i].says));
        samples_free(&samples);
    }
    samples_free(&run.samples);
    leave(1);
}

static void facts_are_read_back(void)
{
    enter();
    struct run run;
    struct error error = {0};
    char *longest = malloc(100001);
    memset(longest, 'l', 100000);
    longest[100000] = '\0';
    const struct runfile_fact long_facts[] = {{"command", "cual run job.yaml"},
                                              {"topology", longest}};
    make_run(&run);
    run.content.facts = long_facts;
    runfile_free(create(&run, 0, 0));
    char *text = runfile_read_fact(path, "/provenance", "command", &error);
    CU_ASSERT(text && strcmp(text, "cual run job.yaml") == 0);
    free(text);
    text = runfile_read_fact(path, "/provenance", "topology", &error);
    CU_ASSERT(text && strcmp(text, longest) == 0);
    free(text);
    text = runfile_read_fact(path, "/", "complete", &error);
    CU_ASSERT(text && strcmp(text, "0") == 0);
    free(text);
    CU_ASSERT_PTR_NULL(runfile_read_fact(path, "/provenance", "none", &error));
    CU_ASSERT_PTR_NULL(runfile_read_fact(path, "/nowhere", "none", &error));
    CU_ASSERT_EQUAL(error.status, 0);
    free(longest);
    samples_free(&run.samples);
    leave(1);
}

static void others_in_the_file_are_noticed(void)
{
    enter();
    struct run run;
    struct runfile_past past;
    struct error error = {0};
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    write_rounds(&run, file, 1);
    struct store *store = store_open(path, true, &error); /* all may lie elsewhere after this */
    store_text(store, "/", "comment", "added by hand");
    integrity_seal(store, "/");
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    write_rounds(&run, file, 3);
    check_read(&run, 3, 0, &past);
    CU_ASSERT_EQUAL(truncate(path, 0), 0);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 3, &error), STATUS_STORAGE);
    runfile_free(file);
    samples_free(&run.samples);
    leave(1);
}

/* -- damage -- */

static void damaged_samples_are_left_out(void)
{
    enter();
    struct run run;
    struct runfile_past past;
    struct error error = {0};
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    write_rounds(&run, file, ROUNDS);
    runfile_free(file);
    static const char *const objects[] = {"/cpu", "/flags", "/check", "/time", "/per_rank/time"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        double value = 4;
        struct store *store = store_open(path, true, &error);
        store_write_slab(store, objects[i], STORE_FLOAT64, (const size_t[]){0, 0, 0, 0, 0, i, 0},
                         (const size_t[]){1, 1, 1, 1, 1, 1, 1}, &value);
        CU_ASSERT_EQUAL(store_close(store, &error), 0);
        check_read(&run, ROUNDS, i + 1, &past);
    }
    samples_free(&run.samples);
    leave(1);
}

/* Where the one piece of an array of samples lies. */
static uint64_t place_of(const char *object)
{
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    uint64_t place =
        store_place(store, object, (const size_t[6]){0}, (uint64_t)CELLS * ROUNDS * sizeof(double));
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    return place;
}

/* Writes another number over one that the file holds once. */
static void replace_number(uint64_t was, uint64_t now)
{
    struct stat whole;
    int descriptor = open(path, O_RDWR), found = 0;
    CU_ASSERT_EQUAL_FATAL(fstat(descriptor, &whole), 0);
    char *bytes = malloc((size_t)whole.st_size);
    CU_ASSERT_EQUAL_FATAL(pread(descriptor, bytes, (size_t)whole.st_size, 0), whole.st_size);
    for (off_t at = 0; at + (off_t)sizeof was <= whole.st_size; at++) {
        if (memcmp(bytes + at, &was, sizeof was) == 0) {
            found++;
            CU_ASSERT_EQUAL(pwrite(descriptor, &now, sizeof now, at), sizeof now);
        }
    }
    CU_ASSERT_EQUAL(found, 1);
    free(bytes);
    close(descriptor);
}

/* A text is as long as the file says, whatever there is of it. */
static void texts_of_any_length_are_damage(void)
{
    if (getenv("CUAL_TEST_REPORTS")) {
        return; /* a sanitizer needs more address space than can be limited */
    }
    enter();
    struct run run;
    struct rusage used;
    struct error error = {0};
    const struct verdict verdict = made_verdict(1, 2);
    const uint32_t length = UINT32_C(3) << 30;
    make_finished(&run, &verdict, 1);
    struct store *store = store_open(path, false, &error);
    uint64_t place = store_place(store, "/wait", (const size_t[1]){0}, UINT64_C(16) * WORKLOADS);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    int descriptor = open(path, O_RDWR);
    CU_ASSERT_EQUAL(pwrite(descriptor, &length, sizeof length, (off_t)place), sizeof length);
    close(descriptor);
    CU_ASSERT_EQUAL(child_call(read_samples, NULL, READING_MOST_S, child_reading_bytes(1 << 20)),
                    STATUS_STORAGE);
    CU_ASSERT_EQUAL(getrusage(RUSAGE_CHILDREN, &used), 0);
    CU_ASSERT(used.ru_maxrss < 1 << 20); /* KiB */
    samples_free(&run.samples);
    leave(1);
}

static void pieces_in_one_place_are_damage(void)
{
    enter();
    struct run run;
    struct error error = {0};
    make_run(&run);
    struct runfile *file = create(&run, 0, 0);
    write_rounds(&run, file, 1);
    runfile_free(file);
    replace_number(place_of("/cpu"), place_of("/memory"));
    CU_ASSERT_PTR_NULL(runfile_reopen(path, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "two pieces in one place"));
    samples_free(&run.samples);
    leave(1);
}

static void an_answer_is_not_older_than_the_samples(void)
{
    enter();
    struct run run;
    struct error error = {0};
    struct runfile_past past;
    const struct verdict verdict = made_verdict(1, 2);
    make_finished(&run, &verdict, 1);
    CU_ASSERT_EQUAL(runfile_note_resumed(path, "now from round 4", &error), 0);
    check_read(&run, 3, 0, &past);
    CU_ASSERT(!past.complete);
    struct runfile_answer answer;
    CU_ASSERT_EQUAL(runfile_read_answer(path, &answer, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "it holds 3 rounds and no verdict"));
    samples_free(&run.samples);
    leave(1);
}

/* -- more ranks than have times of their own -- */

enum { MANY = 100 };

/* As if cells had 1, 64 and 100 ranks by turns. */
static size_t ranks_of(size_t cell)
{
    static const size_t ranks[] = {1, SAMPLE_RANKS_MOST, MANY};
    return ranks[cell % 3];
}

static void make_many(struct run *run)
{
    make_run(run);
    samples_free(&run->samples);
    CU_ASSERT_EQUAL_FATAL(samples_create(&run->samples, CELLS, ROUNDS, MANY), 0);
}

/* Descending times: the first rank is the slowest. */
static void measure_many(struct run *run, size_t round)
{
    double time_s[MANY];
    for (size_t cell = 0; cell < CELLS; cell++) {
        size_t at = cell * ROUNDS + round;
        for (int v = 0; run->status[cell] == CELL_DONE && v < SAMPLE_VARIABLES; v++) {
            run->samples.value[v][at] = made_value(v, cell, round);
        }
        for (size_t rank = 0; rank < ranks_of(cell); rank++) {
            time_s[rank] = made_value(20, cell, round) - (double)rank;
        }
        if (run->status[cell] == CELL_DONE) {
            samples_keep_ranks(&run->samples, at, time_s, ranks_of(cell));
        }
    }
}

/* Samples read whose numbers are not those of `run`; `missing` of its own must be left out. */
static size_t count_wrong(const struct run *run, size_t missing)
{
    struct samples read;
    struct runfile_past past;
    struct error error = {0};
    size_t wrong = 0;
    CU_ASSERT_EQUAL_FATAL(samples_create(&read, CELLS, ROUNDS, MANY), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(path, &read, &past, &error), 0);
    CU_ASSERT_EQUAL(past.damaged, missing);
    for (size_t at = 0; at < CELLS * ROUNDS; at++) {
        bool is = !isnan(read.value[SAMPLE_TIME][at]);
        for (size_t i = 0; i < samples_rank_numbers(&read); i++) {
            double value = is ? *samples_rank_number(&run->samples, at, i) : NAN;
            wrong += !same_number(*samples_rank_number(&read, at, i), value);
        }
    }
    samples_free(&read);
    return wrong;
}

static void many_ranks_are_read_back(void)
{
    enter();
    struct run run;
    struct error error = {0};
    make_many(&run);
    struct runfile *file = create(&run, 0, 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        measure_many(&run, round);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, round, &error), 0);
        CU_ASSERT_EQUAL(count_wrong(&run, 0), 0);
    }
    runfile_free(file);
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/unit/runfile/check_runfile.py %s",
             path);
    CU_ASSERT_EQUAL(system(command), 0);
    static const char *const objects[] = {"/per_rank/time_quantile", "/per_rank/slowest",
                                          "/per_rank/fastest"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        double value = 7;
        struct store *store = store_open(path, true, &error);
        store_write_slab(store, objects[i], STORE_FLOAT64, (const size_t[]){0, 0, 0, 0, 0, i, 0},
                         (const size_t[]){1, 1, 1, 1, 1, 1, 1}, &value);
        CU_ASSERT_EQUAL(store_close(store, &error), 0);
        CU_ASSERT_EQUAL(count_wrong(&run, i + 1), 0);
    }
    samples_free(&run.samples);
    leave(1);
}

/* A run of no more ranks than have times of their own does not go on in such a file. */
static void files_of_many_ranks_are_told_apart(void)
{
    enter();
    struct run run;
    struct samples few;
    struct runfile_past past;
    struct error error = {0};
    make_many(&run);
    runfile_free(create(&run, 0, 0));
    CU_ASSERT_EQUAL_FATAL(samples_create(&few, CELLS, ROUNDS, SAMPLE_RANKS_MOST), 0);
    CU_ASSERT_EQUAL(runfile_read_samples(path, &few, &past, &error), STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "5 quantiles of ranks, this run is of 0"));
    samples_free(&few);
    samples_free(&run.samples);
    leave(1);
}

/* Needs Python with xarray, h5netcdf and h5py; runs from the root of the tree. */
static void stock_tools_open_it(void)
{
    enter();
    struct run run;
    const struct verdict verdicts[] = {made_verdict(0, 1), made_verdict(2, 2)};
    make_finished(&run, verdicts, 2);
    char command[256];
    snprintf(command, sizeof command, "/usr/bin/python3 tests/unit/runfile/check_runfile.py %s",
             path);
    CU_ASSERT_EQUAL(system(command), 0);
    struct runfile *file = create(&run, 1, 0);
    CU_ASSERT_EQUAL(system(command), 0);
    runfile_free(file);
    samples_free(&run.samples);
    leave(1);
}

static const CU_TestInfo tests[] = {
    {"a new file holds what the tasks are and no sample",
     a_new_file_holds_what_the_tasks_are_and_no_sample},
    {"an existing run is kept unless forced", an_existing_run_is_kept_unless_forced},
    {"rounds written are read back", rounds_written_are_read_back},
    {"acknowledged rounds survive a kill", acknowledged_rounds_survive_a_kill},
    {"the answer is read back as given", the_answer_is_read_back_as_given},
    {"claims that were tried are read back", claims_that_were_tried_are_read_back},
    {"a reason of full length is read back", a_reason_of_full_length_is_read_back},
    {"no verdict at all is an answer too", no_verdict_at_all_is_an_answer_too},
    {"a run that did not end says so", a_run_that_did_not_end_says_so},
    {"files of others are refused", files_of_others_are_refused},
    {"truncated files are errors", truncated_files_are_errors},
    {"mutated files give no other number", mutated_files_give_no_other_number},
    {"impossible sizes are damage", impossible_sizes_are_damage},
    {"a run goes on where it ended", a_run_goes_on_where_it_ended},
    {"a workload has failed where all of its cells have",
     a_workload_has_failed_where_all_of_its_cells_have},
    {"what differs is named", what_differs_is_named},
    {"facts are read back", facts_are_read_back},
    {"others in the file are noticed", others_in_the_file_are_noticed},
    {"damaged samples are left out", damaged_samples_are_left_out},
    {"texts of any length are damage", texts_of_any_length_are_damage},
    {"pieces in one place are damage", pieces_in_one_place_are_damage},
    {"an answer is not older than the samples", an_answer_is_not_older_than_the_samples},
    {"many ranks are read back", many_ranks_are_read_back},
    {"files of many ranks are told apart", files_of_many_ranks_are_told_apart},
    {"stock tools open it", stock_tools_open_it},
    CU_TEST_INFO_NULL,
};

SUITE("runfile", tests);
