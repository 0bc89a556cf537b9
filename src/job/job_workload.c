#include "job/job_workload.h"

#include "engines/engines.h"
#include "job/job_draft.h"
#include "job/job_member.h"
#include "job/quantity.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_name(struct job_draft *draft)
{
    const char *name = draft->name->text;
    size_t length = job_draft_name_length(name);
    if (length == 0 || strlen(name) >= JOB_NAME_BYTES) {
        return job_node_error(draft->context->error, draft->name, NULL, name,
                              "cannot name a workload; allowed: 1 to %d letters, digits, _, - "
                              "and .",
                              JOB_NAME_LETTERS_MAX);
    }
    draft->member = name[length] == '[';
    return 0;
}

static int name_error(const struct job_draft *draft, const struct job_entry *entry,
                      const struct job_words *names)
{
    char quote[JOB_QUOTE_BYTES], text[JOB_WORDS_TEXT_BYTES];
    const struct job_node *value = entry->value;
    if (value->kind != JOB_NODE_SCALAR) {
        return job_node_error(draft->context->error, value, draft->name->text, entry->key->text,
                              "cannot hold a list; allowed: one of %s",
                              job_words_text(names->word, "", text));
    }
    return job_node_error(draft->context->error, value, draft->name->text, entry->key->text,
                          "there is no `%s`; allowed: %s", job_quote(value->text, quote),
                          job_words_text(names->word, value->text, text));
}

static int read_kernel(struct job_draft *draft)
{
    const struct job_entry *entry = job_node_find(draft->map, "compute");
    bool word = entry && entry->value->kind == JOB_NODE_SCALAR;
    draft->kernel = kernels_find(word ? entry->value->text : "none");
    if (!entry || (word && draft->kernel)) {
        return 0;
    }
    struct job_words names = {0};
    for (size_t i = 0; kernels_all[i]; i++) {
        job_words_add(&names, kernels_all[i]->name);
    }
    return name_error(draft, entry, &names);
}

static int read_engine(struct job_draft *draft)
{
    const struct job_entry *entry = job_node_find(draft->map, "wait");
    bool word = entry && entry->value->kind == JOB_NODE_SCALAR;
    draft->engine = engines_find(word ? entry->value->text : "none");
    if (!entry || (word && draft->engine)) {
        return 0;
    }
    struct job_words names = {0};
    for (size_t i = 0; engines_all[i]; i++) {
        job_words_add(&names, engines_all[i]->name);
    }
    return name_error(draft, entry, &names);
}

static int read_parts(struct job_draft *draft)
{
    if (!job_node_find(draft->map, "compute") && !job_node_find(draft->map, "wait")) {
        return job_node_error(draft->context->error, draft->name, NULL, draft->name->text,
                              "neither computes nor waits; allowed: `compute`, `wait` or both");
    }
    return read_kernel(draft) || read_engine(draft) ? draft->context->error->status : 0;
}

static void add_slots(struct job_draft *draft, const struct option *options)
{
    for (; options && options->name && draft->slot_count < JOB_SLOTS_MAX; options++) {
        draft->slots[draft->slot_count++] = (struct job_slot){.option = options, .chosen = NAN};
    }
}

static struct job_slot *find_slot(struct job_draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->slot_count; i++) {
        if (strcmp(draft->slots[i].option->name, name) == 0) {
            return &draft->slots[i];
        }
    }
    return NULL;
}

static int unknown_key(const struct job_draft *draft, const struct job_node *key)
{
    struct job_words keys = {0};
    char owners[256], text[JOB_WORDS_TEXT_BYTES], what[320] = "is not a key of this workload";
    job_words_add(&keys, "compute");
    job_words_add(&keys, "wait");
    for (size_t i = 0; i < draft->slot_count; i++) {
        job_words_add(&keys, draft->slots[i].option->name);
    }
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        job_words_add(&keys, job_axis_names[axis]);
    }
    job_option_owners(key->text, owners, sizeof owners);
    if (owners[0]) {
        snprintf(what, sizeof what, "belongs to %s", owners);
    }
    return job_node_error(draft->context->error, key, draft->name->text, key->text,
                          "%s; allowed: %s", what, job_words_text(keys.word, key->text, text));
}

