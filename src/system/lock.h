/* A lock beside an output file, so that two runs do not write the same file. The lock is a file
 * `.NAME.lock`, which the process that owns it keeps locked (flock) until it ends, and which says
 * which process on which host that is. */
#ifndef CUAL_SYSTEM_LOCK_H
#define CUAL_SYSTEM_LOCK_H

#include "system/error.h"

#define LOCK_OWNER_BYTES 512

struct lock;

/* Takes the lock of `path` for a run of `job`. A lock whose owner has ended is taken over, and the
 * part files that the owner has left are removed; then `stale` names that owner, else it is empty.
 * NULL with STATUS_USAGE (there is no such folder, or another run holds the lock, which the error
 * names) or STATUS_STORAGE. */
struct lock *lock_take(const char *path, const char *job, char stale[LOCK_OWNER_BYTES],
                       struct error *error);

/* 0 when the lock of `path` could be taken, which is not done; else the errors of lock_take. */
int lock_check(const char *path, struct error *error);

/* Writes who owns the lock of `path`, as its file says; nothing when there is no lock. */
void lock_read(const char *path, char owner[LOCK_OWNER_BYTES]);

#define LOCK_CLEARED_BYTES 512

/* Removes the locks and part files that runs of this user on this node which no longer live have
 * left in the folder of `path`, beside other outputs. Writes what was removed, a sentence without
 * its full stop, or nothing. Returns `text`. */
const char *lock_clear_folder(const char *path, char text[LOCK_CLEARED_BYTES]);

/* Removes the file of the lock and frees the lock. NULL is no error. */
void lock_release(struct lock *lock);

/* Removes the file of the lock in a process that ends at once, whatever its threads are doing. NULL
 * is no error. */
void lock_abandon(const struct lock *lock);

/* Removes what a run that has ended in whatever way has left beside `path`: its lock and its part
 * files. Waits up to `most_s` seconds for a process that still holds the lock; if it keeps the lock
 * for longer, nothing is removed. */
void lock_clear(const char *path, int most_s);

#endif
