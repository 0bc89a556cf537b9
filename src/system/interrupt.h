/* SIGINT, SIGTERM, SIGHUP and SIGUSR1 ask for an orderly end; they are only noted here. */
#ifndef CUAL_SYSTEM_INTERRUPT_H
#define CUAL_SYSTEM_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* From now on the signals wait, also through an exec, until they are caught or let through. */
void interrupt_hold(void);

/* True when one waits. */
bool interrupt_waits(void);

/* Ends the hold: those that wait do to the process what they are set to do. */
void interrupt_let_through(void);

/* From now on the signals are noted instead of ending the process; those that waited, too. */
void interrupt_catch(void);

/* The number of the first signal that came, 0 when none did. */
int interrupt_signal(void);

/* Where that number stands: a futex that is woken when it comes, for clock_sleep_unless. */
const uint32_t *interrupt_word(void);

#endif
