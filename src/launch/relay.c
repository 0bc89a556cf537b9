#include "launch/relay.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

void relay_open(struct relay *relay, int from, int to, void (*meanwhile)(void *context),
                void *context)
{
    *relay = (struct relay){
        .from = from, .to = to, .at_once = isatty(to), .meanwhile = meanwhile, .context = context};
}

/* Writes the first bytes of what is held, unless something is lost already. */
static void write_held(struct relay *relay, size_t bytes)
{
    for (size_t at = 0; at < bytes && !relay->lost;) {
        relay->meanwhile(relay->context);
        ssize_t done = write(relay->to, relay->text + at, bytes - at);
        relay->lost = done < 0 && errno != EINTR ? errno : 0;
        at += done > 0 ? (size_t)done : 0;
    }
    relay->held -= bytes;
    memmove(relay->text, relay->text + bytes, relay->held);
}

size_t relay_read(struct relay *relay, char *text)
{
    ssize_t got = read(relay->from, text, RELAY_BYTES);
    if (got == 0 || (got < 0 && errno != EINTR)) {
        relay_end(relay);
    }
    return got > 0 ? (size_t)got : 0;
}

void relay_add(void *to, const char *text, size_t bytes)
{
    struct relay *relay = to;
    while (bytes > 0) {
        size_t room = RELAY_BYTES - relay->held, part = bytes < room ? bytes : room;
        memcpy(relay->text + relay->held, text, part);
        relay->held += part;
        text += part;
        bytes -= part;
        const char *end = memrchr(relay->text, '\n', relay->held);
        bool is_all = relay->at_once || (!end && relay->held == RELAY_BYTES);
        write_held(relay, is_all ? relay->held : end ? (size_t)(end + 1 - relay->text) : 0);
    }
}

void relay_pass(struct relay *relay)
{
    char text[RELAY_BYTES];
    relay_add(relay, text, relay_read(relay, text));
}

void relay_end(struct relay *relay)
{
    write_held(relay, relay->held);
    if (relay->from >= 0) {
        close(relay->from);
    }
    relay->from = -1;
}
