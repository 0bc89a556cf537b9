/* YAML: what is no document, and what a job file may not hold. */
#include "unit/job/jobs.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>

static const struct jobs_mistake file_mistakes[] = {
    {"", NULL, "job.yaml:1:1: ", "the file is empty"},
    {"# nothing\n", NULL, "job.yaml:1:1: ", "the file is empty"},
    {"---\n", NULL, "job.yaml:", "is not a mapping"},
    {"only words", NULL, "job.yaml:1:1: ", "is not a mapping"},
    {"- a\n", NULL, "job.yaml:1:1: ", "is not a mapping"},
    {"budget: [1\nb: 2\n", NULL, "job.yaml:2:2: not YAML: ", "did not find expected"},
    {"a: \x01\n", NULL, "job.yaml:1:4: not YAML: ", "control characters"},
    {"a: 1\nb\xc3\xa4 \xff: 2\n", NULL, "job.yaml:2:4: not YAML: ", "UTF-8"},
    {"\x7f"
     "ELF\x02\x01\x01",
     NULL, "job.yaml:1:1: not YAML: ", "control characters"},
    {"a: &x [b]\nc: *x\n", NULL, "job.yaml:1:4: x: ", "anchors and aliases"},
    {"a: *x\n", NULL, "job.yaml:1:4: x: ", "anchors and aliases"},
    {"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", NULL, "job.yaml:1:4: a: ", "aliases"},
    {"budget: !!float 5\n", NULL, "job.yaml:1:9: ", "tags"},
    {JOBS_ONE "---\n" JOBS_ONE, NULL, "job.yaml:2:1: ", "second document"},
    {"a: [[[[[[[[[[[[1]]]]]]]]]]]]\n", NULL, "job.yaml:1:11: ", "nested too deeply; allowed: 8"},
    {"[a, b]: 3\n", NULL, "job.yaml:1:1: ", "a key is a list or mapping"},
    {"\"a\\0b\": 3\n", NULL, "job.yaml:1:1: ", "NUL byte"},
    {"cores: 1\nseed: 2\ncores: 3\n" JOBS_ONE, NULL,
     "job.yaml:3:1: cores: ", "second time, after line 1"},
    {"workloads:\n  a: {wait: none, tasks: 1}\n  a: {wait: none, tasks: 1}\n", NULL,
     "job.yaml:3:3: a: ", "second time, after line 2"},
    {"workloads:\n  a: {wait: none, tasks: 1, tasks: 2}\n", NULL,
     "job.yaml:2:29: tasks: ", "second time"},
};

static void mistakes_in_the_file_are_located(void)
{
    jobs_expect_mistakes(file_mistakes, sizeof file_mistakes / sizeof file_mistakes[0]);
}

static const CU_TestInfo tests[] = {
    {"mistakes in the file are located", mistakes_in_the_file_are_located},
    CU_TEST_INFO_NULL,
};

SUITE("job yaml", tests);
