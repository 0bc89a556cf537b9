#include "runfile/runfile_answer.h"

#include "runfile/integrity.h"
#include "runfile/runfile_advice.h"
#include "runfile/runfile_copy.h"
#include "runfile/runfile_file.h"
#include "runfile/runfile_read.h"
#include "runfile/runfile_rows.h"
#include "runfile/runfile_space.h"
#include "runfile/runfile_values.h"
#include "store/store_read.h"
#include "store/store_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 256
#define NOT_BELIEVED "not_believed"                             /* the attribute that says why */
#define VERDICTS_MAX ((size_t)JOB_WORKLOADS_MAX * JOB_AXIS_MAX) /* one per workload and cores */

static const struct runfile_field verdict_fields[] = {
    {"workload_index", "1", RUNFILE_SIZE, offsetof(struct verdict, workload), 0},
    {"cores", "1", RUNFILE_INT, offsetof(struct verdict, cores), 0},
    {"serial_time", "s", RUNFILE_DOUBLE, offsetof(struct verdict, serial_s), 0},
    {"serial_time_per_task", "s", RUNFILE_DOUBLE, offsetof(struct verdict, serial_task_s), 0},
    {"choice_time", "s", RUNFILE_DOUBLE, offsetof(struct verdict, choice_s), 0},
    {"points", "1", RUNFILE_SIZE, offsetof(struct verdict, points), 0},
    {"ties", "1", RUNFILE_SIZE, offsetof(struct verdict, ties), 0},
    {"undecided", "1", RUNFILE_SIZE, offsetof(struct verdict, undecided), 0},
    {"rounds", "1", RUNFILE_SIZE, offsetof(struct verdict, rounds), 0},
    {"loss", "1", RUNFILE_DOUBLE, offsetof(struct verdict, loss), 0},
    {"half_width", "1", RUNFILE_DOUBLE, offsetof(struct verdict, half_width), 0},
    {"certain", "1", RUNFILE_BOOL, offsetof(struct verdict, certain), 0},
    {"throughput", "s-1", RUNFILE_DOUBLE, offsetof(struct verdict, tasks_per_s), 0},
#define BOUND(name, bound)                                                                         \
    {                                                                                              \
        name, "s-1", RUNFILE_BOUND, offsetof(struct verdict, bound_tasks_per_s[bound]), 0          \
    }
    BOUND("bound_cores", BOUND_CORES),
    BOUND("bound_depth", BOUND_DEPTH),
    BOUND("bound_memory", BOUND_MEMORY),
    BOUND("bound_lock", BOUND_LOCK),
    BOUND("bound_waves", BOUND_WAVES),
#undef BOUND
    {"bound", NULL, RUNFILE_TEXT, offsetof(struct verdict, bound), VERDICT_BOUND_BYTES},
    {"limit", NULL, RUNFILE_TEXT, offsetof(struct verdict, limit), VERDICT_LIMIT_BYTES},
    {"reason", NULL, RUNFILE_TEXT, offsetof(struct verdict, reason), VERDICT_REASON_BYTES},
    {NULL, NULL, RUNFILE_INT, 0, 0},
};

static const struct runfile_field point_fields[] = {
    {"ranks", "1", RUNFILE_INT, offsetof(struct point, ranks), 0},
    {"threads", "1", RUNFILE_INT, offsetof(struct point, threads), 0},
    {"depth", "1", RUNFILE_INT, offsetof(struct point, depth), 0},
    {"cores", "1", RUNFILE_INT, offsetof(struct point, cores), 0},
    {NULL, NULL, RUNFILE_INT, 0, 0},
};

/* The points that a verdict names, each with its speed-up. */
static const struct named_point {
    const char *name;
    size_t point, speed_up; /* offsets in struct verdict */
} named_points[] = {
    {"choice_", offsetof(struct verdict, choice), offsetof(struct verdict, choice_speed_up)},
#define GROUP(name, group)                                                                         \
    {                                                                                              \
        name, offsetof(struct verdict, best[group].point),                                         \
            offsetof(struct verdict, best[group].speed_up)                                         \
    }
    GROUP("serial_", GROUP_SERIAL),
    GROUP("threads_", GROUP_THREADS),
    GROUP("processes_", GROUP_PROCESSES),
    GROUP("async_", GROUP_ASYNC),
    GROUP("mix_", GROUP_MIX),
#undef GROUP
};
enum { NAMED_POINTS = sizeof named_points / sizeof *named_points };

