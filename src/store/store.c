#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_BYTES 512     /* of a path or name in a message */
#define OBJECT_BYTES 512    /* of an object's full path */
#define PART_NAME_BYTES 200 /* of the file's own name in a part file's: the rest must fit 255 */
#define PART_TRIES 100      /* other hosts may have the same process id */
#define LOCK_WAIT_MS 2000   /* for a reader to close the file */
#define LOCK_NAP_MS 10
#define ATTRIBUTE_BYTES_MAX 32768
/* Elements that lie apart are gathered in pieces of this size: a slab of one element per row is
 * written five times as fast as element by element. */
#define SIEVE_BYTES (256u << 10)
#define NAMES_MAX 65536 /* members of a group, attributes of an object */
#define COPY_BYTES ((size_t)1 << 20)
#define TEXTS_BYTES_MAX (64u << 20) /* of all texts of a dataset that is read */

struct store {
    hid_t file;     /* negative: closed */
    char *path;     /* where it is, or will be after the commit */
    char *part;     /* where it is until the commit; NULL: opened in place */
    uint64_t bytes; /* it will take */
    struct error error;
};

/* -- errors -- */

/* The innermost reason that the library gives, and its errno, 0 when there is none in it. */
struct reason {
    int number;
    char text[160];
};

static herr_t keep_first_reason(unsigned n, const H5E_error2_t *entry, void *data)
{
    struct reason *reason = data;
    (void)n;
    if (reason->text[0] != '\0' || !entry->desc) {
        return 0;
    }
    const char *number = strstr(entry->desc, "errno = ");
    if (number) {
        reason->number = atoi(number + strlen("errno = "));
    }
    const char *text = reason->number != 0 ? strerror(reason->number) : entry->desc;
    error_escape(text, reason->text, sizeof reason->text);
    return 0;
}

static struct reason library_reason(void)
{
    struct reason reason = {0};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_reason, &reason);
    return reason;
}

static const char *shown(const char *text, char out[SHOWN_BYTES])
{
    return error_escape(text, out, SHOWN_BYTES);
}

const char *store_split_path(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        strcpy(folder, ".");
        return path;
    }
    size_t bytes = slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    return slash + 1;
}

static int set_full(struct error *error, const char *path, uint64_t bytes)
{
    char text[SHOWN_BYTES];
    char folder[strlen(path) + 2];
    store_split_path(path, folder);
    struct statvfs disk;
    double free_bytes = NAN;
    if (statvfs(folder, &disk) == 0) {
        free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    }
    return error_set(error, STATUS_STORAGE,
                     "%s: no space left: the file takes %.2f MiB and %.2f MiB are free there. "
                     "Make room or choose another folder.",
                     shown(path, text), (double)bytes / (1 << 20), free_bytes / (1 << 20));
}

int store_set_errno(struct error *error, const char *path, int number, uint64_t bytes)
{
    char text[SHOWN_BYTES];
    shown(path, text);
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return set_full(error, path, bytes);
    case ENOENT:
    case ENOTDIR:
        return error_set(error, STATUS_USAGE,
                         "%s: there is no such folder. Make it or choose another path.", text);
    case EEXIST:
        return error_set(error, STATUS_USAGE, "%s: exists and is kept; --force replaces it.", text);
    case ENAMETOOLONG:
        return error_set(error, STATUS_USAGE, "%s: the name is too long.", text);
    default:
        return error_set(error, STATUS_STORAGE, "%s: cannot be written: %s.", text,
                         strerror(number));
    }
}

/* True when a call of the library gave a result; otherwise its reason is remembered. */
static bool worked(struct store *store, int64_t result, const char *doing, const char *object)
{
    if (result >= 0) {
        return true;
    }
    struct reason reason = library_reason();
    char path[SHOWN_BYTES], name[SHOWN_BYTES];
    if (reason.number == ENOSPC || reason.number == EDQUOT) {
        set_full(&store->error, store->path, store->bytes);
    } else {
        error_set(&store->error, STATUS_STORAGE, "%s: cannot %s %s: %s.", shown(store->path, path),
                  doing, shown(object, name), reason.text);
    }
    return false;
}

void store_no_memory(struct store *store)
{
    char path[SHOWN_BYTES];
    error_set(&store->error, STATUS_STORAGE, "%s: out of memory.", shown(store->path, path));
}

void store_damaged(struct store *store, const char *object, const char *what)
{
    char path[SHOWN_BYTES], name[SHOWN_BYTES];
    error_set(&store->error, STATUS_STORAGE, "%s: %s is damaged: it %s.", shown(store->path, path),
              shown(object, name), what);
}

int store_status(const struct store *store)
{
    return store->error.status;
}

static bool failed(const struct store *store)
{
    return store->error.status != 0;
}

/* Before any other call of the library. */
static void start_library(void)
{
    H5dont_atexit();                       /* after a full disk its end at exit crashes */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* the top speaks, not the library */
}

