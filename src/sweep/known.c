#include "sweep/known.h"

#include "answer/impossible.h"
#include "answer/stats.h"
#include "engines/engines.h"
#include "kernels/kernels.h"
#include "system/clock.h"
#include "worker/worker.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LATENCY_S 1e-3
#define LIMIT_NS 400000000 /* for each of the two answers */

enum { WAITS = 64, SERIAL_WAITS = 16, WORKS = 16, WORK = 1 << 14, IN_FLIGHT = 4 };
enum { REPEATS_LEAST = 5, REPEATS_MOST = 64, QUIET_LEAST = 3 };

#define COMPUTING_LEAST 0.9 /* others computed on that core: looked at again */
#define OVERLAP_LEAST 0.5   /* of the greatest possible speed-up */
#define ON_TIME 1.5         /* serial waits that take longer were disturbed */

static const struct point serial_point = {.ranks = 1, .threads = 1, .depth = 1, .cores = 1};

/* One kind of work, whose answer is known. */
struct known_work {
    const struct kernel *kernel;
    const struct engine *engine;
    struct task_spec spec;
    const struct topo *topo;
    int64_t deadline_ns;
};

static double time_of(const struct worker_result *result)
{
    /* NOLINTNEXTLINE(clang-analyzer-*): error_set never returns 0 */
    return (double)(result->end_ns - result->start_ns) * 1e-9;
}

/* Carries out `tasks` tasks at a point and checks what they give. 0 or status. */
static int carry_out(const struct known_work *work, struct point point, uint64_t tasks,
                     struct worker_result *result, struct error *error)
{
    char where[POINT_TEXT_BYTES];
    /* NOLINTNEXTLINE(clang-analyzer-*): error_set never returns 0 */
    const char *what = work->spec.waits > 0 ? work->engine->name : work->kernel->name;
    struct worker_cell cell = {
        .kernel = work->kernel,
        .engine = work->engine,
        .spec = &work->spec,
        .tasks = tasks,
        .point = point,
        .topo = work->topo,
    };
    worker_run(&cell, result);
    if (result->error == ECANCELED) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted during the known answers");
    }
    point_text(point, where);
    if (result->error && result->error != EILSEQ) {
        return error_set(error, STATUS_ENVIRONMENT, "known answers: %s at %s: %s", what, where,
                         strerror(result->error));
    }
    uint64_t expected = worker_expected_sum(work->kernel, work->engine, &work->spec, tasks);
    if (result->error || result->tasks != tasks || result->sum != expected) {
        return error_set(error, STATUS_WRONG,
                         "not credible: %s at %s, whose answer is known, gives a wrong "
                         "result: %llu of %llu tasks ended, checksum %016llx, expected %016llx",
                         what, where, (unsigned long long)result->tasks, (unsigned long long)tasks,
                         (unsigned long long)result->sum, (unsigned long long)expected);
    }
    return 0;
}

/* -- waiting -- */

struct waiting {
    double serial_s[REPEATS_MOST], together_s[REPEATS_MOST]; /* one wait; all of them */
    double serial_least_s, together_least_s;
    size_t count;
    size_t quiet; /* repetitions that nothing disturbed */
};

/* Times as fast per wait, each at its best: what disturbs a wait only makes it longer. Serial waits
 * end late; those in flight together share their lateness, which is no gain. */
static double overlap(const struct waiting *waiting)
{
    return WAITS * fmin(waiting->serial_least_s, LATENCY_S) / waiting->together_least_s;
}

static int wait_once(const struct known_work *work, struct waiting *waiting, struct error *error)
{
    const struct point together = {.ranks = 1, .threads = 1, .depth = WAITS, .cores = 1};
    struct worker_result one, all;
    if (carry_out(work, serial_point, SERIAL_WAITS, &one, error) != 0 ||
        carry_out(work, together, WAITS, &all, error) != 0) {
        return error->status;
    }
    double serial_s = time_of(&one) / SERIAL_WAITS, together_s = time_of(&all);
    waiting->quiet += serial_s <= ON_TIME * LATENCY_S && all.used.switches_involuntary == 0;
    waiting->serial_s[waiting->count] = serial_s;
    waiting->together_s[waiting->count++] = together_s;
    waiting->serial_least_s = fmin(waiting->serial_least_s, serial_s);
    waiting->together_least_s = fmin(waiting->together_least_s, together_s);
    return 0;
}

/* No wait may be shorter than asked; then no speed-up is greater than can be. */
static int refuse_early(double *found_s, size_t count, const char *what, struct error *error)
{
    double median_s = stats_median(found_s, count).median;
    return median_s * IMPOSSIBLE_SLACK_OF_WAITS >= LATENCY_S
               ? 0
               : error_set(error, STATUS_WRONG,
                           "not credible: %s take %.3g ms instead of %.3g ms: the waits end "
                           "too early",
                           what, median_s * 1e3, LATENCY_S * 1e3);
}

