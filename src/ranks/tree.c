#include "ranks/tree.h"

/* In a binomial tree the parent of a number is the number without its lowest set bit, however many
 * there are. */
static int parent_of(int number)
{
    return number & (number - 1);
}

struct tree_place tree_parent(struct tree_place own)
{
    return own.local > 0 ? (struct tree_place){own.machine, parent_of(own.local)}
                         : (struct tree_place){parent_of(own.machine), 0};
}

/* The greatest step from a number to a child. */
static int first_step(int number)
{
    return number == 0 ? 1 << 30 : (number & -number) >> 1;
}

int tree_children(struct tree_place own, const int *count, int machines,
                  struct tree_place child[TREE_CHILDREN_MAX])
{
    int children = 0;
    if (own.machine >= machines || own.local >= count[own.machine]) {
        return 0;
    }
    for (int step = first_step(own.machine); own.local == 0 && step > 0; step >>= 1) {
        if (step < machines - own.machine) {
            child[children++] = (struct tree_place){own.machine + step, 0};
        }
    }
    for (int step = first_step(own.local); step > 0; step >>= 1) {
        if (step < count[own.machine] - own.local) {
            child[children++] = (struct tree_place){own.machine, own.local + step};
        }
    }
    return children;
}
