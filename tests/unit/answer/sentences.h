/* Sentences for users are short. */
#ifndef CUAL_TESTS_UNIT_ANSWER_SENTENCES_H
#define CUAL_TESTS_UNIT_ANSWER_SENTENCES_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCES_WORDS_MOST = 25 };

/* Words of the longest sentence of a text: one ends at ". " before a capital or a digit. */
static inline size_t sentences_longest(const char *text)
{
    static const char begins[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t words = 1, longest = 1;
    for (const char *at = text; (at = strchr(at, ' ')); at++) {
        bool ends = at > text && at[-1] == '.' && at[1] && strchr(begins, at[1]);
        words = ends ? 1 : words + 1;
        longest = words > longest ? words : longest;
    }
    return longest;
}

static inline void sentences_check(const char *text)
{
    bool is_short = sentences_longest(text) <= SENTENCES_WORDS_MOST;
    CU_ASSERT(is_short);
    if (!is_short) {
        printf("     %s\n", text);
    }
}

#endif
