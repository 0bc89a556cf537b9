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

#endif
