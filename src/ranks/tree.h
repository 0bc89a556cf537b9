/* The tree down which commands go, from rank 0 to the first so many ranks of each of the first so
 * many nodes: a binomial tree over the first ranks of the nodes, and one over the ranks of
 * each. Whom a place waits for depends on that place alone: it can wait for it before it knows who
 * the next command is for. Numbers only; whoever sends and waits is elsewhere. */
#ifndef CUAL_RANKS_TREE_H
#define CUAL_RANKS_TREE_H

/* A node, and a rank of those on it; both from 0. */
struct tree_place {
    int node, local;
};

#define TREE_CHILDREN_MAX 64

/* Whom the command comes from; rank 0's own parent is itself. */
struct tree_place tree_parent(struct tree_place own);

/* Those it is passed on to, when the first count[m] ≥ 1 ranks of nodes 0 … nodes − 1 are to
 * have it: other nodes first, and those with most below them first. Returns how many. None when
 * `own` is not among those ranks. */
int tree_children(struct tree_place own, const int *count, int nodes,
                  struct tree_place child[TREE_CHILDREN_MAX]);

#endif
