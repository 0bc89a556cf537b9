/* Private folders of runs, known by descriptors: whoever renames a folder, or puts another one or a
 * link in its place, changes nothing of where this program works and what it removes.
 *
 * The name says on which running kernel the folder was made, and whoever has made it keeps it
 * locked (flock) as long as he lives. So it can be told whose run has ended: a folder of this
 * kernel, of this user, with mode 0700, that nobody has locked. */
#ifndef CUAL_SYSTEM_SCRATCH_FOLDER_H
#define CUAL_SYSTEM_SCRATCH_FOLDER_H

#include <stdbool.h>

#define SCRATCH_NAME_BYTES 48

struct scratch_folder {
    int parent, descriptor;        /* open folders */
    char name[SCRATCH_NAME_BYTES]; /* in the parent */
    bool others;                   /* what is in it is others' */
};

/* Opens a folder in which private folders are made; it may be a symbolic link. Returns its
 * descriptor, or -errno; -EPERM when others may rename what is in it: they may write there, and
 * there is no sticky bit. Who may rename the parent itself does not matter, because its name is
 * not looked up again. */
int scratch_folder_open_parent(const char *path);

/* Makes a private folder (mode 0700 whatever the umask says) below the parent, which then belongs
 * to the folder. 0 or -errno; then the parent is closed. */
int scratch_folder_make(struct scratch_folder *folder, int parent, bool others);

/* Removes the folder, if it is empty and has its name, and closes it. Without `remove` it is only
 * closed. */
void scratch_folder_end(struct scratch_folder *folder, bool remove);

/* Removes the folders that runs of this user which no longer live have left below the open parent,
 * with what those runs have put into them; a folder with something else in it stays. Returns how
 * many were removed; `last` becomes the name of the last. */
unsigned scratch_folder_clear(int parent, char last[SCRATCH_NAME_BYTES]);

#endif