/* Writing and reading walk the same tables. */
static void visit_verdicts(struct runfile_rows *rows, runfile_visit *visit)
{
    visit(rows, verdict_fields, "", 0);
    for (int p = 0; p < NAMED_POINTS; p++) {
        const struct named_point *named = &named_points[p];
        visit(rows, point_fields, named->name, named->point);
        visit(rows, runfile_speed_up_fields, named->name, named->speed_up);
    }
}

static const struct runfile_field claim_fields[] = {
    {"number", "1", RUNFILE_INT, offsetof(struct runfile_claim, finding.number), 0},
    {"claim", NULL, RUNFILE_TEXT, offsetof(struct runfile_claim, text), RUNFILE_CLAIM_BYTES},
    {"outcome", NULL, RUNFILE_TEXT, offsetof(struct runfile_claim, outcome), RUNFILE_OUTCOME_BYTES},
    {"rule", NULL, RUNFILE_TEXT, offsetof(struct runfile_claim, rule), RUNFILE_RULE_BYTES},
    {"reason", NULL, RUNFILE_TEXT, offsetof(struct runfile_claim, finding.reason),
     CLAIM_REASON_BYTES},
    {"threshold", "1", RUNFILE_DOUBLE, offsetof(struct runfile_claim, finding.threshold), 0},
    {"effect", "1", RUNFILE_DOUBLE, offsetof(struct runfile_claim, finding.effect.median), 0},
    {"effect_low", "1", RUNFILE_DOUBLE, offsetof(struct runfile_claim, finding.effect.low), 0},
    {"effect_high", "1", RUNFILE_DOUBLE, offsetof(struct runfile_claim, finding.effect.high), 0},
    {"effect_rounds", "1", RUNFILE_SIZE, offsetof(struct runfile_claim, finding.effect.n), 0},
    {NULL, NULL, RUNFILE_INT, 0, 0},
};

/* The points as people write them; empty where there is none. */
static void write_point_texts(struct runfile_rows *rows, const struct named_point *named)
{
    char(*texts)[POINT_TEXT_BYTES] = calloc(rows->count + 1, sizeof *texts);
    if (!texts) {
        store_no_memory(rows->store);
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *verdict = runfile_rows_at(rows, i, 0);
        const struct point *point = (const void *)(verdict + named->point);
        rows->texts[i] = point->ranks > 0 ? point_text(*point, texts[i]) : "";
    }
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%spoint", named->name);
    runfile_rows_write_texts(rows, name);
    free(texts);
}

static void write_models(struct runfile_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct verdict *verdict = runfile_rows_at(rows, i, 0);
        rows->texts[i] = verdict->choice.ranks > 0 ? model_name(point_model(verdict->choice)) : "";
    }
    runfile_rows_write_texts(rows, "choice_model");
}

/* The names of the rows' workloads, from the file's own axis. */
static void write_row_names(struct runfile_rows *rows)
{
    size_t shape[STORE_AXES_MAX] = {0};
    store_shape(rows->store, "/workload", shape);
    char **names = store_read_texts(rows->store, "/workload", shape[0]);
    for (size_t i = 0; names && i < rows->count; i++) {
        const struct verdict *verdict = runfile_rows_at(rows, i, 0);
        rows->texts[i] = verdict->workload < shape[0] ? names[verdict->workload] : "";
    }
    if (names) {
        runfile_rows_write_texts(rows, "workload");
    }
    free(names);
}

static void write_verdicts(struct store *store, const struct verdict *verdicts, size_t count)
{
    const double tie_ratio = VERDICT_TIE_RATIO;
    struct runfile_rows rows = {
        .store = store,
        .group = "/verdict",
        .first = (void *)verdicts, /* not changed */
        .row_bytes = sizeof *verdicts,
        .count = count,
    };
    store_group(store, rows.group);
    store_text(store, rows.group, "comment",
               "which point to use, by how much, how sure and why: a row per workload and cores");
    store_numbers(store, rows.group, "tie_ratio", STORE_FLOAT64, 1, &tie_ratio);
    if (runfile_rows_init(&rows)) {
        runfile_rows_write_axis(&rows, "one workload on so many cores");
        write_row_names(&rows);
        visit_verdicts(&rows, runfile_rows_write);
        for (int p = 0; p < NAMED_POINTS; p++) {
            write_point_texts(&rows, &named_points[p]);
        }
        write_models(&rows);
    }
    runfile_rows_finish(&rows);
}