const char *store_library(void)
{
    static char text[48];
    unsigned major = 0, minor = 0, release = 0;
    start_library();
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

/* -- files that appear whole or not at all -- */

static struct store *new_store(const char *path, struct error *error)
{
    start_library();
    struct store *store = calloc(1, sizeof *store);
    char *copy = strdup(path);
    if (!store || !copy) {
        free(store);
        free(copy);
        error_set(error, STATUS_STORAGE, "Out of memory.");
        return NULL;
    }
    store->file = -1;
    store->path = copy;
    return store;
}

/* The name of the part file of `path` at try `i`; NULL when there is no memory. */
static char *part_name(const char *path, int i)
{
    char folder[strlen(path) + 2], again[16] = "", *part = NULL;
    const char *name = store_split_path(path, folder);
    if (i > 0) {
        snprintf(again, sizeof again, ".%d", i);
    }
    return asprintf(&part, "%s/.%.*s.%ld%s.part", folder, PART_NAME_BYTES, name, (long)getpid(),
                    again) < 0
               ? NULL
               : part;
}

/* Makes the part file of `path`, empty. Returns its descriptor and its name, or -errno. */
static int make_part(const char *path, char **part)
{
    for (int i = 0; i < PART_TRIES; i++) {
        *part = part_name(path, i);
        if (!*part) {
            return -ENOMEM;
        }
        int descriptor = open(*part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int number = errno;
        if (descriptor >= 0) {
            return descriptor;
        }
        free(*part);
        *part = NULL;
        if (number != EEXIST) {
            return -number;
        }
    }
    return -EEXIST;
}

int store_check_path(const char *path, bool replace, struct error *error)
{
    char text[SHOWN_BYTES];
    struct stat there;
    if (lstat(path, &there) == 0) {
        if (!S_ISREG(there.st_mode)) {
            return error_set(error, STATUS_USAGE,
                             "%s: is not a regular file. Choose the name of a new file.",
                             shown(path, text));
        }
        if (!replace) {
            return store_set_errno(error, path, EEXIST, 0);
        }
    } else if (errno != ENOENT) {
        return store_set_errno(error, path, errno, 0);
    } else if (path[0] == '\0' || path[strlen(path) - 1] == '/') {
        return error_set(error, STATUS_USAGE, "\"%s\" is not the name of a file.",
                         shown(path, text));
    }
    char *part;
    int descriptor = make_part(path, &part);
    if (descriptor < 0) {
        return store_set_errno(error, path, -descriptor, 0);
    }
    close(descriptor);
    unlink(part);
    free(part);
    return 0;
}

static int descriptor_of(struct store *store)
{
    int *descriptor = NULL;
    if (!worked(store, H5Fget_vfd_handle(store->file, H5P_DEFAULT, (void **)&descriptor), "use",
                "/")) {
        return -1;
    }
    return *descriptor;
}

static void close_id(hid_t id)
{
    if (id >= 0) {
        H5Idec_ref(id);
    }
}

static hid_t access_properties(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_sieve_buf_size(access, SIEVE_BYTES);
    return access;
}

/* Links and attributes keep their order; times of change are not kept, so that writing numbers
 * changes nothing but the numbers. */
static void set_order_kept(hid_t properties)
{
    H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(properties, false);
}

static void create_file(struct store *store)
{
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    hid_t access = access_properties();
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    set_order_kept(creation);
    store->file = H5Fcreate(store->part, H5F_ACC_TRUNC, creation, access);
    worked(store, store->file, "create", "/");
    close_id(creation);
    close_id(access);
}

static bool locked_elsewhere(const struct reason *reason)
{
    return reason->number == EAGAIN;
}

/* Opens the file, again and again while it is locked. */
static void open_file(struct store *store, const char *path, bool write)
{
    const struct timespec nap = {.tv_nsec = LOCK_NAP_MS * 1000000L};
    hid_t access = access_properties();
    struct reason reason = {0};
    for (int waited_ms = 0; waited_ms <= LOCK_WAIT_MS; waited_ms += LOCK_NAP_MS) {
        store->file = H5Fopen(path, write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
        if (store->file >= 0) {
            break;
        }
        reason = library_reason();
        if (!locked_elsewhere(&reason)) {
            break;
        }
        nanosleep(&nap, NULL);
    }
    close_id(access);
    char text[SHOWN_BYTES];
    if (store->file < 0 && locked_elsewhere(&reason)) {
        error_set(&store->error, STATUS_STORAGE,
                  "%s: another program has it open and kept it locked for %d s. Close it there.",
                  shown(store->path, text), LOCK_WAIT_MS / 1000);
    } else if (store->file < 0) {
        error_set(&store->error, STATUS_STORAGE, "%s: the file is damaged: %s.",
                  shown(store->path, text), reason.text);
    }
}

/* Closes and frees a store that could not be made, with its error. Returns NULL. */
static struct store *give_up(struct store *store, struct error *error)
{
    store_close(store, error);
    return NULL;
}

/* Asks for the space at once, where the file system can; the file's size stays as it is. What
 * cannot fit is not tried: some file systems would fill up before they say so. 0 or status. */
static int reserve(int descriptor, const char *path, uint64_t bytes, struct error *error)
{
    struct statvfs disk;
    struct stat has;
    uint64_t there = fstat(descriptor, &has) == 0 ? (uint64_t)has.st_blocks * 512 : 0;
    uint64_t more = bytes > there ? bytes - there : 0;
    if (fstatvfs(descriptor, &disk) == 0 && more / disk.f_frsize > disk.f_bfree) {
        return set_full(error, path, bytes);
    }
    if (bytes > 0 && fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes) != 0 &&
        (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO)) {
        return store_set_errno(error, path, errno, bytes);
    }
    return 0;
}

/* A store with an empty part file; its descriptor is -1 after an error. */
static struct store *new_part(const char *path, int *descriptor, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    *descriptor = make_part(path, &store->part);
    if (*descriptor < 0) {
        store_set_errno(&store->error, path, -*descriptor, 0);
        store->part = NULL;
        return give_up(store, error);
    }
    return store;
}

struct store *store_create(const char *path, uint64_t bytes, struct error *error)
{
    int descriptor = -1;
    struct store *store = new_part(path, &descriptor, error);
    if (!store) {
        return NULL;
    }
    close(descriptor);
    store->bytes = bytes;
    create_file(store);
    descriptor = failed(store) ? -1 : descriptor_of(store);
    if (descriptor >= 0) {
        reserve(descriptor, path, bytes, &store->error);
    }
    return failed(store) ? give_up(store, error) : store;
}

/* -- room kept for a copy -- */

struct store_room {
    int descriptor;
    char *part; /* NULL: it has no name and goes with the process */
};

struct store_room *store_room_open(const char *path, uint64_t bytes, struct error *error)
{
    char folder[strlen(path) + 2];
    store_split_path(path, folder);
    struct store_room *room = calloc(1, sizeof *room);
    if (!room) {
        error_set(error, STATUS_STORAGE, "Out of memory.");
        return NULL;
    }
    room->descriptor = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    if (room->descriptor < 0) { /* NFS for one has no files without name */
        room->descriptor = make_part(path, &room->part);
    }
    int failed = room->descriptor < 0 ? store_set_errno(error, path, -room->descriptor, bytes)
                                      : reserve(room->descriptor, path, bytes, error);
    if (failed) {
        store_room_close(room);
        return NULL;
    }
    return room;
}

void store_room_close(struct store_room *room)
{
    if (!room) {
        return;
    }
    if (room->part) {
        unlink(room->part);
        free(room->part);
    }
    if (room->descriptor >= 0) {
        close(room->descriptor);
    }
    free(room);
}

/* The room becomes the store's part file; its descriptor, or -errno. */
static int take_room(struct store *store, struct store_room *room)
{
    int descriptor = room->descriptor;
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", descriptor);
    for (int i = 0; !room->part && i < PART_TRIES; i++) {
        room->part = part_name(store->path, i);
        if (room->part && linkat(AT_FDCWD, from, AT_FDCWD, room->part, AT_SYMLINK_FOLLOW) != 0) {
            int number = errno;
            free(room->part);
            room->part = NULL;
            if (number != EEXIST) {
                return -number;
            }
        }
    }
    if (!room->part) {
        return -EEXIST;
    }
    store->part = room->part;
    *room = (struct store_room){.descriptor = -1};
    return descriptor;
}

/* Copies all of a file, with its mode. 0 or errno. */
static int copy_file(int from, int to, const struct stat *original)
{
    char *buffer = malloc(COPY_BYTES);
    int number = buffer ? 0 : ENOMEM;
    for (off_t at = 0; number == 0 && at < original->st_size;) {
        ssize_t bytes = pread(from, buffer, COPY_BYTES, at);
        ssize_t done = bytes > 0 ? pwrite(to, buffer, (size_t)bytes, at) : bytes;
        if (done > 0) {
            at += done;
        } else if (bytes == 0) {
            number = EIO; /* it became shorter under our hands */
        } else if (errno != EINTR) {
            number = errno;
        }
    }
    free(buffer);
    return number == 0 && fchmod(to, original->st_mode & 07777) != 0 ? errno : number;
}

/* Fills the store's part file, open as `to`, with what stands at its path. */
static void copy_to_part(struct store *store, int to, uint64_t more_bytes)
{
    struct stat original = {0};
    int from = open(store->path, O_RDONLY | O_CLOEXEC);
    int number = from >= 0 && fstat(from, &original) == 0 ? 0 : errno;
    if (number == 0) {
        store->bytes = (uint64_t)original.st_size + more_bytes;
        if (reserve(to, store->path, store->bytes, &store->error) == 0) {
            number = copy_file(from, to, &original);
        }
    }
    if (from >= 0) {
        close(from);
    }
    if (number != 0) {
        store_set_errno(&store->error, store->path, number, store->bytes);
    }
}

struct store *store_copy(const char *path, struct store_room *room, uint64_t more_bytes,
                         struct error *error)
{
    int to = -1;
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    to = room && room->descriptor >= 0 ? take_room(store, room) : -1;
    if (to < 0) {
        to = make_part(path, &store->part);
    }
    if (to < 0) {
        store_set_errno(&store->error, path, -to, 0);
        return give_up(store, error);
    }
    copy_to_part(store, to, more_bytes);
    close(to);
    if (!failed(store)) {
        open_file(store, store->part, true);
    }
    return failed(store) ? give_up(store, error) : store;
}

/* 0 when `path` can be a file of this library, else the status that is set in `error`. */
static int check_readable(const char *path, struct error *error)
{
    char text[SHOWN_BYTES];
    struct stat there;
    shown(path, text);
    if (stat(path, &there) != 0) {
        return error_set(error, STATUS_USAGE, "%s: cannot be read: %s.", text, strerror(errno));
    }
    if (!S_ISREG(there.st_mode)) {
        return error_set(error, STATUS_USAGE, "%s: is not a regular file.", text);
    }
    if (access(path, R_OK) != 0) {
        return error_set(error, STATUS_STORAGE, "%s: cannot be read: %s.", text, strerror(errno));
    }
    return H5Fis_hdf5(path) > 0 ? 0
                                : error_set(error, STATUS_USAGE, "%s: is not an HDF5 file.", text);
}

struct store *store_open(const char *path, bool write, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    if (check_readable(path, &store->error) == 0) {
        if (write && access(path, W_OK) != 0) {
            store_set_errno(&store->error, path, errno, 0);
        } else {
            open_file(store, path, write);
        }
    }
    return failed(store) ? give_up(store, error) : store;
}

static void close_file(struct store *store)
{
    if (store->file >= 0) {
        worked(store, H5Fclose(store->file), "close", "/");
        store->file = -1;
    }
}

/* Gives a closed part file all its space and brings it to the device. 0 or errno. */
static int settle(struct store *store)
{
    int descriptor = open(store->part, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
        return errno;
    }
    struct stat part;
    int number = fstat(descriptor, &part) == 0 ? 0 : errno;
    if (number == 0) {
        store->bytes = (uint64_t)part.st_size;
        number = posix_fallocate(descriptor, 0, part.st_size);
    }
    if (number == EOPNOTSUPP || number == EINVAL) {
        number = 0; /* the file system cannot promise space */
    }
    if (number == 0 && fsync(descriptor) != 0) {
        number = errno;
    }
    close(descriptor);
    return number;
}

/* Moves the part file to its path; a file that stands there wins unless `replace`. 0 or errno. */
static int move_part(const struct store *store, bool replace)
{
    if (replace) {
        return rename(store->part, store->path) == 0 ? 0 : errno;
    }
    if (renameat2(AT_FDCWD, store->part, AT_FDCWD, store->path, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
    }
    /* File systems without that, NFS for one, have hard links, which never replace either. */
    return link(store->part, store->path) == 0 && unlink(store->part) == 0 ? 0 : errno;
}

/* Makes the new name last. 0 or errno. */
static int sync_folder(const char *path)
{
    char folder[strlen(path) + 2];
    store_split_path(path, folder);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return 0; /* writable but not readable: nothing can be done */
    }
    int number = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
    close(descriptor);
    return number;
}

int store_commit(struct store *store, bool replace, struct error *error)
{
    if (!failed(store)) {
        worked(store, H5Fflush(store->file, H5F_SCOPE_GLOBAL), "write", "/");
    }
    close_file(store);
    if (!failed(store)) {
        int number = settle(store);
        if (number == 0) {
            number = move_part(store, replace);
        }
        if (number == 0) {
            free(store->part);
            store->part = NULL;
            number = sync_folder(store->path);
        }
        if (number != 0) {
            store_set_errno(&store->error, store->path, number, store->bytes);
        }
    }
    return store_close(store, error);
}

int store_close(struct store *store, struct error *error)
{
    if (!store) {
        return 0;
    }
    close_file(store);
    if (store->part) {
        unlink(store->part);
    }
    int status = store->error.status;
    if (status != 0) {
        status = error_set(error, (enum status)status, "%s", store->error.text);
    }
    free(store->part);
    free(store->path);
    free(store);
    return status;
}

/* -- writing -- */

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* Types, to be closed by the caller: as numbers lie in files, the same on every machine… */
static hid_t file_type(enum store_type type)
{
    switch (type) {
    case STORE_FLOAT64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case STORE_INT64:
        return H5Tcopy(H5T_STD_I64LE);
    case STORE_INT32:
        return H5Tcopy(H5T_STD_I32LE);
    case STORE_UINT64:
        return H5Tcopy(H5T_STD_U64LE);
    case STORE_UINT32:
        return H5Tcopy(H5T_STD_U32LE);
    case STORE_UINT8:
        return H5Tcopy(H5T_STD_U8LE);
    case STORE_TEXT:
        break;
    }
    return text_type();
}

/* …and in memory. */
static hid_t memory_type(enum store_type type)
{
    hid_t file = file_type(type);
    hid_t memory = type == STORE_TEXT ? H5Tcopy(file) : H5Tget_native_type(file, H5T_DIR_DEFAULT);
    close_id(file);
    return memory;
}

/* Bytes of the UTF-8 sequence at `s`, 0 when there is none. */
static size_t utf8_bytes(const unsigned char *s)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80) {
        return 1;
    }
    size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    unsigned code = s[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (s[i] & 0x3fu);
    }
    bool surrogate = code >= 0xd800 && code < 0xe000;
    return s[0] < 0xc0 || code < least[bytes] || surrogate || code > 0x10ffff ? 0 : bytes;
}

