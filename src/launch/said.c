#include "launch/said.h"

#include <string.h>

enum { DASHES_LEAST = 20 };

/* A message is kept whole or, where there is no room, its beginning. */
static void keep(struct said *said, const char *text, size_t bytes)
{
    size_t room = sizeof said->text - 1 - said->used;
    size_t taken = bytes < room ? bytes : room;
    memcpy(said->text + said->used, text, taken);
    said->used += taken;
    said->text[said->used] = '\0';
}

static bool is_frame(const char *line, size_t bytes)
{
    size_t dashes = 0;
    while (dashes < bytes && line[dashes] == '-') {
        dashes++;
    }
    return dashes >= DASHES_LEAST && (dashes == bytes || line[dashes] == '\n');
}

/* A line that begins so is the launcher's: with a name in brackets, as the C library ends a program
 * that has overrun its memory, or with the name of the launcher. */
static const char *const marks[] = {
    "[", "***", "===", "=  ", "mpirun: ", "mpirun.openmpi: ", "srun: ", "slurmstepd: "};

static bool is_marked(const char *line, size_t bytes)
{
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t length = strlen(marks[i]);
        if (bytes >= length && memcmp(line, marks[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the line that begins so may be marked, or be a frame. */
static bool may_be_its(char first)
{
    bool may = first == '-';
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        may = may || first == marks[i][0];
    }
    return may;
}

/* A line is there as far as it has to be. */
static void decide(struct said *said, bool whole, said_on *on, void *context)
{
    bool frame = is_frame(said->line, said->held);
    if (frame || said->framed || is_marked(said->line, said->held)) {
        said->framed = frame ? !said->framed : said->framed;
        keep(said, said->line, said->held);
        said->its_line = !whole;
    } else {
        on(context, said->line, said->held);
        said->in_line = !whole;
    }
    said->held = 0;
}

/* Takes bytes up to the end of a line, or all; returns how many. */
static size_t take_some(struct said *said, const char *bytes, size_t count, said_on *on,
                        void *context)
{
    const char *end = memchr(bytes, '\n', count);
    size_t length = end ? (size_t)(end - bytes) + 1 : count;
    if (said->held == 0 && !said->in_line && !said->its_line && !said->framed &&
        !may_be_its(bytes[0])) {
        said->in_line = true;
    }
    if (said->in_line || said->its_line) {
        if (said->in_line) {
            on(context, bytes, length);
        } else {
            keep(said, bytes, length);
        }
        said->in_line = said->in_line && !end;
        said->its_line = said->its_line && !end;
        return length;
    }
    size_t room = sizeof said->line - said->held;
    length = length < room ? length : room;
    memcpy(said->line + said->held, bytes, length);
    said->held += length;
    bool whole = said->line[said->held - 1] == '\n';
    if (whole || said->held == sizeof said->line) {
        decide(said, whole, on, context);
    }
    return length;
}

void said_take(struct said *said, const char *bytes, size_t count, said_on *on, void *context)
{
    for (size_t at = 0; at < count;) {
        at += take_some(said, bytes + at, count - at, on, context);
    }
}

void said_end(struct said *said, said_on *on, void *context)
{
    if (said->held > 0) {
        decide(said, false, on, context);
    }
}
