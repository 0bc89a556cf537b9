#include "store/store_file.h"

#include "store/store_hdf5.h"
#include "store/store_inside.h"
#include "store/store_part.h"
#include "system/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS 2000 /* for a reader to close the file */
#define LOCK_NAP_MS 10
#define EMPTY_STEP_BYTES 4096
/* Elements that lie apart are gathered in pieces of this size: a slab of one element per row is
 * written five times as fast as element by element. */
#define SIEVE_BYTES (256u << 10)

const char *store_library(void)
{
    static char text[48];
    unsigned major = 0, minor = 0, release = 0;
    store_start_library();
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

static struct store *new_store(const char *path, struct error *error)
{
    store_start_library();
    struct store *store = calloc(1, sizeof *store);
    char *copy = strdup(path);
    if (!store || !copy) {
        free(store);
        free(copy);
        error_set(error, STATUS_STORAGE, "no memory for a run file");
        return NULL;
    }
    store->file = -1;
    store->descriptor = -1;
    store->path = copy;
    return store;
}

int store_check_path(const char *path, bool replace, struct error *error)
{
    char text[STORE_SHOWN_BYTES];
    struct stat there;
    if (lstat(path, &there) == 0) {
        if (!S_ISREG(there.st_mode)) {
            return error_set(error, STATUS_USAGE,
                             "%s: is not a regular file. Choose the name of a new file.",
                             error_escape(path, text, sizeof text));
        }
        if (!replace) {
            return path_set_errno(error, path, EEXIST, 0);
        }
    } else if (errno != ENOENT) {
        return path_set_errno(error, path, errno, 0);
    } else if (path[0] == '\0' || path[strlen(path) - 1] == '/') {
        return error_set(error, STATUS_USAGE, "\"%s\" is not the name of a file",
                         error_escape(path, text, sizeof text));
    }
    char *part;
    int descriptor = store_part_make(path, &part);
    if (descriptor < 0) {
        return path_set_errno(error, path, -descriptor, 0);
    }
    path_remove(part, descriptor);
    close(descriptor);
    free(part);
    return 0;
}

static hid_t access_properties(void)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_sieve_buf_size(access, SIEVE_BYTES);
    return access;
}

/* The bytes of a file with nothing in it, for the caller to free; NULL after an error. The library
 * makes it in memory: at its path it would cut off the space that the part file has. */
static void *empty_file(struct store *store, size_t *bytes)
{
    hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    store_keep_order(creation);
    H5Pset_fapl_core(access, EMPTY_STEP_BYTES, false);
    hid_t file = H5Fcreate(store->part, H5F_ACC_TRUNC, creation, access);
    void *image = NULL;
    ssize_t length = -1;
    if (store_worked(store, file, "create", "/") &&
        store_worked(store, H5Fflush(file, H5F_SCOPE_GLOBAL), "create", "/")) {
        length = H5Fget_file_image(file, NULL, 0);
        image = length > 0 ? malloc((size_t)length) : NULL;
    }
    *bytes = (size_t)length;
    if (image) {
        store_worked(store, H5Fget_file_image(file, image, *bytes), "create", "/");
    } else if (!store_failed(store)) {
        store_no_memory(store);
    }
    store_close_id(file);
    store_close_id(creation);
    store_close_id(access);
    return image;
}