/* A copy that every reader can decode; NULL when there is no memory. */
static char *utf8_copy(const char *text)
{
    char *copy = strdup(text ? text : "");
    for (char *at = copy; at && *at;) {
        size_t bytes = utf8_bytes((const unsigned char *)at);
        if (bytes == 0) {
            *at = '?';
            bytes = 1;
        }
        at += bytes;
    }
    return copy;
}

static void join(const char *group, const char *name, char object[OBJECT_BYTES])
{
    snprintf(object, OBJECT_BYTES, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

void store_group(struct store *store, const char *group)
{
    if (failed(store)) {
        return;
    }
    hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    set_order_kept(creation);
    hid_t id = H5Gcreate2(store->file, group, H5P_DEFAULT, creation, H5P_DEFAULT);
    worked(store, id, "create", group);
    close_id(id);
    close_id(creation);
}

static hid_t dataset_properties(const struct store_variable *variable)
{
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (variable->chunk) {
        hsize_t lengths[STORE_AXES_MAX] = {0};
        for (size_t i = 0; i < variable->axes; i++) {
            lengths[i] = variable->chunk[i];
        }
        H5Pset_chunk(creation, (int)variable->axes, lengths);
    } else {
        H5Pset_layout(creation, H5D_CONTIGUOUS);
    }
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    set_order_kept(creation);
    if (variable->type != STORE_TEXT) {
        H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &variable->fill);
    }
    return creation;
}

/* Creates a dataset with its describing attributes. */
static void create_dataset(struct store *store, const struct store_variable *variable,
                           size_t dimensions, const hsize_t *lengths)
{
    char object[OBJECT_BYTES];
    join(variable->group, variable->name, object);
    hid_t type = file_type(variable->type);
    hid_t space =
        dimensions == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple((int)dimensions, lengths, NULL);
    hid_t creation = dataset_properties(variable);
    hid_t id = H5Dcreate2(store->file, object, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (worked(store, id, "create", object)) {
        worked(store, H5Dclose(id), "create", object);
    }
    close_id(creation);
    close_id(space);
    close_id(type);
    if (variable->long_name) {
        store_text(store, object, "long_name", variable->long_name);
    }
    if (variable->unit) {
        store_text(store, object, "units", variable->unit);
    }
}

static hid_t open_dataset(struct store *store, const char *object)
{
    hid_t id = H5Dopen2(store->file, object, H5P_DEFAULT);
    worked(store, id, "open", object);
    return id;
}

void store_axis(struct store *store, const struct store_variable *axis, size_t count,
                const void *values)
{
    if (failed(store)) {
        return;
    }
    char object[OBJECT_BYTES];
    join(axis->group, axis->name, object);
    create_dataset(store, axis, 1, (const hsize_t[]){count});
    store_write(store, object, axis->type, values);
    if (!failed(store)) {
        hid_t id = open_dataset(store, object);
        worked(store, H5DSset_scale(id, axis->name), "make an axis of", object);
        close_id(id);
    }
}

/* Sets the dimensions of a variable to the lengths of its axes. */
static void find_lengths(struct store *store, const struct store_variable *variable,
                         hsize_t lengths[STORE_AXES_MAX])
{
    for (size_t i = 0; i < variable->axes && !failed(store); i++) {
        char object[OBJECT_BYTES];
        size_t shape[STORE_AXES_MAX] = {0};
        join(variable->group, variable->axis[i], object);
        store_shape(store, object, shape);
        lengths[i] = shape[0];
    }
}

static void attach_axes(struct store *store, const struct store_variable *variable)
{
    char object[OBJECT_BYTES], axis[OBJECT_BYTES];
    join(variable->group, variable->name, object);
    hid_t id = open_dataset(store, object);
    for (size_t i = 0; i < variable->axes && !failed(store); i++) {
        join(variable->group, variable->axis[i], axis);
        hid_t scale = open_dataset(store, axis);
        worked(store, H5DSattach_scale(id, scale, (unsigned)i), "attach the axes of", object);
        close_id(scale);
    }
    close_id(id);
}

void store_variable(struct store *store, const struct store_variable *variable)
{
    hsize_t lengths[STORE_AXES_MAX] = {0};
    find_lengths(store, variable, lengths);
    if (!failed(store)) {
        create_dataset(store, variable, variable->axes, lengths);
    }
    if (!failed(store)) {
        attach_axes(store, variable);
    }
}

/* Writes memory of a type to what is selected of a dataset. */
static void write_selected(struct store *store, const char *object, hid_t id, hid_t selection,
                           enum store_type type, const void *values)
{
    hid_t memory = H5S_ALL;
    if (selection != H5S_ALL) {
        hsize_t count = (hsize_t)H5Sget_select_npoints(selection);
        memory = H5Screate_simple(1, &count, NULL);
    }
    hid_t kind = memory_type(type);
    worked(store, H5Dwrite(id, kind, memory, selection, H5P_DEFAULT, values), "write", object);
    close_id(kind);
    if (memory != H5S_ALL) {
        close_id(memory);
    }
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++) {
        free(texts[i]);
    }
    free(texts);
}

/* Copies of texts that every reader can decode; NULL when there is no memory. */
static char **utf8_copies(const char *const *texts, size_t count)
{
    char **copies = calloc(count + 1, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = utf8_copy(texts[i]);
        if (!copies[i]) {
            free_texts(copies, count);
            return NULL;
        }
    }
    return copies;
}

static void write_texts(struct store *store, const char *object, hid_t id, const void *values)
{
    hid_t space = H5Dget_space(id);
    size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    char **copies = utf8_copies(values, count);
    if (copies) {
        write_selected(store, object, id, H5S_ALL, STORE_TEXT, copies);
    } else {
        store_no_memory(store);
    }
    free_texts(copies, count);
    close_id(space);
}

/* Closes a dataset, which may only then write what it gathered. */
static void close_written(struct store *store, const char *object, hid_t id)
{
    worked(store, H5Dclose(id), "write", object);
}

void store_write(struct store *store, const char *object, enum store_type type, const void *values)
{
    hid_t id = failed(store) ? -1 : open_dataset(store, object);
    if (id < 0) {
        return;
    }
    if (type == STORE_TEXT) {
        write_texts(store, object, id, values);
    } else {
        write_selected(store, object, id, H5S_ALL, type, values);
    }
    close_written(store, object, id);
}

void store_write_slab(struct store *store, const char *object, enum store_type type,
                      const size_t *start, const size_t *count, const void *values)
{
    hid_t id = failed(store) ? -1 : open_dataset(store, object);
    if (id < 0) {
        return;
    }
    hsize_t from[STORE_AXES_MAX] = {0}, lengths[STORE_AXES_MAX] = {0};
    hid_t space = H5Dget_space(id);
    int axes = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < axes && i < STORE_AXES_MAX; i++) {
        from[i] = start[i];
        lengths[i] = count[i];
    }
    herr_t selected = H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, lengths, NULL);
    if (worked(store, selected, "select from", object)) {
        write_selected(store, object, id, space, type, values);
    }
    close_id(space);
    close_written(store, object, id);
}

