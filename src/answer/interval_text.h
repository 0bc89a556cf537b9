/* An interval as a person reads it. */
#ifndef CUAL_ANSWER_INTERVAL_TEXT_H
#define CUAL_ANSWER_INTERVAL_TEXT_H

#include "answer/stats.h"
#include "text/words.h"

/* "58.9 ±0.3": the median and half of the interval's width. That half decides how many digits are
 * shown, and is itself rounded up to one step of the last one. "58.9 ±?" stands for a median
 * without an interval, "?" for no median. Returns text. */
const char *interval_text(struct interval interval, char text[WORDS_BYTES]);

#endif
