#include "machine/storage.h"

#include "system/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* One line of the table of mounts, and where in it the words stand. */
struct mount {
    unsigned major, minor;
    char *point, *type, *source;
};

static bool is_memory_type(const char *type)
{
    static const char *const types[] = {"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_memory_disk(const char *source)
{
    static const char *const names[] = {"/dev/zram", "/dev/ram"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(source, names[i], length) == 0 && source[length] >= '0' &&
            source[length] <= '9') {
            return true;
        }
    }
    return false;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* Blanks and backslashes stand as three octal digits after a backslash; shortens in place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) && is_octal(from[3])) {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* "36 35 98:0 /root /point options [tags] - type source options", cut up in place. */
static bool parse_mount(char *line, struct mount *mount)
{
    char *word = strsep(&line, " ");
    for (int field = 1; word && strcmp(word, "-") != 0; field++) {
        if (field == 3 && sscanf(word, "%u:%u", &mount->major, &mount->minor) != 2) {
            return false;
        }
        if (field == 5) {
            mount->point = word;
        }
        word = strsep(&line, " ");
    }
    mount->type = strsep(&line, " ");
    mount->source = strsep(&line, " ");
    if (!mount->point || !mount->source) {
        return false;
    }
    unescape(mount->point);
    unescape(mount->type);
    unescape(mount->source);
    return true;
}

static bool lies_below(const char *path, const char *point)
{
    size_t length = strlen(point);
    if (length == 0 || strncmp(path, point, length) != 0) {
        return false;
    }
    return point[length - 1] == '/' || path[length] == '/' || path[length] == '\0';
}

/* Later mounts hide earlier ones at the same place. */
static bool search(FILE *mounts, const char *path, dev_t device, struct storage_filesystem *found)
{
    size_t best = 0; /* SIZE_MAX: the device number is the same */
    char *line = NULL;
    size_t line_bytes = 0;
    while (getline(&line, &line_bytes, mounts) > 0) {
        struct mount mount = {0};
        if (!parse_mount(line, &mount)) {
            continue;
        }
        bool same = mount.major == major(device) && mount.minor == minor(device);
        size_t score = same ? SIZE_MAX : lies_below(path, mount.point) ? strlen(mount.point) : 0;
        if (score > 0 && score >= best) {
            best = score;
            snprintf(found->type, sizeof found->type, "%s", mount.type);
            snprintf(found->source, sizeof found->source, "%s", mount.source);
        }
    }
    free(line);
    return best > 0;
}

int storage_filesystem_in(const char *mounts, const char *path, struct storage_filesystem *found)
{
    struct stat about;
    *found = (struct storage_filesystem){0};
    char *real = stat(path, &about) == 0 ? realpath(path, NULL) : NULL;
    FILE *table = real ? fopen(mounts, "re") : NULL;
    int failed = table ? 0 : -errno;
    if (table) {
        failed = search(table, real, about.st_dev, found) ? 0 : -ENOENT;
        found->memory = is_memory_type(found->type) || is_memory_disk(found->source);
        fclose(table);
    }
    free(real);
    return failed;
}

int storage_filesystem(const char *path, struct storage_filesystem *found)
{
    return storage_filesystem_in("/proc/self/mountinfo", path, found);
}

const char *storage_filesystem_text(const struct storage_filesystem *found, char *text,
                                    size_t text_bytes)
{
    char whole[sizeof found->type + sizeof found->source + 32];
    bool named = !is_memory_type(found->type) && *found->source &&
                 strcmp(found->source, found->type) != 0 && strcmp(found->source, "none") != 0;
    snprintf(whole, sizeof whole, "%s%s%s%s", found->type, named ? " on " : "",
             named ? found->source : "", found->memory ? ", which is memory" : "");
    return error_escape(whole, text, text_bytes);
}

enum { LEAST_ALIGNMENT = 512, MOST_ALIGNMENT = 65536 };

/* The least alignment with which a read goes well: address, offset and size are multiples of it and
 * of nothing greater, as far as the file reaches. */
static int try_alignments(int descriptor, uint64_t file_bytes, uint64_t *bytes)
{
    char *buffer = aligned_alloc(2 * MOST_ALIGNMENT, 2 * MOST_ALIGNMENT);
    int failed = buffer ? -EOPNOTSUPP : -ENOMEM;
    for (size_t size = LEAST_ALIGNMENT; failed == -EOPNOTSUPP && size <= MOST_ALIGNMENT;
         size *= 2) {
        off_t offset = file_bytes >= 2 * size ? (off_t)size : 0;
        if (pread(descriptor, buffer + size, size, offset) >= 0) {
            *bytes = size;
            failed = 0;
        } else if (errno != EINVAL) {
            failed = -errno;
        }
    }
    free(buffer);
    return failed;
}

static int find_alignment(int descriptor, uint64_t *bytes)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
        return -EINVAL;
    }
