/* Errors travel upward as a struct; only the top prints them, once, on one rank. */
#ifndef CUAL_SYSTEM_ERROR_H
#define CUAL_SYSTEM_ERROR_H

/* Exit statuses of the program. */
enum status {
    STATUS_DONE = 0,
    STATUS_WRONG = 1,       /* a result was wrong */
    STATUS_USAGE = 2,       /* command line or job file */
    STATUS_INTERRUPTED = 3, /* resumable */
    STATUS_STORAGE = 4,     /* what was acknowledged is intact */
    STATUS_ENVIRONMENT = 5  /* the surroundings cannot do it */
};

#define ERROR_TEXT_BYTES 1024

struct error {
    int status;                  /* enum status; 0: no error */
    char text[ERROR_TEXT_BYTES]; /* one or more whole sentences, no newline at the end */
};

/* Sets status and text, unless an error stands there already (the first one counts).
 * Returns the status that then stands, which is never 0. */
int error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says that there is no memory for `what`. Returns the status that then stands. */
int error_no_memory(struct error *error, const char *what);

/* Makes bytes from outside fit to be printed: control characters and broken UTF-8 become '?', and
 * what does not fit ends in "…". Returns out. */
const char *error_escape(const char *text, char *out, unsigned long out_bytes);

#endif
