#include "runfile/integrity.h"
#include "store/store_file.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

/* Two numbers and a text in a group, sealed. */
static void make(void)
{
    static const char *const axis[] = {"row"};
    static const int64_t rows[] = {0, 1};
    static const double values[] = {1.5, NAN};
    struct error error = {0};
    snprintf(path, sizeof path, "/tmp/test_integrity.%ld.h5", (long)getpid());
    struct store *store = store_create(path, NULL, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    store_group(store, "/a");
    store_axis(store, &(struct store_variable){.group = "/a", .name = "row", .type = STORE_INT64},
               2, rows);
    store_variable(store, &(struct store_variable){.group = "/a",
                                                   .name = "x",
                                                   .type = STORE_FLOAT64,
                                                   .unit = "s",
                                                   .axes = 1,
                                                   .axis = axis});
    store_write(store, "/a/x", STORE_FLOAT64, values);
    integrity_seal_tree(store, "/");
    CU_ASSERT_EQUAL(store_commit(store, true, &error), 0);
}

static int verify_after(void (*change)(struct store *store))
{
    struct error error = {0};
    struct store *store = store_open(path, true, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    change(store);
    integrity_verify_tree(store, "/");
    int status = store_close(store, &error);
    CU_ASSERT(status == 0 || strstr(error.text, "is damaged: it does not match its hash"));
    return status;
}

static void nothing(struct store *store)
{
    (void)store;
}

static void a_value(struct store *store)
{
    store_write(store, "/a/x", STORE_FLOAT64, (const double[]){1.5, 2});
}

static void a_unit(struct store *store)
{
    store_text(store, "/a/x", "units", "ms");
}

static void a_new_attribute(struct store *store)
{
    store_text(store, "/a", "comment", "planted");
}

static void a_new_member(struct store *store)
{
    store_group(store, "/a/b");
    integrity_seal(store, "/a/b");
}

static void every_change_is_seen(void)
{
    void (*const changes[])(struct store * store) = {a_value, a_unit, a_new_attribute,
                                                     a_new_member};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        make();
        CU_ASSERT_EQUAL(verify_after(nothing), 0);
        CU_ASSERT_EQUAL(verify_after(changes[i]), STATUS_STORAGE);
    }
    unlink(path);
}

/* What another program must find, too. The bytes of /a/x:
 *   4 "/a/x" | 1 | 1 1 2 3ff8000000000000 7ff8000000000000 | 1 | 5 "units" 4 0 1 "s" */
static void hashes_are_as_worked_out(void)
{
    static const uint64_t sample[] = {7, 2, 0x3ff8000000000000, 0x7ff8000000000000};
    CU_ASSERT_EQUAL(integrity_of_words(sample, 4), UINT64_C(0xfda2a2211aeb9a80));
    CU_ASSERT_EQUAL(integrity_word(1.5), 0x3ff8000000000000);
    CU_ASSERT_EQUAL(integrity_word(-NAN), 0x7ff8000000000000);
    make();
    struct error error = {0};
    struct store *store = store_open(path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    CU_ASSERT_EQUAL(integrity_of_object(store, "/a/x"), UINT64_C(0x9d14b30d6187220b));
    char *text = store_read_text(store, "/a/x", "xxh64");
    CU_ASSERT_STRING_EQUAL(text, "9d14b30d6187220b");
    free(text);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    unlink(path);
}

static void many_words_are_one_stream(void)
{
    uint64_t words[100];
    for (uint64_t i = 0; i < 100; i++) {
        words[i] = i * i;
    }
    CU_ASSERT_EQUAL(integrity_of_words(words, 100), UINT64_C(0x76d0f3adee015d5c));
}

static const CU_TestInfo tests[] = {
    {"every change is seen", every_change_is_seen},
    {"hashes are as worked out", hashes_are_as_worked_out},
    {"many words are one stream", many_words_are_one_stream},
    CU_TEST_INFO_NULL,
};

SUITE("integrity", tests);
