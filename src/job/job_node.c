#include "job/job_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job_node *job_node_create(const char *file, const char *setting, enum job_node_kind kind)
{
    struct job_node *node = calloc(1, sizeof *node);
    if (node) {
        *node = (struct job_node){.kind = kind, .file = file, .setting = setting};
    }
    return node;
}

struct job_node *job_node_create_word(const char *file, const char *setting, const char *text)
{
    struct job_node *node = job_node_create(file, setting, JOB_NODE_SCALAR);
    if (node && !(node->text = strdup(text))) {
        free(node);
        return NULL;
    }
    return node;
}

void job_node_free(struct job_node *node)
{
    if (!node) {
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        job_node_free(node->entries[i].key);
        job_node_free(node->entries[i].value);
    }
    free(node->entries);
    free(node->text);
    free(node);
}

int job_node_append(struct job_node *node, struct job_node *key, struct job_node *value)
{
    if (node->count == node->room) {
        size_t room = node->room ? 2 * node->room : 8;
        struct job_entry *entries = realloc(node->entries, room * sizeof *entries);
        if (!entries) {
            job_node_free(key);
            job_node_free(value);
            return -ENOMEM;
        }
        node->entries = entries;
        node->room = room;
    }
    node->entries[node->count++] = (struct job_entry){key, value};
    return 0;
}

const struct job_entry *job_node_find(const struct job_node *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->entries[i].key->text, key) == 0) {
            return &map->entries[i];
        }
    }
    return NULL;
}

int job_node_put(struct job_node *map, struct job_node *key, struct job_node *value)
{
    const struct job_entry *found = job_node_find(map, key->text);
    if (!found) {
        return job_node_append(map, key, value);
    }
    struct job_entry *entry = &map->entries[found - map->entries];
    job_node_free(entry->key);
    job_node_free(entry->value);
    *entry = (struct job_entry){key, value};
    return 0;
}

/* "file:line:column: " or "--set key=value: " */
static void write_place(const struct job_node *node, char *text, size_t text_bytes)
{
    char escaped[256];
    if (node->setting) {
        snprintf(text, text_bytes,
                 "--set %s: ", error_escape(node->setting, escaped, sizeof escaped));
    } else {
        snprintf(text, text_bytes,
                 "%s:%zu:%zu: ", error_escape(node->file, escaped, sizeof escaped), node->line,
                 node->column);
    }
}

int job_node_error(struct error *error, const struct job_node *node, const char *scope,
                   const char *key, const char *format, ...)
{
    char place[320], scope_quote[JOB_QUOTE_BYTES], key_quote[JOB_QUOTE_BYTES];
    char message[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    write_place(node, place, sizeof place);
    return error_set(error, STATUS_USAGE, "%s%s%s%s%s%s", place,
                     scope ? job_quote(scope, scope_quote) : "", scope && key ? "." : "",
                     key ? job_quote(key, key_quote) : "", scope || key ? ": " : "", message);
}

const char *job_quote(const char *text, char quote[JOB_QUOTE_BYTES])
{
    return error_escape(text, quote, JOB_QUOTE_BYTES);
}

int job_node_no_memory(struct error *error)
{
    return error_set(error, STATUS_ENVIRONMENT, "There is no memory left to read the job");
}
