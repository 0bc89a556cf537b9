/* The service of engine `message`, for which one rank of the program is kept. */
#ifndef CUAL_ENGINES_MESSAGE_SERVICE_H
#define CUAL_ENGINES_MESSAGE_SERVICE_H

#include "model/engine.h"

/* Answers the requests of a cell in the order of their deadlines until every rank of the cell has
 * left. The service sleeps whenever that makes no answer late. Returns 0 or -errno. */
int message_service(const struct task_spec *spec, const struct engine_cell *cell);

/* Returns the bytes of memory that this takes for so many requests in flight. */
double message_service_bytes(const struct task_spec *spec, double in_flight);

#endif
