/* A machine that is not there: files of /proc and /sys below a folder of its own. */
#ifndef CUAL_TESTS_UNIT_PLANTED_H
#define CUAL_TESTS_UNIT_PLANTED_H

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct planted_file {
    const char *path, *text;
};

struct planted {
    char root[64];
};

static inline void planted_put_bytes(const struct planted *planted, const char *path,
                                     const void *bytes, size_t count)
{
    char whole[4096];
    snprintf(whole, sizeof whole, "%s%s", planted->root, path);
    for (char *slash = whole + strlen(planted->root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, count, file), count);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

static inline void planted_put(const struct planted *planted, const char *path, const char *text)
{
    planted_put_bytes(planted, path, text, strlen(text));
}

static inline struct planted planted_make(const struct planted_file *files, size_t count)
{
    struct planted planted = {"/tmp/cual-unit-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(planted.root));
    for (size_t i = 0; i < count; i++) {
        planted_put(&planted, files[i].path, files[i].text);
    }
    return planted;
}

static inline void planted_remove(const struct planted *planted)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", planted->root);
    CU_ASSERT_EQUAL(system(command), 0);
}

#endif
