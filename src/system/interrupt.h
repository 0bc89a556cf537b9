/* SIGINT, SIGTERM, SIGHUP and SIGUSR1 ask for an orderly end; they are only noted here. */
#ifndef CUAL_SYSTEM_INTERRUPT_H
#define CUAL_SYSTEM_INTERRUPT_H

#include <stdint.h>

/* From now on the signals are noted instead of ending the process. */
void interrupt_catch(void);

/* The number of the first signal that came, 0 when none did. */
int interrupt_signal(void);

/* Where that number stands: a futex that is woken when it comes, for clock_sleep_unless. */
const uint32_t *interrupt_word(void);

#endif
