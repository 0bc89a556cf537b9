#include "launch/reason.h"

#include "launch/settle.h"
#include "system/error.h"
#include "text/words.h"

#include <ctype.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FRAME "--------------------" /* what a line begins with that frames a message */

/* A message: from its first letter to where the next frame begins, or all there is. */
struct message {
    const char *text;
    size_t bytes;
};

/* Appends text with every run of white space as one blank, and without the marks in brackets that
 * lines begin with. */
static void add_line(struct words *words, const char *text, size_t bytes)
{
    bool blank = words->used > 0;
    for (size_t i = 0; i < bytes; i++) {
        bool begins = i == 0 || text[i - 1] == '\n';
        const char *mark = begins && text[i] == '[' ? memchr(text + i, ']', bytes - i) : NULL;
        i += mark ? (size_t)(mark - text) - i : 0;
        if (mark || isspace((unsigned char)text[i])) {
            blank = words->used > 0;
        } else {
            words_add(words, "%s%c", blank ? " " : "", text[i]);
            blank = false;
        }
    }
}

/* Up to its full stop, or to a colon before what it names, or to the end of its paragraph. */
static size_t sentence_bytes(const struct message *message)
{
    for (size_t i = 0; i + 1 < message->bytes; i++) {
        const char *here = message->text + i;
        if ((strchr(".:", here[0]) && isspace((unsigned char)here[1])) ||
            (here[0] == '\n' && here[1] == '\n')) {
            return i;
        }
    }
    return message->bytes;
}

/* "  Framework: btl": one to three words, a colon, and something behind it. */
static bool names_something(const char *line, size_t bytes)
{
    enum { BYTES_MOST = 72, WORDS_MOST = 3 };
    const char *colon = memchr(line, ':', bytes);
    if (!colon || bytes > BYTES_MOST || !isspace((unsigned char)colon[1])) {
        return false;
    }
    size_t rest = bytes - (size_t)(colon - line) - 1, blank = 0;
    while (blank < rest && isspace((unsigned char)colon[1 + blank])) {
        blank++;
    }
    size_t words = 0;
    for (const char *c = line; c < colon; c++) {
        words += !isspace((unsigned char)*c) && (c == line || isspace((unsigned char)c[-1]));
    }
    return blank < rest && words <= WORDS_MOST && !memchr(line, '.', (size_t)(colon - line));
}

static void add_names(struct words *words, const struct message *message, size_t from)
{
    const char *end = message->text + message->bytes, *line = message->text + from;
    const char *before = ". ";
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        if (names_something(line, (size_t)(stop - line))) {
            char text[128] = "";
            struct words name = {text, sizeof text, 0};
            add_line(&name, line, (size_t)(stop - line));
            words_add(words, "%s%s", before, text);
            before = ", ";
        }
        line = stop + 1;
    }
}

static bool names_any(const struct message *message)
{
    char text[REASON_BYTES] = "";
    struct words words = {text, sizeof text, 0};
    add_names(&words, message, 0);
    return text[0] != '\0';
}

/* The first message between frames that names something, or else the first. */
static struct message best_framed(const char *said)
{
    struct message best = {NULL, 0};
    for (const char *frame = strstr(said, FRAME); frame;) {
        struct message message = {frame + strspn(frame, "-\n "), 0};
        frame = strstr(message.text, FRAME);
        message.bytes = frame ? (size_t)(frame - message.text) : strlen(message.text);
        if (message.bytes > 0 && (!best.text || (names_any(&message) && !names_any(&best)))) {
            best = message;
        }
    }
    return best;
}

static bool has(const struct message *message, const char *words)
{
    return memmem(message->text, message->bytes, words, strlen(words)) != NULL;
}

/* The first line without a frame that says more than where in its code the launcher was; or else
 * the first that does not say that a message was lost. */
static struct message best_line(const char *said)
{
    struct message best = {said, 0};
    for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        struct message message = {line, strcspn(line, "\n")};
        if (has(&message, FRAME) || has(&message, "show_help.c")) {
            continue;
        }
        if (!has(&message, "ERROR_LOG")) {
            return message;
        }
        best = best.bytes ? best : message;
    }
    return best;
}

bool reason_find(const char *said, char reason[REASON_BYTES])
{
    char text[REASON_BYTES] = "";
    struct words words = {text, sizeof text, 0};
    struct message framed = best_framed(said);
    if (framed.text) {
        size_t sentence = sentence_bytes(&framed);
        add_line(&words, framed.text, sentence);
        add_names(&words, &framed, sentence + 1);
    } else {
        struct message line = best_line(said);
        add_line(&words, line.text, line.bytes);
    }
    error_escape(text, reason, REASON_BYTES);
    return reason[0] != '\0';
}

/* Whether the user has a file of settings for the launcher; writes its path. */
static bool has_settings(const struct launcher *launcher, char *path, size_t path_bytes)
{
    const char *home = getenv("HOME"), *file = launcher->settings.file;
    int written = home && file ? snprintf(path, path_bytes, "%s/%s", home, file) : 0;
    return written > 0 && (size_t)written < path_bytes && access(path, R_OK) == 0;
}

/* Not even the interface over which processes of one node reach each other. */
static bool has_no_interface(void)
{
    struct ifaddrs *all = NULL;
    bool up = getifaddrs(&all) != 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        up = up || (one->ifa_flags & IFF_UP);
    }
    freeifaddrs(all);
    return !up;
}

void reason_remedy(const struct launcher *launcher, int nodes, char remedy[REASON_BYTES])
{
    char text[REASON_BYTES], found[256];
    struct utsname node = {0};
    uname(&node);
    size_t letters = strlen(node.nodename), most = launcher->limits.host_letters;
    if (most > 0 && letters > most) {
        snprintf(text, sizeof text,
                 "the name of this host has %zu letters, and %s takes %zu: give it a shorter one "
                 "('hostname NAME', or --hostname of a container)",
                 letters, launcher->product, most);
    } else if (has_no_interface()) {
        snprintf(text, sizeof text,
                 "no network interface is up, and ranks find %s over one: 'ip link set lo up'",
                 launcher->name);
    } else if (settle_not_ours(found, sizeof found)) {
        snprintf(text, sizeof text, "these variables may be the cause; correct or unset them: %s",
                 found);
    } else if (has_settings(launcher, found, sizeof found)) {
        snprintf(text, sizeof text, "%s may be the cause; %s sets it aside", found,
                 launcher->settings.without_file);
    } else if (nodes > 1) {
        snprintf(text, sizeof text,
                 "'%s -n %d hostname' must work in this job first; 'env -u SLURM_JOB_ID' before "
                 "the command measures on this node alone",
                 launcher->name, nodes);
    } else {
        snprintf(text, sizeof text,
                 "'%s -n 2 hostname' must work here first; 'cual doctor' says more",
                 launcher->name);
    }
    error_escape(text, remedy, REASON_BYTES);
}
