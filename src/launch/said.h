/* What a launcher says on stderr, kept apart from what its ranks print there. */
#ifndef CUAL_LAUNCH_SAID_H
#define CUAL_LAUNCH_SAID_H

#include <stdbool.h>
#include <stddef.h>

#define SAID_BYTES 8192
#define SAID_LINE_BYTES 512

/* Starts as zero. */
struct said {
    char text[SAID_BYTES]; /* the launcher's first lines, each with its end; what follows is lost */
    size_t used;
    char line[SAID_LINE_BYTES]; /* the beginning of a line that may be the launcher's */
    size_t held;
    bool framed;   /* within a message between two lines of dashes */
    bool in_line;  /* of a rank, which is handed on as it comes */
    bool its_line; /* the rest of a long one of the launcher */
};

/* Hands on what a rank has printed. */
typedef void said_on(void *context, const char *text, size_t bytes);

/* Takes what has come from stderr of the launcher. What ranks have printed is handed on at once. A
 * launcher prints each message between two lines of dashes, or begins each line with a name in
 * brackets, and one that crashes with asterisks; ranks do none of these.
 */
void said_take(struct said *said, const char *bytes, size_t count, said_on *on, void *context);

/* At the end of stderr: hands on what was held. */
void said_end(struct said *said, said_on *on, void *context);

#endif