#ifdef STATX_DIOALIGN
    struct statx direct;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &direct) == 0 &&
        (direct.stx_mask & STATX_DIOALIGN)) {
        *bytes = direct.stx_dio_offset_align > direct.stx_dio_mem_align
                     ? direct.stx_dio_offset_align
                     : direct.stx_dio_mem_align;
        return direct.stx_dio_offset_align > 0 && direct.stx_dio_mem_align > 0 ? 0 : -EOPNOTSUPP;
    }
#endif
    return try_alignments(descriptor, (uint64_t)about.st_size, bytes);
}

int storage_direct_alignment(const char *path, uint64_t *bytes)
{
    struct storage_filesystem lies_on;
    if (storage_filesystem(path, &lies_on) == 0 && is_memory_type(lies_on.type)) {
        return -EOPNOTSUPP;
    }
    int descriptor = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return errno == EINVAL ? -EOPNOTSUPP : -errno;
    }
    int failed = find_alignment(descriptor, bytes);
    close(descriptor);
    return failed;
}

/* Mapped and looked at piece by piece: 64 MiB with pages of 4 KiB. */
enum { PIECE_PAGES = 16384, WARM_BYTES = 1 << 20 };

/* Bytes of a mapped piece that are in memory, or -errno. */
static int64_t count_cached(void *mapped, size_t bytes, size_t page_bytes)
{
    unsigned char in_memory[PIECE_PAGES];
    if (mincore(mapped, bytes, in_memory) != 0) {
        return -errno;
    }
    int64_t cached = 0;
    for (size_t at = 0; at < bytes; at += page_bytes) {
        size_t part = bytes - at < page_bytes ? bytes - at : page_bytes;
        cached += in_memory[at / page_bytes] & 1 ? (int64_t)part : 0;
    }
    return cached;
}

int storage_pages_cached(int descriptor, uint64_t bytes, uint64_t *cached_bytes)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), piece = PIECE_PAGES * page_bytes;
    *cached_bytes = 0;
    for (uint64_t offset = 0; offset < bytes; offset += piece) {
        size_t size = bytes - offset < piece ? (size_t)(bytes - offset) : piece;
        void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, (off_t)offset);
        if (mapped == MAP_FAILED) {
            return -errno;
        }
        int64_t cached = count_cached(mapped, size, page_bytes);
        munmap(mapped, size);
        if (cached < 0) {
            return (int)cached;
        }
        *cached_bytes += (uint64_t)cached;
    }
    return 0;
}

int storage_drop_cache(int descriptor)
{
    return fdatasync(descriptor) == 0 ? -posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
                                      : -errno;
}

int storage_warm_cache(int descriptor, uint64_t bytes)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || flags & O_DIRECT) {
        return flags < 0 ? -errno : -EINVAL;
    }
    char *buffer = malloc(WARM_BYTES);
    int failed = buffer ? 0 : -ENOMEM;
    for (uint64_t offset = 0; !failed && offset < bytes;) {
        size_t size = bytes - offset < WARM_BYTES ? (size_t)(bytes - offset) : WARM_BYTES;
        ssize_t got = pread(descriptor, buffer, size, (off_t)offset);
        if (got > 0) {
            offset += (uint64_t)got;
        } else if (got == 0) {
            failed = -EIO;
        } else if (errno != EINTR) {
            failed = -errno;
        }
    }
    free(buffer);
    return failed;
}
