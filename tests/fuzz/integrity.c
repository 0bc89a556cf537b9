/* Stands in for the hashes of a run file: every one matches, so that the reader meets contents that
 * no run has written, too. */
#include "runfile/integrity.h"

uint64_t integrity_of_words(const uint64_t *words, size_t count)
{
    return count > 0 ? words[0] + 1 : 1;
}

uint64_t integrity_word(double value)
{
    return (uint64_t)(value > 0);
}

void integrity_verify(struct store *store, const char *object)
{
    (void)store;
    (void)object;
}

void integrity_verify_tree(struct store *store, const char *group)
{
    integrity_verify(store, group);
}
