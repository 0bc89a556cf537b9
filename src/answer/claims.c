#include "answer/claims_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const struct claim claims[CLAIMS] = {
    {"without waits, parallelism on N cores cuts the time",
     "Computing without waits, on the most cores measured, the faster of threads and "
     "processes, one on each core: at least 1.2 times as fast as serial for every kernel."},
    {"without waits, concurrency without parallelism does not cut the time",
     "Computing without waits, every point on one core with R·T·D > 1, by the time in which the "
     "core computed: none more than 1.05 times as fast as serial."},
    {"on one core nothing helps compute",
     "Computing without waits, every point on one core, threads, processes and async, by the "
     "time in which the core computed: none more than 1.05 times as fast as serial."},
    {"with waits, concurrency without parallelism cuts the time",
     "With a part f > 0 of waiting, the fastest point on one core: at least half of the gain that "
     "is possible, 1/(1−f) − 1, or one less than are in flight where that is less."},
    {"best is both: parallelism over the cores, concurrency in each",
     "Computing and waiting, on the most cores measured: the fastest point with R·T ≥ C and D > 1 "
     "takes at most 1.02 times as long as any other point, also on fewer cores."},
    {"a context switch costs",
     "The same computing on one core, at the point that switches most (at least 100 times more "
     "than serial): CPU time beyond serial's of at least 0.1 µs for each switch beyond "
     "serial's."},
    {"with many tasks a thread or a process for each is inefficient, async is not",
     "Only waiting, on one core: the most threads take at least 1.2 times as long as async with as "
     "many in flight, unless a limit of the machine refuses more of them, which is inefficient, "
     "too; so do processes, where at least 100 were tried; and async with the most in flight takes "
     "at most twice as long per task as with the next fewer."},
    {"very long waits make threads inefficient",
     "Only waiting, on one core, the longest of waits that differ by 10 times or more: threads "
     "take at least 1.2 times as long as async with as many in flight."},
    {"processes repeat memory, threads and async share it",
     "On one core: the most processes take at least 1.2 times the memory (PSS) of serial; one "
     "more thread, and one more operation in flight, at most 0.2 times what one more process "
     "takes."},
    {"sharing data is easy with threads and costly with processes",
     "Appending to one list, kept whole by atomics or a lock, as many processes as threads on as "
     "many cores: processes take at least 1.5 times as long."},
    {"threads and processes bring races, async decides when it switches",
     "Appending to one list without a guard: threads and processes lose items in at least one "
     "sample (not one in 29 or more refutes it), async on one thread never, and none is lost with "
     "a guard."},
    {"async is reproducible",
     "Tasks whose order is kept, simulated waits and real I/O: each point of async on one thread "
     "ends "
     "its tasks in the same order in every round, at least 6. The entropy of the order is 0 when "
     "it is always the same and 1 when it never is."},
    {"under a global interpreter lock threads do not compute in parallel but overlap waits",
     "With one lock per process: computing on the most cores measured, threads are at most 1.05 "
     "times as fast as serial and processes at least 1.2 times; waiting, threads on one core reach "
     "at least half of the gain that is possible."},
    {"without waits only processes and cores help, nothing else",
     "Computing without waits, on the most cores measured: as many threads as cores take at least "
     "1.05 times as long as as many processes; async on one core is at most 1.05 times as fast as "
     "serial."},
    {"with waits nothing beats async in processes",
     "With waits, on the most cores measured: the fastest point R×1×D takes at most 1.02 times as "
     "long as any other point on as many cores."},
    {"creating workers costs",
     "A thread of a large team, and a process from its launch to its first task, cost at least "
     "0.01 of a task of 1 ms each: 10 µs."},
};

static claim_rule *const rules[CLAIMS] = {
    claim_parallelism, claim_concurrency,    claim_one_core,
    claim_waits,       claim_both,           claim_switch,
    claim_many,        claim_long_waits,     claim_memory,
    claim_sharing,     claim_races,          claim_reproducible,
    claim_lock,        claim_only_processes, claim_async_processes,
    claim_creation,
};

const char *claim_outcome_text(enum claim_outcome outcome)
{
    static const char *const texts[CLAIM_OUTCOMES] = {
        [CLAIM_NOT_TRIED] = "not tried",
        [CLAIM_HOLDS] = "holds here",
        [CLAIM_FAILS] = "does not hold here",
        [CLAIM_UNDECIDED] = "cannot tell",
    };
    return texts[outcome];
}

/* -ENOMEM leaves the finding without an outcome. */
static int try_claim(const struct question *question, claim_rule *rule, double *scratch,
                     struct finding *finding)
{
    struct trial trial = {
        .question = question,
        .rounds = question->samples->rounds,
        .scratch = scratch,
        .finding = finding,
        .reason = {finding->reason, sizeof finding->reason, 0},
    };
    rule(&trial);
    for (size_t i = 0; i < trial.count; i++) {
        free(trial.comparisons[i].above);
    }
    free(trial.comparisons);
    return trial.no_memory ? -ENOMEM : 0;
}

int claims_find(const struct question *question, struct finding findings[CLAIMS])
{
    int failed = 0;
    double *scratch = malloc((question->samples->rounds + 1) * sizeof *scratch);
    for (int i = 0; i < CLAIMS; i++) {
        findings[i] =
            (struct finding){.number = i + 1, .effect = {NAN, NAN, NAN, 0}, .threshold = NAN};
        int missing = scratch ? try_claim(question, rules[i], scratch, &findings[i]) : -ENOMEM;
        failed = failed ? failed : missing;
    }
    free(scratch);
    return failed;
}
