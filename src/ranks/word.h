/* Waiting for a word in memory that processes share to change. */
#ifndef CUAL_RANKS_WORD_H
#define CUAL_RANKS_WORD_H

#include <stdint.h>

/* Each returns as soon as *word is not `old`, or earlier: look again. The first has given the core
 * to others once; the second sleeps until word_wake, for at most so long. */
void word_yield(const uint32_t *word, uint32_t old);
void word_sleep(const uint32_t *word, uint32_t old, int64_t most_ns);

/* Wakes all that sleep for the word, in whichever process; its change comes before. */
void word_wake(const uint32_t *word);

#endif
