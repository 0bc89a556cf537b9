/* The tree of commands: whoever is addressed is reached once, by the parent that it waits for,
 * whatever the layout, and nobody else is. */
#include "ranks/tree.h"
#include "unit/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum { MACHINES = 9, MOST = 13 };

/* Who has got it: how often, and after how many steps, from rank 0 on. */
struct reached {
    int times[MACHINES][MOST], steps[MACHINES][MOST];
    int astray, from_another, sends_most;
};

static void send(struct reached *reached, struct tree_rank from, const int *count, int nodes,
                 int steps)
{
    struct tree_rank child[TREE_CHILDREN_MAX];
    int children = tree_children(from, count, nodes, child);
    reached->sends_most = children > reached->sends_most ? children : reached->sends_most;
    for (int c = 0; c < children; c++) {
        struct tree_rank to = child[c], parent = tree_parent(to);
        if (to.node >= nodes || to.local >= count[to.node]) {
            reached->astray++;
            continue;
        }
        reached->from_another += parent.node != from.node || parent.local != from.local;
        reached->times[to.node][to.local]++;
        reached->steps[to.node][to.local] = steps + 1;
        send(reached, to, count, nodes, steps + 1);
    }
}

static struct reached send_to(const int *count, int nodes)
{
    struct reached reached = {.times = {{1}}};
    send(&reached, (struct tree_rank){0, 0}, count, nodes, 0);
    return reached;
}

static int log2_of(int number)
{
    int log = 0;
    while (1 << log < number) {
        log++;
    }
    return log;
}

/* All layouts of up to three nodes, and some of more. */
static void check(const int *count, int nodes)
{
    struct reached reached = send_to(count, nodes);
    int wrong = 0, slow = 0, most = 1;
    for (int m = 0; m < nodes; m++) {
        most = count[m] > most ? count[m] : most;
    }
    for (int m = 0; m < MACHINES; m++) {
        for (int l = 0; l < MOST; l++) {
            wrong += reached.times[m][l] != (m < nodes && l < count[m]);
            slow += reached.steps[m][l] > log2_of(nodes) + log2_of(most);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(slow, 0);
    CU_ASSERT_EQUAL(reached.astray, 0);
    CU_ASSERT_EQUAL(reached.from_another, 0);
    CU_ASSERT(reached.sends_most <= log2_of(nodes) + log2_of(most));
}

static void everyone_addressed_is_reached_once_by_its_parent(void)
{
    for (int a = 1; a <= MOST; a++) {
        check(&a, 1);
        for (int b = 1; b <= MOST; b++) {
            for (int c = 1; c <= MOST; c++) {
                const int count[] = {a, b, c};
                check(count, 2);
                check(count, 3);
            }
        }
    }
    for (int nodes = 4; nodes <= MACHINES; nodes++) {
        int count[MACHINES];
        for (int m = 0; m < nodes; m++) {
            count[m] = 1 + (m * 7 + nodes) % MOST;
        }
        check(count, nodes);
    }
}

static void who_is_not_addressed_passes_nothing_on(void)
{
    const int count[] = {2, 1};
    struct tree_rank child[TREE_CHILDREN_MAX];
    CU_ASSERT_EQUAL(tree_children((struct tree_rank){0, 2}, count, 2, child), 0);
    CU_ASSERT_EQUAL(tree_children((struct tree_rank){2, 0}, count, 2, child), 0);
    CU_ASSERT_EQUAL(tree_children((struct tree_rank){1, 1}, count, 2, child), 0);
}

static void many_nodes_are_reached_in_few_steps(void)
{
    enum { MANY = 1 << 16 };
    static int count[MANY];
    struct tree_rank child[TREE_CHILDREN_MAX];
    for (int m = 0; m < MANY; m++) {
        count[m] = MANY;
    }
    CU_ASSERT_EQUAL(tree_children((struct tree_rank){0, 0}, count, MANY, child), 32);
    struct tree_rank last = {MANY - 1, MANY - 1};
    int steps = 0;
    while (last.node > 0 || last.local > 0) {
        last = tree_parent(last);
        steps++;
    }
    CU_ASSERT_EQUAL(steps, 32);
}

static const CU_TestInfo tests[] = {
    {"everyone addressed is reached once, by the parent that it waits for",
     everyone_addressed_is_reached_once_by_its_parent},
    {"who is not addressed passes nothing on", who_is_not_addressed_passes_nothing_on},
    {"65536 nodes of 65536 ranks are reached in 32 steps", many_nodes_are_reached_in_few_steps},
    CU_TEST_INFO_NULL,
};

SUITE("tree", tests);
