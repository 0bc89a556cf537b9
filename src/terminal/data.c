#include "terminal/data.h"

#include "system/error.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 17 }; /* that every double needs */

json_t *data_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *data_whole(double value)
{
    return isfinite(value) ? json_integer((json_int_t)value) : json_null();
}

json_t *data_text(const char *text)
{
    if (!text) {
        return json_null();
    }
    size_t bytes = ERROR_ESCAPED(strlen(text) + 1);
    char *shown = malloc(bytes);
    json_t *value = shown ? json_string(error_escape(text, shown, bytes)) : NULL;
    free(shown);
    return value;
}

json_t *data_point(struct point point)
{
    char text[POINT_TEXT_BYTES];
    if (point.ranks == 0) {
        return json_null();
    }
    return json_pack("{ss ss si si si si}", "point", point_text(point, text), "model",
                     model_name(point_model(point)), "ranks", point.ranks, "threads", point.threads,
                     "depth", point.depth, "cores", point.cores);
}

void data_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}

/* In one piece: stdout goes out line by line, and this has many. */
int data_print(FILE *out, json_t *all)
{
    char *text = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS)) : NULL;
    json_decref(all);
    if (!text) {
        return -ENOMEM;
    }
    int failed = fputs(text, out) == EOF || fputc('\n', out) == EOF;
    free(text);
    return failed ? -EIO : 0;
}
