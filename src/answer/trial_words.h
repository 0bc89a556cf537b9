/* A trial in words. */
#ifndef CUAL_ANSWER_TRIAL_WORDS_H
#define CUAL_ANSWER_TRIAL_WORDS_H

#include "answer/trial_judge.h"

/* Sorts the comparisons, which have been judged: what refutes comes first, then what is open, then
 * what supports; facts before intervals, and the narrowest escape before the wider ones. */
void trial_words_sort(struct trial *trial);

/* Appends the comparisons to the reason, sorted as they are, after a subject. */
void trial_words_say(struct trial *trial, const char *subject);

/* Appends the cells that the claim needs and the job lacks; nothing when there are none. */
void trial_words_lack(struct trial *trial);

/* Appends the cell that the outcome rests on. */
void trial_words_rest(struct trial *trial, const struct trial_rest *rest);

#endif