/* Writes an attribute of `count` values of a type; SIZE_MAX: of a single one, without dimension. */
static void write_attribute(struct store *store, const char *object, const char *name,
                            enum store_type type, size_t count, const void *values)
{
    hid_t id = failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (failed(store) || !worked(store, id, "open", object)) {
        return;
    }
    hid_t in_file = file_type(type), in_memory = memory_type(type);
    hid_t space = count == SIZE_MAX ? H5Screate(H5S_SCALAR)
                                    : H5Screate_simple(1, (const hsize_t[]){count}, NULL);
    if (H5Aexists(id, name) > 0) {
        worked(store, H5Adelete(id, name), "replace the attribute", name);
    }
    hid_t attribute = H5Acreate2(id, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT);
    if (worked(store, attribute, "create the attribute", name)) {
        worked(store, H5Awrite(attribute, in_memory, values), "write the attribute", name);
    }
    close_id(attribute);
    close_id(space);
    close_id(in_memory);
    close_id(in_file);
    close_id(id);
}

void store_text(struct store *store, const char *object, const char *name, const char *text)
{
    char *copy = utf8_copy(text);
    if (!copy) {
        store_no_memory(store);
    } else if (strlen(copy) <= ATTRIBUTE_BYTES_MAX) {
        write_attribute(store, object, name, STORE_TEXT, SIZE_MAX, &copy);
    } else {
        char dataset[OBJECT_BYTES];
        join(object, name, dataset);
        store_variable(store,
                       &(struct store_variable){.group = object, .name = name, .type = STORE_TEXT});
        store_write(store, dataset, STORE_TEXT, &copy);
    }
    free(copy);
}

