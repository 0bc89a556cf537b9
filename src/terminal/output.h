/* Standard output and standard error of the program, from its start to its exit status. */
#ifndef CUAL_TERMINAL_OUTPUT_H
#define CUAL_TERMINAL_OUTPUT_H

/* To be called before anything is opened. Descriptors 0 to 2 that are closed are taken, so that no
 * file is opened there: reading from them, or writing to them, fails. A reader that leaves is an
 * error of writing, not the end of the process. What is printed goes out line by line. */
void output_open(void);

/* The exit status, given that of what was done: output that could not be written, on stdout or
 * stderr, is no success. Says so, unless its reader has left. */
int output_close(int status);

#endif
