#include "run/provenance.h"

#include "job/job_text.h"
#include "launch/launch.h"
#include "launch/settle.h"
#include "ranks/library.h"
#include "run/version.h"
#include "text/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

extern char **environ;

/* Environment variables that bear on a measurement, by their beginnings. */
static const char *const telling[] = {
    "OMP_",         "GOMP_",      "OMPI_MCA_", "PRTE_MCA_", "PMIX_MCA_",  "MPIR_CVAR_",
    "HYDRA_",       "I_MPI_",     "MPICH_",    "UCX_",      "FI_",        "SLURM_JOB",
    "SLURM_NTASKS", "SLURM_CPUS", "PBS_JOBID", "MALLOC_",   "LD_PRELOAD", NULL};

static void add(struct provenance *p, const char *name, const char *text)
{
    if (text && p->count < PROVENANCE_FACTS_MAX) {
        p->fact[p->count++] = (struct runfile_fact){name, text};
    }
}

static void add_machine(struct provenance *p, const char *name, const char *text)
{
    if (text && p->machine_count < PROVENANCE_FACTS_MAX) {
        p->machine_fact[p->machine_count++] = (struct runfile_fact){name, text};
    }
}

/* Takes over memory; NULL stays NULL. */
static const char *own(struct provenance *p, char *text)
{
    if (text) {
        p->owned[p->owned_count++] = text;
    }
    return text;
}

/* Words joined by one separator. */
static char *joined(const char *const *words, size_t count, char separator)
{
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++) {
        bytes += strlen(words[i]) + 1;
    }
    char *text = malloc(bytes), *end = text;
    for (size_t i = 0; text && i < count; i++) {
        end = stpcpy(end, words[i]);
        *end++ = separator;
    }
    if (text) {
        end[end > text ? -1 : 0] = '\0';
    }
    return text;
}

static char *command_line(char **argv)
{
    size_t count = 0;
    while (argv[count]) {
        count++;
    }
    return joined((const char *const *)argv, count, ' ');
}

static char *environment(void)
{
    enum { MOST = 512 };
    const char *words[MOST];
    size_t count = 0;
    for (char **variable = environ; *variable && count < MOST; variable++) {
        for (const char *const *beginning = telling; *beginning; beginning++) {
            if (strncmp(*variable, *beginning, strlen(*beginning)) == 0) {
                words[count++] = *variable;
                break;
            }
        }
    }
    return joined(words, count, '\n');
}

static char *formatted(const char *format, double value)
{
    char text[64];
    snprintf(text, sizeof text, format, value);
    return strdup(text);
}

const char *provenance_now(char text[PROVENANCE_NOW_BYTES])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, PROVENANCE_NOW_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

/* A finding is an attribute: "clock source" is clock_source; the warnings stand together in one. */
static void add_findings(struct provenance *p, const struct checkup *checkup)
{
    char text[CHECKUP_MOST * (FINDING_VALUE_BYTES + FINDING_ADVICE_BYTES)];
    struct words warnings = {text, sizeof text, 0};
    text[0] = '\0';
    for (size_t f = 0; f < checkup->count; f++) {
        const struct checkup_finding *finding = &checkup->finding[f];
        char *name = strdup(finding->name);
        for (char *c = name ? strchr(name, ' ') : NULL; c; c = strchr(c, ' ')) {
            *c = '_';
        }
        if (own(p, name)) {
            add_machine(p, name, finding->value);
        }
        if (finding->state == FINDING_WARNING) {
            words_add(&warnings, "%s%s: %s; %s", text[0] ? "\n" : "", finding->name, finding->value,
                      finding->advice);
        }
    }
    add_machine(p, "warnings", own(p, strdup(text)));
}

static void add_nodes(struct provenance *p, const struct nodes *nodes)
{
    char text[NODES_TEXT_BYTES];
    add(p, "hosts", own(p, strdup(nodes_hosts(nodes, text))));
    add(p, RUNFILE_RANKS_BY_HOST, own(p, strdup(nodes_ranks(nodes, text))));
    add(p, "cores_by_host", own(p, strdup(nodes_cores(nodes, text))));
    add_machine(p, RUNFILE_MACHINE_HARDWARE, own(p, strdup(nodes_hardware(nodes, text))));
    add_machine(p, RUNFILE_MACHINE_SHAPE, own(p, strdup(nodes_shape(nodes, text))));
}

void provenance_collect(struct provenance *p, const struct provenance_source *source)
{
    const struct job *job = source->job;
    char now[PROVENANCE_NOW_BYTES];
    *p = (struct provenance){0};
    struct runfile_fact built[VERSION_FACTS];
    version_facts(built);
    for (int i = 0; i < VERSION_FACTS; i++) {
        add(p, built[i].name, built[i].text);
    }
    add(p, "command", own(p, command_line(source->argv)));
    add(p, "started", own(p, strdup(provenance_now(now))));
    add(p, "job_file", job->file);
    add(p, "job", job->text);
    add(p, "job_effective", own(p, job_effective_text(job)));
    add(p, "seed", own(p, formatted("%.0f", (double)job->seed)));
    add(p, "ranks_launched", own(p, formatted("%.0f", source->ranks)));
    add(p, "environment", own(p, environment()));
    add(p, "environment_overruled", settle_overruled());

    struct utsname system;
    add_machine(p, RUNFILE_MACHINE_LINE, source->machine);
    add_nodes(p, source->nodes);
    if (uname(&system) == 0) {
        char kernel[300];
        snprintf(kernel, sizeof kernel, "%s %s %s", system.sysname, system.release, system.machine);
        add_machine(p, "host", own(p, strdup(system.nodename)));
        add_machine(p, "kernel", own(p, strdup(kernel)));
    }
    add_findings(p, source->checkup);
    add_machine(p, "topology_xml", own(p, topo_xml(source->topo)));
}

void provenance_add_machine(struct provenance *p, const char *name, const char *text)
{
    add_machine(p, name, own(p, strdup(text)));
}

void provenance_free(struct provenance *p)
{
    for (size_t i = 0; i < p->owned_count; i++) {
        free(p->owned[i]);
    }
    *p = (struct provenance){0};
}

const char *provenance_machine(const char *hardware, char *text, size_t text_bytes)
{
    char library[64];
    struct utsname system = {0};
    uname(&system);
    snprintf(text, text_bytes, "%s; %s %.32s; %s", hardware, system.sysname, system.release,
             library_title(library, sizeof library));
    return text;
}