void store_numbers(struct store *store, const char *object, const char *name, enum store_type type,
                   size_t count, const void *values)
{
    write_attribute(store, object, name, type, count, values);
}

void store_remove(struct store *store, const char *object)
{
    if (!failed(store)) {
        worked(store, H5Ldelete(store->file, object, H5P_DEFAULT), "remove", object);
    }
}

/* -- reading -- */

bool store_has(struct store *store, const char *object)
{
    return !failed(store) && H5Lexists(store->file, object, H5P_DEFAULT) > 0;
}

/* Bytes of the whole file, more than which none of its datasets can take. */
static uint64_t file_bytes(struct store *store, const char *object)
{
    hsize_t bytes = 0;
    worked(store, H5Fget_filesize(store->file, &bytes), "measure", object);
    return bytes;
}

/* Of a dataset or an attribute, as an id of either. */
static hid_t value_space(hid_t id)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aget_space(id) : H5Dget_space(id);
}

static hid_t value_type(hid_t id)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aget_type(id) : H5Dget_type(id);
}

/* Lengths of a dataset or an attribute that is open; what claims more than its file holds is
 * damaged. */
static size_t checked_shape(struct store *store, const char *object, hid_t id,
                            size_t shape[STORE_AXES_MAX])
{
    hsize_t lengths[STORE_AXES_MAX] = {0};
    hid_t space = value_space(id), type = value_type(id);
    int axes = H5Sget_simple_extent_ndims(space);
    uint64_t bytes = H5Tget_size(type), most = file_bytes(store, object);
    bool sane = axes >= 0 && axes <= STORE_AXES_MAX && bytes > 0;
    if (sane && axes > 0) {
        sane = H5Sget_simple_extent_dims(space, lengths, NULL) >= 0;
    }
    for (int i = 0; sane && i < axes; i++) { /* an axis of length 0 does not excuse the others */
        uint64_t length = lengths[i] ? lengths[i] : 1;
        sane = !__builtin_mul_overflow(bytes, length, &bytes) && bytes <= most;
        shape[i] = (size_t)lengths[i];
    }
    if (!sane) {
        store_damaged(store, object, "has an impossible size");
    }
    close_id(type);
    close_id(space);
    return failed(store) ? 0 : (size_t)axes;
}

