/* What a user should know beside the answer. */
#ifndef CUAL_TERMINAL_NOTE_H
#define CUAL_TERMINAL_NOTE_H

/* Prints "note: TEXT." on stderr. What cannot be printed is escaped (error_escape), so that the
 * text may hold names from outside. */
void note_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