/* The axis of a name, or JOB_AXES. */
static enum job_axis find_axis(const char *name)
{
    enum job_axis axis = 0;
    while (axis < JOB_AXES && strcmp(job_axis_names[axis], name) != 0) {
        axis++;
    }
    return axis;
}

static int add_family(struct job_draft *draft, struct job_slot *slot)
{
    if (slot->given->count == 0) {
        return job_draft_error(draft, slot, "the list is empty; allowed: at least one value");
    }
    if (draft->member) {
        return job_draft_error(draft, slot,
                               "cannot hold a list in a member of a family; allowed: one value");
    }
    if (draft->family_count == JOB_FAMILY_KEYS_MAX) {
        return job_draft_error(draft, slot, "is one list too many; allowed: %d lists",
                               JOB_FAMILY_KEYS_MAX);
    }
    draft->family[draft->family_count++] = slot;
    return 0;
}

/* Twice the same value would make two workloads of one name. */
static int refuse_repeated(const struct job_draft *draft, const struct job_slot *slot,
                           const struct job_node *node)
{
    char text[JOB_QUOTE_BYTES];
    for (size_t i = 0; i < slot->count; i++) {
        if (slot->values[i] == slot->values[slot->count]) {
            return job_node_error(draft->context->error, node, draft->name->text,
                                  slot->option->name,
                                  "has %s twice in its list; allowed: each value once",
                                  quantity_text(slot->option, slot->values[i], text, sizeof text));
        }
    }
    return 0;
}

static int read_slot(struct job_draft *draft, struct job_slot *slot, const struct job_node *node)
{
    bool list = node->kind == JOB_NODE_LIST;
    size_t count = list ? node->count : 1;
    slot->given = node;
    if (list && add_family(draft, slot)) {
        return draft->context->error->status;
    }
    if (count > JOB_WORKLOADS_MAX) {
        return job_draft_error(draft, slot, "has too many values; allowed: %d", JOB_WORKLOADS_MAX);
    }
    slot->values = malloc(count * sizeof *slot->values);
    if (!slot->values) {
        return job_node_no_memory(draft->context->error);
    }
    for (slot->count = 0; slot->count < count; slot->count++) {
        const struct job_node *value = list ? node->entries[slot->count].value : node;
        if (job_value_read(draft->context, draft->name->text, slot->option->name, slot->option,
                           value, &slot->values[slot->count]) ||
            refuse_repeated(draft, slot, value)) {
            return draft->context->error->status;
        }
    }
    slot->chosen = slot->values[0];
    return 0;
}

static int read_keys(struct job_draft *draft)
{
    for (size_t i = 0; i < draft->map->count; i++) {
        const struct job_node *key = draft->map->entries[i].key;
        const struct job_node *value = draft->map->entries[i].value;
        if (strcmp(key->text, "compute") == 0 || strcmp(key->text, "wait") == 0) {
            continue;
        }
        struct job_slot *slot = find_slot(draft, key->text);
        enum job_axis axis = find_axis(key->text);
        int status = slot              ? read_slot(draft, slot, value)
                     : axis < JOB_AXES ? job_axis_read(draft->context, draft->name->text, axis,
                                                       value, &draft->axes[axis])
                                       : unknown_key(draft, key);
        if (status) {
            return status;
        }
    }
    return 0;
}

static bool in_family(const struct job_draft *draft, const struct job_slot *slot)
{
    for (size_t i = 0; i < draft->family_count; i++) {
        if (draft->family[i] == slot) {
            return true;
        }
    }
    return false;
}

/* Takes "[wait_fraction=0.9,…]" in a name as the keys of a family of one. The values are those of
 * the workload; that the name says the same is seen when it is made anew. */
static int read_member_keys(struct job_draft *draft)
{
    const char *text = strchr(draft->name->text, '[') + 1;
    for (size_t i = 0; i < JOB_FAMILY_KEYS_MAX; i++) {
        char key[JOB_NAME_BYTES];
        size_t length = strcspn(text, "=,]");
        snprintf(key, sizeof key, "%.*s", (int)length, text);
        struct job_slot *slot = find_slot(draft, key);
        if (!slot || in_family(draft, slot)) {
            return job_node_error(draft->context->error, draft->name, NULL, draft->name->text,
                                  "names a key twice, or one that this workload does not have; "
                                  "allowed: name[key=value,…]");
        }
        draft->family[draft->family_count++] = slot;
        text += strcspn(text, ",");
        if (*text++ == '\0') {
            break;
        }
    }
    return 0;
}

