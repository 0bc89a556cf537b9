/* Which running kernel this is. */
#ifndef CUAL_SYSTEM_BOOT_H
#define CUAL_SYSTEM_BOOT_H

#include <stddef.h>

#define BOOT_ID_BYTES 40

/* Writes the number that Linux draws anew whenever a machine is started: processes that read the
 * same are on one kernel, in whatever containers. Returns its length; 0 where Linux does not say
 * it. */
size_t boot_id(char id[BOOT_ID_BYTES]);

#endif
