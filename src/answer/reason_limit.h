/* The limit at a choice: which it is, and how it is said. */
#ifndef CUAL_ANSWER_REASON_LIMIT_H
#define CUAL_ANSWER_REASON_LIMIT_H

#include "answer/reason_facts.h"
#include "text/words.h"

/* Says a limit: in short, and as the end of a sentence that begins with "The limit is". */
typedef void reason_limit(const struct reason_facts *facts, struct words *limit,
                          struct words *sentence);

/* The bound that holds, or what else was seen to keep the throughput below all bounds. */
reason_limit *reason_find_limit(const struct reason_facts *facts);

/* Which bound a limit is; BOUND_COUNT: it is none of them. */
enum bound reason_bound_of(reason_limit *limit);

#endif
