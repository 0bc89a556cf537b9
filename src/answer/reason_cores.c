#include "answer/reason_cores.h"

#include <stdio.h>

/* "CPU 1", or "CPU 1 (IntelAtom)". */
static const char *name_of(const struct question *question, int core, char name[WORDS_BYTES])
{
    const struct question_core *named = &question->core[core];
    bool has_kind = named->kind && named->kind[0];
    snprintf(name, WORDS_BYTES, "CPU %d%s%.20s%s", named->cpu, has_kind ? " (" : "",
             has_kind ? named->kind : "", has_kind ? ")" : "");
    return name;
}

/* How fast the slowest and the fastest are, core 0 being that of serial. */
static void say_speeds(const struct question *question, const struct unequal *cores,
                       struct words *sentence)
{
    char slowest[WORDS_BYTES], fastest[WORDS_BYTES], serial[WORDS_BYTES];
    double slow = cores->speed[cores->slowest], fast = cores->speed[cores->fastest];
    name_of(question, cores->slowest, slowest);
    name_of(question, cores->fastest, fastest);
    name_of(question, 0, serial);
    if (cores->slowest == 0) {
        words_add(sentence, "%s, where serial ran, has %.2f of the speed of %s", serial, 1 / fast,
                  fastest);
    } else if (cores->fastest == 0) {
        words_add(sentence, "%s has %.2f of the speed of %s, where serial ran", slowest, slow,
                  serial);
    } else {
        words_add(sentence, "%s has %.2f and %s %.2f times the speed of %s, where serial ran",
                  slowest, slow, fastest, fast, serial);
    }
}

void reason_cores_slowest(const struct reason_facts *facts, struct words *limit,
                          struct words *sentence)
{
    char name[WORDS_BYTES];
    name_of(facts->question, facts->cores.slowest, name);
    words_add(limit, "the slowest core: %s", name);
    words_add(sentence,
              "the slowest core: each has as many tasks, and the others wait at the end. ");
    say_speeds(facts->question, &facts->cores, sentence);
}

void reason_cores_remark(const struct reason_facts *facts, size_t workload, bool said,
                         struct words *sentence)
{
    const struct question *question = facts->question;
    struct unequal all = unequal_cores(question, workload, (int)question->node_cores);
    if (said) {
        return;
    }
    if (facts->cores.speed) {
        words_add(sentence, " The cores are not equally fast: ");
        say_speeds(question, &facts->cores, sentence);
        words_add(sentence, ".");
    } else if (facts->point.cores == 1 && all.fastest != 0) {
        all.slowest = 0;
        words_add(sentence, " Other cores are faster: ");
        say_speeds(question, &all, sentence);
        words_add(sentence, ".");
    }
}
