#include "system/lock.h"

#include "system/boot.h"
#include "system/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_BYTES_MOST 200 /* of the file's own name in the lock's: the rest must fit 255 */
#define TEXT_BYTES 2048     /* of what stands in a lock */
#define FIELD_BYTES 128     /* of each thing that is told of it */
#define TRIES 50            /* somebody may look at the lock at this moment */
#define NAP_NS 10000000L

struct lock {
    int descriptor;
    char *path;
};

static char *lock_path(const char *path)
{
    char folder[strlen(path) + 2], *lock = NULL;
    const char *name = path_split(path, folder);
    return asprintf(&lock, "%s/.%.*s.lock", folder, NAME_BYTES_MOST, name) < 0 ? NULL : lock;
}

/* The rest of the line of a lock that begins with a word; "?" without one. */
static void read_field(const char *text, const char *word, char field[FIELD_BYTES])
{
    char line[TEXT_BYTES] = "?";
    size_t length = strlen(word);
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        if (strncmp(at, word, length) == 0 && at[length] == ' ') {
            snprintf(line, sizeof line, "%.*s", (int)strcspn(at + length + 1, "\n"),
                     at + length + 1);
            break;
        }
    }
    error_escape(line, field, FIELD_BYTES);
}

/* Whose a lock is, by what stands in it: untrusted text. */
static void read_owner(int descriptor, char owner[LOCK_OWNER_BYTES])
{
    char text[TEXT_BYTES] = "", job[FIELD_BYTES], process[FIELD_BYTES], host[FIELD_BYTES],
         since[FIELD_BYTES];
    ssize_t bytes = pread(descriptor, text, sizeof text - 1, 0);
    text[bytes > 0 ? bytes : 0] = '\0';
    read_field(text, "job", job);
    read_field(text, "process", process);
    read_field(text, "host", host);
    read_field(text, "since", since);
    snprintf(owner, LOCK_OWNER_BYTES, "the run of %s, process %.40s on host %.80s, since %.40s",
             job, process, host, since);
}

void lock_read(const char *path, char owner[LOCK_OWNER_BYTES])
{
    char *name = lock_path(path);
    int descriptor = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    owner[0] = '\0';
    if (descriptor >= 0) {
        read_owner(descriptor, owner);
        close(descriptor);
    }
    free(name);
}

static int set_held(struct error *error, const char *path, int descriptor)
{
    char shown[256], owner[LOCK_OWNER_BYTES];
    read_owner(descriptor, owner);
    return error_set(error, STATUS_USAGE, "%s is being written by %s",
                     error_escape(path, shown, sizeof shown), owner);
}

/* True when the lock is still the file of its name: its owner may have removed it meanwhile. */
static bool is_named(int descriptor, const char *name)
{
    return path_is_of(AT_FDCWD, name, descriptor);
}

/* Whether a file is one that write_owner has written, or was about to. */
static bool is_lock(int descriptor)
{
    static const char begin[] = "host ";
    char found[sizeof begin - 1];
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
        return false;
    }
    return about.st_size == 0 ||
           (pread(descriptor, found, sizeof found, 0) == (ssize_t)sizeof found &&
            memcmp(found, begin, sizeof found) == 0);
}

#define OPEN_LOCK (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

/* Opens and locks the file of a name. Its descriptor; -EWOULDBLOCK with `held` open when another
 * process has it; -EEXIST when it is no lock; or -errno. */
static int open_locked(const char *name, int *held)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    *held = -1;
    for (int i = 0; i < TRIES; i++) {
        int descriptor = open(name, OPEN_LOCK | O_CREAT, 0666);
        if (descriptor < 0) {
            return errno == ELOOP || errno == EISDIR ? -EEXIST : -errno;
        }
        if (!is_lock(descriptor)) {
            close(descriptor);
            return -EEXIST;
        }
        int number = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (number == 0 && is_named(descriptor, name)) {
            return descriptor;
        }
        if (number == EWOULDBLOCK && i == TRIES - 1) {
            *held = descriptor;
            return -EWOULDBLOCK;
        }
        close(descriptor);
        if (number != 0 && number != EWOULDBLOCK && number != EINTR) {
            return -number;
        }
        nanosleep(&nap, NULL);
    }
    return -EAGAIN;
}

/* Says who this is. 0 or errno. */
static int write_owner(int descriptor, const char *job)
{
    char text[TEXT_BYTES], host[64] = "?", since[32] = "?";
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    if (gmtime_r(&now, &utc)) {
        strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", &utc);
    }
    char kernel[BOOT_ID_BYTES];
    boot_id(kernel);
    int bytes =
        snprintf(text, sizeof text, "host %s\nkernel %s\nprocess %ld\nsince %s\njob %.1000s\n",
                 host, kernel, (long)getpid(), since, job);
    if (ftruncate(descriptor, 0) != 0) {
        return errno;
    }
    ssize_t done = pwrite(descriptor, text, (size_t)bytes, 0);
    return done == bytes ? 0 : done < 0 ? errno : ENOSPC;
}

/* Whether a file can be a part file of this user: an HDF5 file, or one whose beginning is not
 * written yet. */
static bool is_part(int descriptor)
{
    static const char signature[8] = "\x89HDF\r\n\x1a\n", unwritten[8];
    char begin[sizeof signature] = "";
    struct stat about;
    return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
           pread(descriptor, begin, sizeof begin, 0) >= 0 &&
           (memcmp(begin, signature, sizeof begin) == 0 ||
            memcmp(begin, unwritten, sizeof begin) == 0);
}

