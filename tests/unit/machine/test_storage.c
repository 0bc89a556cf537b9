/* What a file lies on: named, its alignment found, its place in the page cache counted. */
#include "machine/storage.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH_BYTES 512
#define MIB (UINT64_C(1) << 20)

static const char *disk_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder ? folder : "/tmp";
}

/* False, with the reason said, when the folder lies on the other kind of file system. */
static bool is_on(const char *folder, bool memory)
{
    struct storage_filesystem found;
    bool as_wanted = storage_filesystem(folder, &found) == 0 && found.memory == memory;
    if (!as_wanted) {
        printf("     not tried: %s is %s file system in memory\n", folder, memory ? "no" : "a");
    }
    return as_wanted;
}

/* An open file of `bytes`, written to the device; its path goes to `path`. */
static int make_file(const char *folder, uint64_t bytes, char path[PATH_BYTES])
{
    char block[4096];
    memset(block, 7, sizeof block);
    snprintf(path, PATH_BYTES, "%.400s/unit-storage-XXXXXX", folder);
    int descriptor = mkstemp(path);
    CU_ASSERT_FATAL(descriptor >= 0);
    for (uint64_t offset = 0; offset < bytes; offset += sizeof block) {
        size_t piece = bytes - offset < sizeof block ? (size_t)(bytes - offset) : sizeof block;
        CU_ASSERT_EQUAL_FATAL(write(descriptor, block, piece), (ssize_t)piece);
    }
    CU_ASSERT_EQUAL(fdatasync(descriptor), 0);
    return descriptor;
}

static void end_file(int descriptor, const char *path)
{
    close(descriptor);
    unlink(path);
}

static void expect_text(const char *type, const char *source, bool memory, const char *expected)
{
    struct storage_filesystem found = {.memory = memory};
    char text[STORAGE_TEXT_BYTES];
    snprintf(found.type, sizeof found.type, "%s", type);
    snprintf(found.source, sizeof found.source, "%s", source);
    CU_ASSERT_STRING_EQUAL(storage_filesystem_text(&found, text, sizeof text), expected);
}

static void the_text_says_what_it_is(void)
{
    expect_text("ext4", "/dev/vda", false, "ext4 on /dev/vda");
    expect_text("tmpfs", "tmpfs", true, "tmpfs, which is memory");
    expect_text("tmpfs", "anything", true, "tmpfs, which is memory");
    expect_text("xfs", "/dev/zram0", true, "xfs on /dev/zram0, which is memory");
    expect_text("overlay", "overlay", false, "overlay");
    expect_text("9p", "none", false, "9p");
    expect_text("9p", "", false, "9p");
    expect_text("ext4", "/dev/a\nb", false, "ext4 on /dev/a\\x0ab");
    struct storage_filesystem longest = {.memory = true};
    char text[STORAGE_TEXT_BYTES], short_text[16];
    memset(longest.type, 't', sizeof longest.type - 1);
    memset(longest.source, 's', sizeof longest.source - 1);
    storage_filesystem_text(&longest, text, sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "sss, which is memory"));
    CU_ASSERT(strlen(storage_filesystem_text(&longest, short_text, sizeof short_text)) <
              sizeof short_text);
}

static void this_machine_is_named(void)
{
    struct storage_filesystem found;
    CU_ASSERT_EQUAL(storage_filesystem("/proc/self/status", &found), 0);
    CU_ASSERT_STRING_EQUAL(found.type, "proc");
    CU_ASSERT_FALSE(found.memory);
    CU_ASSERT_EQUAL(storage_filesystem("/proc/no such file", &found), -ENOENT);
    CU_ASSERT_EQUAL(storage_filesystem("/", &found), 0);
    CU_ASSERT_NOT_EQUAL(found.type[0], '\0');
    if (is_on("/dev/shm", true)) {
        CU_ASSERT_EQUAL(storage_filesystem("/dev/shm", &found), 0);
        CU_ASSERT_STRING_EQUAL(found.type, "tmpfs");
        CU_ASSERT_TRUE(found.memory);
    }
}

