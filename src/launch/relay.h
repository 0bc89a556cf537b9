/* Hands on what another process prints, in whole lines: two that print into one file do not tangle
 * there. */
#ifndef CUAL_LAUNCH_RELAY_H
#define CUAL_LAUNCH_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#define RELAY_BYTES 4096

struct relay {
    int from, to; /* descriptors; from = -1: there is no more */
    bool at_once; /* not only whole lines */
    int lost;     /* why something could not be written (errno); 0: nothing was lost */
    void (*meanwhile)(void *context); /* called before each write */
    void *context;
    size_t held;            /* bytes of a line whose end has not come */
    char text[RELAY_BYTES]; /* a line that is longer is handed on in pieces */
};

/* Hands on what comes from a pipe, which `relay` then owns, to a descriptor: to a terminal at once.
 * `meanwhile` is called before each write, which may take as long as the reader likes, and which a
 * signal interrupts. */
void relay_open(struct relay *relay, int from, int to, void (*meanwhile)(void *context),
                void *context);

/* Reads once, and writes the lines that are whole. */
void relay_pass(struct relay *relay);

/* Reads once into `text`, which has room for RELAY_BYTES, and writes nothing. Returns how many
 * bytes; 0 when there is nothing now, or no more. */
size_t relay_read(struct relay *relay, char *text);

/* Hands on a text as if it had come from the pipe. `relay` is a struct relay. */
void relay_add(void *relay, const char *text, size_t bytes);

/* Writes the rest, and closes the pipe. */
void relay_end(struct relay *relay);

#endif