static int judge_waiting(struct waiting *waiting, struct known *known, struct error *error)
{
    double found = overlap(waiting);
    snprintf(known->waiting, sizeof known->waiting, "%.1f of %d", found, WAITS);
    if (refuse_early(waiting->serial_s, waiting->count, "waits one after the other", error) != 0 ||
        refuse_early(waiting->together_s, waiting->count, "waits in flight together", error) != 0) {
        return error->status;
    }
    if (found >= OVERLAP_LEAST * WAITS) {
        return 0;
    }
    if (waiting->quiet >= QUIET_LEAST) {
        return error_set(error, STATUS_WRONG,
                         "not credible: %d waits in flight are only %.1f times as fast as "
                         "one after the other, and nothing disturbed them: they do not overlap",
                         WAITS, found);
    }
    snprintf(known->note, sizeof known->note,
             "the machine is too busy to tell whether waits overlap: %d in flight were %.1f times "
             "as fast as one after the other",
             WAITS, found);
    return 0;
}

static int try_waiting(struct known *known, const struct engine *timer, const struct topo *topo,
                       struct error *error)
{
    struct known_work work = {
        .kernel = kernels_find("none"),
        .engine = timer,
        .spec = {.tasks = WAITS, .waits = 1, .engine_option = {LATENCY_S}},
        .topo = topo,
        .deadline_ns = clock_now_ns() + LIMIT_NS,
    };
    struct waiting waiting = {.serial_least_s = INFINITY, .together_least_s = INFINITY};
    bool goes_on = true;
    while (goes_on) {
        if (wait_once(&work, &waiting, error) != 0) {
            return error->status;
        }
        bool enough = waiting.count >= REPEATS_LEAST && overlap(&waiting) >= OVERLAP_LEAST * WAITS;
        goes_on = !enough && waiting.count < REPEATS_MOST && clock_now_ns() < work.deadline_ns;
    }
    clock_set_usual_slack(); /* the timer has changed it for this thread */
    return judge_waiting(&waiting, known, error);
}

/* -- computing on one core -- */

struct computing {
    double serial_least_s; /* CPU time: on a busy machine several get more of a core than one */
    double together_least_s;
    size_t count;
    int misbound;
};

static double gain(const struct computing *computing)
{
    return computing->serial_least_s / computing->together_least_s;
}

static int compute_serially(const struct known_work *work, struct computing *computing,
                            struct error *error)
{
    struct worker_result one;
    if (carry_out(work, serial_point, WORKS, &one, error) != 0) {
        return error->status;
    }
    /* NOLINTNEXTLINE(clang-analyzer-*): error_set never returns 0 */
    computing->serial_least_s = fmin(computing->serial_least_s, one.used.cpu_s);
    return 0;
}

/* Between two serial ones: what slows all but one of them down must come and go within it. */
static int compute_once(const struct known_work *work, struct point together,
                        struct computing *computing, struct error *error)
{
    struct worker_result all;
    if (carry_out(work, together, WORKS, &all, error) != 0) {
        return error->status;
    }
    computing->together_least_s = fmin(computing->together_least_s, time_of(&all));
    computing->misbound += all.misbound;
    computing->count++;
    return compute_serially(work, computing, error);
}

static int judge_computing(const struct computing *computing, struct point together,
                           struct known *known, struct error *error)
{
    char where[POINT_TEXT_BYTES];
    double found = gain(computing);
    snprintf(known->computing, sizeof known->computing, "%.2f of 1", found);
    if (found <= IMPOSSIBLE_SLACK) {
        return 0;
    }
    if (computing->misbound == 0 && computing->count >= REPEATS_LEAST) {
        return error_set(error, STATUS_WRONG,
                         "not credible: computing at %s is %.3g times as fast as serial on "
                         "one core, but more than %.4g times is impossible",
                         point_text(together, where), found, IMPOSSIBLE_SLACK);
    }
    size_t used = strlen(known->note);
    snprintf(known->note + used, sizeof known->note - used, "%s%s", used ? "; " : "",
             computing->misbound
                 ? "threads that compute cannot be bound to one core on this machine"
                 : "this machine is too slow to tell what one core can do");
    return 0;
}

static int try_computing(struct known *known, const struct kernel *flops, int threads,
                         const struct topo *topo, struct error *error)
{
    struct known_work work = {
        .kernel = flops,
        .engine = engines_find("none"),
        .spec = {.tasks = WORKS, .work = WORK},
        .topo = topo,
        .deadline_ns = clock_now_ns() + LIMIT_NS,
    };
    struct point together = {
        .ranks = 1, .threads = threads, .depth = threads > 1 ? 1 : IN_FLIGHT, .cores = 1};
    struct computing computing = {.serial_least_s = INFINITY, .together_least_s = INFINITY};
    if (compute_serially(&work, &computing, error) != 0) {
        return error->status;
    }
    bool goes_on = true;
    while (goes_on) {
        if (compute_once(&work, together, &computing, error) != 0) {
            return error->status;
        }
        bool enough = computing.count >= REPEATS_LEAST && gain(&computing) >= COMPUTING_LEAST &&
                      gain(&computing) <= IMPOSSIBLE_SLACK;
        goes_on = !enough && clock_now_ns() < work.deadline_ns;
    }
    return judge_computing(&computing, together, known, error);
}

int known_try(struct known *known, const struct engine *timer, const struct kernel *flops,
              int threads, const struct topo *topo, struct error *error)
{
    *known = (struct known){0};
    if (try_waiting(known, timer, topo, error) != 0) {
        return error->status;
    }
    return try_computing(known, flops, threads, topo, error);
}
