/* cual doctor: says what this machine really is, and what would spoil a measurement on it. */
#include "checkup/checkup.h"
#include "checkup/checkup_measured.h"
#include "launch/child.h"
#include "launch/launch.h"
#include "launch/launcher.h"
#include "launch/mpirun.h"
#include "launch/reason.h"
#include "launch/settle.h"
#include "machine/cgroup.h"
#include "ranks/comm.h"
#include "run/provenance.h"
#include "run/study.h"
#include "system/interrupt.h"
#include "system/scratch.h"
#include "terminal/command.h"
#include "terminal/doctor_json.h"
#include "text/words.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Set in the one rank that a doctor without a launcher starts, to have MPI looked at. */
#define ASKED "CUAL_DOCTOR_ASKS"

#define COLUMNS 100
#define NAME_COLUMNS 20

enum { COMMAND_STOP };

static const struct command_option doctor_options[] = {
    {"--json", 0, NULL, "print all findings as JSON"},
    {0},
};

/* What the command holds while it looks at the machine. */
struct doctor {
    struct topo *topo;
    struct topo_mask allowed;
    struct comm *comm; /* NULL without a launcher */
    struct checkup_mpi mpi;
    char launcher[256];
    char launch_failed[FINDING_VALUE_BYTES]; /* empty: it did not fail */
    char launch_remedy[REASON_BYTES];
    struct batch batch;
    struct checkup checkup;
    bool colour;
    bool json; /* everything at the end, as data */
};

