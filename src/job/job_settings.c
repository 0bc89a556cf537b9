#include "job/job_settings.h"

#include "job/job_options.h"
#include "job/job_yaml.h"

#include <stdlib.h>
#include <string.h>

/* The mapping of a workload that a setting names, or NULL with `error` set. */
static struct job_node *find_workload(struct job_node *root, const struct job_node *key,
                                      const char *name, struct error *error)
{
    const struct job_entry *workloads = job_node_find(root, "workloads");
    const struct job_node *map = workloads ? workloads->value : NULL;
    size_t count = map && map->kind == JOB_NODE_MAP ? map->count : 0;
    const char **names = calloc(count + 1, sizeof *names);
    struct job_node *found = NULL;
    if (!names) {
        job_node_no_memory(error);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = map->entries[i].key->text;
        found = strcmp(names[i], name) == 0 ? map->entries[i].value : found;
    }
    char text[JOB_WORDS_TEXT_BYTES];
    if (!found) {
        job_node_error(error, key, NULL, name, "is no workload of this job; allowed: %s",
                       count ? job_words_text(names, name, text) : "none, the job has none");
    } else if (found->kind != JOB_NODE_MAP) {
        job_node_error(error, found, NULL, name, "is not a mapping; allowed: {key: value, …}");
        found = NULL;
    }
    free(names);
    return found;
}

/* Puts a setting, split into its parts, in the place of what the file says. */
static int put_setting(struct job_node *root, const struct job_node *place, const char *workload,
                       const char *key, const char *value, struct error *error)
{
    struct job_node *key_node = job_node_create_word(place->file, place->setting, key);
    struct job_node *map = root;
    if (!key_node) {
        return job_node_no_memory(error);
    }
    if (workload) {
        map = find_workload(root, key_node, workload, error);
    }
    struct job_node *value_node =
        map ? job_yaml_parse(place->file, place->setting, value, error) : NULL;
    if (!value_node) {
        job_node_free(key_node);
        return error->status;
    }
    return job_node_put(map, key_node, value_node) ? job_node_no_memory(error) : 0;
}

/* The `=` between key and value, or NULL. The name of a family's member may hold others. */
static char *find_equals(char *setting)
{
    char *equals = strchr(setting, '=');
    char *bracket = strchr(setting, '[');
    if (equals && bracket && bracket < equals) {
        char *closing = strstr(bracket, "].");
        equals = closing ? strchr(closing, '=') : equals;
    }
    return equals;
}

int job_settings_apply(struct job_node *root, const char *file, const char *setting,
                       struct error *error)
{
    struct job_node place = {.file = file, .setting = setting};
    char *copy = strdup(setting);
    if (!copy) {
        return job_node_no_memory(error);
    }
    char *equals = find_equals(copy);
    if (!equals || equals == copy) {
        free(copy);
        return job_node_error(error, &place, NULL, NULL,
                              "has no key; allowed: key=value or workload.key=value");
    }
    *equals = '\0';
    char *dot = strrchr(copy, '.');
    if (dot) {
        *dot = '\0';
    }
    int status =
        put_setting(root, &place, dot ? copy : NULL, dot ? dot + 1 : copy, equals + 1, error);
    free(copy);
    return status;
}
