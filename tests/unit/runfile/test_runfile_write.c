#include "runfile/integrity.h"
#include "runfile/runfile_variables.h"
#include "store/store_file.h"
#include "store/store_read.h"
#include "store/store_write.h"
#include "unit/runfile/made.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 20

static void rounds_written_are_read_back(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    for (size_t rounds = 1; rounds <= MADE_ROUNDS; rounds++) {
        made_write(&run, file, rounds);
        made_check(&run, rounds);
    }
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double *times = malloc(MADE_CELLS * MADE_ROUNDS * MADE_RANKS * sizeof *times);
    store_read(store, "/per_rank/time", STORE_FLOAT64, MADE_CELLS * MADE_ROUNDS * MADE_RANKS,
               times);
    size_t wrong = 0;
    for (size_t i = 0; i < MADE_CELLS * MADE_ROUNDS * MADE_RANKS; i++) {
        wrong += !made_same(times[i], run.samples.per_rank[i]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    unsigned char status[MADE_CELLS];
    store_read(store, "/status", STORE_UINT8, MADE_CELLS, status);
    CU_ASSERT_EQUAL(memcmp(status, run.status, MADE_CELLS), 0);
    free(times);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

/* Writes rounds until it is killed, and tells of each that was acknowledged. */
static void write_until_killed(struct made *run, int tell)
{
    struct error error = {0};
    struct runfile *file = runfile_create(made_path, 1, &run->content, &error);
    for (size_t round = 0; round < MADE_ROUNDS; round++) {
        made_measure(run, round);
        if (!file || runfile_write_round(file, &run->content, round, &error) != 0 ||
            write(tell, "x", 1) != 1) {
            _exit(1);
        }
    }
    for (;;) {
        pause();
    }
}

/* Rounds acknowledged by a child that is killed so long after it acknowledged the first. */
static size_t killed_after(struct made *run, useconds_t us)
{
    int pipes[2];
    char told[MADE_ROUNDS];
    CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        write_until_killed(run, pipes[1]);
    }
    close(pipes[1]);
    CU_ASSERT_EQUAL(read(pipes[0], told, 1), 1);
    usleep(us);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    size_t rounds = 1;
    for (ssize_t more; (more = read(pipes[0], told, sizeof told)) > 0;) {
        rounds += (size_t)more;
    }
    close(pipes[0]);
    return rounds;
}

/* The acknowledged rounds alone: the one that was being written may be there in part. */
static void check_acknowledged(struct made *run, size_t rounds)
{
    struct error error = {0};
    struct store *store = store_open(made_path, false, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    double *values = malloc(MADE_CELLS * MADE_ROUNDS * sizeof *values);
    size_t wrong = 0;
    for (int v = 0; v < SAMPLE_VARIABLES; v++) {
        char object[64];
        snprintf(object, sizeof object, "/%s",
                 runfile_sample_variable((enum sample_variable)v)->name);
        store_read(store, object, STORE_FLOAT64, MADE_CELLS * MADE_ROUNDS, values);
        for (size_t i = 0; i < MADE_CELLS * MADE_ROUNDS; i++) {
            bool there = i % MADE_ROUNDS < rounds && run->status[i / MADE_ROUNDS] == CELL_DONE;
            wrong += there && values[i] != made_value(v, i / MADE_ROUNDS, i % MADE_ROUNDS);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(values);
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
}

static void acknowledged_rounds_survive_a_kill(void)
{
    made_enter();
    struct made run;
    made_run(&run);
    for (useconds_t i = 0; i < KILLS; i++) {
        size_t rounds = killed_after(&run, i * 400);
        check_acknowledged(&run, rounds);
    }
    samples_free(&run.samples);
    made_leave(1);
}

static void others_in_the_file_are_noticed(void)
{
    made_enter();
    struct made run;
    struct runfile_past past;
    struct error error = {0};
    made_run(&run);
    struct runfile *file = made_create(&run, 0, 0);
    made_write(&run, file, 1);
    struct store *store =
        store_open(made_path, true, &error); /* all may lie elsewhere after this */
    store_text(store, "/", "comment", "added by hand");
    integrity_seal(store, "/");
    CU_ASSERT_EQUAL(store_close(store, &error), 0);
    made_write(&run, file, 3);
    made_check_read(&run, 3, 0, &past);
    CU_ASSERT_EQUAL(truncate(made_path, 0), 0);
    CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 3, &error), STATUS_STORAGE);
    runfile_free(file);
    samples_free(&run.samples);
    made_leave(1);
}

/* The bytes of a file, which the caller frees. */
static char *bytes_of(const char *path, size_t *count)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY);
    CU_ASSERT_FATAL(descriptor >= 0 && fstat(descriptor, &about) == 0);
    *count = (size_t)about.st_size;
    char *bytes = malloc(*count + 1);
    CU_ASSERT_EQUAL(read(descriptor, bytes, *count), about.st_size);
    close(descriptor);
    return bytes;
}

static bool holds(const char *path, const char *bytes, size_t count)
{
    size_t found;
    char *now = bytes_of(path, &found);
    bool same = found == count && memcmp(now, bytes, count) == 0;
    free(now);
    return same;
}

static void copy_file(const char *from, const char *to)
{
    size_t count;
    char *bytes = bytes_of(from, &count);
    int descriptor = open(to, O_CREAT | O_EXCL | O_WRONLY, 0600);
    CU_ASSERT_EQUAL(write(descriptor, bytes, count), (ssize_t)count);
    close(descriptor);
    free(bytes);
}

/* What is done to the file after the first round, where the samples are then, and how many files
 * there are. */
static const struct fate {
    bool moved, replaced;
    const char *kept;
    int files;
} fates[] = {
    {false, true, "/run.h5.kept", 2}, /* by a copy of itself, which no look inside tells */
    {true, true, "/moved.h5", 2},     /* and it went elsewhere */
    {true, false, "/moved.h5", 1},
    {false, false, "/run.h5.kept", 1}, /* it was removed */
};

static void suffer(const struct fate *fate, const char *other)
{
    char moved[160];
    snprintf(moved, sizeof moved, "%s/moved.h5", made_folder);
    if (fate->replaced) {
        copy_file(made_path, other);
    }
    if (fate->moved) {
        CU_ASSERT_EQUAL(rename(made_path, moved), 0);
    } else if (!fate->replaced) {
        CU_ASSERT_EQUAL(unlink(made_path), 0);
    }
    if (fate->replaced) {
        CU_ASSERT_EQUAL(rename(other, made_path), 0);
    }
}

static void not_a_byte_goes_into_a_file_that_took_its_place(void)
{
    for (size_t f = 0; f < sizeof fates / sizeof fates[0]; f++) {
        const struct fate *fate = &fates[f];
        made_enter();
        struct made run;
        struct error error = {0};
        char other[160], kept[160], *before = NULL;
        size_t count = 0;
        snprintf(other, sizeof other, "%s/other", made_folder);
        snprintf(kept, sizeof kept, "%s%s", made_folder, fate->kept);
        made_run(&run);
        struct runfile *file = made_create(&run, 0, 0);
        made_write(&run, file, 1);
        suffer(fate, other);
        before = fate->replaced ? bytes_of(made_path, &count) : NULL;
        made_measure(&run, 1);
        CU_ASSERT_EQUAL(runfile_write_round(file, &run.content, 1, &error), STATUS_STORAGE);
        CU_ASSERT(strstr(error.text, "another file has taken its place") != NULL &&
                  strstr(error.text, kept) != NULL);
        CU_ASSERT(!before || holds(made_path, before, count));
        CU_ASSERT_STRING_EQUAL(file->path, kept);
        CU_ASSERT_EQUAL(before ? unlink(made_path) : 0, 0);
        CU_ASSERT_EQUAL(rename(kept, made_path), 0); /* where made_check looks */
        made_check(&run, 2);
        free(before);
        runfile_free(file);
        samples_free(&run.samples);
        made_leave(1);
    }
}

static const CU_TestInfo tests[] = {
    {"not a byte goes into a file that took its place",
     not_a_byte_goes_into_a_file_that_took_its_place},
    {"rounds written are read back", rounds_written_are_read_back},
    {"acknowledged rounds survive a kill", acknowledged_rounds_survive_a_kill},
    {"others in the file are noticed", others_in_the_file_are_noticed},
    CU_TEST_INFO_NULL,
};

SUITE("runfile write", tests);
