/* The watchdog: who does not answer is named, and nobody who only has to wait. */
#include "system/clock.h"
#include "system/guard.h"
#include "system/watchdog.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RANKS = 2 };

/* Two ranks: this process and a child, which sleeps or has stopped. */
struct pair {
    void *page;
    pid_t child;
    int child_rank;
    struct watchdog *own;
    int64_t now_ns; /* as this process is told */
};

static struct pair begin(int own_rank, bool stops)
{
    struct pair pair = {.child_rank = 1 - own_rank};
    pair.page = mmap(NULL, watchdog_bytes(RANKS), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2], status;
    char word;
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pair.child = fork();
    if (pair.child == 0) {
        struct watchdog *watchdog = watchdog_open(pair.page, pair.child_rank, RANKS, NULL);
        *watchdog_progress(watchdog) = 1;
        if (write(ready[1], "r", 1) == 1 && stops) {
            raise(SIGSTOP);
        }
        pause();
        _exit(0);
    }
    CU_ASSERT_EQUAL(read(ready[0], &word, 1), 1);
    close(ready[0]);
    close(ready[1]);
    if (stops) {
        CU_ASSERT_EQUAL(waitpid(pair.child, &status, WUNTRACED), pair.child);
    }
    pair.own = watchdog_open(pair.page, own_rank, RANKS, NULL);
    *watchdog_progress(pair.own) = 2;
    pair.now_ns = clock_now_ns();
    return pair;
}

static void end(struct pair *pair)
{
    kill(pair->child, SIGKILL);
    waitpid(pair->child, NULL, 0);
    watchdog_close(pair->own);
    munmap(pair->page, watchdog_bytes(RANKS));
}

/* Ticks as the guard does, for so many seconds. */
static int tick_for(struct pair *pair, int seconds, struct error *error)
{
    int status = 0;
    for (int s = 0; s < seconds && !status; s += (int)(GUARD_TICK_NS / 1000000000)) {
        status = watchdog_tick(pair->own, pair->now_ns, error);
        pair->now_ns += GUARD_TICK_NS;
    }
    return status;
}

static void expect_named(const struct pair *pair, const struct error *error, const char *how)
{
    char name[64], host[65] = "";
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "rank %d (process %d on host ", pair->child_rank, pair->child);
    CU_ASSERT_EQUAL(error->status, STATUS_ENVIRONMENT);
    CU_ASSERT_PTR_EQUAL(strstr(error->text, name), error->text);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->text, host));
    CU_ASSERT_PTR_NOT_NULL(strstr(error->text, how));
}

static void a_stopped_rank_is_named(void)
{
    struct error error = {0};
    struct pair pair = begin(0, true);
    CU_ASSERT_EQUAL(tick_for(&pair, 6, &error), 0);
    CU_ASSERT_EQUAL(tick_for(&pair, 6, &error), STATUS_ENVIRONMENT);
    expect_named(&pair, &error, "does not answer: stopped;");
    end(&pair);
}

static void rank_0_is_judged_by_the_next_one(void)
{
    struct error error = {0};
    struct pair pair = begin(1, true);
    CU_ASSERT_EQUAL(tick_for(&pair, 12, &error), STATUS_ENVIRONMENT);
    expect_named(&pair, &error, "does not answer: stopped;");
    end(&pair);
}

static void only_the_first_has_the_word(void)
{
    struct error error = {0}, again = {0};
    struct pair pair = begin(0, true);
    CU_ASSERT_EQUAL(tick_for(&pair, 12, &error), STATUS_ENVIRONMENT);
    CU_ASSERT_EQUAL(tick_for(&pair, 2, &again), STATUS_ENVIRONMENT);
    CU_ASSERT_STRING_EQUAL(again.text, "");
    end(&pair);
}

/* On a busy machine a guard may come late; the rank is not stopped. */
static void one_that_only_comes_late_is_not_judged(void)
{
    struct error error = {0};
    struct pair pair = begin(0, false);
    CU_ASSERT_EQUAL(tick_for(&pair, 60, &error), 0);
    end(&pair);
}

static void one_that_has_left_is_not_judged(void)
{
    struct error error = {0};
    struct pair pair = begin(0, true);
    struct watchdog *child = watchdog_open(pair.page, 1, RANKS, NULL);
    watchdog_close(child);
    CU_ASSERT_EQUAL(tick_for(&pair, 60, &error), 0);
    end(&pair);
}

static void a_judge_that_was_away_waits_anew(void)
{
    struct error error = {0};
    struct pair pair = begin(0, true);
    CU_ASSERT_EQUAL(tick_for(&pair, 2, &error), 0);
    watchdog_begin(pair.own, &(struct watchdog_cell){"mixed", RANKS, -1, 20, 0, ""});
    pair.now_ns += INT64_C(100000000000);
    CU_ASSERT_EQUAL(tick_for(&pair, 6, &error), 0);
    CU_ASSERT_EQUAL(tick_for(&pair, 6, &error), STATUS_ENVIRONMENT);
    expect_named(&pair, &error, "stopped;");
    end(&pair);
}

