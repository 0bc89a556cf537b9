/* What a reason says of cores that are not equally fast. */
#ifndef CUAL_ANSWER_REASON_CORES_H
#define CUAL_ANSWER_REASON_CORES_H

#include "answer/reason_facts.h"
#include "text/words.h"

#include <stdbool.h>

/* Says that the slowest core is the limit: in short, and as the end of a sentence that begins with
 * "The limit is". For cores that are not equally fast. */
void reason_cores_slowest(const struct reason_facts *facts, struct words *limit,
                          struct words *sentence);

/* Adds a sentence of which core serial used, where the cores of the choice are not equally fast, or
 * where the only one is not as fast as others of the node. `said`: the limit has said it already.
 */
void reason_cores_remark(const struct reason_facts *facts, size_t workload, bool said,
                         struct words *sentence);

#endif
