#include "text/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_LETTERS_MAX 63 /* longer words have no near match */

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, delete, replace or swap with their neighbour to turn one word into the other,
 * each letter touched once (optimal string alignment; Boytsov, ACM JEA 16, 2011). */
static size_t edit_distance(const char *a, size_t a_letters, const char *b, size_t b_letters)
{
    size_t rows[3][WORD_LETTERS_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_letters; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= a_letters; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_letters; j++) {
            size_t replaced = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_letters];
}

const char *near_match(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;
    size_t letters = strnlen(word, WORD_LETTERS_MAX + 1);
    if (letters == 0 || letters > WORD_LETTERS_MAX) {
        return NULL;
    }
    for (; *words; words++) {
        size_t other = strlen(*words);
        if (other > WORD_LETTERS_MAX) {
            continue;
        }
        size_t distance = edit_distance(word, letters, *words, other);
        size_t longer = letters > other ? letters : other;
        if (distance * 3 <= longer && distance < nearest_distance) {
            nearest = *words;
            nearest_distance = distance;
        }
    }
    return nearest;
}