size_t store_shape(struct store *store, const char *object, size_t shape[STORE_AXES_MAX])
{
    hid_t id = failed(store) ? -1 : open_dataset(store, object);
    if (id < 0) {
        return 0;
    }
    size_t axes = checked_shape(store, object, id, shape);
    close_id(id);
    return axes;
}

/* Opens a dataset of exactly `count` elements; negative after an error. */
static hid_t open_checked(struct store *store, const char *object, size_t count)
{
    size_t shape[STORE_AXES_MAX] = {0}, found = 1;
    hid_t id = failed(store) ? -1 : open_dataset(store, object);
    if (id < 0) {
        return -1;
    }
    size_t axes = checked_shape(store, object, id, shape);
    for (size_t i = 0; i < axes; i++) {
        found *= shape[i];
    }
    if (found != count) {
        store_damaged(store, object, "has the wrong length");
    }
    if (failed(store)) {
        close_id(id);
        return -1;
    }
    return id;
}

void store_read(struct store *store, const char *object, enum store_type type, size_t count,
                void *values)
{
    hid_t id = open_checked(store, object, count);
    if (id < 0) {
        return;
    }
    hid_t memory = memory_type(type);
    worked(store, H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "read", object);
    close_id(memory);
    close_id(id);
}

/* Texts as one block: the pointers, then what they point to. */
static char **pack_texts(struct store *store, const char *object, char *const *texts, size_t count)
{
    size_t bytes = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++) {
        bytes += texts[i] ? strlen(texts[i]) + 1 : 1;
        if (bytes > TEXTS_BYTES_MAX) {
            store_damaged(store, object, "holds too much text");
            return NULL;
        }
    }
    char **block = malloc(bytes);
    if (!block) {
        store_no_memory(store);
        return NULL;
    }
    char *at = (char *)(block + count + 1);
    for (size_t i = 0; i < count; i++) {
        block[i] = at;
        at = stpcpy(at, texts[i] ? texts[i] : "") + 1;
    }
    block[count] = NULL;
    return block;
}

