#include "answer/reason.h"

#include "answer/interval_text.h"
#include "answer/reason_cores.h"
#include "answer/reason_excess.h"
#include "answer/reason_level.h"
#include "answer/reason_limit.h"
#include "answer/remarks.h"
#include "text/words.h"

#include <math.h>
#include <string.h>

static bool is_slower(const struct verdict *verdict)
{
    return verdict->cores > 1 && verdict->choice_speed_up.high < 1;
}

static void say_choice(const struct reason_facts *facts, const struct verdict *verdict,
                       struct words *sentence)
{
    char where[POINT_TEXT_BYTES], ratio[WORDS_BYTES], time[WORDS_BYTES], serial[WORDS_BYTES];
    bool weak = facts->workload->weak;
    double serial_s = weak ? verdict->serial_task_s : verdict->serial_s;
    double choice_s = weak ? facts->choice.time_s : verdict->choice_s;
    enum model model = point_model(verdict->choice);
    words_time(choice_s, time);
    if (verdict->points < 2 && model != MODEL_SERIAL) {
        words_add(sentence, "Only ");
    } else if (!is_slower(verdict)) {
        words_add(sentence, "Use ");
    } else {
        words_add(sentence, "Stay on one core: at best, with %s %s, %d cores are %s times as fast",
                  model_name(model), point_text(verdict->choice, where), verdict->cores,
                  interval_text(verdict->choice_speed_up, ratio));
        return;
    }
    words_add(sentence, "%s", model_name(model));
    if (model != MODEL_SERIAL) {
        words_add(sentence, " %s%s", point_text(verdict->choice, where),
                  verdict->points < 2 ? " was measured" : "");
    }
    if (model == MODEL_SERIAL || isnan(serial_s)) {
        words_add(sentence, ": %s%s%s", time, weak ? " per task" : "",
                  model == MODEL_SERIAL || verdict->points < 2 ? ""
                                                               : ", the shortest time measured");
    } else {
        words_add(sentence, ": %s times as fast as serial, %s instead of %s%s",
                  interval_text(verdict->choice_speed_up, ratio), time,
                  words_time(serial_s, serial), weak ? " per task" : "");
    }
}

/* Upward, so that the sentence stays true. */
static void say_how_sure(const struct verdict *verdict, struct words *sentence)
{
    if (verdict->points < 2 || is_slower(verdict)) {
        return;
    }
    if (verdict->loss <= 0) {
        words_add(sentence, "; no other point is faster");
    } else if (isfinite(verdict->loss)) {
        words_add(sentence, "; at most %.1f %% slower than the best",
                  ceil(1000 * verdict->loss) / 10);
    } else {
        words_add(sentence, "; %zu round%s: too few to be sure", verdict->rounds,
                  verdict->rounds == 1 ? "" : "s");
    }
}

/* The group, other than the choice's, that takes most CPU time beyond that of the work. */
static void say_who_loses(const struct candidates *candidates, const struct reason_facts *facts,
                          const struct verdict *verdict, struct words *sentence)
{
    char where[POINT_TEXT_BYTES];
    struct reason_excess most = {REASON_CAUSE_NONE, 0};
    struct point who = {0};
    for (int g = GROUP_THREADS; g < GROUP_COUNT; g++) {
        struct point point = verdict->best[g].point;
        if (point.ranks == 0 || point_compare_simplicity(point, verdict->choice) == 0) {
            continue;
        }
        struct reason_cell cell = reason_cell(candidates, candidates_find(candidates, point));
        struct reason_excess excess = reason_excess(facts, point, &cell);
        if (excess.share > most.share) {
            most = excess;
            who = point;
        }
    }
    if (most.cause != REASON_CAUSE_NONE) {
        words_add(sentence, " %s loses %.0f %% of its CPU time to %s.", point_text(who, where),
                  100 * most.share, reason_cause_words(most.cause));
    }
}

/* True when processes were measured at this C. */
static bool has_processes(const struct candidates *candidates, int cores)
{
    const struct candidate *one = candidates_next(candidates, NULL);
    while (one && (one->point.cores != cores || one->point.ranks == 1)) {
        one = candidates_next(candidates, one);
    }
    return one != NULL;
}