static int refuse_same_name(const struct job_draft *draft, const struct workload *workload)
{
    const struct job *job = draft->context->job;
    for (size_t i = 0; i < job->workload_count; i++) {
        if (strcmp(job->workloads[i].name, workload->name) == 0) {
            return job_node_error(draft->context->error, draft->name, NULL, workload->name,
                                  "is the name of two workloads; allowed: each name once");
        }
    }
    return 0;
}

/* The cube has every value that any workload has. */
static int join_axes(const struct job_draft *draft)
{
    for (enum job_axis axis = 0; axis < JOB_AXES; axis++) {
        for (size_t i = 0; i < draft->axes[axis].count; i++) {
            if (job_axis_add(&draft->context->job->axes[axis], draft->axes[axis].value[i])) {
                return job_node_error(draft->context->error, draft->name, draft->name->text,
                                      job_axis_names[axis],
                                      "is one value too many for the axis; allowed: %d in all "
                                      "workloads together",
                                      JOB_AXIS_MAX);
            }
        }
    }
    return 0;
}

/* Members of the family, or 0 with `error` set when the job would have too many. */
static size_t count_members(const struct job_draft *draft)
{
    size_t members = 1;
    for (size_t i = 0; i < draft->family_count && members <= JOB_WORKLOADS_MAX; i++) {
        members *= draft->family[i]->given ? draft->family[i]->count : 1;
    }
    if (draft->context->job->workload_count + members > JOB_WORKLOADS_MAX) {
        job_node_error(draft->context->error, draft->name, NULL, draft->name->text,
                       "makes too many workloads; allowed: %d in a job", JOB_WORKLOADS_MAX);
        return 0;
    }
    return members;
}

/* Chooses the values of a member; the last key changes fastest. */
static void choose_member(const struct job_draft *draft, size_t member)
{
    if (draft->member) {
        return;
    }
    for (size_t i = draft->family_count; i-- > 0;) {
        struct job_slot *slot = draft->family[i];
        slot->chosen = slot->values[member % slot->count];
        member /= slot->count;
    }
}

static int spread(const struct job_draft *draft)
{
    struct job *job = draft->context->job;
    size_t members = count_members(draft);
    if (members == 0) {
        return draft->context->error->status;
    }
    size_t room = job->workload_count + members;
    struct workload *workloads = realloc(job->workloads, room * sizeof *workloads);
    if (!workloads) {
        return job_node_no_memory(draft->context->error);
    }
    job->workloads = workloads;
    for (size_t i = 0; i < members; i++) {
        struct workload *workload = &workloads[job->workload_count];
        choose_member(draft, i);
        if (job_member_resolve(draft, workload) || refuse_same_name(draft, workload)) {
            return draft->context->error->status;
        }
        job->workload_count++;
    }
    return join_axes(draft);
}

static int read_draft(struct job_draft *draft)
{
    if (read_name(draft) || read_parts(draft)) {
        return draft->context->error->status;
    }
    add_slots(draft, job_workload_options);
    /* NOLINTNEXTLINE(clang-analyzer-*): error_set never returns 0 */
    add_slots(draft, draft->kernel->options);
    draft->engine_first = draft->slot_count;
    add_slots(draft, draft->engine->options);
    if (read_keys(draft) || (draft->member && read_member_keys(draft)) || spread(draft)) {
        return draft->context->error->status;
    }
    return 0;
}

int job_workload_read(struct job_context *context, const struct job_entry *entry)
{
    if (entry->value->kind != JOB_NODE_MAP) {
        return job_node_error(context->error, entry->value, NULL, entry->key->text,
                              "is not a mapping; allowed: {key: value, …}");
    }
    struct job_draft draft = {.context = context, .name = entry->key, .map = entry->value};
    memcpy(draft.axes, context->axes, sizeof draft.axes);
    int status = read_draft(&draft);
    for (size_t i = 0; i < draft.slot_count; i++) {
        free(draft.slots[i].values);
    }
    return status;
}
