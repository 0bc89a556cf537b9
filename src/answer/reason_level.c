#include "answer/reason_level.h"

/* Work that never waits cannot be so much faster on one core by more workers. */
#define BEYOND_ONE_CORE 1.05

/* A footprint of which so much is in huge pages is hardly moved by where they lie. */
#define MOSTLY_HUGE 0.5

/* "the L2 cache", "the memory", "the L2 or the L3 cache", "the L3 cache or the memory". */
static void add_level(struct level_range level, const char *memory, struct words *sentence)
{
    if (level.near == LEVEL_MEMORY) {
        words_add(sentence, "%s", memory);
    } else if (level.near == level.far) {
        words_add(sentence, "the %s cache", level_names[level.near]);
    } else if (level.far == LEVEL_MEMORY) {
        words_add(sentence, "the %s cache or %s", level_names[level.near], memory);
    } else {
        words_add(sentence, "the %s or the %s cache", level_names[level.near],
                  level_names[level.far]);
    }
}

/* "the L2", "the L3/memory". */
static void add_short(struct level_range level, struct words *limit)
{
    words_add(limit, "the %s%s%s", level_names[level.near], level.near == level.far ? "" : "/",
              level.near == level.far ? "" : level_names[level.far]);
}

void reason_level_add_bound(const struct reason_facts *facts, struct words *sentence)
{
    enum kernel_bound bound = facts->workload->kernel.bound;
    if (bound == KERNEL_BOUND_BANDWIDTH) {
        add_level(facts->level, kernel_bound_words[bound], sentence);
    } else if (bound == KERNEL_BOUND_LATENCY) {
        words_add(sentence, "the latency of ");
        add_level(facts->level, "the memory", sentence);
    } else {
        words_add(sentence, "%s", kernel_bound_words[bound]);
    }
}

void reason_level_add_latency(const struct reason_facts *facts, struct words *limit,
                              struct words *sentence)
{
    char load[WORDS_BYTES];
    double loads = facts->workload->memory_bytes / CACHES_LINE_BYTES;
    words_time(facts->inputs.compute_s / loads, load);
    add_short(facts->level, limit);
    words_add(limit, ": %s a load", load);
    reason_level_add_bound(facts, sentence);
    words_add(sentence, ": each load waits for the one before, and takes %s", load);
}

void reason_level_add_shared(const struct reason_facts *facts, struct words *sentence)
{
    enum kernel_bound bound = facts->workload->kernel.bound;
    if (kernel_bound_is_memory(bound)) {
        add_level(facts->level, "the memory", sentence);
    } else {
        words_add(sentence, "%s", kernel_bound_words[bound]);
    }
}

void reason_level_add_bandwidth(const struct reason_facts *facts, struct words *limit,
                                struct words *sentence)
{
    char rate[WORDS_BYTES], one[WORDS_BYTES], bytes[WORDS_BYTES], place[LEVEL_TEXT_BYTES];
    int cores = facts->point.cores;
    struct level_range level = facts->level;
    words_rate(facts->inputs.bandwidth, rate);
    add_short(level, limit);
    words_add(limit, ": %s", rate);
    reason_level_add_bound(facts, sentence);
    words_add(sentence, ": %s on %d core%s", rate, cores, cores == 1 ? "" : "s");
    if (cores > 1) {
        words_add(sentence, ", %s on 1",
                  words_rate(facts->inputs.bandwidth / facts->worth.times, one));
    }
    if (level.near != level.far) {
        words_add(sentence, ". The footprint of a worker, %s, lies %s",
                  words_bytes(facts->workload->footprint.bytes, bytes), level_place(level, place));
    }
}

/* On one core more workers compute no faster, unless their data has come nearer. */
static void say_cache_effect(const struct question *question, const struct reason_facts *facts,
                             const struct verdict *verdict, struct words *sentence)
{
    char where[POINT_TEXT_BYTES], here[LEVEL_TEXT_BYTES], there[LEVEL_TEXT_BYTES];
    char bytes[WORDS_BYTES];
    const struct question_workload *workload = facts->workload;
    struct level_range serial =
        level_find(&question->caches, workload->footprint, (struct point){1, 1, 1, 1});
    bool never_waits = !facts->waits || workload->waits == 0;
    if (verdict->cores > 1 || !never_waits || verdict->choice_speed_up.median <= BEYOND_ONE_CORE) {
        return;
    }
    if (question_is_fed(question, workload, verdict->choice)) {
        words_add(sentence,
                  " That is an effect of the caches. The threads of a process walk through the "
                  "same %s, and each finds in a cache what another has brought there.",
                  words_bytes(workload->footprint.bytes, bytes));
    } else if (!level_is_same(serial, facts->level)) {
        words_add(
            sentence,
            " That is an effect of the caches. The footprint of a worker lies %s at %s and %s "
            "at serial.",
            level_place(facts->level, here), point_text(verdict->choice, where),
            level_place(serial, there));
    }
}

/* What threads share, each process has for itself. */
static void say_copies(const struct candidates *candidates, const struct reason_facts *facts,
                       const struct verdict *verdict, struct words *sentence)
{
    char bytes[WORDS_BYTES];
    bool processes = false;
    for (const struct candidate *one = candidates_next(candidates, NULL); one;
         one = candidates_next(candidates, one)) {
        processes |= one->point.cores == verdict->cores && one->point.ranks > 1 && one->valid > 0;
    }
    if (facts->workload->footprint.is_common && processes) {
        words_add(sentence,
                  " The threads of a process walk through the same %s, and each process "
                  "has a copy of its own.",
                  words_bytes(facts->workload->footprint.bytes, bytes));
    }
}

/* Without huge pages it is chance which of the pages meet in a cache. */
static void say_small_pages(const struct reason_facts *facts, struct words *sentence)
{
    const struct question_workload *workload = facts->workload;
    if (workload->footprint.bytes > 0 && workload->huge_pages < MOSTLY_HUGE) {
        words_add(sentence,
                  " Linux gave small pages for this memory instead of huge ones: where they "
                  "lie is chance, and moves times by about 2 %%.");
    }
}

void reason_level_remark(const struct candidates *candidates, const struct reason_facts *facts,
                         const struct verdict *verdict, struct words *sentence)
{
    say_cache_effect(candidates->question, facts, verdict, sentence);
    say_copies(candidates, facts, verdict, sentence);
    say_small_pages(facts, sentence);
}
