/* Known answers: what no noise explains. */
#ifndef CUAL_ANSWER_IMPOSSIBLE_H
#define CUAL_ANSWER_IMPOSSIBLE_H

#include "answer/verdict.h"

#include <stddef.h>

/* How many times a bound may be passed before it counts as beaten: clocks and CPU times are not
 * exact, and a core is faster at times. A wait never ends early by so much. */
#define IMPOSSIBLE_SLACK 1.05
#define IMPOSSIBLE_SLACK_OF_WAITS 1.02

/* NULL where no point beats a bound by more than its interval, otherwise a sentence in `text` that
 * says which one does. The bounds are those of answer/bounds.h, with all that is uncertain taken in
 * the point's favour: noise makes nothing impossible. Nothing is without memory for the judging. */
const char *impossible_find(const struct question *question, char *text, size_t text_bytes);

#endif
