/* SIGINT, SIGTERM, SIGHUP and SIGUSR1 ask for an orderly end; here they are only noted. */
#ifndef CUAL_SYSTEM_INTERRUPT_H
#define CUAL_SYSTEM_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/* Holds the signals, also through an exec, until they are caught or let through. */
void interrupt_hold(void);

/* True when a signal is held. */
bool interrupt_waits(void);

/* Ends the hold. Signals that were held now do to the process what they usually do. */
void interrupt_let_through(void);

/* Ends the hold, too; signals that were held and that come now call `handler`, which must end the
 * process. What waits in a call is woken. */
void interrupt_let_through_to(void (*handler)(int signal));

/* From now on signals are noted instead of ending the process. Those that were held are noted, too.
 */
void interrupt_catch(void);

/* After so many seconds the program is asked to end, as by a signal; INFINITY: it is not. */
void interrupt_after(double seconds);

/* True when that was the first that asked. */
bool interrupt_was_alarm(void);

/* The number of the first signal that came, 0 when none did. */
int interrupt_signal(void);

/* The futex that holds that number, for clock_sleep_unless. A signal wakes it. */
const uint32_t *interrupt_word(void);

#endif
