#include "job/job_yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* One document on its way from events to nodes. */
struct reading {
    yaml_parser_t parser;
    const char *file, *setting, *text;
    struct error *error;
};

static int mark_error(struct reading *reading, yaml_mark_t mark, const char *key,
                      const char *message)
{
    struct job_node place = {.file = reading->file,
                             .setting = reading->setting,
                             .line = mark.line + 1,
                             .column = mark.column + 1};
    return job_node_error(reading->error, &place, NULL, key, "%s", message);
}

/* Where a byte of the text stands; columns count characters. */
static yaml_mark_t mark_of_byte(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset && text[i]; i++) {
        if (text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else {
            mark.column += ((unsigned char)text[i] & 0xc0) != 0x80;
        }
    }
    return mark;
}

static int parser_error(struct reading *reading)
{
    const yaml_parser_t *parser = &reading->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return job_node_no_memory(reading->error);
    }
    yaml_mark_t mark = parser->error == YAML_READER_ERROR
                           ? mark_of_byte(reading->text, parser->problem_offset)
                           : parser->problem_mark;
    char message[256];
    snprintf(message, sizeof message, "%s%s%s; allowed: YAML in UTF-8",
             parser->problem ? parser->problem : "cannot be read", parser->context ? " " : "",
             parser->context ? parser->context : "");
    return mark_error(reading, mark, "not YAML", message);
}

/* Refuses what makes a small file large (aliases) or a value other than it looks (tags). */
static int refuse_extras(struct reading *reading, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        anchor = event->data.alias.anchor;
        break;
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (!anchor && !tag) {
        return 0;
    }
    char quote[JOB_QUOTE_BYTES];
    job_quote((const char *)(anchor ? anchor : tag), quote);
    return mark_error(reading, event->start_mark, quote,
                      anchor
                          ? "anchors and aliases (& and *) are not supported; allowed: the values "
                            "themselves, written out"
                          : "tags (!) are not supported; allowed: plain values");
}

static int next_event(struct reading *reading, yaml_event_t *event)
{
    if (!yaml_parser_parse(&reading->parser, event)) {
        return parser_error(reading);
    }
    int status = refuse_extras(reading, event);
    if (status) {
        yaml_event_delete(event);
    }
    return status;
}

static struct job_node *build_scalar(struct reading *reading, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length) {
        mark_error(reading, event->start_mark, NULL, "a value holds a NUL byte; allowed: text");
        return NULL;
    }
    struct job_node *node = job_node_create_word(reading->file, reading->setting, text);
    if (!node) {
        job_node_no_memory(reading->error);
    }
    return node;
}

static struct job_node *build(struct reading *reading, const yaml_event_t *event, unsigned level);

static struct job_node *build_next(struct reading *reading, unsigned level)
{
    yaml_event_t event;
    if (next_event(reading, &event)) {
        return NULL;
    }
    struct job_node *node = build(reading, &event, level);
    yaml_event_delete(&event);
    return node;
}

/* Reads the next entry of a list or mapping, or sees that it has ended. 0 or status. */
static int build_entry(struct reading *reading, struct job_node *node, unsigned level, bool *end)
{
    yaml_event_t event;
    int status = next_event(reading, &event);
    if (status) {
        return status;
    }
    *end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    struct job_node *first = NULL, *second = NULL;
    if (!*end && node->kind == JOB_NODE_MAP && event.type != YAML_SCALAR_EVENT) {
        mark_error(reading, event.start_mark, NULL,
                   "a key is a list or mapping; allowed: key: value");
    } else if (!*end) {
        first = build(reading, &event, level);
    }
    yaml_event_delete(&event);
    if (first && node->kind == JOB_NODE_MAP) {
        second = build_next(reading, level);
    }
    if (reading->error->status) {
        job_node_free(first);
        job_node_free(second);
        return reading->error->status;
    }
    bool pair = node->kind == JOB_NODE_MAP;
    if (!*end && job_node_append(node, pair ? first : NULL, pair ? second : first)) {
        return job_node_no_memory(reading->error);
    }
    return 0;
}

