#include "unit/store/table.h"

#include "store/store_file.h"
#include "store/store_write.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char table_folder[64];
char table_path[128];

void table_enter(void)
{
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(table_folder, sizeof table_folder, "%s/test_store.XXXXXX", tmp);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(table_folder));
    snprintf(table_path, sizeof table_path, "%s/a.h5", table_folder);
}

int table_entries(void)
{
    int count = 0;
    DIR *open = opendir(table_folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(open);
    return count;
}

void table_leave(int expected)
{
    CU_ASSERT_EQUAL(table_entries(), expected);
    DIR *open = opendir(table_folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        unlinkat(dirfd(open), entry->d_name, 0);
    }
    closedir(open);
    CU_ASSERT_EQUAL(rmdir(table_folder), 0);
}

static const char *const axes[] = {"row", "column"};

struct store *table_make(struct error *error)
{
    struct store *store = store_create(table_path, NULL, 1 << 20, error);
    if (!store) {
        return NULL;
    }
    store_axis(store, &(struct store_variable){.group = "/", .name = "row", .type = STORE_TEXT}, 3,
               (const char *const[]){"one", "zwölf", "bad \xff byte"});
    store_axis(store, &(struct store_variable){.group = "/", .name = "column", .type = STORE_INT64},
               4, (const int64_t[]){1, 2, 4, 8});
    store_variable(store, &(struct store_variable){.group = "/",
                                                   .name = "table",
                                                   .type = STORE_INT32,
                                                   .unit = "1",
                                                   .axes = 2,
                                                   .axis = axes,
                                                   .fill = -1});
    return store;
}

void table_commit(bool replace)
{
    struct error error = {0};
    struct store *store = table_make(&error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(store_commit(store, replace, &error), 0);
    CU_ASSERT_STRING_EQUAL(error.text, "");
}