char **store_read_texts(struct store *store, const char *object, size_t count)
{
    hid_t id = open_checked(store, object, count);
    if (id < 0) {
        return NULL;
    }
    char **block = NULL, **texts = calloc(count + 1, sizeof *texts);
    hid_t space = H5Dget_space(id), type = memory_type(STORE_TEXT);
    if (!texts) {
        store_no_memory(store);
    } else if (worked(store, H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts), "read",
                      object)) {
        block = pack_texts(store, object, texts, count);
    }
    if (texts) {
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts);
    }
    free(texts);
    close_id(type);
    close_id(space);
    close_id(id);
    return block;
}

/* True for an attribute that is a single text of variable length. */
static bool is_one_text(hid_t attribute)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool one = H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1;
    close_id(space);
    close_id(type);
    return one;
}

char *store_read_text(struct store *store, const char *object, const char *name)
{
    if (failed(store) || H5Aexists_by_name(store->file, object, name, H5P_DEFAULT) <= 0) {
        return NULL;
    }
    char *text = NULL, *copy = NULL;
    hid_t type = memory_type(STORE_TEXT);
    hid_t id = H5Aopen_by_name(store->file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    if (!worked(store, id, "open the attribute", name)) {
        close_id(type);
        return NULL;
    }
    if (!is_one_text(id)) {
        store_damaged(store, name, "is not a text");
    } else if (worked(store, H5Aread(id, type, &text), "read the attribute", name)) {
        copy = strdup(text ? text : "");
        H5free_memory(text);
    }
    close_id(id);
    close_id(type);
    return copy;
}

/* -- what there is, whatever it is called -- */

/* Names of a list as they are found. */
struct names {
    char **name;
    size_t count, room;
};

static herr_t add_name(struct names *names, const char *name)
{
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 32;
        char **larger = room <= NAMES_MAX ? realloc(names->name, room * sizeof *larger) : NULL;
        if (!larger) {
            return -1;
        }
        names->name = larger;
        names->room = room;
    }
    names->name[names->count] = strdup(name);
    return names->name[names->count++] ? 0 : -1;
}

