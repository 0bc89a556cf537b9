#include "store/store_patch.h"

#include "store/store_part.h"
#include "system/path.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct store_patch {
    int descriptor;
    char *path;
    uint64_t bytes; /* of the file */
    struct error error;
};

static void stamp_of(const struct stat *found, struct store_stamp *stamp)
{
    *stamp = (struct store_stamp){
        .bytes = (uint64_t)found->st_size,
        .changed_ns = found->st_mtim.tv_sec * INT64_C(1000000000) + found->st_mtim.tv_nsec,
    };
}

static bool is_as_left(const struct store_stamp *a, const struct store_stamp *b)
{
    return a->bytes == b->bytes && a->changed_ns == b->changed_ns;
}

int store_stamp(const char *path, int held, struct store_stamp *stamp, struct error *error)
{
    struct stat found;
    if (fstat(held, &found) != 0) {
        return path_set_errno(error, path, errno, 0);
    }
    stamp_of(&found, stamp);
    return 0;
}

static struct store_patch *give_up(struct store_patch *patch)
{
    if (patch) {
        free(patch->path);
        free(patch);
    }
    return NULL;
}

struct store_patch *store_patch_open(const char *path, int held, const struct store_stamp *stamp,
                                     struct error *error)
{
    struct store_patch *patch = calloc(1, sizeof *patch);
    char *copy = strdup(path);
    if (!patch || !copy) {
        free(patch);
        free(copy);
        error_set(error, STATUS_STORAGE, "no memory for a run file");
        return NULL;
    }
    *patch = (struct store_patch){.descriptor = held, .path = copy};
    struct stat found;
    struct store_stamp now;
    int number = store_is_named(held, path) ? 0 : ESTALE;
    if (number == 0 && fstat(held, &found) != 0) {
        number = errno;
    }
    if (number != 0) {
        path_set_errno(error, path, number, 0);
        return give_up(patch);
    }
    stamp_of(&found, &now);
    patch->bytes = now.bytes;
    return is_as_left(&now, stamp) ? patch : give_up(patch);
}

static void swap_to_file(enum store_type type, size_t count, void *values)
{
    uint64_t *wide = values;
    uint32_t *narrow = values;
    for (size_t i = 0; i < count; i++) {
        if (type == STORE_INT32 || type == STORE_UINT32) {
            narrow[i] = htole32(narrow[i]);
        } else if (type != STORE_UINT8) {
            wide[i] = htole64(wide[i]);
        }
    }
}

void store_patch_write(struct store_patch *patch, uint64_t place, enum store_type type,
                       size_t count, void *values)
{
    const char *at = values;
    size_t left = count * store_type_bytes(type);
    if (__BYTE_ORDER == __BIG_ENDIAN) {
        swap_to_file(type, count, values);
    }
    while (left > 0 && patch->error.status == 0) {
        ssize_t done = pwrite(patch->descriptor, at, left, (off_t)place);
        if (done > 0) {
            at += done;
            place += (uint64_t)done;
            left -= (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            path_set_errno(&patch->error, patch->path, done == 0 ? EIO : errno, patch->bytes);
        }
    }
}

int store_patch_close(struct store_patch *patch, struct store_stamp *stamp, struct error *error)
{
    struct stat found;
    if (patch->error.status == 0 && fdatasync(patch->descriptor) != 0) {
        path_set_errno(&patch->error, patch->path, errno, patch->bytes);
    }
    if (fstat(patch->descriptor, &found) == 0) {
        stamp_of(&found, stamp);
    }
    int status = patch->error.status;
    if (status != 0) {
        error_set(error, (enum status)status, "%s", patch->error.text);
    }
    give_up(patch);
    return status;
}
