/* What all threads of this process have used together, helper threads included. */
#ifndef CUAL_WORKER_USAGE_H
#define CUAL_WORKER_USAGE_H

struct usage {
    double cpu_s;
    double switches_voluntary, switches_involuntary;
    double faults;
};

/* usage_now returns what the process has used so far; usage_since returns what it has used since
 * `before`. */
struct usage usage_now(void);
struct usage usage_since(const struct usage *before);

/* Returns the seconds since this process was started, in steps of a clock tick (10 ms); NAN where
 * /proc does not say. A program that replaces itself (exec) stays the same process. */
double usage_since_start_s(void);

#endif