/* Writes a file with nothing in it to an empty part file. */
static void write_empty_file(struct store *store)
{
    size_t bytes = 0;
    char *image = empty_file(store, &bytes);
    for (size_t at = 0; at < bytes && !store_failed(store);) {
        ssize_t done = pwrite(store->descriptor, image + at, bytes - at, (off_t)at);
        if (done > 0) {
            at += (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            path_set_errno(&store->error, store->path, done == 0 ? EIO : errno, store->bytes);
        }
    }
    free(image);
}

static bool locked_elsewhere(const struct store_reason *reason)
{
    return reason->number == EAGAIN;
}

/* Opens the file of the descriptor, again and again while it is locked. */
static void open_file(struct store *store, bool write)
{
    char own[STORE_DESCRIPTOR_BYTES];
    const struct timespec nap = {.tv_nsec = LOCK_NAP_MS * 1000000L};
    hid_t access = access_properties();
    struct store_reason reason = {0};
    for (int waited_ms = 0; waited_ms <= LOCK_WAIT_MS; waited_ms += LOCK_NAP_MS) {
        store->file = H5Fopen(
            store_descriptor_path(store->descriptor, store->part ? store->part : store->path, own),
            write ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
        if (store->file >= 0) {
            break;
        }
        reason = store_reason();
        if (!locked_elsewhere(&reason)) {
            break;
        }
        nanosleep(&nap, NULL);
    }
    store_close_id(access);
    char text[STORE_SHOWN_BYTES];
    if (store->file < 0 && locked_elsewhere(&reason)) {
        error_set(&store->error, STATUS_STORAGE,
                  "%s: another program has it open and kept it locked for %d s. Close it there.",
                  error_escape(store->path, text, sizeof text), LOCK_WAIT_MS / 1000);
    } else if (store->file < 0) {
        error_set(&store->error, STATUS_STORAGE, "%s: the file is damaged: %s",
                  error_escape(store->path, text, sizeof text), reason.text);
    } else if (store->file >= 0) {
        store_check_inside(store);
    }
}

/* Closes and frees a store that could not be made, with its error. Returns NULL. */
static struct store *give_up(struct store *store, struct error *error)
{
    store_close(store, error);
    return NULL;
}

struct store *store_create(const char *path, struct store_room *room, uint64_t bytes,
                           struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    store->descriptor = store_room_take(room, path, &store->part);
    bool has_space = store->descriptor >= 0;
    if (!has_space) {
        store->descriptor = store_part_make(path, &store->part);
    }
    if (store->descriptor < 0) {
        path_set_errno(&store->error, path, -store->descriptor, 0);
        return give_up(store, error);
    }
    store->bytes = bytes;
    if (has_space || store_part_reserve(store->descriptor, path, bytes, &store->error) == 0) {
        write_empty_file(store);
    }
    if (!store_failed(store)) {
        open_file(store, true);
    }
    return store_failed(store) ? give_up(store, error) : store;
}

/* Opens what `path` names, if it can be a file of this library. 0, or the status of the error. */
static int open_readable(struct store *store, bool write)
{
    char text[STORE_SHOWN_BYTES];
    struct stat there;
    error_escape(store->path, text, sizeof text);
    store->descriptor =
        open(store->path, (write ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (store->descriptor < 0) {
        return error_set(&store->error, errno == EACCES ? STATUS_STORAGE : STATUS_USAGE,
                         "%s: cannot be %s: %s", text, write ? "written" : "read", strerror(errno));
    }
    if (fstat(store->descriptor, &there) != 0 || !S_ISREG(there.st_mode)) {
        return error_set(&store->error, STATUS_USAGE, "%s: is not a regular file", text);
    }
    char own[STORE_DESCRIPTOR_BYTES];
    return H5Fis_hdf5(store_descriptor_path(store->descriptor, store->path, own)) > 0
               ? 0
               : error_set(&store->error, STATUS_USAGE, "%s: is not an HDF5 file", text);
}

struct store *store_open(const char *path, bool write, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    if (open_readable(store, write) == 0) {
        open_file(store, write);
    }
    return store_failed(store) ? give_up(store, error) : store;
}

int store_hold(const char *path, struct error *error)
{
    struct stat there;
    char text[STORE_SHOWN_BYTES];
    const int flags = O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW;
    int held = open(path, O_RDWR | flags);
    if (held < 0) { /* only read and replaced by a copy */
        held = open(path, O_RDONLY | flags);
    }
    if (held < 0 || fstat(held, &there) != 0) {
        error_set(error, STATUS_STORAGE, "%s: cannot be read: %s",
                  error_escape(path, text, sizeof text), strerror(errno));
    } else if (!S_ISREG(there.st_mode)) {
        error_set(error, STATUS_USAGE, "%s: is not a regular file",
                  error_escape(path, text, sizeof text));
    }
    if (error->status && held >= 0) {
        close(held);
    }
    return error->status ? -1 : held;
}

struct store *store_open_held(const char *path, int held, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store) {
        return NULL;
    }
    store->descriptor = store_is_named(held, path) ? dup(held) : -1;
    if (store->descriptor < 0) {
        path_set_errno(&store->error, path, ESTALE, 0);
    } else {
        open_file(store, false);
    }
    return store_failed(store) ? give_up(store, error) : store;
}

static void close_file(struct store *store)
{
    if (store->file >= 0) {
        store_worked(store, H5Fclose(store->file), "close", "/");
        store->file = -1;
    }
}

/* Gives a closed part file the space that it takes, no more and no less, and brings it to the
 * device. 0 or errno. */
static int settle(struct store *store)
{
    struct stat part;
    int number = fstat(store->descriptor, &part) == 0 ? 0 : errno;
    if (number == 0) {
        store->bytes = (uint64_t)part.st_size;
        number = posix_fallocate(store->descriptor, 0, part.st_size);
    }
    if (number == EOPNOTSUPP || number == EINVAL) {
        number = 0; /* the file system cannot promise space */
    }
    if (number == 0 && ftruncate(store->descriptor, part.st_size) != 0) {
        number = errno; /* what was asked for beyond */
    }
    return number == 0 && fsync(store->descriptor) != 0 ? errno : number;
}

/* Makes the new name last. 0 or errno. */
static int sync_folder(const char *path)
{
    char folder[strlen(path) + 2];
    path_split(path, folder);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return 0; /* writable but not readable: nothing can be done */
    }
    int number = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
    close(descriptor);
    return number;
}

/* Moves a closed part file to its path. 0 or errno. */
static int move(struct store *store, int replaced)
{
    int moved = store_part_move(store->descriptor, store->part, store->path, replaced);
    if (moved < 0) {
        return -moved;
    }
    store->descriptor = moved;
    free(store->part);
    store->part = NULL;
    return sync_folder(store->path);
}

static void commit(struct store *store, int replaced)
{
    if (!store_failed(store)) {
        store_worked(store, H5Fflush(store->file, H5F_SCOPE_GLOBAL), "write", "/");
    }
    close_file(store);
    if (!store_failed(store)) {
        int number = settle(store);
        number = number ? number : move(store, replaced);
        if (number != 0) {
            path_set_errno(&store->error, store->path, number, store->bytes);
        }
    }
}

int store_commit(struct store *store, bool replace, struct error *error)
{
    commit(store, replace ? STORE_REPLACE_ANY : STORE_REPLACE_NONE);
    return store_close(store, error);
}

int store_commit_held(struct store *store, bool replace, int *held, struct error *error)
{
    commit(store, *held >= 0 ? *held : replace ? STORE_REPLACE_ANY : STORE_REPLACE_NONE);
    if (!store->part && !store_failed(store)) {
        if (*held >= 0) {
            close(*held);
        }
        *held = store->descriptor;
        store->descriptor = -1;
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
        path_remove(store->part, store->descriptor);
    }
    if (store->descriptor >= 0) {
        close(store->descriptor);
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
