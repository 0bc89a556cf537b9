/* A small file for the tests of the store: a 3 × 4 table of integers and its axes. */
#ifndef CUAL_TESTS_UNIT_STORE_TABLE_H
#define CUAL_TESTS_UNIT_STORE_TABLE_H

#include "store/store.h"
#include "system/error.h"

#include <stdbool.h>

/* A private folder for one test, and the path of the table in it. */
extern char table_folder[64];
extern char table_path[128];

/* Makes the folder, or removes it; nothing but `expected` files may be left in it. */
void table_enter(void);
void table_leave(int expected);

/* How many files are in the folder. */
int table_entries(void);

/* The table before its commit; NULL with an error. */
struct store *table_make(struct error *error);

/* Makes and commits the table; fails the test when that cannot be. */
void table_commit(bool replace);

#endif