static void a_cell_beyond_its_limit_names_who_is_behind(void)
{
    struct error error = {0};
    struct pair pair = begin(0, false);
    struct watchdog_cell cell = {"mixed 2×1×16@2", RANKS, -1, 9, 0, ""};
    watchdog_begin(pair.own, &cell);
    CU_ASSERT_EQUAL(tick_for(&pair, 8, &error), 0);
    watchdog_end(pair.own);
    CU_ASSERT_EQUAL(tick_for(&pair, 20, &error), 0);
    watchdog_begin(pair.own, &cell); /* now, long before the time that is told */
    CU_ASSERT_EQUAL(tick_for(&pair, 4, &error), STATUS_ENVIRONMENT);
    expect_named(&pair, &error, "does not answer: ");
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "at mixed 2×1×16@2, whose limit is 9 s"));
    end(&pair);
}

static void only_ranks_of_the_cell_are_blamed(void)
{
    struct error error = {0};
    struct pair pair = begin(0, false);
    watchdog_begin(pair.own, &(struct watchdog_cell){"one", 1, -1, 1, 0, ""});
    pair.now_ns += GUARD_TICK_NS;
    CU_ASSERT_EQUAL(tick_for(&pair, 4, &error), STATUS_ENVIRONMENT);
    CU_ASSERT_PTR_EQUAL(strstr(error.text, "rank 0 ("), error.text);
    end(&pair);
}

/* Both ranks here are done with turn 1: whom the cell waits for is on another node. */
static void who_is_done_is_not_blamed_for_another_node(void)
{
    struct error error = {0};
    struct pair pair = begin(0, false);
    struct watchdog_cell cell = {"mixed", 1, -1, 3, 2, ""};
    watchdog_begin(pair.own, &cell);
    CU_ASSERT_EQUAL(tick_for(&pair, 40, &error), 0); /* it has no word for others */
    snprintf(cell.elsewhere, sizeof cell.elsewhere, "node7");
    watchdog_begin(pair.own, &cell);
    pair.now_ns = clock_now_ns();
    CU_ASSERT_EQUAL(tick_for(&pair, 8, &error),
                    0); /* beyond the limit: they speak for themselves */
    CU_ASSERT_EQUAL(tick_for(&pair, 4, &error), STATUS_ENVIRONMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no rank on node7 answers"));
    end(&pair);
}

static void a_rank_is_called_by_its_number_in_the_program(void)
{
    const int number[RANKS] = {4, 9};
    struct error error = {0};
    struct pair pair = begin(0, false);
    watchdog_close(pair.own);
    pair.own = watchdog_open(pair.page, 0, RANKS, number);
    watchdog_begin(pair.own, &(struct watchdog_cell){"one", RANKS, -1, 1, 0, ""});
    pair.now_ns = clock_now_ns() + GUARD_TICK_NS;
    CU_ASSERT_EQUAL(tick_for(&pair, 4, &error), STATUS_ENVIRONMENT);
    CU_ASSERT_PTR_EQUAL(strstr(error.text, "rank 9 ("), error.text);
    end(&pair);
}

static void the_others_are_asked_once_and_killed_by_name(void)
{
    int status = 0;
    struct pair pair = begin(0, false);
    watchdog_kill_others(pair.own);
    CU_ASSERT_EQUAL(waitpid(pair.child, &status, 0), pair.child);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    watchdog_close(pair.own);
    pair = begin(0, false);
    watchdog_ask_others(pair.own);
    CU_ASSERT_EQUAL(waitpid(pair.child, &status, 0), pair.child);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
    watchdog_close(pair.own);
}

static const CU_TestInfo tests[] = {
    {"who is done is not blamed for another node", who_is_done_is_not_blamed_for_another_node},
    {"a rank is called by its number in the program",
     a_rank_is_called_by_its_number_in_the_program},
    {"a stopped rank is named", a_stopped_rank_is_named},
    {"rank 0 is judged by the next one", rank_0_is_judged_by_the_next_one},
    {"only the first has the word", only_the_first_has_the_word},
    {"one that only comes late is not judged", one_that_only_comes_late_is_not_judged},
    {"one that has left is not judged", one_that_has_left_is_not_judged},
    {"a judge that was away waits anew", a_judge_that_was_away_waits_anew},
    {"a cell beyond its limit names who is behind", a_cell_beyond_its_limit_names_who_is_behind},
    {"only ranks of the cell are blamed", only_ranks_of_the_cell_are_blamed},
    {"the others are asked, and killed by name", the_others_are_asked_once_and_killed_by_name},
    CU_TEST_INFO_NULL,
};

SUITE("watchdog", tests);
