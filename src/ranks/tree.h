/* The tree down which commands go, from rank 0 to the first so many ranks of each of the first so
 * many nodes: a binomial tree over the first ranks of the nodes, and one over the ranks of
 * each. Whom a rank waits for depends on that rank alone: it can wait before it knows whom the next
 * command is for. This is arithmetic only; comm_command.c sends and waits. */
#ifndef CUAL_RANKS_TREE_H
#define CUAL_RANKS_TREE_H

/* A rank, by the number of its node and its number among the ranks there, both from 0. */
struct tree_rank {
    int node, local;
};

#define TREE_CHILDREN_MAX 64

/* The rank that the command comes from. The parent of rank 0 is rank 0. */
struct tree_rank tree_parent(struct tree_rank own);

/* The ranks to which `own` passes a command on that is for the first count[m] ≥ 1 ranks of nodes
 * 0 … nodes − 1. Ranks of other nodes come first, and of these the ones with most ranks below them.
 * Returns how many there are: none when the command is not for `own`. */
int tree_children(struct tree_rank own, const int *count, int nodes,
                  struct tree_rank child[TREE_CHILDREN_MAX]);

#endif
