/* The cgroups that this process is in, of version 1 and of version 2. All files lie below `root`,
 * "" for the machine itself. What is missing or makes no sense is not known, and never an error. */
#ifndef CUAL_MACHINE_CGROUP_H
#define CUAL_MACHINE_CGROUP_H

/* Calls `visit` with the folder of each group whose controller ("cpu", "memory", "pids") counts for
 * this process: its own group, then those above it up to the root of the hierarchy. The folder
 * begins with `root`, does not end with a slash and need not exist. */
void cgroup_each(const char *root, const char *controller,
                 void (*visit)(void *context, const char *folder), void *context);

/* The number that a file of such a folder begins with; `otherwise` when it says "max", or when
 * there is no such file or number. */
double cgroup_number(const char *folder, const char *name, double otherwise);

/* The sum of the numbers that a file of such a folder has behind these words, "inactive_file 4096";
 * a word that it lacks counts as 0. `words` ends with NULL. */
double cgroup_sum(const char *folder, const char *name, const char *const *words);

/* CPUs' worth of time that the tightest of the groups grants (quota / period); INFINITY without a
 * quota. */
double cgroup_quota(const char *root);

#endif
