#include "ranks/tree.h"

/* In a binomial tree the parent of a number is the number without its lowest set bit, however many
 * there are. */
static int parent_of(int number)
{
    return number & (number - 1);
}

struct tree_rank tree_parent(struct tree_rank own)
{
    return own.local > 0 ? (struct tree_rank){own.node, parent_of(own.local)}
                         : (struct tree_rank){parent_of(own.node), 0};
}

/* The greatest step from a number to a child. */
static int first_step(int number)
{
    return number == 0 ? 1 << 30 : (number & -number) >> 1;
}

int tree_children(struct tree_rank own, const int *count, int nodes,
                  struct tree_rank child[TREE_CHILDREN_MAX])
{
    int children = 0;
    if (own.node >= nodes || own.local >= count[own.node]) {
        return 0;
    }
    for (int step = first_step(own.node); own.local == 0 && step > 0; step >>= 1) {
        if (step < nodes - own.node) {
            child[children++] = (struct tree_rank){own.node + step, 0};
        }
    }
    for (int step = first_step(own.local); step > 0; step >>= 1) {
        if (step < count[own.node] - own.local) {
            child[children++] = (struct tree_rank){own.node, own.local + step};
        }
    }
    return children;
}
