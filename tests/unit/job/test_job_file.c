/* Job files: they are read whole, or refused. */
#include "job/job_file.h"
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads bytes from a file of its own, made `size` bytes long. */
static char *read_made(const char *bytes, size_t count, off_t size, struct error *error)
{
    char name[] = "/tmp/test_job_XXXXXX";
    int descriptor = mkstemp(name);
    CU_ASSERT_FATAL(descriptor >= 0);
    CU_ASSERT_EQUAL(write(descriptor, bytes, count), (ssize_t)count);
    CU_ASSERT_EQUAL(ftruncate(descriptor, size), 0);
    close(descriptor);
    *error = (struct error){0};
    char *text = job_file_read(name, error);
    CU_ASSERT_EQUAL(strncmp(error->text, name, error->status ? strlen(name) : 0), 0);
    unlink(name);
    return text;
}

static void files_are_read_whole(void)
{
    struct error error;
    char *text = read_made(jobs_quick, strlen(jobs_quick), (off_t)strlen(jobs_quick), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, jobs_quick);
    CU_ASSERT_EQUAL(error.status, 0);
    free(text);
    char *full = malloc(JOB_FILE_BYTES_MAX);
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    memset(full, '#', JOB_FILE_BYTES_MAX);
    text = read_made(full, JOB_FILE_BYTES_MAX, JOB_FILE_BYTES_MAX, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_EQUAL(strlen(text), JOB_FILE_BYTES_MAX);
    free(text);
    free(full);
    text = read_made("", 0, 0, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, "");
    free(text);
}

static void expect_unreadable(const char *file, const char *holds)
{
    struct error error = {0};
    CU_ASSERT_PTR_NULL(job_file_read(file, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, holds));
}

static void files_that_are_no_jobs_are_refused(void)
{
    struct error error;
    CU_ASSERT_PTR_NULL(read_made("a\0b", 3, 3, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "NUL byte"));
    error = (struct error){0};
    CU_ASSERT_PTR_NULL(read_made("\xff\xfe:\0\n\0", 6, 6, &error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "text in UTF-16 do; allowed: a YAML file in UTF-8"));
    CU_ASSERT_PTR_NULL(read_made("a", 1, 100 * 1000 * 1000, &error));
    CU_ASSERT_EQUAL(error.status, STATUS_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "at most 1 MiB"));
    CU_ASSERT_PTR_NULL(read_made("a", 1, JOB_FILE_BYTES_MAX + 1, &error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "larger"));
    expect_unreadable("/tmp", "is a directory");
    expect_unreadable("/tmp/no such file", strerror(ENOENT));
    expect_unreadable("/dev/null/job", strerror(ENOTDIR));
    expect_unreadable("/dev/zero", "is a device");
}

static const CU_TestInfo tests[] = {
    {"files are read whole", files_are_read_whole},
    {"files that are no jobs are refused", files_that_are_no_jobs_are_refused},
    CU_TEST_INFO_NULL,
};

SUITE("job file", tests);
