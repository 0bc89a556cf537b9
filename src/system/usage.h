/* What the process has used so far, all of its threads together (helper threads included). */
#ifndef CUAL_SYSTEM_USAGE_H
#define CUAL_SYSTEM_USAGE_H

struct usage {
    double cpu_s;
    double switches_voluntary, switches_involuntary;
    double faults;
};

struct usage usage_now(void);
struct usage usage_since(const struct usage *before);

/* Proportional set size of the process in bytes; NAN where the kernel does not tell. About 0.4 ms
 * and more with memory in small pages: not for timed sections. */
double usage_memory_bytes(void);

#endif