/* A table of mounts with these lines, and what it says of /usr/bin; DEVICE in it stands for the
 * device number. 0 or -errno. */
static int look_up(const char *lines, struct storage_filesystem *found)
{
    char path[PATH_BYTES], device[32];
    struct stat about;
    CU_ASSERT_EQUAL(stat("/usr/bin", &about), 0);
    snprintf(device, sizeof device, "%u:%u", major(about.st_dev), minor(about.st_dev));
    int descriptor = make_file(disk_folder(), 0, path);
    FILE *file = fdopen(descriptor, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (const char *rest = lines, *next; *rest; rest = next + 6) {
        next = strstr(rest, "DEVICE");
        fprintf(file, "%.*s%s", next ? (int)(next - rest) : (int)strlen(rest), rest,
                next ? device : "");
        if (!next) {
            break;
        }
    }
    fclose(file);
    int failed = storage_filesystem_in(path, "/usr/bin", found);
    unlink(path);
    return failed;
}

static void expect_mount(const char *lines, const char *type, const char *source, bool memory)
{
    struct storage_filesystem found;
    CU_ASSERT_EQUAL(look_up(lines, &found), 0);
    CU_ASSERT_STRING_EQUAL(found.type, type);
    CU_ASSERT_STRING_EQUAL(found.source, source);
    CU_ASSERT_EQUAL(found.memory, memory);
}

#define OTHER_ROOT "1 1 0:9999 / / rw - xfs /dev/root rw\n"

static void a_mount_is_found_in_a_table(void)
{
    expect_mount(OTHER_ROOT "2 1 DEVICE / /elsewhere rw,noatime shared:1 master:2 - ext4 /dev/a rw",
                 "ext4", "/dev/a", false);
    expect_mount("2 1 DEVICE / /elsewhere rw - ext4 /dev/a rw\n" OTHER_ROOT, "ext4", "/dev/a",
                 false);
    expect_mount("2 1 DEVICE / / rw - ext4 /dev/a rw\n3 2 DEVICE / / rw - ext4 /dev/b rw\n", "ext4",
                 "/dev/b", false);
    expect_mount(OTHER_ROOT "2 1 0:9998 / /usr rw - btrfs /dev/b rw\n", "btrfs", "/dev/b", false);
    expect_mount("2 1 0:9998 / /usr rw - btrfs /dev/b rw\n" OTHER_ROOT, "btrfs", "/dev/b", false);
    expect_mount(OTHER_ROOT "2 1 0:9998 / /us rw - btrfs /dev/b rw\n", "xfs", "/dev/root", false);
    expect_mount(OTHER_ROOT "2 1 0:9998 / /usr/bin/x rw - btrfs /dev/b rw\n", "xfs", "/dev/root",
                 false);
    expect_mount(OTHER_ROOT "2 1 0:9998 / /\\165sr rw - fuse.a\\040b a\\011\\134b\\0409\\04 rw\n",
                 "fuse.a b", "a\t\\b 9\\04", false);
    expect_mount("2 1 DEVICE / / rw - ramfs none rw\n", "ramfs", "none", true);
    expect_mount("2 1 DEVICE / / rw - tmpfs  rw\n", "tmpfs", "", true);
    expect_mount("2 1 DEVICE / / rw - ext4 /dev/zram0 rw\n", "ext4", "/dev/zram0", true);
    expect_mount("2 1 DEVICE / / rw - ext4 /dev/ram15 rw\n", "ext4", "/dev/ram15", true);
    expect_mount("2 1 DEVICE / / rw - ext4 /dev/ramdisk rw\n", "ext4", "/dev/ramdisk", false);
}

static void a_broken_table_does_no_harm(void)
{
    static const char *const broken[] = {
        "",
        "\n",
        " ",
        "-",
        "- - - -\n",
        "1 2 3 4 5 6 - ext4 /dev/a rw\n",
        "1 1 DEVICE / / rw\n",
        "1 1 DEVICE / / rw - ext4\n",
        "1 1 DEVICE - ext4 /dev/a rw\n",
        "1 1 x:y / / rw - a b c\n",
        "1 1 99999999999999999999:1 / / rw -\n",
        "\\\\\\ \\1 \\12 \\777",
    };
    struct storage_filesystem found;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        CU_ASSERT_EQUAL(look_up(broken[i], &found), -ENOENT);
        CU_ASSERT_FALSE(found.memory);
    }
    CU_ASSERT_EQUAL(storage_filesystem_in("/proc/no such table", "/", &found), -ENOENT);
    char *huge = malloc(100000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(huge);
    int head = snprintf(huge, 64, "1 1 DEVICE / / rw - ");
    memset(huge + head, 'x', 99990 - (size_t)head);
    huge[50000] = ' ';
    huge[99990] = '\0';
    CU_ASSERT_EQUAL(look_up(huge, &found), 0);
    CU_ASSERT_EQUAL(strlen(found.type), sizeof found.type - 1);
    CU_ASSERT_EQUAL(strlen(found.source), sizeof found.source - 1);
    free(huge);
}

/* What was found works, and half of it does not unless it is the least that is tried. */
static void the_alignment_works(void)
{
    char path[PATH_BYTES];
    uint64_t bytes = 0;
    if (!is_on(disk_folder(), false)) {
        return;
    }
    close(make_file(disk_folder(), MIB, path));
    int failed = storage_direct_alignment(path, &bytes);
    if (failed) {
        printf("     not tried: %s refuses O_DIRECT\n", disk_folder());
        CU_ASSERT_EQUAL(failed, -EOPNOTSUPP);
        unlink(path);
        return;
    }
    CU_ASSERT(bytes > 0 && bytes <= 65536 && (bytes & (bytes - 1)) == 0);
    char *buffer = aligned_alloc(131072, 131072);
    int descriptor = open(path, O_RDONLY | O_DIRECT);
    CU_ASSERT_FATAL(buffer != NULL && descriptor >= 0);
    CU_ASSERT_EQUAL(pread(descriptor, buffer + bytes, bytes, (off_t)bytes), (ssize_t)bytes);
    CU_ASSERT_EQUAL(buffer[bytes], 7);
    CU_ASSERT(pread(descriptor, buffer + bytes, bytes, (off_t)bytes / 2) == -1 || bytes == 512);
    free(buffer);
    end_file(descriptor, path);
}

static void no_alignment_where_there_is_no_direct(void)
{
    char path[PATH_BYTES];
    uint64_t bytes = 0;
    CU_ASSERT_EQUAL(storage_direct_alignment("/proc/no such file", &bytes), -ENOENT);
    CU_ASSERT_EQUAL(storage_direct_alignment("/proc/self/status", &bytes), -EOPNOTSUPP);
    CU_ASSERT(storage_direct_alignment("/dev/null", &bytes) < 0);
    CU_ASSERT(storage_direct_alignment("/", &bytes) < 0);
    if (is_on("/dev/shm", true)) {
        close(make_file("/dev/shm", MIB, path));
        CU_ASSERT_EQUAL(storage_direct_alignment(path, &bytes), -EOPNOTSUPP);
        unlink(path);
    }
}

static uint64_t cached(int descriptor, uint64_t bytes)
{
    uint64_t found = UINT64_MAX;
    CU_ASSERT_EQUAL(storage_pages_cached(descriptor, bytes, &found), 0);
    return found;
}

/* What is in the cache after it was warmed. The kernel may need the memory for something else:
 * once. */
static uint64_t warmed(int descriptor, uint64_t bytes)
{
    CU_ASSERT_EQUAL(storage_warm_cache(descriptor, bytes), 0);
    uint64_t found = cached(descriptor, bytes);
    return found == bytes || storage_warm_cache(descriptor, bytes) != 0 ? found
                                                                        : cached(descriptor, bytes);
}

/* More than a piece of what is mapped at a time, and no whole number of pages. */
static void cold_is_cold_and_warm_is_warm(void)
{
    const uint64_t bytes = 65 * MIB + 100;
    char path[PATH_BYTES], letter;
    if (!is_on(disk_folder(), false)) {
        return;
    }
    int descriptor = make_file(disk_folder(), bytes, path);
    CU_ASSERT(cached(descriptor, bytes) > bytes / 2); /* just written */
    CU_ASSERT_EQUAL(storage_drop_cache(descriptor), 0);
    CU_ASSERT_EQUAL(cached(descriptor, bytes), 0);
    CU_ASSERT_EQUAL(posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM), 0);
    CU_ASSERT_EQUAL(pread(descriptor, &letter, 1, (off_t)(bytes - 1)), 1);
    uint64_t last = cached(descriptor, bytes); /* its last page, or what the device hands over */
    CU_ASSERT(last >= 100 && last < 2 * MIB);
    CU_ASSERT_EQUAL(cached(descriptor, MIB), 0);
    CU_ASSERT_EQUAL(posix_fadvise(descriptor, 0, 0, POSIX_FADV_NORMAL), 0);
    CU_ASSERT_EQUAL(warmed(descriptor, bytes), bytes);
    CU_ASSERT_EQUAL(cached(descriptor, 10), 10);
    CU_ASSERT_EQUAL(cached(descriptor, 0), 0);
    end_file(descriptor, path);
}