/* By key, then by place. */
static int compare_keys(const void *a, const void *b)
{
    const struct job_node *x = *(const struct job_node *const *)a;
    const struct job_node *y = *(const struct job_node *const *)b;
    int order = strcmp(x->text, y->text);
    if (order == 0) {
        order = (x->line > y->line) - (x->line < y->line);
    }
    return order ? order : (x->column > y->column) - (x->column < y->column);
}

static int refuse_duplicates(struct reading *reading, const struct job_node *map)
{
    const struct job_node **keys = malloc((map->count + 1) * sizeof(struct job_node *));
    if (!keys) {
        return job_node_no_memory(reading->error);
    }
    for (size_t i = 0; i < map->count; i++) {
        keys[i] = map->entries[i].key;
    }
    qsort(keys, map->count, sizeof(struct job_node *), compare_keys);
    for (size_t i = 1; i < map->count; i++) {
        if (strcmp(keys[i - 1]->text, keys[i]->text) == 0) {
            job_node_error(reading->error, keys[i], NULL, keys[i]->text,
                           "stands here a second time, after line %zu; allowed: each key once",
                           keys[i - 1]->line);
            break;
        }
    }
    free(keys);
    return reading->error->status;
}

static struct job_node *build_collection(struct reading *reading, enum job_node_kind kind,
                                         unsigned level)
{
    struct job_node *node = job_node_create(reading->file, reading->setting, kind);
    if (!node) {
        job_node_no_memory(reading->error);
        return NULL;
    }
    bool end = false;
    while (!end && build_entry(reading, node, level + 1, &end) == 0) {
    }
    if (kind == JOB_NODE_MAP && end) {
        refuse_duplicates(reading, node);
    }
    if (reading->error->status) {
        job_node_free(node);
        return NULL;
    }
    return node;
}

static struct job_node *build(struct reading *reading, const yaml_event_t *event, unsigned level)
{
    struct job_node *node = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        node = build_scalar(reading, event);
    } else if (level > JOB_LEVELS_MAX) {
        mark_error(reading, event->start_mark, NULL,
                   "lists or mappings are nested too deeply; allowed: 8 levels");
    } else {
        node = build_collection(
            reading, event->type == YAML_MAPPING_START_EVENT ? JOB_NODE_MAP : JOB_NODE_LIST, level);
    }
    if (node) {
        node->line = event->start_mark.line + 1;
        node->column = event->start_mark.column + 1;
    }
    return node;
}

/* Moves to the first event of the document. */
static int open_document(struct reading *reading, yaml_event_t *event)
{
    for (;;) {
        int status = next_event(reading, event);
        if (status) {
            return status;
        }
        yaml_event_type_t type = event->type;
        if (type == YAML_STREAM_END_EVENT) {
            mark_error(reading, (yaml_mark_t){0}, NULL,
                       reading->setting ? "has no value; allowed: key=value"
                                        : "the file is empty; allowed: a mapping with `workloads`");
            yaml_event_delete(event);
            return reading->error->status;
        }
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT) {
            return 0;
        }
        yaml_event_delete(event);
    }
}

/* After the first node there is nothing but the end. */
static int close_document(struct reading *reading)
{
    yaml_event_type_t type;
    do {
        yaml_event_t event;
        int status = next_event(reading, &event);
        if (status) {
            return status;
        }
        type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT) {
            mark_error(reading, event.start_mark, NULL,
                       "a second document starts; allowed: one document");
        }
        yaml_event_delete(&event);
    } while (type != YAML_STREAM_END_EVENT && !reading->error->status);
    return reading->error->status;
}

static struct job_node *build_document(struct reading *reading)
{
    yaml_event_t event;
    if (open_document(reading, &event)) {
        return NULL;
    }
    struct job_node *node = build(reading, &event, 1);
    yaml_event_delete(&event);
    if (node && close_document(reading)) {
        job_node_free(node);
        return NULL;
    }
    return node;
}

struct job_node *job_yaml_parse(const char *file, const char *setting, const char *text,
                                struct error *error)
{
    struct reading reading = {.file = file, .setting = setting, .text = text, .error = error};
    if (!yaml_parser_initialize(&reading.parser)) {
        job_node_no_memory(error);
        return NULL;
    }
    yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, strlen(text));
    struct job_node *node = build_document(&reading);
    yaml_parser_delete(&reading.parser);
    return node;
}

const char *job_yaml_version(void)
{
    return yaml_get_version_string();
}
