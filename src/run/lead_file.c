#include "run/lead_file.h"

#include "sweep/sweep_nodes.h"
#include "sweep/sweep_prepare.h"
#include "terminal/note.h"

#include <math.h>
#include <stdio.h>

#define UNSAFE_MOST_S 2.0  /* from a sample to its acknowledgement, and the cell at hand */
#define WRITING_SHARE 0.01 /* of the run */

enum { LINE_BYTES = 1024 };

/* Names the lock that a process removes when the guard ends it; NULL: none. */
static void tell_way_out(const struct lead_file *file, const struct lock *lock)
{
    guard_hold(file->given->guard);
    file->given->out->lock = lock;
    guard_let_go(file->given->guard);
}

int lead_file_lock(struct lead_file *file, struct error *error)
{
    char stale[LOCK_OWNER_BYTES], cleared[LOCK_CLEARED_BYTES];
    file->lock = lock_take(file->path, file->given->study->arguments.operand, stale, error);
    if (file->lock && stale[0]) {
        note_print("the lock of %s, was left behind; this run takes it over", stale);
    }
    tell_way_out(file, file->lock);
    if (file->lock && *lock_clear_folder(file->path, cleared)) {
        fprintf(stderr, "note: %s.\n", cleared);
    }
    return file->lock ? 0 : error->status;
}

int lead_file_take(struct lead_file *file, struct error *error)
{
    file->taken = runfile_take(file->path, error);
    return file->taken ? 0 : error->status;
}

void lead_file_describe(struct lead_file *file, const struct lead_machine *machine,
                        const struct samples *samples)
{
    const struct lead_given *given = file->given;
    const struct study *study = given->study;
    struct provenance *provenance = &file->provenance;
    const struct provenance_source source = {
        .argv = given->argv,
        .job = &study->job,
        .topo = study->topo,
        .nodes = given->nodes,
        .ranks = comm_size(given->comm),
        .machine = machine->line,
        .checkup = &machine->checkup,
    };
    provenance_collect(provenance, &source);
    file->content = (struct runfile_content){
        .plan = &study->plan,
        .workload = sweep_workloads(given->sweep),
        .samples = samples,
        .fact_count = provenance->count,
        .facts = provenance->fact,
        .machine_fact_count = provenance->machine_count,
        .machine_facts = provenance->machine_fact,
        .cores = sweep_node_cores(given->sweep)->count,
        .cpu = sweep_node_cores(given->sweep)->cpu,
    };
}

/* Adds what was found out since the run began, as facts of the machine. */
static void add_facts(struct lead_file *file)
{
    const struct sweep *sweep = file->given->sweep;
    const struct known *known = sweep_known(sweep);
    struct provenance *provenance = &file->provenance;
    char start[32];
    snprintf(start, sizeof start, "%.2f s", sweep_start_s(sweep));
    provenance_add_machine(provenance, "rank_start",
                           isnan(sweep_start_s(sweep)) ? "unknown" : start);
    if (file->given->nodes->count > 1) {
        char clocks[32];
        snprintf(clocks, sizeof clocks, "%.3g s", sweep_clock_error_s(sweep));
        provenance_add_machine(provenance, "clocks_within", clocks);
    }
    provenance_add_machine(provenance, "known_waiting", known->waiting);
    provenance_add_machine(provenance, "known_computing", known->computing);
    file->content.machine_fact_count = provenance->machine_count;
}

int lead_file_begin(struct lead_file *file, struct error *error)
{
    add_facts(file);
    guard_hold(file->given->guard);
    file->file = runfile_create(file->path, file->forced, &file->content, error);
    guard_let_go(file->given->guard);
    return file->file ? 0 : error->status;
}

int lead_file_reopen(struct lead_file *file, uint64_t round, const char *differs,
                     struct error *error)
{
    char now[PROVENANCE_NOW_BYTES], line[LINE_BYTES];
    snprintf(line, sizeof line, "%s from round %llu%s%s", provenance_now(now),
             (unsigned long long)round, differs[0] ? "; " : "", differs);
    guard_hold(file->given->guard);
    if (runfile_note_resumed(file->taken, line, error) == 0 &&
        runfile_reopen(file->taken, error) == 0) {
        file->file = file->taken;
        file->taken = NULL;
    }
    guard_let_go(file->given->guard);
    return file->file ? 0 : error->status;
}

const char *lead_file_path(const struct lead_file *file)
{
    return file->file ? file->file->path : file->path;
}

static double elapsed_s(const struct lead_file *file)
{
    return sweep_times(file->given->sweep).elapsed_s;
}

int lead_file_keep_safe(struct lead_file *file, size_t round, struct error *error)
{
    double start_s = elapsed_s(file);
    guard_hold(file->given->guard);
    int status = runfile_write_round(file->file, &file->content, round, error);
    guard_let_go(file->given->guard);
    file->safe_s = elapsed_s(file);
    file->writing_s += file->safe_s - start_s;
    return status;
}

bool lead_file_is_late(const struct lead_file *file, double now_s)
{
    return now_s - file->safe_s >= UNSAFE_MOST_S;
}

bool lead_file_is_due(const struct lead_file *file)
{
    double now_s = elapsed_s(file);
    return file->writing_s <= WRITING_SHARE * now_s || lead_file_is_late(file, now_s);
}

int lead_file_finish(struct lead_file *file, const struct runfile_result *result,
                     struct error *error)
{
    guard_hold(file->given->guard);
    int status = runfile_finish(file->file, result, error);
    guard_let_go(file->given->guard);
    return status;
}

void lead_file_close(struct lead_file *file)
{
    runfile_free(file->file);
    runfile_free(file->taken);
    tell_way_out(file, NULL);
    lock_release(file->lock);
    provenance_free(&file->provenance);
}
