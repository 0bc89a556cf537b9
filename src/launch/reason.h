/* Why a launcher could not start its ranks, and what can be done about it. */
#ifndef CUAL_LAUNCH_REASON_H
#define CUAL_LAUNCH_REASON_H

#include "launch/launcher.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>

#define REASON_BYTES ERROR_REMEDY_BYTES

/* Writes the first sentence of one of a launcher's messages (launch/said.h), the first that names
 * something, and what it names: "A requested component was not found. Framework: btl, Component:
 * nonexistent". It has no full stop at its end, and is fit to be printed. False when the launcher
 * has said nothing.
 */
bool reason_find(const char *said, char reason[REASON_BYTES]);

/* Writes what to do when a launch has failed: what in the environment or in the user's settings of
 * the launcher may be the cause, or else how to find it. A sentence without its full stop, fit to
 * be printed. */
void reason_remedy(const struct launcher *launcher, int nodes, char remedy[REASON_BYTES]);

#endif
