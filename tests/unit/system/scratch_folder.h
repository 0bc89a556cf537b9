/* A folder of a test's own, in which scratch folders are made. */
#ifndef CUAL_TESTS_UNIT_SYSTEM_SCRATCH_FOLDER_H
#define CUAL_TESTS_UNIT_SYSTEM_SCRATCH_FOLDER_H

#include "model/task.h"
#include "system/scratch.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512
#define PAGE 4096

/* A folder of the test's own, in which a scratch folder is made. */
static char parent[PATH_BYTES];

static inline void make_parent(void)
{
    const char *folder = getenv("TMPDIR");
    snprintf(parent, sizeof parent, "%s/unit-scratch-XXXXXX", folder ? folder : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(parent));
}

static inline void remove_parent(void)
{
    CU_ASSERT_EQUAL(rmdir(parent), 0); /* fails when something was left in it */
}

/* Entries of a folder; the last one's path goes to `path`. */
static inline int entries(const char *folder, char path[PATH_BYTES])
{
    int count = 0;
    DIR *listing = opendir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(listing);
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (entry->d_name[0] != '.') {
            count++;
            snprintf(path, PATH_BYTES, "%.200s/%.200s", folder, entry->d_name);
        }
    }
    closedir(listing);
    return count;
}

static inline struct scratch *create(void)
{
    struct error error = {0};
    struct scratch *scratch = scratch_create(parent, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    CU_ASSERT_EQUAL(error.status, 0);
    return scratch;
}

/* Each word says where it stands, beside a number that tells files apart. */
static inline void fill(const void *context, uint64_t offset, void *buffer, size_t bytes)
{
    for (size_t k = 0; k < bytes / sizeof(uint64_t); k++) {
        ((uint64_t *)buffer)[k] =
            task_mix(offset / sizeof(uint64_t) + k + *(const uint64_t *)context);
    }
}

static inline int holds(const char *path, uint64_t bytes, uint64_t number)
{
    FILE *file = fopen(path, "rb");
    uint64_t word, wrong = 0, count = 0;
    while (file && fread(&word, sizeof word, 1, file) == 1) {
        wrong += word != task_mix(count++ + number);
    }
    int whole = file && feof(file) && count * sizeof word == bytes;
    if (file) {
        fclose(file);
    }
    return whole && wrong == 0;
}

#endif