/* Through what the choice and serial reach the list that their workers share, if they do. */
static void say_through(const struct candidates *candidates, const struct reason_facts *facts,
                        struct words *sentence)
{
    static const char memory[] = "shared memory", mpi[] = "one-sided calls of MPI";
    char where[POINT_TEXT_BYTES];
    const struct question_workload *workload = facts->workload;
    struct point choice = facts->point;
    point_text(choice, where);
    if (workload->kernel.through == KERNEL_THROUGH_ABSENT) {
        return;
    }
    if (reason_calls_mpi(workload, choice)) {
        words_add(sentence, " %s reaches the list through %s, serial through %s.", where, mpi,
                  memory);
    } else if (point_model(choice) != MODEL_SERIAL) {
        words_add(sentence, " %s and serial reach the list through %s.", where, memory);
    } else if (workload->kernel.through == KERNEL_THROUGH_RMA &&
               has_processes(candidates, choice.cores)) {
        words_add(sentence, " Serial reaches the list through %s, processes through %s.", memory,
                  mpi);
    } else {
        words_add(sentence, " Serial reaches the list through %s, as the other points do.", memory);
    }
}

/* The failure's text may lack its last period; where it is long, it is cut. */
static void say_failed(const char *failure, struct words *limit, struct words *sentence)
{
    size_t bytes = failure ? strlen(failure) : 0;
    words_add(limit, "failed");
    words_add(sentence, "No verdict is possible, because the workload failed%s%s%s",
              bytes ? ": " : "", bytes ? failure : "",
              bytes && failure[bytes - 1] == '.' ? "" : ".");
}

static void say_no_choice(const struct question *question, const struct verdict *verdict,
                          struct words *limit, struct words *sentence)
{
    const struct samples *samples = question->samples;
    const char *failure = question->workload[verdict->workload].failure;
    size_t cores_index = question_cores_index(question, verdict->cores);
    size_t cell = question_first_cell(question, verdict->workload, cores_index);
    size_t first = cell * samples->rounds;
    size_t end = first + question_cells_per_cores(question) * samples->rounds;
    unsigned flags = 0;
    size_t measured = 0;
    if (failure ||
        memchr(&question->status[cell], CELL_FAILED, question_cells_per_cores(question))) {
        say_failed(failure, limit, sentence);
        return;
    }
    for (size_t i = first; i < end; i++) {
        if (!isnan(samples->value[SAMPLE_TIME][i])) {
            measured++;
            flags |= (unsigned)samples->value[SAMPLE_FLAGS][i];
        }
    }
    words_add(limit, "no valid samples");
    if (measured == 0) {
        words_add(sentence, "No verdict is possible: there are no samples yet.");
        return;
    }
    words_add(sentence, "No verdict is possible: none of %zu samples is valid, flags", measured);
    const char *separator = " ";
    for (int bit = 0; bit < SAMPLE_FLAG_COUNT; bit++) {
        if ((flags >> bit) & 1) {
            words_add(sentence, "%s%s", separator, sample_flag_names[bit]);
            separator = ", ";
        }
    }
    words_add(sentence, ".");
}

/* The bounds, and the one that the limit is; others than bounds leave it empty. */
static void take_bounds(const struct reason_facts *facts, reason_limit *limit,
                        struct verdict *verdict)
{
    enum bound bound = reason_bound_of(limit);
    verdict->tasks_per_s = 1 / facts->choice.time_s;
    memcpy(verdict->bound_tasks_per_s, facts->bounds.tasks_per_s,
           sizeof verdict->bound_tasks_per_s);
    strcpy(verdict->bound, bound < BOUND_COUNT ? bound_names[bound] : "");
}

static void say_why(const struct candidates *candidates, struct verdict *verdict,
                    struct words *limit, struct words *sentence)
{
    struct reason_facts facts = reason_facts(candidates, verdict);
    reason_limit *say_limit = reason_find_limit(&facts);
    take_bounds(&facts, say_limit, verdict);
    say_choice(&facts, verdict, sentence);
    say_how_sure(verdict, sentence);
    words_add(sentence, ". The limit is ");
    say_limit(&facts, limit, sentence);
    words_add(sentence, ".");
    reason_cores_remark(&facts, verdict->workload, say_limit == reason_cores_slowest, sentence);
    reason_level_remark(candidates, &facts, verdict, sentence);
    say_through(candidates, &facts, sentence);
    say_who_loses(candidates, &facts, verdict, sentence);
}

void reason_give(const struct candidates *candidates, struct verdict *verdict)
{
    const struct question *question = candidates->question;
    struct words limit = {verdict->limit, sizeof verdict->limit, 0};
    struct words sentence = {verdict->reason, sizeof verdict->reason, 0};
    if (verdict->choice.ranks == 0) {
        say_no_choice(question, verdict, &limit, &sentence);
    } else {
        say_why(candidates, verdict, &limit, &sentence);
    }
    remarks_add(question, verdict, candidates->scratch, &sentence);
}