/* As the file says it, with all texts. */
static struct runfile_claim tell_claim(const struct finding *finding)
{
    struct runfile_claim told = {.finding = *finding};
    const struct claim *claim = claims_find(finding->number);
    snprintf(told.text, sizeof told.text, "%s", claim->text);
    snprintf(told.rule, sizeof told.rule, "%s", claim->rule);
    snprintf(told.outcome, sizeof told.outcome, "%s", claims_outcome_text(finding->outcome));
    return told;
}

static void write_claims(struct store *store, const struct finding *findings)
{
    struct runfile_claim *told = calloc(claims_count(), sizeof *told);
    if (!told) {
        store_no_memory(store);
        return;
    }
    for (size_t i = 0; i < claims_count(); i++) {
        told[i] = tell_claim(&findings[i]);
    }
    struct runfile_rows rows = {
        .store = store,
        .group = "/claims",
        .first = told,
        .row_bytes = sizeof *told,
        .count = claims_count(),
    };
    store_group(store, rows.group);
    store_text(store, rows.group, "comment",
               "common claims, tested on these samples: a row per claim");
    if (runfile_rows_init(&rows)) {
        runfile_rows_write_axis(&rows, "one claim");
        runfile_rows_write(&rows, claim_fields, "", 0);
    }
    runfile_rows_finish(&rows);
    free(told);
}

static void write_answer(struct store *store, const struct runfile_result *result)
{
    if (result->calibrated) {
        runfile_write_worths(store, result->calibrated);
    }
    runfile_write_advice(store, result->advice, result->summary);
    write_verdicts(store, result->verdicts, result->count);
    write_claims(store, result->findings);
    if (result->not_believed) {
        store_text(store, "/verdict", NOT_BELIEVED, result->not_believed);
    }
    store_text(store, "/", "complete", result->complete ? "1" : "0");
    for (const char *const *group = runfile_answer_groups; *group; group++) {
        integrity_seal_tree(store, *group);
    }
    integrity_seal(store, "/");
}

/* 0 or the status of the error. */
static int finish(struct runfile *file, const struct runfile_result *result, struct error *error)
{
    bool compressed = result->complete || file->stamp.bytes <= RUNFILE_HURRY_BYTES;
    struct store *store = runfile_copy(file, compressed, file->room, 0, error);
    if (store && runfile_is_ours(file, store)) {
        write_answer(store, result);
    }
    return store ? store_commit_held(store, true, &file->descriptor, error) : error->status;
}

int runfile_finish(struct runfile *file, const struct runfile_result *result, struct error *error)
{
    struct error found = {0}, ignored = {0};
    int status = finish(file, result, &found);
    if (status && runfile_rescue(file, &found)) {
        finish(file, result, &ignored); /* where it is now */
    }
    return status ? runfile_set_storage(error, &found) : 0;
}

/* -- reading the answer -- */

static void read_row_names(struct runfile_rows *rows, char **names)
{
    char **texts = store_read_texts(rows->store, "/verdict/workload", rows->count);
    for (size_t i = 0; texts && i < rows->count; i++) {
        char name[NAME_BYTES];
        names[i] = strdup(error_escape(texts[i], name, sizeof name));
        if (!names[i]) {
            store_no_memory(rows->store);
        }
    }
    free(texts);
}

static void read_verdicts(struct store *store, struct runfile_answer *answer)
{
    answer->count = runfile_rows_stored(store, "/verdict", VERDICTS_MAX);
    answer->verdicts = calloc(answer->count + 1, sizeof *answer->verdicts);
    answer->workload_names = calloc(answer->count + 1, sizeof *answer->workload_names);
    struct runfile_rows rows = {
        .store = store,
        .group = "/verdict",
        .first = answer->verdicts,
        .row_bytes = sizeof *answer->verdicts,
        .count = answer->count,
    };
    if (!answer->verdicts || !answer->workload_names) {
        store_no_memory(store);
    } else if (runfile_rows_init(&rows)) {
        read_row_names(&rows, answer->workload_names);
        visit_verdicts(&rows, runfile_rows_read);
    }
    runfile_rows_finish(&rows);
}

