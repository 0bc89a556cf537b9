/* What a file lies on: the file system, direct I/O and the page cache. The functions return 0 or
 * -errno, and may be called by several threads at once. */
#ifndef CUAL_MACHINE_STORAGE_H
#define CUAL_MACHINE_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct storage_filesystem {
    char type[32];    /* "ext4", "tmpfs", "nfs4", "overlay" … */
    char source[256]; /* device, server:folder, or whatever was mounted; cut where longer */
    bool memory;      /* tmpfs and its like, or a disk in memory (zram, ram) */
};

/* Finds the file system on which an existing path lies, from /proc/self/mountinfo: the mount with
 * the path's device number, or else (btrfs, some overlays) the one with the longest mount point
 * above the path. What lies below an overlay, a network or a virtual machine's disk is not seen.
 * -ENOENT when there is no such path, or no mount for it. */
int storage_filesystem(const char *path, struct storage_filesystem *found);

/* Finds it in another table of mounts, which has the format of /proc/self/mountinfo (proc(5)) and
 * need not be well formed. */
int storage_filesystem_in(const char *mounts, const char *path, struct storage_filesystem *found);

#define STORAGE_TEXT_BYTES 320

/* Writes "ext4 on /dev/vda" or "tmpfs, which is memory", fit to be printed. Returns `text`. */
const char *storage_filesystem_text(const struct storage_filesystem *found, char *text,
                                    size_t text_bytes);

/* Finds the alignment in bytes that O_DIRECT needs for offsets, sizes and memory on an existing
 * regular file, which is opened for reading only. It is the one that statx reports (since Linux
 * 6.1), or else the least power of two from 512 to 65536 with which a read goes well. -EOPNOTSUPP
 * where the file system refuses O_DIRECT, and on file systems in memory, which accept it since
 * Linux 6.6 although there is no device behind them. A file system that accepts O_DIRECT and goes
 * through the page cache all the same (ZFS before 2.3, ext4 with data=journal, btrfs with
 * compression, some on FUSE) is not found out here: storage_pages_cached after a direct read tells.
 */
int storage_direct_alignment(const char *path, uint64_t *bytes);

/* Counts how many of the first `bytes` bytes of an open, readable file are in the page cache of
 * this node. Linux tells a process that neither owns the file nor may write it that all are. On a
 * file system in memory, all that exists is counted. */
int storage_pages_cached(int descriptor, uint64_t bytes, uint64_t *cached_bytes);

/* Writes back what is new in the file and asks Linux to take all of it out of the page cache. Linux
 * need not obey: pages that are mapped or in use stay, and a file system in memory has nothing
 * else. Ask storage_pages_cached afterwards. */
int storage_drop_cache(int descriptor);

/* Reads the first `bytes` bytes of the file, so that they are in the page cache as long as there is
 * room. -EINVAL for a descriptor with O_DIRECT, -EIO when the file is shorter. */
int storage_warm_cache(int descriptor, uint64_t bytes);

#endif
