#include "job/job_beside.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_job(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && dot > entry->d_name && strcmp(dot, ".yaml") == 0;
}

static void read_job(const char *folder, const char *file_name, struct job_beside_one *job)
{
    char path[BESIDE_PATH_BYTES + NAME_MAX + 2], line[sizeof job->says] = "";
    snprintf(path, sizeof path, "%s/%s", folder, file_name);
    snprintf(job->name, sizeof job->name, "%s", file_name);
    *strrchr(job->name, '.') = '\0';
    FILE *file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file) && strncmp(line, "# ", 2) == 0) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(job->says, sizeof job->says, "%s", line + 2);
    }
    if (file) {
        fclose(file);
    }
}

int job_beside_find(struct job_beside *beside)
{
    struct dirent **found = NULL;
    *beside = (struct job_beside){0};
    if (!beside_find("jobs", beside->folder)) {
        beside->folder[0] = '\0';
        return 0;
    }
    int count = scandir(beside->folder, &found, is_job, alphasort);
    beside->job = count > 0 ? calloc((size_t)count, sizeof *beside->job) : NULL;
    for (int i = 0; i < count; i++) {
        if (beside->job) {
            read_job(beside->folder, found[i]->d_name, &beside->job[beside->count++]);
        }
        free(found[i]);
    }
    free(found);
    return count > 0 && !beside->job ? -ENOMEM : 0;
}

void job_beside_free(struct job_beside *beside)
{
    free(beside->job);
    *beside = (struct job_beside){0};
}