static void read_claims(struct store *store, struct runfile_answer *answer)
{
    if (!store_has(store, "/claims/row")) {
        return;
    }
    answer->claim_count = runfile_rows_stored(store, "/claims", claims_count());
    answer->claims = calloc(answer->claim_count + 1, sizeof *answer->claims);
    struct runfile_rows rows = {
        .store = store,
        .group = "/claims",
        .first = answer->claims,
        .row_bytes = sizeof *answer->claims,
        .count = answer->claim_count,
    };
    if (!answer->claims) {
        store_no_memory(store);
    } else if (runfile_rows_init(&rows)) {
        runfile_rows_read(&rows, claim_fields, "", 0);
    }
    runfile_rows_finish(&rows);
}

static void read_advice(struct store *store, struct runfile_answer *answer)
{
    char line[RUNFILE_LINE_BYTES], *summary = NULL;
    runfile_read_advice(store, &answer->advice, &summary);
    advice_sum_up(answer->verdicts, answer->count, &answer->advice);
    answer->summary = strdup(error_escape(summary ? summary : "", line, sizeof line));
    if (!answer->summary) {
        store_no_memory(store);
    }
    free(summary);
}

/* A fact is an attribute, or a dataset when it is long; a long one is no line. */
static void read_machine(struct store *store, struct runfile_answer *answer)
{
    char line[RUNFILE_LINE_BYTES];
    char *text = store_read_text(store, "/machine", RUNFILE_MACHINE_LINE);
    answer->machine = strdup(error_escape(text ? text : "", line, sizeof line));
    if (!answer->machine) {
        store_no_memory(store);
    }
    free(text);
}

/* The run did not end: says how much of it there is. */
static void tell_rounds(struct store *store, const char *shown, struct error *error)
{
    struct samples samples = {0};
    struct runfile_past past = {0};
    size_t length[RUNFILE_AXES];
    integrity_verify_tree(store, "/");
    bool spreads = runfile_lengths(store, length);
    size_t launched = spreads ? SAMPLE_RANKS_MOST + 1 : length[RUNFILE_AXIS_RANK];
    if (store_status(store) == 0 && samples_create(&samples, runfile_cells(length),
                                                   length[RUNFILE_AXIS_ROUND], launched) != 0) {
        store_no_memory(store);
    }
    runfile_take_samples(store, &samples, &past);
    samples_free(&samples);
    if (store_status(store) == 0) {
        char damaged[RUNFILE_LINE_BYTES] = "";
        if (past.damaged > 0) {
            snprintf(damaged, sizeof damaged, "; %zu samples are damaged and left out",
                     past.damaged);
        }
        error_set(error, STATUS_USAGE,
                  "%s: the run did not end: the file holds %zu rounds and no verdict%s.", shown,
                  past.rounds, damaged);
    }
}

/* Reads what is there, whose hashes must match; false when it is sound but not what was asked for.
 */
static bool read_all(struct store *store, const char *path, struct runfile_answer *answer,
                     struct error *error)
{
    char shown[RUNFILE_LINE_BYTES];
    error_escape(path, shown, sizeof shown);
    if (!runfile_is_one(store, path, error)) {
        return false;
    }
    integrity_verify(store, "/");
    integrity_verify(store, "/machine");
    if (!store_has(store, "/verdict")) {
        tell_rounds(store, shown, error);
        return store_status(store) != 0;
    }
    integrity_verify_tree(store, "/verdict");
    integrity_verify_tree(store, "/claims");
    if (store_has(store, "/advice")) { /* files of before lack it */
        integrity_verify_tree(store, "/advice");
    }
    read_machine(store, answer);
    read_verdicts(store, answer);
    read_claims(store, answer);
    read_advice(store, answer);
    answer->not_believed = store_read_text(store, "/verdict", NOT_BELIEVED);
    return true;
}

int runfile_read_answer(const char *path, struct runfile_answer *answer, struct error *error)
{
    *answer = (struct runfile_answer){0};
    struct store *store = store_open(path, false, error);
    if (!store) {
        return error->status;
    }
    bool read = read_all(store, path, answer, error);
    int status = store_close(store, error);
    if (!read) {
        status = error->status;
    }
    if (status != 0) {
        runfile_answer_free(answer);
    }
    return status;
}

void runfile_answer_free(struct runfile_answer *answer)
{
    for (size_t i = 0; answer->workload_names && i < answer->count; i++) {
        free(answer->workload_names[i]);
    }
    free(answer->workload_names);
    free(answer->claims);
    free(answer->not_believed);
    free(answer->verdicts);
    free(answer->machine);
    free(answer->summary);
    *answer = (struct runfile_answer){0};
}
