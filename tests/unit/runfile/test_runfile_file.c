#include "store/store_file.h"
#include "store/store_read.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A dataset without storage may claim any size. */
static void impossible_sizes_are_damage(void)
{
    made_enter();
    char command[400];
    size_t shape[STORE_AXES_MAX];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import h5py; file = h5py.File(\"%s\", \"w\");"
             "file.create_dataset(\"time\", (1, 1, 1, 1, 1 << 17, 1 << 15), \"f8\")'",
             made_path);
    CU_ASSERT_EQUAL(system(command), 0);
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_shape(store, "/time", shape);
    CU_ASSERT_EQUAL(store_close(store, &error), STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "impossible size"));
    made_leave(1);
}

/* Where the one piece of an array of samples lies. */
static uint64_t place_of(const char *object)
{
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    uint64_t place = store_place(store, object, (const size_t[6]){0},
                                 (uint64_t)MADE_CELLS * MADE_ROUNDS * sizeof(double));
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    return place;
}

/* Writes another number over one that the file holds once. */
static void replace_number(uint64_t was, uint64_t now)
{
    struct stat whole;
    int descriptor = open(made_path, O_RDWR), found = 0;
    CU_ASSERT_EQUAL_FATAL(fstat(descriptor, &whole), 0);
    char *bytes = malloc((size_t)whole.st_size);
    CU_ASSERT_EQUAL_FATAL(pread(descriptor, bytes, (size_t)whole.st_size, 0), whole.st_size);
    for (off_t at = 0; at + (off_t)sizeof was <= whole.st_size; at++) {
        if (memcmp(bytes + at, &was, sizeof was) == 0) {
            found++;
            CU_ASSERT_EQUAL(pwrite(descriptor, &now, sizeof now, at), sizeof now);
        }
    }
    CU_ASSERT_EQUAL(found, 1);
    free(bytes);
    close(descriptor);
}

static void pieces_in_one_place_are_damage(void)
{
    made_enter();
    struct made run;
    struct error error = {0};
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_write(&run, file, 1);
    runfile_free(file);
    replace_number(place_of("/cpu"), place_of("/memory"));
    CU_ASSERT_PTR_NULL(made_reopen(&error));
    CU_ASSERT_EQUAL(error.status, STATUS_STORAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "two pieces in one place"));
    samples_free(&run.samples);
    made_leave(1);
}

static const CU_TestInfo tests[] = {
    {"impossible sizes are damage", impossible_sizes_are_damage},
    {"pieces in one place are damage", pieces_in_one_place_are_damage},
    CU_TEST_INFO_NULL,
};

SUITE("runfile file", tests);
