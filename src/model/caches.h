/* The levels of the memory hierarchy, and the caches of a machine. */
#ifndef CUAL_MODEL_CACHES_H
#define CUAL_MODEL_CACHES_H

enum level { LEVEL_L1, LEVEL_L2, LEVEL_L3, LEVEL_MEMORY, LEVEL_COUNT };
extern const char *const level_names[LEVEL_COUNT]; /* "L1", "L2", "L3", "memory" */

enum { CACHES_LINE_BYTES = 64 }; /* of what is had at once */

/* The caches for data that one core uses, by level. */
struct caches {
    double bytes[LEVEL_MEMORY]; /* of one instance; 0: there is none, or it is not known */
    int cores[LEVEL_MEMORY];    /* of the allocation that share this instance */
};

/* Returns the size of the last cache before the memory; where none is known, 32 MiB. */
double caches_last_bytes(const struct caches *caches);

#endif