/* What is new in the file is written back first: dirty pages cannot be dropped. */
static void dirty_pages_are_dropped_too(void)
{
    char path[PATH_BYTES];
    static char block[1 << 20];
    if (!is_on(disk_folder(), false)) {
        return;
    }
    int descriptor = make_file(disk_folder(), 0, path);
    CU_ASSERT_EQUAL(write(descriptor, block, sizeof block), (ssize_t)sizeof block);
    CU_ASSERT_EQUAL(cached(descriptor, MIB), MIB);
    CU_ASSERT_EQUAL(storage_drop_cache(descriptor), 0);
    CU_ASSERT_EQUAL(cached(descriptor, MIB), 0);
    end_file(descriptor, path);
}

static void the_cache_of_what_has_none_is_an_error(void)
{
    char path[PATH_BYTES];
    uint64_t found;
    int descriptor = make_file(disk_folder(), 4096, path);
    CU_ASSERT_EQUAL(storage_warm_cache(descriptor, 4097), -EIO);
    CU_ASSERT_EQUAL(storage_warm_cache(descriptor, 4096), 0);
    int direct = open(path, O_RDONLY | O_DIRECT);
    if (direct >= 0) {
        CU_ASSERT_EQUAL(storage_warm_cache(direct, 4096), -EINVAL);
        close(direct);
    }
    end_file(descriptor, path);
    CU_ASSERT_EQUAL(storage_warm_cache(-1, 4096), -EBADF);
    CU_ASSERT_EQUAL(storage_drop_cache(-1), -EBADF);
    CU_ASSERT_EQUAL(storage_pages_cached(-1, 4096, &found), -EBADF);
    if (is_on("/dev/shm", true)) {
        descriptor = make_file("/dev/shm", MIB, path);
        CU_ASSERT_EQUAL(storage_drop_cache(descriptor), 0);
        CU_ASSERT_EQUAL(cached(descriptor, MIB), MIB); /* it has nothing else */
        end_file(descriptor, path);
    }
}

static const CU_TestInfo tests[] = {
    {"the text says what it is", the_text_says_what_it_is},
    {"this machine is named", this_machine_is_named},
    {"a mount is found in a table", a_mount_is_found_in_a_table},
    {"a broken table does no harm", a_broken_table_does_no_harm},
    {"the alignment works", the_alignment_works},
    {"no alignment where there is no direct", no_alignment_where_there_is_no_direct},
    {"cold is cold and warm is warm", cold_is_cold_and_warm_is_warm},
    {"dirty pages are dropped too", dirty_pages_are_dropped_too},
    {"the cache of what has none is an error", the_cache_of_what_has_none_is_an_error},
    CU_TEST_INFO_NULL,
};

SUITE("storage", tests);
