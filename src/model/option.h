/* An option describes itself: validation, --help, `cual list` and the tests read the same table. */
#ifndef CUAL_MODEL_OPTION_H
#define CUAL_MODEL_OPTION_H

enum option_kind {
    OPTION_COUNT,    /* a whole number, optionally with k or M: 4096, 16 k, 1 M */
    OPTION_AXIS,     /* the same, a word for numbers, or a list of both */
    OPTION_TIME,     /* ns, us, ms, s, min, h; held in seconds */
    OPTION_BYTES,    /* B, KiB, MiB, GiB; held in bytes */
    OPTION_FRACTION, /* 0.9 or 90 %; held as a plain number */
    OPTION_FLAG,     /* true or false; held as 1 or 0 */
    OPTION_CHOICE,   /* a word of a list; held as its index */
    OPTION_PATH      /* a path; text, which no table of values holds */
};

/* Every value fits a double exactly: counts and bytes stay below 2^53. */
struct option {
    const char *name; /* NULL ends a table */
    enum option_kind kind;
    double minimum, maximum;    /* inclusive, in the unit the value is held in */
    double fallback;            /* the value when the job gives none; NAN: there is none */
    const char *const *choices; /* NULL-terminated, for OPTION_CHOICE */
    const char *help;           /* one line */
};

/* The most options that one kernel or one engine may have. */
#define OPTIONS_MAX 8

#endif
