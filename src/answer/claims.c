#include "answer/claims.h"

#include <math.h>

const struct claim claims[CLAIMS] = {
    {"without waits, parallelism on N cores cuts the time", ""},
    {"without waits, concurrency without parallelism does not cut the time", ""},
    {"on one core nothing helps compute", ""},
    {"with waits, concurrency without parallelism cuts the time", ""},
    {"best is both: parallelism over the cores, concurrency in each", ""},
    {"a context switch costs", ""},
    {"with many tasks a thread or a process for each is inefficient, async is not", ""},
    {"very long waits make threads inefficient", ""},
    {"processes repeat memory, threads and async share it", ""},
    {"sharing data is easy with threads and costly with processes", ""},
    {"threads and processes bring races, async decides when it switches", ""},
    {"async is reproducible", ""},
    {"under a global interpreter lock threads do not compute in parallel but overlap waits", ""},
    {"without waits only processes and cores help, nothing else", ""},
    {"with waits nothing beats async in processes", ""},
    {"creating workers costs", ""},
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

int claims_find(const struct question *question, struct finding findings[CLAIMS])
{
    (void)question;
    for (int i = 0; i < CLAIMS; i++) {
        findings[i] =
            (struct finding){.number = i + 1, .effect = {NAN, NAN, NAN, 0}, .threshold = NAN};
    }
    return 0;
}
