#include "terminal/answer_text.h"

#include "terminal/answer_json.h"
#include "terminal/glance.h"

#include <errno.h>
#include <stdio.h>

enum { WHY_LINES = 3 }; /* of a row */

struct answer_parts answer_parts_of(const struct arguments *arguments)
{
    bool all = arguments_value(arguments, "--all") != NULL;
    return (struct answer_parts){
        .brief = !all,
        .rows = all || arguments_value(arguments, "--why"),
        .claims = all || arguments_value(arguments, "--claims"),
        .json = arguments_value(arguments, "--json") != NULL,
    };
}

int answer_print(const struct answer_text *answer, struct answer_parts parts, bool colour)
{
    bool has_advice = answer->summary[0] != '\0';
    size_t lines = parts.brief ? WHY_LINES : 0;
    int failed = 0;
    if (parts.json) {
        return answer_print_json(stdout, answer);
    }
    if (has_advice) {
        failed = glance_print(stdout, answer->advice, answer->summary, answer->path, colour);
    }
    if (!failed && (parts.rows || !has_advice)) {
        fputs(has_advice ? "\n" : "", stdout);
        failed = table_print(stdout, answer->rows, answer->row_count, lines, colour);
    }
    if (!failed && (parts.claims || !has_advice)) {
        failed = claims_print(stdout, answer->claims, answer->claim_count, colour);
    }
    return failed;
}
