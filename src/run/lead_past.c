#include "run/lead_past.h"

#include "launch/child.h"
#include "runfile/runfile_space.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

bool lead_past_is_wanted(const struct study *study, const char *output)
{
    struct stat found;
    return arguments_value(&study->arguments, "--resume") && lstat(output, &found) == 0;
}

/* The file is read in a process of its own first, because a damaged file may crash the process that
 * reads it. Only the error of that process is kept. */
struct rehearsal {
    struct study *study;
    const char *path;
    struct error *said; /* shared memory */
};

static int rehearse(struct study *study, const char *path, int (*reads)(void *context),
                    uint64_t expanded_bytes, struct error *error)
{
    struct rehearsal rehearsal = {
        study, path,
        mmap(NULL, sizeof *error, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    if (rehearsal.said == MAP_FAILED) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory to read a run file");
    }
    if (child_read(reads, &rehearsal, path, expanded_bytes, error) == 0 && rehearsal.said->status) {
        *error = *rehearsal.said;
    }
    munmap(rehearsal.said, sizeof *error);
    return error->status;
}

static int rehearse_work(void *context)
{
    struct rehearsal *rehearsal = context;
    struct study *study = rehearsal->study;
    resume_take_work(rehearsal->path, &study->job, study->limits.cores, rehearsal->said);
    return 0;
}

int lead_past_take_work(const struct lead_past *past, struct study *study, struct error *error)
{
    const char *path = arguments_value(&study->arguments, "--work-of");
    return !path || past->resumes ||
                   (rehearse(study, path, rehearse_work, 0, error) == 0 &&
                    resume_take_work(path, &study->job, study->limits.cores, error) == 0)
               ? 0
               : error->status;
}

static int rehearse_past(void *context)
{
    struct rehearsal *rehearsal = context;
    struct study *study = rehearsal->study;
    struct resume resume; /* ends with the process */
    resume_read(&resume, rehearsal->path, &study->job, &study->plan, rehearsal->said);
    return 0;
}

/* Differences end the run, or are noted when the user wants to continue with them. */
static int accept_differences(const struct resume_differences *found, const struct lead_file *file,
                              struct error *error)
{
    char shown[300];
    error_escape(file->path, shown, sizeof shown);
    if (found->fixed[0]) {
        return error_set(
            error, STATUS_USAGE,
            "%s: holds a different run, which cannot be resumed as this one: %s%s%s; for "
            "a new run, name another file",
            shown, found->fixed, found->allowed[0] ? "; " : "", found->allowed);
    }
    if (found->allowed[0] && !file->forced) {
        return error_set(error, STATUS_USAGE,
                         "%s: holds a different run: %s; with --resume --force it is continued",
                         shown, found->allowed);
    }
    if (found->allowed[0]) {
        fprintf(stderr, "note: %s holds a different run: %s; continuing.\n", shown, found->allowed);
    }
    return 0;
}

int lead_past_read(struct lead_past *past, struct lead_file *file,
                   const struct lead_machine *machine, struct samples *samples, struct error *error)
{
    struct study *study = file->given->study;
    struct resume *resume = &past->resume;
    char shown[300];
    uint64_t samples_bytes = runfile_space_of_plan(&study->plan).bytes;
    if (rehearse(study, file->path, rehearse_past, samples_bytes, error) != 0 ||
        resume_read(resume, file->path, &study->job, &study->plan, error) != 0) {
        return error->status;
    }
    lead_file_describe(file, machine, samples); /* the job does the work of the file by now */
    if (resume_compare(resume, file->path, &study->job, &file->content, &past->differences,
                       error) != 0 ||
        accept_differences(&past->differences, file, error) != 0) {
        return error->status;
    }
    *samples = resume->samples;
    resume->samples = (struct samples){0};
    if (resume->past.damaged > 0) {
        fprintf(stderr, "note: %zu samples in %s are damaged and left out.\n", resume->past.damaged,
                error_escape(file->path, shown, sizeof shown));
    }
    return 0;
}

void lead_past_free(struct lead_past *past)
{
    resume_free(&past->resume);
}