static herr_t add_member(hid_t group, const char *name, const H5L_info_t *info, void *names)
{
    (void)group;
    (void)info;
    return add_name(names, name);
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *info, void *names)
{
    (void)object;
    (void)info;
    return add_name(names, name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts and packs the names that were found, and frees them. */
static char **pack_names(struct store *store, const char *object, herr_t found, struct names *names,
                         size_t *count)
{
    char **block = NULL;
    if (worked(store, found, "list", object)) {
        if (names->count > 1) {
            qsort(names->name, names->count, sizeof *names->name, compare_names);
        }
        block = pack_texts(store, object, names->name, names->count);
    }
    *count = block ? names->count : 0;
    free_texts(names->name, names->count);
    return block;
}

char **store_members(struct store *store, const char *group, size_t *count)
{
    struct names names = {0};
    *count = 0;
    hid_t id = failed(store) ? -1 : H5Gopen2(store->file, group, H5P_DEFAULT);
    if (failed(store) || !worked(store, id, "open", group)) {
        return NULL;
    }
    herr_t found = H5Literate(id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_member, &names);
    char **block = pack_names(store, group, found, &names, count);
    close_id(id);
    return block;
}

char **store_attributes(struct store *store, const char *object, size_t *count)
{
    struct names names = {0};
    *count = 0;
    hid_t id = failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (failed(store) || !worked(store, id, "open", object)) {
        return NULL;
    }
    herr_t found = H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_attribute, &names);
    char **block = pack_names(store, object, found, &names, count);
    close_id(id);
    return block;
}

bool store_is_group(struct store *store, const char *object)
{
    hid_t id = failed(store) ? -1 : H5Oopen(store->file, object, H5P_DEFAULT);
    if (failed(store) || !worked(store, id, "open", object)) {
        return false;
    }
    bool group = H5Iget_type(id) == H5I_GROUP;
    close_id(id);
    return group;
}

static herr_t read_value(hid_t id, hid_t memory, void *values)
{
    return H5Iget_type(id) == H5I_ATTR ? H5Aread(id, memory, values)
                                       : H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static enum store_class class_of(hid_t type)
{
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return STORE_CLASS_FLOAT;
    case H5T_INTEGER:
        return H5Tget_sign(type) == H5T_SGN_NONE ? STORE_CLASS_UNSIGNED : STORE_CLASS_SIGNED;
    case H5T_STRING:
        return H5Tis_variable_str(type) > 0 ? STORE_CLASS_TEXT : STORE_CLASS_OTHER;
    default:
        return STORE_CLASS_OTHER;
    }
}

/* Shape and class of a value that is open; false, with the error set, when they cannot be. */
static bool measure_value(struct store *store, const char *object, hid_t id,
                          struct store_value *value)
{
    hid_t type = value_type(id);
    value->class = class_of(type);
    value->axes = checked_shape(store, object, id, value->shape);
    value->count = 1;
    for (size_t i = 0; i < value->axes; i++) {
        value->count *= value->shape[i];
    }
    close_id(type);
    if (value->class == STORE_CLASS_OTHER) {
        store_damaged(store, object, "has an unknown type");
    }
    return !failed(store);
}

static void fill_texts(struct store *store, const char *object, hid_t id, struct store_value *value)
{
    char **texts = calloc(value->count + 1, sizeof *texts);
    hid_t memory = memory_type(STORE_TEXT), space = value_space(id);
    if (!texts) {
        store_no_memory(store);
    } else if (worked(store, read_value(id, memory, texts), "read", object)) {
        value->texts = pack_texts(store, object, texts, value->count);
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts);
    }
    free(texts);
    close_id(space);
    close_id(memory);
}

static void fill_words(struct store *store, const char *object, hid_t id, struct store_value *value)
{
    static const enum store_type types[] = {[STORE_CLASS_FLOAT] = STORE_FLOAT64,
                                            [STORE_CLASS_SIGNED] = STORE_INT64,
                                            [STORE_CLASS_UNSIGNED] = STORE_UINT64};
    value->words = calloc(value->count + 1, sizeof *value->words);
    hid_t memory = memory_type(types[value->class]);
    if (!value->words) {
        store_no_memory(store);
    } else {
        worked(store, read_value(id, memory, value->words), "read", object);
    }
    close_id(memory);
}

bool store_read_value(struct store *store, const char *object, const char *attribute, bool all,
                      struct store_value *value)
{
    *value = (struct store_value){0};
    hid_t id = failed(store) ? -1
               : attribute
                   ? H5Aopen_by_name(store->file, object, attribute, H5P_DEFAULT, H5P_DEFAULT)
                   : H5Dopen2(store->file, object, H5P_DEFAULT);
    if (failed(store) || !worked(store, id, "open", object)) {
        return false;
    }
    if (measure_value(store, object, id, value) && all) {
        (value->class == STORE_CLASS_TEXT ? fill_texts : fill_words)(store, object, id, value);
    }
    close_id(id);
    return !failed(store);
}

void store_value_free(struct store_value *value)
{
    free(value->words);
    free(value->texts);
    *value = (struct store_value){0};
}

/* -- places -- */

uint64_t store_place(struct store *store, const char *object, const size_t *start, uint64_t bytes)
{
    hid_t id = failed(store) ? -1 : open_dataset(store, object);
    if (id < 0) {
        return 0;
    }
    haddr_t place = HADDR_UNDEF;
    hsize_t from[STORE_AXES_MAX] = {0}, takes = bytes;
    unsigned filters = 0;
    hid_t space = H5Dget_space(id), creation = H5Dget_create_plist(id);
    int axes = H5Sget_simple_extent_ndims(space);
    for (int i = 0; i < axes && i < STORE_AXES_MAX; i++) {
        from[i] = start[i];
    }
    if (H5Pget_layout(creation) == H5D_CONTIGUOUS) {
        place = H5Dget_offset(id);
        takes = H5Dget_storage_size(id);
    } else {
        worked(store, H5Dget_chunk_info_by_coord(id, from, &filters, &place, &takes), "find",
               object);
    }
    close_id(creation);
    close_id(space);
    close_id(id);
    uint64_t most = file_bytes(store, object);
    if (!failed(store) && (place == HADDR_UNDEF || place == 0 || filters != 0 || takes != bytes ||
                           place > most || bytes > most - place)) {
        store_damaged(store, object, "has no place of its own");
    }
    return failed(store) ? 0 : place;
}
