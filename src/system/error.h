/* Errors travel upward as a struct. Only the top of the program prints them, once, on one rank. */
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
#define ERROR_REMEDY_BYTES 400

struct error {
    int status;                      /* enum status; 0: no error */
    char remedy[ERROR_REMEDY_BYTES]; /* a sentence, for a line of its own; as a rule empty */
    char text[ERROR_TEXT_BYTES];     /* a sentence without its full stop, or several with theirs */
};

/* Sets status and text, unless the error is set already: the first one counts. Returns the status
 * that the error then has, which is never 0. */
int error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the error that there is no memory for `what`. Returns the status that the error then has. */
int error_no_memory(struct error *error, const char *what);

/* What ends a text that is printed as a sentence: "." or, when the text has its end already, "". */
const char *error_stop(const char *text);

/* Prints the error on a descriptor as "cual: TEXT.", and its remedy as a second line. Neither
 * allocates nor locks. */
void error_print(const struct error *error, int descriptor);

/* Makes bytes from outside fit to be printed: a character that utf8_is_printable does not hold for
 * is written \x1b, \u202e or \U000e0041 by its code point, a byte that is not UTF-8 \xff, and what
 * does not fit ends in "…". Escaped text stays as it is. analysis/text.py does the same. Returns
 * out. */
const char *error_escape(const char *text, char *out, unsigned long out_bytes);

/* Bytes that hold a text of so many bytes, whatever is escaped in it. */
#define ERROR_ESCAPED(bytes) (4 * (bytes))

#endif