static const char *scratch_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* Prints a text in lines of at most COLUMNS, the first of which has `column` columns already. */
static void print_wrapped(const char *text, size_t column, size_t indent)
{
    while (*text) {
        size_t bytes = strcspn(text, " ");
        char word[FINDING_VALUE_BYTES];
        snprintf(word, sizeof word, "%.*s", (int)bytes, text);
        size_t columns = words_columns(word);
        if (column > indent && column + 1 + columns > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        size_t fits = words_bytes_of_columns(word, COLUMNS - indent);
        printf("%.*s", (int)fits, word);
        for (size_t at = fits; word[at]; at += fits) { /* a word longer than a line */
            fits = words_bytes_of_columns(word + at, COLUMNS - indent);
            printf("\n%*s%.*s", (int)indent, "", (int)fits, word + at);
        }
        column += columns;
        text += bytes + strspn(text + bytes, " ");
    }
    putchar('\n');
}

/* A finding's text, beside its name. */
static void print_sentence(const char *text)
{
    char sentence[FINDING_VALUE_BYTES + 1];
    snprintf(sentence, sizeof sentence, "%s%s", text, error_stop(text));
    print_wrapped(sentence, NAME_COLUMNS, NAME_COLUMNS);
}

static void print_finding(void *context, const struct checkup_finding *finding)
{
    static const struct {
        const char *mark, *colour;
    } styles[] = {
        [FINDING_GOOD] = {"ok", "\033[32m"},
        [FINDING_WARNING] = {"! ", "\033[1;33m"},
        [FINDING_UNKNOWN] = {"? ", "\033[2m"},
    };
    const struct doctor *doctor = context;
    printf("%s%s%s %-*s", doctor->colour ? styles[finding->state].colour : "",
           styles[finding->state].mark, doctor->colour ? "\033[0m" : "", NAME_COLUMNS - 3,
           finding->name);
    print_sentence(finding->value);
    if (finding->advice[0]) {
        printf("%*s", NAME_COLUMNS, "");
        print_sentence(finding->advice);
    }
    fflush(stdout);
}

/* Prints "2 warnings: governor, load; 3 things cannot be known.", or that all is well. */
static void print_sum(const struct checkup *checkup)
{
    char text[1024];
    struct words words = {text, sizeof text, 0};
    size_t count[3] = {0}, told = 0;
    for (size_t f = 0; f < checkup->count; f++) {
        count[checkup->finding[f].state]++;
    }
    size_t warnings = count[FINDING_WARNING], unknown = count[FINDING_UNKNOWN];
    if (warnings == 0) {
        words_add(&words, "nothing that was found spoils a measurement");
    } else {
        words_add(&words, "%zu warning%s:", warnings, warnings == 1 ? "" : "s");
    }
    for (size_t f = 0; f < checkup->count; f++) {
        if (checkup->finding[f].state == FINDING_WARNING) {
            words_add(&words, "%s %s", told++ ? "," : "", checkup->finding[f].name);
        }
    }
    if (unknown > 0) {
        words_add(&words, "; %zu thing%s cannot be known", unknown, unknown == 1 ? "" : "s");
    }
    words_add(&words, ".");
    putchar('\n');
    print_wrapped(text, 0, 0);
}

/* In the rank that looks at MPI for another process: prints one line, which ask_rank reads. */
static int answer_for_mpi(struct doctor *doctor)
{
    struct checkup_mpi *mpi = &doctor->mpi;
    doctor->comm = comm_create(COMM_SEVERAL_CALL, mpi->why, sizeof mpi->why);
    mpi->several_threads = doctor->comm != NULL;
    if (doctor->comm) {
        checkup_measure_mpi(mpi, doctor->topo, scratch_folder());
    }
    printf("mpi %d %.9g %.9g %.9g %s\n", mpi->several_threads, mpi->alone_per_s,
           mpi->in_flight_per_s, mpi->helpers, mpi->why);
    fflush(stdout);
    return STATUS_DONE;
}

/* Reads what answer_for_mpi has printed, among other lines. False when it is not there. */
static bool read_answer(const char *text, struct checkup_mpi *mpi)
{
    int several = 0;
    for (const char *end; strncmp(text, "mpi ", 4) != 0; text = end + 1) {
        end = strchr(text, '\n');
        if (!end) {
            return false;
        }
    }
    if (sscanf(text, "mpi %d %lf %lf %lf %255[^\n]", &several, &mpi->alone_per_s,
               &mpi->in_flight_per_s, &mpi->helpers, mpi->why) < 4) {
        return false;
    }
    mpi->several_threads = several != 0;
    return true;
}

/* Without a launcher, a rank that is started for it looks at MPI, because starting MPI may end the
 * process that tries, or take forever. */
static void ask_rank(struct doctor *doctor, char **argv)
{
    enum { LEAST_BYTES = 32 << 20 }; /* for what MPI and the file need */
    const double most_s = 6;
    char text[8192], reason[REASON_BYTES] = "";
    const char *program;
    const struct launcher *launcher = launcher_own(&program);
    const char *name = launcher->name;
    struct error error = {0};
    struct checkup_mpi *mpi = &doctor->mpi;
    if (scratch_check(scratch_folder(), LEAST_BYTES, "TMPDIR=FOLDER", &error) != 0) {
        snprintf(mpi->why, sizeof mpi->why, "%.250s", error.text);
        return;
    }
    char **words = mpirun_words(1, 1, argv);
    setenv(ASKED, "1", 1);
    int status =
        words ? child_ask(words, most_s, CHILD_STDOUT_AND_STDERR, text, sizeof text) : -ENOMEM;
    unsetenv(ASKED);
    free(words);
    mpi->known = status == 0 && read_answer(text, mpi);
    if (status == -ENOENT) {
        snprintf(mpi->why, sizeof mpi->why, "%s was not found", name);
    } else if (status == -ETIMEDOUT) {
        snprintf(mpi->why, sizeof mpi->why, "%s did not end within %.0f s", name, most_s);
    } else if (status < 0) {
        snprintf(mpi->why, sizeof mpi->why, "%s: %s", name, strerror(-status));
    } else if (!mpi->known) {
        snprintf(mpi->why, sizeof mpi->why, "%s could not start a rank (status %d)", name, status);
    }
    if (!mpi->known && status != -ENOENT && status != -EINTR) {
        bool said = status > 0 && reason_find(text, reason);
        snprintf(doctor->launch_failed, sizeof doctor->launch_failed, "%s%s%s", mpi->why,
                 said ? ": " : "", reason);
        reason_remedy(launcher, 1, doctor->launch_remedy);
    }
}

/* "mpirun (Open MPI) 4.1.4, /usr/bin/mpirun". */
static void find_launcher(struct doctor *doctor)
{
    char path[160], text[128];
    const char *program;
    struct words found = {doctor->launcher, sizeof doctor->launcher, 0};
    const struct launcher *own = launcher_own(&program), *steps = launcher_of_steps();
    if (program && child_find(own->programs, path, sizeof path)) {
        words_add(&found, "%s, %s", launcher_version(own, program, text, sizeof text), path);
    }
    if (steps && steps != own && child_find(steps->programs, path, sizeof path)) {
        words_add(&found, "%s%s", found.used ? "; " : "", path);
    }
}

static int examine(struct doctor *doctor, struct error *error)
{
    char machine[400], shown[400], remedy[LAUNCHER_REMEDY_BYTES];
    const char *program;
    const struct launcher *own = launcher_own(&program);
    const struct checkup_input input = {
        .root = "",
        .topo = doctor->topo,
        .allowed = doctor->allowed,
        .quota = cgroup_quota(""),
        .cores_used = study_cores(doctor->topo),
        .ranks = launch_is_rank() ? (doctor->comm ? comm_node_size(doctor->comm, 0) : 1) : 0,
        .bound = launch_is_rank() && launch_is_bound(),
        .overruled = settle_overruled(),
        .launcher = doctor->launcher[0] ? doctor->launcher : NULL,
        .launch_failed = doctor->launch_failed[0] ? doctor->launch_failed : NULL,
        .launch_remedy = doctor->launch_remedy,
        .starter = {own->name, own->unbound, launcher_remedy(own, remedy, sizeof remedy)},
        .batch = &doctor->batch,
        .scratch = scratch_folder(),
        .mpi = &doctor->mpi,
    };
    char hardware[200];
    topo_summary(doctor->topo, hardware, sizeof hardware);
    provenance_machine(hardware, machine, sizeof machine);
    if (!doctor->json) {
        printf("%s\n\n", error_escape(machine, shown, sizeof shown));
    }
    doctor->colour = launch_wants_colour();
    checkup_run(&doctor->checkup, &input, CHECKUP_WHOLE, doctor->json ? NULL : print_finding,
                doctor);
    if (interrupt_signal()) {
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    }
    if (doctor->json) {
        return doctor_print_json(stdout, machine, &doctor->checkup) == -ENOMEM
                   ? error_no_memory(error, "the findings as JSON")
                   : STATUS_DONE;
    }
    print_sum(&doctor->checkup);
    return STATUS_DONE;
}

static int examine_alone(struct doctor *doctor, char **argv, struct error *error)
{
    find_launcher(doctor);
    ask_rank(doctor, argv);
    return examine(doctor, error);
}

/* Among ranks, rank 0 looks while the others sleep. */
static int examine_as_rank(struct doctor *doctor, struct error *error)
{
    struct checkup_mpi *mpi = &doctor->mpi;
    doctor->comm = comm_create(COMM_SEVERAL_CALL, mpi->why, sizeof mpi->why);
    mpi->known = true;
    mpi->several_threads = doctor->comm != NULL;
    snprintf(doctor->launcher, sizeof doctor->launcher, "a launcher has started this program");
    if (!doctor->comm) {
        return launch_rank() == 0 ? examine(doctor, error) : STATUS_DONE;
    }
    comm_node_or(doctor->comm, doctor->allowed.word, TOPO_MASK_WORDS);
    topo_use(doctor->topo, &doctor->allowed);
    if (comm_rank(doctor->comm) > 0) {
        comm_await_command(doctor->comm);
        return STATUS_DONE;
    }
    checkup_measure_mpi(mpi, doctor->topo, scratch_folder());
    int status = examine(doctor, error);
    const struct comm_command stop = {.kind = COMMAND_STOP}; /* to all */
    comm_command(doctor->comm, &stop);
    return status;
}

static int run(int argc, char **argv)
{
    struct error error = {0};
    struct arguments arguments;
    char **program = argv - 1;
    struct doctor doctor = {.mpi = {.alone_per_s = NAN, .in_flight_per_s = NAN, .helpers = NAN}};
    int failed = settle_environment(program);
    if (failed) {
        error_set(&error, STATUS_ENVIRONMENT, "the program cannot restart itself: %s",
                  strerror(-failed));
        return command_fail(&error);
    }
    if (arguments_parse(&command_doctor, argc, argv, &arguments, &error) != 0) {
        return command_fail(&error);
    }
    if (arguments.help) {
        command_print_help(&command_doctor);
        printf(
            "\nok: good; !: a warning, and what to do about it; ?: unknown.\nThe command changes "
            "nothing and takes less than ten seconds. Its exit status is 0 with warnings, "
            "too.\n");
        return STATUS_DONE;
    }
    doctor.json = arguments_value(&arguments, "--json") != NULL;
    if (launch_check(&error) != 0) {
        return launch_rank() == 0 ? command_fail(&error) : error.status;
    }
    batch_read(&doctor.batch);
    interrupt_catch();
    if (study_topology(&doctor.topo, &doctor.allowed, &error) == 0) {
        if (!launch_is_rank()) {
            examine_alone(&doctor, program, &error);
        } else if (getenv(ASKED)) {
            answer_for_mpi(&doctor);
        } else {
            examine_as_rank(&doctor, &error);
        }
    }
    if (doctor.comm) {
        comm_free(doctor.comm);
    }
    topo_free(doctor.topo);
    return error.status && launch_rank() == 0 ? command_fail(&error) : error.status;
}

const struct command command_doctor = {
    .name = "doctor",
    .help = "what this machine really is, and what would spoil a measurement on it",
    .options = doctor_options,
    .run = run,
};
