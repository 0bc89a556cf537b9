#include "job/job_value.h"

#include "job/job_options.h"
#include "job/quantity.h"
#include "text/near.h"

#include <errno.h>
#include <string.h>

int job_value_read(const struct job_context *context, const char *scope, const char *key,
                   const struct option *option, const struct job_node *node, double *value)
{
    char text[512];
    if (node->kind != JOB_NODE_SCALAR) {
        return job_node_error(context->error, node, scope, key,
                              "is a list or mapping, not one value; allowed: %s",
                              quantity_allowed(option, text, sizeof text));
    }
    if (quantity_parse(option, node->text, &context->extent.caches, value, text, sizeof text)) {
        return job_node_error(context->error, node, scope, key, "%s", text);
    }
    return 0;
}

int job_axis_add(struct job_axis_values *values, int value)
{
    size_t place = 0;
    while (place < values->count && values->value[place] < value) {
        place++;
    }
    if (place < values->count && values->value[place] == value) {
        return 0;
    }
    if (values->count == JOB_AXIS_MAX) {
        return -ENOSPC;
    }
    memmove(&values->value[place + 1], &values->value[place],
            (values->count - place) * sizeof values->value[0]);
    values->value[place] = value;
    values->count++;
    return 0;
}

/* Adds what a word of an axis stands for. 0, -ENOSPC, or 1 when it is no such word. */
static int axis_add_word(const struct job_context *context, const char *word,
                         struct job_axis_values *values)
{
    const struct job_extent *extent = &context->extent;
    int failed = 0;
    if (strcmp(word, "node") == 0) {
        return job_axis_add(values, extent->node);
    }
    if (strcmp(word, "nodes") == 0) {
        return job_axis_add(values, extent->nodes);
    }
    if (strcmp(word, "doubling") == 0) {
        for (int value = 1; value < extent->cores && !failed; value *= 2) {
            failed = job_axis_add(values, value);
        }
    } else if (strcmp(word, "all") != 0) {
        return 1;
    }
    return failed ? failed : job_axis_add(values, extent->cores);
}

static int axis_read_value(const struct job_context *context, const char *scope, enum job_axis axis,
                           const struct job_node *node, struct job_axis_values *values)
{
    static const char *const words[] = {"all", "doubling", "node", "nodes", NULL};
    char quote[JOB_QUOTE_BYTES], allowed[256];
    const struct option *option = job_axis_option(axis);
    const char *meant = node->kind == JOB_NODE_SCALAR ? near_match(node->text, words) : NULL;
    int failed = meant ? axis_add_word(context, node->text, values) : 0;
    if (failed == 1) {
        return job_node_error(context->error, node, scope, job_axis_names[axis],
                              "`%s` is not a number; allowed: %s; did you mean `%s`",
                              job_quote(node->text, quote),
                              quantity_allowed(option, allowed, sizeof allowed), meant);
    }
    double value = 1;
    if (!meant) {
        if (job_value_read(context, scope, job_axis_names[axis], option, node, &value)) {
            return context->error->status;
        }
        failed = job_axis_add(values, (int)value);
    }
    if (failed) {
        return job_node_error(context->error, node, scope, job_axis_names[axis],
                              "has too many values; allowed: %d", JOB_AXIS_MAX);
    }
    return 0;
}

int job_axis_read(const struct job_context *context, const char *scope, enum job_axis axis,
                  const struct job_node *node, struct job_axis_values *values)
{
    char allowed[256];
    *values = (struct job_axis_values){0};
    if (node->kind != JOB_NODE_LIST) {
        return axis_read_value(context, scope, axis, node, values);
    }
    if (node->count == 0) {
        return job_node_error(context->error, node, scope, job_axis_names[axis],
                              "the list is empty; allowed: %s",
                              quantity_allowed(job_axis_option(axis), allowed, sizeof allowed));
    }
    for (size_t i = 0; i < node->count; i++) {
        int status = axis_read_value(context, scope, axis, node->entries[i].value, values);
        if (status) {
            return status;
        }
    }
    return 0;
}
