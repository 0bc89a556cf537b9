/* The nearest match of a mistyped word. */
#ifndef CUAL_TEXT_NEAR_H
#define CUAL_TEXT_NEAR_H

/* Returns the word of a NULL-terminated list that is nearest to `word` by edit distance, whatever
 * its case, or NULL when more than a third of the letters would have to change in each of them. */
const char *near_match(const char *word, const char *const *words);

#endif