static void remove_part(const char *folder, const char *name)
{
    char path[strlen(folder) + strlen(name) + 2];
    sprintf(path, "%s/%s", folder, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0 && is_part(descriptor)) {
        path_remove(path, descriptor);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
}

/* Part files that dead runs of this user have left beside `path`. */
static void remove_parts(const char *path)
{
    char folder[strlen(path) + 2], begin[NAME_BYTES_MOST + 3];
    const char *name = path_split(path, folder);
    snprintf(begin, sizeof begin, ".%.*s.", NAME_BYTES_MOST, name);
    size_t front = strlen(begin);
    DIR *listing = opendir(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        const char *rest = entry->d_name + front;
        if (strncmp(entry->d_name, begin, front) == 0 &&
            strcmp(rest + strspn(rest, "0123456789."), "part") == 0) {
            remove_part(folder, entry->d_name);
        }
    }
    if (listing) {
        closedir(listing);
    }
}

struct lock *lock_take(const char *path, const char *job, char stale[LOCK_OWNER_BYTES],
                       struct error *error)
{
    int held = -1;
    char *name = lock_path(path);
    struct lock *lock = calloc(1, sizeof *lock);
    int descriptor = name && lock ? open_locked(name, &held) : -ENOMEM;
    stale[0] = '\0';
    if (descriptor >= 0) {
        struct stat found;
        if (fstat(descriptor, &found) == 0 && found.st_size > 0) {
            read_owner(descriptor, stale);
        }
        *lock = (struct lock){descriptor, name};
        int number = write_owner(descriptor, job);
        if (number == 0) {
            remove_parts(path);
            return lock;
        }
        lock_release(lock);
        path_set_errno(error, path, number, TEXT_BYTES);
        return NULL;
    }
    if (held >= 0) {
        set_held(error, path, held);
        close(held);
    } else if (descriptor == -EEXIST) {
        char shown[256];
        error_set(error, STATUS_USAGE,
                  "%s: is no lock of this program. Remove it or choose another output.",
                  error_escape(name, shown, sizeof shown));
    } else {
        path_set_errno(error, path, -descriptor, TEXT_BYTES);
    }
    free(name);
    free(lock);
    return NULL;
}

int lock_check(const char *path, struct error *error)
{
    char *name = lock_path(path);
    int descriptor = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    int status = 0;
    if (descriptor >= 0) {
        if (flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            status = set_held(error, path, descriptor);
        }
        close(descriptor);
    }
    free(name);
    return status;
}

void lock_abandon(const struct lock *lock)
{
    if (lock) {
        path_remove(lock->path, lock->descriptor);
    }
}

static bool becomes_free(int descriptor, int most_s)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    long naps = most_s * (1000000000L / NAP_NS);
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (naps-- == 0) {
            return false;
        }
        nanosleep(&nap, NULL);
    }
    return true;
}

void lock_clear(const char *path, int most_s)
{
    char *name = lock_path(path);
    int descriptor = name ? open(name, OPEN_LOCK) : -1;
    if (descriptor >= 0 && is_lock(descriptor) && becomes_free(descriptor, most_s) &&
        is_named(descriptor, name)) {
        remove_parts(path);
        path_remove(name, descriptor);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    free(name);
}

/* The path of the output whose lock has this name in a folder; NULL when it is no such name. */
static char *locked_path(const char *folder, const char *name)
{
    const char *end = strrchr(name, '.');
    char *path = NULL;
    if (name[0] != '.' || end - name < 2 || strcmp(end, ".lock") != 0 ||
        asprintf(&path, "%s/%.*s", folder, (int)(end - name - 1), name + 1) < 0) {
        return NULL;
    }
    return path;
}

/* Whether a lock is that of a run of this user on this running kernel. Another kernel's runs cannot
 * be seen to live. */
static bool is_of_this_user_here(int descriptor)
{
    char text[TEXT_BYTES] = "", kernel[FIELD_BYTES], own[BOOT_ID_BYTES];
    struct stat about;
    ssize_t bytes = pread(descriptor, text, sizeof text - 1, 0);
    text[bytes > 0 ? bytes : 0] = '\0';
    read_field(text, "kernel", kernel);
    return fstat(descriptor, &about) == 0 && about.st_uid == geteuid() && is_lock(descriptor) &&
           boot_id(own) > 0 && strcmp(kernel, own) == 0;
}

/* Removes the lock of a dead run and its part files. False when it is none. */
static bool clear_dead(const char *path)
{
    char *name = lock_path(path);
    int descriptor = name ? open(name, OPEN_LOCK) : -1;
    bool dead = descriptor >= 0 && is_of_this_user_here(descriptor) &&
                flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_named(descriptor, name);
    if (dead) {
        remove_parts(path);
        path_remove(name, descriptor);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    free(name);
    return dead;
}

const char *lock_clear_folder(const char *path, char text[LOCK_CLEARED_BYTES])
{
    char folder[strlen(path) + 2], shown[256] = "";
    unsigned count = 0;
    path_split(path, folder);
    DIR *listing = opendir(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char *output = locked_path(folder, entry->d_name);
        if (output && clear_dead(output)) {
            error_escape(output, shown, sizeof shown);
            count++;
        }
        free(output);
    }
    if (listing) {
        closedir(listing);
    }
    text[0] = '\0';
    if (count == 1) {
        snprintf(text, LOCK_CLEARED_BYTES,
                 "the lock of %s was left behind by a run that was killed, and is removed now",
                 shown);
    } else if (count > 1) {
        snprintf(text, LOCK_CLEARED_BYTES,
                 "%u locks, of %s for one, were left behind by runs that were killed, and are "
                 "removed now",
                 count, shown);
    }
    return text;
}

void lock_release(struct lock *lock)
{
    if (lock) {
        path_remove(lock->path, lock->descriptor);
        close(lock->descriptor);
        free(lock->path);
        free(lock);
    }
}
