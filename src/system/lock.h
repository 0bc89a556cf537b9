/* A lock beside an output file, so that two runs do not write the same one. It is a file
 * `.NAME.lock` that its owner keeps locked (flock) as long as it lives, on whatever host, and in
 * which it says who it is. */
#ifndef CUAL_SYSTEM_LOCK_H
#define CUAL_SYSTEM_LOCK_H

#include "system/error.h"

#define LOCK_OWNER_BYTES 512

struct lock;

/* Takes the lock of `path` for a run of `job`. One whose owner is dead is taken over, together with
 * the part files that it left; `stale` then says whose it was, else it is empty. NULL with
 * STATUS_USAGE (another run holds it, who; no such folder) or STATUS_STORAGE. */
struct lock *lock_take(const char *path, const char *job, char stale[LOCK_OWNER_BYTES],
                       struct error *error);

/* 0 when it could be taken, without taking it; else as lock_take. */
int lock_check(const char *path, struct error *error);

/* Whose the lock of `path` is, as its file says; empty when there is none. */
void lock_read(const char *path, char owner[LOCK_OWNER_BYTES]);

/* Removes the lock and frees it. NULL is no error. */
void lock_release(struct lock *lock);

/* Removes the lock's file, whatever the process is at: it ends now. NULL is no error. */
void lock_abandon(const struct lock *lock);

/* Removes what a run that has ended in whatever way has left beside `path`: its lock and its part
 * files. A process that still holds the lock is given so many seconds to end; then nothing is
 * removed.
 */
void lock_clear(const char *path, int most_s);

#endif
